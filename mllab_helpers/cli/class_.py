"""`mllab class`: the commands with which a teacher prepares a class, looks at it and ends it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mllab_helpers import texts
from mllab_helpers.classroom.class_names import class_names
from mllab_helpers.classroom.errors import NotConfirmed
from mllab_helpers.cli.parser import Commands, add_command, add_where, in_columns
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from mllab_helpers.classroom.classroom import Standing
    from mllab_helpers.lab.lab import Lab

_SHEET = Path("class.md")
_UNKNOWN = "?"


def add_class_commands(commands: Commands) -> None:
    create = add_command(commands, "create", say("cli.class_create"), _create)
    _add_students(create)
    create.add_argument(
        "--output", type=Path, default=_SHEET, metavar="class.md", help=say("cli.class_output")
    )
    status = add_command(commands, "status", say("cli.class_status"), _status)
    _add_students(status)
    clean = add_command(commands, "clean", say("cli.class_clean"), _clean)
    _add_students(clean)
    clean.add_argument("--all", action="store_true", help=say("cli.class_all"))
    clean.add_argument("--yes", action="store_true", help=say("cli.class_yes"))


def _add_students(parser: argparse.ArgumentParser) -> None:
    add_where(parser)
    parser.add_argument("--students", metavar="ana,luis", default="", help=say("cli.class_students"))
    parser.add_argument("--file", type=Path, metavar="students.txt", help=say("cli.class_file"))


# --- what is done; heavy modules are imported by the one command that needs them


def _create(chosen: argparse.Namespace) -> int:
    from mllab_helpers.classroom import class_sheet, classroom

    students = class_names(chosen.students, chosen.file)
    class_sheet.check(chosen.output)
    lab = _open(chosen)
    classroom.create(lab, students)
    class_sheet.write(chosen.output, lab, classroom.find(lab))
    print(say("classroom.written", path=chosen.output))
    return 0


def _status(chosen: argparse.Namespace) -> int:
    from mllab_helpers.classroom import classroom

    lab = _open(chosen)
    students = _named_or_all(chosen, lab)
    if not students:
        print(say("classroom.empty"))
        return 0
    standings = classroom.status(lab, students)
    _print_standings(standings)
    return int(any(each.problem for each in standings))


def _clean(chosen: argparse.Namespace) -> int:
    from mllab_helpers.classroom import classroom

    named = class_names(chosen.students, chosen.file) if not chosen.all else []
    lab = _open(chosen)
    students = named or [each.student for each in classroom.find(lab)]
    if not students:
        print(say("classroom.empty"))
        return 0
    if not chosen.yes:
        raise NotConfirmed(students=", ".join(students))
    problems = 0
    for student, problem in classroom.clean(lab, students):
        problems += problem is not None
        if problem is None:
            print(say("classroom.cleaned", student=student))
        else:
            print(problem, file=sys.stderr)
    return int(problems > 0)


def _open(chosen: argparse.Namespace) -> Lab:
    from mllab_helpers.lab.lab import Lab

    lab = Lab.open_as_teacher(backend=chosen.backend, region=chosen.region, language=texts.language())
    print(say(f"classroom.where_{lab.backend}", account=lab.account, region=lab.region))
    return lab


def _named_or_all(chosen: argparse.Namespace, lab: Lab) -> list[str]:
    from mllab_helpers.classroom import classroom

    if chosen.students or chosen.file:
        return class_names(chosen.students, chosen.file)
    return [each.student for each in classroom.find(lab)]


def _print_standings(standings: Sequence[Standing]) -> None:
    heads = ("classroom.student", "classroom.reached", "classroom.running", "tables.usd_per_hour")
    rows = [
        (each.student, *(_UNKNOWN,) * 3)
        if each.problem
        else (
            each.student,
            say(f"classroom.reached_{each.reached or '00'}"),
            _running(each),
            _usd(each.usd_per_hour),
        )
        for each in standings
    ]
    for line in in_columns([tuple(map(say, heads)), *rows]):
        print(line)
    known = sum(each.usd_per_hour for each in standings if each.usd_per_hour is not None)
    print(say("classroom.total", usd=_usd(known), day=f"{24 * known:.2f}"))
    for each in standings:
        if each.problem:
            print(f"{each.student}: {each.problem}", file=sys.stderr)


def _running(standing: Standing) -> str:
    from mllab_helpers.tables import kind_in_words

    found = [f"{kind_in_words(each.kind)} ({each.state})" for each in standing.running]
    return ", ".join(found) or say("classroom.nothing_runs")


def _usd(amount: float | None) -> str:
    return _UNKNOWN if amount is None else f"{amount:.3f}"
