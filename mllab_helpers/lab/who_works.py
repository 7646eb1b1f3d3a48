"""Commands about the lab of whoever works on this machine: who that is, and what is said when nobody does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from mllab_helpers.errors import LabError, WhichStudent
from mllab_helpers.lab import connection, ledger
from mllab_helpers.lab.lab import DEFAULT_STUDENT, LEDGER_FILE, Lab
from mllab_helpers.texts import say


def in_lab(
    work: Callable[[Lab], None], backend: str, student: str | None, region: str | None, language: str | None
) -> int:
    """Do something in a student's lab; the exit code is 0 when nothing stood in the way.

    Args: student: None for whoever worked here.
    """
    try:
        student = student or only_student(backend)
        if student is None:
            print(say("cleanup.nothing_local"))
            return 0
        lab = Lab.open(backend=backend, student=student, region=region, language=language)
        print(lab)
        work(lab)
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def only_student(backend: str) -> str | None:
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
