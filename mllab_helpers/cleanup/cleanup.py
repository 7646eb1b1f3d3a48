"""Clean-up that proves itself: inventory, sweep in dependency order, and a receipt.

What exists is asked of AWS, not of the ledger, by the student's names and by the lab's tags: so what was
created by other means goes too, and a lost ledger hides nothing. The ledger knows what was built and how long
it lived: that is the receipt's other half.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllab_helpers import prices, progress
from mllab_helpers.aws_errors import translate
from mllab_helpers.cleanup import emptying, resources
from mllab_helpers.errors import Denied, LabError, LeftBehind
from mllab_helpers.identity import roles
from mllab_helpers.lab.built import ENDPOINT, Built, built_in_this_chapter
from mllab_helpers.lab.instance import this_instance
from mllab_helpers.lab.lab import Lab
from mllab_helpers.lab.resource_kinds import UNKNOWN, Resource
from mllab_helpers.lab.who_works import in_lab
from mllab_helpers.tables import kind_in_words
from mllab_helpers.texts import say

if TYPE_CHECKING:
    import pandas as pd

_ATTEMPTS = 3
_NAMED = 5
# What an endpoint runs on, what its price is known by, and what deletes it later.
_STAY_WITH_ENDPOINTS = frozenset({"schedule", "endpoint-config", "model"})
_HOURS_OF_30_DAYS = 24 * 30

# What stood in the way of each thing, by its kind and name: an endpoint and its schedule share theirs.
_Problems = dict[tuple[str, str], LabError | None]


@dataclass(frozen=True, repr=False)
class Receipt:
    """What was built since the last clean-up, and that nothing of it is left.

    Attributes:
        instance: the notebook instance that this runs in, which stays with what it stands on.
        kept: what was given or prepared for the student, who may not remove it.
        unknown: ARNs of what carries the lab's tags and is none of the kinds that it makes.
    """

    student: str
    built: tuple[Built, ...]
    instance: str = ""
    kept: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def usd(self) -> float:
        """What it costs on AWS, at list prices and for the times measured."""
        return sum(item.usd or 0.0 for item in self.built)

    @property
    def usd_in_30_days(self) -> float:
        """What the endpoints cost in 30 days when somebody forgets them."""
        endpoints = {item.name: item.price for item in self.built if item.kind == ENDPOINT}
        hourly = [0.0 if price is None else price.usd_per_hour for price in endpoints.values()]
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
        region, date = prices.origin(item.price for item in self.built)
        stays = say("cleanup.kept", names=", ".join(self.kept)) if self.kept else ""
        receipt = stays + say(
            "cleanup.receipt",
            count=len(self.built),
            student=self.student,
            usd=prices.in_usd(self.usd),
            month=f"{self.usd_in_30_days:.0f}",
            region=region,
            date=date,
        )
        own = [say("cleanup.own_instance", name=self.instance)] if self.instance else []
        return "\n".join([receipt, *own, *_words_about_unknown(self.unknown)])


@translate()
def inventory(lab: Lab) -> pd.DataFrame:
    """List everything of the student's that exists on AWS now.

    Returns: `service`, `kind`, `name`, `state`, `instance_type`, `usd_per_hour` (list price; NaN when not
        known), in the order of removal; no rows when nothing is left. What only carries the lab's tags has
        the kind `unknown` and its ARN for a name.
    """
    lab = roles.in_learners_role(lab)
    return _table(_unless_kept(lab, resources.find_all(lab)))


@translate()
def sweep(lab: Lab, dry_run: bool = False) -> pd.DataFrame:
    """Remove everything of the student's, what uses something before what it uses.

    Whatever refuses is tried again after the rest. The state is forgotten: nothing is finished any more. It
    may be interrupted at any time, and goes on when it is called again. A notebook instance leaves itself and
    what it stands on; what a school account gave stays, as does what a teacher prepared when the caller may
    not remove it.

    Args: dry_run: only say what would be removed.
    Returns: what was removed (or would be), as `inventory` lists it.
    Raises:
        LeftBehind: something is still there after several attempts.
        KeyboardInterrupt: after saying what is left.
    """
    lab = roles.in_learners_role(lab)
    found = resources.find_removable(lab)
    if dry_run:
        return _table(found)
    own, prepared = _in_two(found)
    gone: list[Resource] = []
    try:
        with progress.show(say("cleanup.sweeping", student=lab.student), total=len(own + prepared)) as shown:
            broom = _Broom(shown, gone)
            _remove_until_gone(lab, own, broom, of_prepared=False)
            # With the learner's role goes what it may do: from here on whoever opened the lab looks and
            # removes. Roles that they may not even see are a teacher's, and stay.
            lab.forget(but=("given",) if prepared else ("given", "role", "roles"))
            kept = _remove_until_gone(lab, prepared, broom, of_prepared=True)
    except KeyboardInterrupt:
        print(_words_about_rest([each for each in own + prepared if each not in gone]))
        raise
    if kept:
        lab.remember("kept", {"names": [resource.name for resource in kept]})
    lab.note_swept()
    for line in _words_about_unknown(_unknown(found)):
        print(line)
    return _table(own + prepared)


def _in_two(found: Iterable[Resource]) -> tuple[list[Resource], list[Resource]]:
    """Separate what the student made from what a teacher prepared."""
    own, prepared = list[Resource](), list[Resource]()
    for resource in found:
        if resource.kind != UNKNOWN:
            (prepared if resources.is_prepared(resource) else own).append(resource)
    return own, prepared


@dataclass(frozen=True)
class _Broom:
    """What a sweep has done so far.

    Attributes: gone: what it has removed.
    """

    shown: progress.Progress
    gone: list[Resource]


def _remove_until_gone(
    lab: Lab, remaining: list[Resource], broom: _Broom, *, of_prepared: bool
) -> list[Resource]:
    """Return what a teacher prepared and the caller may not remove.

    Raises: LeftBehind: something else is still there.
    """
    kept: list[Resource] = []
    problems: _Problems = {}
    for _ in range(_ATTEMPTS):
        if not remaining:
            return kept
        problems = _remove_each(lab, remaining, broom)
        if of_prepared:
            kept += [each for each in remaining if isinstance(problems[each.kind, each.name], Denied)]
        found = _in_two(resources.find_removable(lab))[of_prepared]
        remaining = [each for each in found if each not in kept]
        if remaining:
            lab.clock.sleep(lab.pause)
    if remaining:
        raise _left_behind(lab, remaining, problems)
    return kept


@translate()
def receipt(lab: Lab) -> Receipt:
    """Account for what was built since the last clean-up, and prove that nothing of it is left.

    Raises: LeftBehind: something still exists.
    """
    lab = roles.in_learners_role(lab)
    found = _unless_kept(lab, resources.find_removable(lab))
    remaining = [each for each in found if each.kind != UNKNOWN]
    if remaining:
        raise _left_behind(lab, remaining, {})
    own = this_instance()
    return Receipt(
        lab.student,
        tuple(built_in_this_chapter(resources.whose(lab))),
        instance=own.name if own else "",
        kept=tuple(_kept_names(lab)),
        unknown=_unknown(found),
    )


def _unless_kept(lab: Lab, found: Iterable[Resource]) -> list[Resource]:
    """Leave out what the last sweep had to leave to a teacher."""
    kept = lab.kept()
    return [each for each in found if not (resources.is_prepared(each) and each.name in kept)]


def _kept_names(lab: Lab) -> list[str]:
    """Return the names of what stays, each once: given, or left to a teacher."""
    given = [lab.given(what).rpartition("/")[2] for what in ("bucket", "role_arn", "lambda_role_arn")]
    theirs = [] if lab.given("bucket") or emptying.sees_versions(lab.as_teacher()) else [lab.bucket]
    return list(dict.fromkeys(filter(None, [*given, *theirs, *lab.kept()])))


def run_cleanup(backend: str, student: str | None, region: str | None, language: str | None) -> int:
    """Do what `mllab clean` does; the exit code is 0 when nothing is left."""

    def clean(lab: Lab) -> None:
        for row in inventory(lab).itertuples():
            print(say("cleanup.found", kind=kind_in_words(str(row.kind)), name=row.name))
        sweep(lab)
        print(receipt(lab))

    return in_lab(clean, backend, student, region, language)


def _remove_each(lab: Lab, remaining: Iterable[Resource], broom: _Broom) -> _Problems:
    """Try each once, and say what stood in its way; an endpoint that refuses keeps what it needs."""
    problems: _Problems = {}
    endpoints_stay = False
    for resource in remaining:
        problem = None
        if not (endpoints_stay and resource.kind in _STAY_WITH_ENDPOINTS):
            problem = _try_to_remove(lab, resource, broom)
        problems[resource.kind, resource.name] = problem
        endpoints_stay = endpoints_stay or (resource.kind == ENDPOINT and problem is not None)
    return problems


def _try_to_remove(lab: Lab, resource: Resource, broom: _Broom) -> LabError | None:
    """Remove a resource; return what stood in the way, if something did."""
    broom.shown.tell(resource.kind)
    try:
        with translate():
            resources.remove(lab, resource)
    except LabError as error:
        return error
    # What is billed by the hour notes its own end, or is known to AWS; the rest may come from an SDK.
    if not resource.instance_type:
        lab.note_deleted(resource.kind, resource.name)
    broom.gone.append(resource)
    broom.shown.advance(1)
    return None


def _unknown(found: Iterable[Resource]) -> tuple[str, ...]:
    return tuple(each.name for each in found if each.kind == UNKNOWN)


def _words_about_unknown(arns: Sequence[str]) -> list[str]:
    return [say("cleanup.unknown", arns="\n".join(f"  {arn}" for arn in arns))] if arns else []


def _words_about_rest(rest: Sequence[Resource]) -> str:
    named = [f"  {kind_in_words(each.kind)} {each.name}" for each in rest[:_NAMED]]
    more = ["  …"] if len(rest) > _NAMED else []
    return say("cleanup.interrupted", count=len(rest), resources="\n".join(named + more))


def _left_behind(lab: Lab, remaining: Iterable[Resource], problems: _Problems) -> LeftBehind:
    lines = [
        f"  {kind_in_words(found.kind)} {found.name} {problems.get((found.kind, found.name)) or ''}".rstrip()
        for found in remaining
    ]
    return LeftBehind(student=lab.student, resources="\n".join(lines))


def _table(found: Iterable[Resource]) -> pd.DataFrame:
    import pandas as pd

    columns = ["service", "kind", "name", "state", "instance_type", "usd_per_hour"]
    rows = [[getattr(resource, column) for column in columns] for resource in found]
    table: pd.DataFrame = pd.DataFrame(rows, columns=columns)
    return table
