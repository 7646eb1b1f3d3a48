"""Which notebooks there are, in which order, and which parameters they declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import nbformat

from mllab_helpers.errors import LabError
from mllab_helpers.lab.parameters import Parameter, Value, convert, declared_parameters, refuse_unknown

PROJECT = Path(__file__).resolve().parents[2]


class NoNotebooks(LabError):
    """There are no notebooks in the place where they were looked for."""

    key: ClassVar[str] = "no_notebooks"


class UnknownNotebook(LabError):
    """A notebook was asked for by a number that none has."""

    key: ClassVar[str] = "unknown_notebook"


@dataclass(frozen=True)
class Edition:
    """One notebook of one language."""

    path: Path
    parameters: Mapping[str, Parameter] = field(repr=False)

    @property
    def name(self) -> str:
        """The file's name without its ending, e.g. `02_entrenamiento`."""
        return self.path.stem

    @property
    def number(self) -> str:
        """The two digits that the name starts with."""
        return self.path.stem[:2]


def find_editions(folder: Path) -> list[Edition]:
    """Return the notebooks of a folder in the order of their names.

    Raises: NoNotebooks: the folder holds none.
    """
    paths = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise NoNotebooks(folder=folder)
    return [Edition(path, _read_parameters(path)) for path in paths]


def choose(editions: list[Edition], *, only: Iterable[str] = (), first: str = "") -> list[Edition]:
    """Keep the notebooks that a run asked for.

    Args:
        only: two-digit numbers; all notebooks when empty.
        first: the number to begin with; the first notebook when empty.
    Raises: UnknownNotebook: no notebook has one of these numbers.
    """
    only = list(only)
    numbers = [edition.number for edition in editions]
    for number in [*only, *([first] if first else [])]:
        if number not in numbers:
            raise UnknownNotebook(number=number, known=", ".join(numbers))
    return [one for one in editions if one.number >= first and (not only or one.number in only)]


def values_for(editions: list[Edition], typed: Mapping[str, str]) -> dict[str, dict[str, Value]]:
    """Turn the parameters typed for a run into each notebook's own, by the notebook's name.

    A parameter goes to the notebooks that declare it, converted to their type. A path in `data` was typed
    from the caller's folder, and the notebooks work in another one: it becomes absolute.
    Raises: WrongParameter: no notebook declares a name, or a value is not of the declared type.
    """
    everything = {name: parameter for edition in editions for name, parameter in edition.parameters.items()}
    refuse_unknown(typed, everything)
    return {
        edition.name: {
            name: convert(edition.parameters[name], _absolute(text) if name == "data" else text)
            for name, text in typed.items()
            if name in edition.parameters
        }
        for edition in editions
    }


def _absolute(text: str) -> str:
    return str(Path(text).resolve()) if text and Path(text).exists() else text


def _read_parameters(path: Path) -> dict[str, Parameter]:
    notebook = nbformat.read(path, as_version=4)
    sources = [cell.source for cell in notebook.cells if has_tag(cell, "parameters")]
    return declared_parameters(sources[0]) if sources else {}


def has_tag(cell: Mapping[str, Any], tag: str) -> bool:
    """Tell whether a cell of a notebook carries a tag."""
    return tag in cell["metadata"].get("tags", ())
