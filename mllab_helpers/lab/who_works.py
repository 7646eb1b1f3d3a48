"""Commands about the lab of whoever works on this machine: who that is, and what is said when nobody does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from mllab_helpers.errors import LabError, WhichRegion, WhichStudent, WhoseLab
from mllab_helpers.lab import connection, ledger
from mllab_helpers.lab.lab import DEFAULT_STUDENT, LEDGER_FILE, Lab
from mllab_helpers.texts import say


def in_lab(
    work: Callable[[Lab], None], backend: str, student: str | None, region: str | None, language: str | None
) -> int:
    """Do something in a student's lab; the exit code is 0 when nothing stood in the way.

    Args: student, region: None for where somebody worked on this machine.
    """
    try:
        notes = _notes(backend)
        if notes is None:
            print(say("cleanup.nothing_local"))
            return 0
        student, region = only_lab(notes, student, region)
        if student is None and connection.choose_backend(backend) == "aws":
            raise WhoseLab()
        lab = Lab.open(backend=backend, student=student or DEFAULT_STUDENT, region=region, language=language)
        print(lab)
        work(lab)
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def only_lab(notes: list[Path], student: str | None, region: str | None) -> tuple[str | None, str | None]:
    """Find out whose lab is meant, and where, by the notes of this machine.

    Args: notes: directories as `names.folder_name` calls them; student, region: what is known already.
    Returns: both as they were given where there are no notes that fit.
    Raises: WhichStudent, WhichRegion: there are several.
    """
    labs = [folder.name.split("-", 1)[1].rpartition("-") for folder in notes]
    fitting = [
        (whose, where) for where, _, whose in labs if student in (None, whose) and region in (None, where)
    ]
    students, regions = sorted({whose for whose, _ in fitting}), sorted({where for _, where in fitting})
    if len(students) > 1:
        raise WhichStudent(students=", ".join(students))
    if len(regions) > 1:
        raise WhichRegion(student=students[0], regions=", ".join(regions))
    return (students[0], regions[0]) if fitting else (student, region)


def _notes(backend: str) -> list[Path] | None:
    """Return this machine's notes of labs; None when the local AWS does not run, and so holds nothing."""
    if connection.choose_backend(backend) == "aws":
        return _folders(connection.notes_on_aws())
    from mllab_localaws import daemon

    running = daemon.status(daemon.default_home())
    if running is None:
        return None
    return [
        folder
        for folder in _folders(connection.notes_on_local(running.home))
        # A start forgets everything: what a ledger tells of an earlier life is gone.
        if ledger.anything_left(ledger.read(folder / LEDGER_FILE, running.incarnation))
    ]


def _folders(notes: Path) -> list[Path]:
    return [folder for folder in notes.glob("*-*-*") if folder.is_dir()]
