"""Regular expressions over log lines."""

from __future__ import annotations

import re
from collections.abc import Sequence


def first_groups(expression: str, lines: Sequence[str]) -> list[str | None]:
    """Return what an expression's first group captures in each line; None where it finds nothing."""
    pattern = re.compile(expression)
    # Whatever begins with .* begins at the line's beginning, and to look for it elsewhere takes the square of
    # the time; only one alternative of several may begin so.
    find = pattern.match if expression.startswith(".*") and "|" not in expression else pattern.search
    return [None if (found := find(line)) is None else found[1] for line in lines]
