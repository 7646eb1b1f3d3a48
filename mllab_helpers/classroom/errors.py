"""What can go wrong when a teacher prepares, looks at or ends a class."""

from __future__ import annotations

from typing import ClassVar

from mllab_helpers.errors import LabError


class NoStudents(LabError):
    """A command about a class was given no names."""

    key: ClassVar[str] = "no_students"


class NoClassFile(LabError):
    """The file with the names of a class cannot be read."""

    key: ClassVar[str] = "no_class_file"


class WrongClassNames(LabError):
    """Some names of a class cannot be used, or are there twice."""

    key: ClassVar[str] = "wrong_class_names"


class SheetInTheWay(LabError):
    """What a teacher hands out cannot be written where it should."""

    key: ClassVar[str] = "sheet_in_the_way"


class ClassUnfinished(LabError):
    """Not all of a class could be prepared."""

    key: ClassVar[str] = "class_unfinished"


class NotConfirmed(LabError):
    """Everything of several students was to be removed, and nobody has said yes."""

    key: ClassVar[str] = "not_confirmed"
