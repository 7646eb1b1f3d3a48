"""Who is in a class: names from the command line or a file, all checked before anything is made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from mllab_helpers.classroom.errors import NoClassFile, NoStudents, WrongClassNames
from mllab_helpers.names import STUDENT_LENGTH, suggest_student
from mllab_helpers.texts import say, say_os_error

_SEPARATORS = re.compile(r"[,;\t]")
_HEADS = frozenset({"student", "estudiante", "name", "nombre"})


def class_names(typed: str, file: Path | None) -> list[str]:
    """Return the names of a class, in the order given.

    Args:
        typed: names separated by commas; may be empty.
        file: one name per line, or several separated by commas; of a `.csv` the first column counts.
    Raises: NoClassFile, NoStudents, WrongClassNames: with everything that is wrong at once.
    """
    names = [*_split(typed), *(_in_file(file) if file else ())]
    if not names:
        raise NoStudents
    problems = list(_problems(names))
    if problems:
        raise WrongClassNames(problems="\n".join(problems), limit=STUDENT_LENGTH)
    return names


def _in_file(file: Path) -> list[str]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise NoClassFile(file=file, reason=say_os_error(error)) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # as a spreadsheet on Windows writes it
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    if file.suffix.lower() != ".csv":
        return [name for line in lines for name in _split(line)]
    firsts = [_clean(_SEPARATORS.split(line)[0]) for line in lines]
    names = [name for name in firsts if name]
    return names[1:] if names and names[0].lower() in _HEADS else names


def _split(line: str) -> list[str]:
    return [name for name in map(_clean, _SEPARATORS.split(line)) if name]


def _clean(name: str) -> str:
    return name.strip().strip("\"'").strip()


def _problems(names: list[str]) -> Iterable[str]:
    taken = {name for name in names if name == suggest_student(name)}
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield say("classroom.twice", name=name)
        elif name not in taken:
            suggestion = _free(suggest_student(name), taken)
            taken.add(suggestion)
            yield say("classroom.wrong_name", name=name, suggestion=suggestion)
        seen.add(name)


def _free(wanted: str, taken: set[str]) -> str:
    """Return a name that nobody has, with a number at its end when the wanted one is taken."""
    name, number = wanted, 2
    while name in taken:
        name = f"{wanted[: STUDENT_LENGTH - len(str(number))]}{number}"
        number += 1
    return name
