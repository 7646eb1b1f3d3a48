"""Notebooks in parts: only those that a parameter names are executed.

`begin_part("b", parts)` opens a part. When `parts` does not name it, the cells below are skipped until the
next `begin_part` or `end_parts`, so that a long notebook can be run again from where a learner works.
"""

from __future__ import annotations

import re
import sys
from typing import ClassVar

from mllab_helpers.errors import LabError
from mllab_helpers.texts import say

_MARKS = re.compile(r"\s*(begin_part|end_parts)\(")


class UnknownPart(LabError):
    """The notebook has no part of that letter."""

    key: ClassVar[str] = "unknown_part"


def check_parts(parts: str, known: str) -> None:
    """Refuse letters that name no part.

    Args: parts: e.g. `abc` or `b`; known: all letters.
    Raises: UnknownPart.
    """
    unknown = sorted(set(parts) - set(known))
    if unknown or not parts:
        raise UnknownPart(given=repr(parts), known=", ".join(known))


def begin_part(part: str, parts: str) -> None:
    """Open a part of the notebook; say so when it is skipped.

    Args: part: its letter; parts: letters of those to execute.
    """
    _set_skipping(part not in parts)
    if part not in parts:
        print(say("parts.skipped", part=part))


def end_parts() -> None:
    """Execute every cell from here on."""
    _set_skipping(False)


def _skip(lines: list[str]) -> list[str]:
    """Return a cell's lines, or none of them; IPython calls this before it executes a cell."""
    return lines if any(_MARKS.match(line) for line in lines) else []


def _set_skipping(skipping: bool) -> None:
    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    transformers = shell.input_transformers_cleanup
    while _skip in transformers:
        transformers.remove(_skip)
    if skipping:
        transformers.append(_skip)
