"""Clean-up that proves itself: inventory, sweep in dependency order, and a receipt.

What exists is asked of AWS, not of the ledger, so that what was created by other means under the student's
names goes too. The ledger knows what was built and how long it lived: that is the receipt's other half.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mllab_helpers import connection, ledger, prices, progress, resources, roles
from mllab_helpers.aws_errors import translate
from mllab_helpers.built import Built, built_in_this_chapter
from mllab_helpers.errors import LabError, LeftBehind, WhichStudent
from mllab_helpers.instance import this_instance
from mllab_helpers.lab import DEFAULT_STUDENT, LEDGER_FILE, Lab
from mllab_helpers.resource_kinds import Resource
from mllab_helpers.tables import kind_in_words
from mllab_helpers.texts import say

if TYPE_CHECKING:
    import pandas as pd

_ATTEMPTS = 3
_CENT = 0.01
_HOURS_OF_30_DAYS = 24 * 30


@dataclass(frozen=True, repr=False)
class Receipt:
    """What was built since the last clean-up, and that nothing of it is left.

    Attributes: instance: the notebook instance that this runs in, which stays with what it stands on.
    """

    student: str
    built: tuple[Built, ...]
    instance: str = ""

    @property
    def usd(self) -> float:
        """What it costs on AWS, at list prices and for the times measured."""
        return sum(item.usd or 0.0 for item in self.built)

    @property
    def usd_in_30_days(self) -> float:
        """What the endpoints cost in 30 days when somebody forgets them."""
        endpoints = {item.name: item.instance_type for item in self.built if item.kind == "endpoint"}
        hourly = [prices.per_hour(prices.HOSTING, used) or 0.0 for used in endpoints.values()]
        return sum(hourly) * _HOURS_OF_30_DAYS

    @property
    def headline(self) -> str:
        """What is left running, in a few words."""
        if self.instance:
            return say("notebooks.headline_06_instance", name=self.instance)
        return say("notebooks.headline_06")

    def table(self) -> pd.DataFrame:
        """Return one row per thing: `kind`, `name`, `instance_type`, `seconds`, `usd`."""
        import pandas as pd

        rows = [
            (item.kind, item.name, item.instance_type, round(item.seconds), item.usd) for item in self.built
        ]
        table: pd.DataFrame = pd.DataFrame(rows, columns=["kind", "name", "instance_type", "seconds", "usd"])
        return table

    def __repr__(self) -> str:
        text = say(
            "cleanup.receipt",
            count=len(self.built),
            student=self.student,
            usd=f"{self.usd:.2f}" if self.usd >= _CENT else f"< {_CENT}",
            month=f"{self.usd_in_30_days:.0f}",
            region=prices.REGION,
            date=prices.AS_OF,
        )
        return f"{text}\n{say('cleanup.own_instance', name=self.instance)}" if self.instance else text


@translate()
def inventory(lab: Lab) -> pd.DataFrame:
    """List everything of the student's that exists on AWS now.

    Returns: `service`, `kind`, `name`, `state`, `instance_type`, `usd_per_hour` (list price; NaN when not
        known), in the order of removal; no rows when nothing is left.
    """
    return _table(resources.find_all(lab))


@translate()
def sweep(lab: Lab, dry_run: bool = False) -> pd.DataFrame:
    """Remove everything of the student's, what uses something before what it uses.

    Whatever refuses is tried again after the rest. The state is forgotten: nothing is finished any more. A
    notebook instance leaves itself and what it stands on.

    Args: dry_run: only say what would be removed.
    Returns: what was removed (or would be), as `inventory` lists it.
    Raises: LeftBehind: something is still there after several attempts.
    """
    lab = roles.in_learners_role(lab)
    found = resources.find_removable(lab)
    if dry_run:
        return _table(found)
    own, prepared = _in_two(found)
    with progress.show(say("cleanup.sweeping", student=lab.student), total=len(found)) as shown:
        _remove_until_gone(lab, own, shown, of_prepared=False)
        # With the learner's role goes what it may do: from here on whoever opened the lab looks and removes.
        # Roles that they may not even see are a teacher's, and stay.
        lab.forget(but=() if prepared else ("role", "roles"))
        _remove_until_gone(lab, prepared, shown, of_prepared=True)
    lab.note_swept()
    return _table(found)


def _in_two(found: Iterable[Resource]) -> tuple[list[Resource], list[Resource]]:
    """Separate what the student made from what a teacher prepared."""
    own, prepared = list[Resource](), list[Resource]()
    for resource in found:
        (prepared if resources.is_prepared(resource) else own).append(resource)
    return own, prepared


def _remove_until_gone(
    lab: Lab, remaining: list[Resource], shown: progress.Progress, *, of_prepared: bool
) -> None:
    problems: dict[str, str] = {}
    for _ in range(_ATTEMPTS):
        if not remaining:
            return
        problems = {resource.name: _try_to_remove(lab, resource, shown) for resource in remaining}
        remaining = _in_two(resources.find_removable(lab))[of_prepared]
        if remaining:
            lab.clock.sleep(lab.pause)
    if remaining:
        raise _left_behind(lab, remaining, problems)


@translate()
def receipt(lab: Lab) -> Receipt:
    """Account for what was built since the last clean-up, and prove that nothing of it is left.

    Raises: LeftBehind: something still exists.
    """
    remaining = resources.find_removable(lab)
    if remaining:
        raise _left_behind(lab, remaining, {})
    own = this_instance()
    built = tuple(built_in_this_chapter(resources.whose(lab)))
    return Receipt(lab.student, built, own.name if own else "")


def run_cleanup(backend: str, student: str | None, region: str | None, language: str | None) -> int:
    """Do what `mllab clean` does; the exit code is 0 when nothing is left."""
    try:
        student = student or _only_student(backend)
        if student is None:
            print(say("cleanup.nothing_local"))
            return 0
        lab = Lab.open(backend=backend, student=student, region=region, language=language)
        print(lab)
        for row in inventory(lab).itertuples():
            print(say("cleanup.found", kind=kind_in_words(str(row.kind)), name=row.name))
        sweep(lab)
        print(receipt(lab))
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _only_student(backend: str) -> str | None:
    """Find out who worked here; None when the local AWS does not run, and so holds nothing."""
    if connection.choose_backend(backend) == "aws":
        folders = _folders(connection.notes_on_aws())
    else:
        from mllab_localaws import daemon

        running = daemon.status(daemon.default_home())
        if running is None:
            return None
        folders = [
            folder
            for folder in _folders(connection.notes_on_local(running.home))
            # A start forgets everything: what a ledger tells of an earlier life is gone.
            if ledger.anything_left(ledger.read(folder / LEDGER_FILE, running.incarnation))
        ]
    students = sorted({folder.name.rpartition("-")[2] for folder in folders})
    if len(students) > 1:
        raise WhichStudent(students=", ".join(students))
    return students[0] if students else DEFAULT_STUDENT


def _folders(notes: Path) -> list[Path]:
    return [folder for folder in notes.glob("*") if folder.is_dir()]


def _try_to_remove(lab: Lab, resource: Resource, shown: progress.Progress) -> str:
    """Remove a resource; return what stood in the way, or an empty text."""
    shown.tell(resource.kind)
    try:
        with translate():
            resources.remove(lab, resource)
    except LabError as error:
        return str(error)
    # What is billed by the hour notes its own end, or is known to AWS; the rest may come from an SDK.
    if not resource.instance_type:
        lab.note_deleted(resource.kind, resource.name)
    shown.advance(1)
    return ""


def _left_behind(lab: Lab, remaining: Iterable[Resource], problems: dict[str, str]) -> LeftBehind:
    lines = [
        f"  {kind_in_words(found.kind)} {found.name} {problems.get(found.name, '')}".rstrip()
        for found in remaining
    ]
    return LeftBehind(student=lab.student, resources="\n".join(lines))


def _table(found: Iterable[Resource]) -> pd.DataFrame:
    import pandas as pd

    columns = ["service", "kind", "name", "state", "instance_type", "usd_per_hour"]
    rows = [[getattr(resource, column) for column in columns] for resource in found]
    table: pd.DataFrame = pd.DataFrame(rows, columns=columns)
    return table
