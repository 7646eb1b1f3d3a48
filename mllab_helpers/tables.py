"""Tables for the eye: heads in the learner's language, and no text cut short.

Code goes on working with the original table, whose columns have the same names in every language.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllab_helpers.texts import say

if TYPE_CHECKING:
    import pandas as pd

_HEADS = frozenset(
    {
        *("statement", "actions", "resources", "why"),
        *("policy", "statements", "wildcards", "on_everything"),
        *("service", "kind", "name", "state", "instance_type", "usd_per_hour", "seconds", "usd"),
        *("rank", "trial", "share", "rows", "rmse", "step", "status", "outcome"),
        *(
            "type",
            "completeness",
            "non_negative",
            "feature",
            "check",
            "distance",
            "threshold",
            "time",
            "previous",
            "reason",
        ),
    }
)
_UNKNOWN = "–"


@dataclass(frozen=True, repr=False)
class ReadableTable:
    """A table that shows itself whole, without row numbers, as the last line of a cell or by `display`."""

    frame: pd.DataFrame

    def _repr_html_(self) -> str:
        import pandas as pd

        # pandas cuts texts at 50 characters in HTML too, and knows no other place to say otherwise.
        with pd.option_context("display.max_colwidth", None):
            return self.frame.to_html(index=False, na_rep=_UNKNOWN, notebook=True)

    def __repr__(self) -> str:
        return self.frame.to_string(index=False, na_rep=_UNKNOWN)


def for_reading(table: pd.DataFrame) -> ReadableTable:
    """Return a table as a learner reads it: columns, and kinds of resources, in the learner's language.

    Columns that the catalogue does not know, such as those of a data set, keep their names.
    """
    if "kind" in table:
        table = table.assign(kind=[kind_in_words(kind) for kind in table["kind"]])
    return ReadableTable(table.rename(columns=_head))


def kind_in_words(kind: str) -> str:
    """Return what a learner calls a kind of resource, e.g. `endpoint-config`."""
    return say(f"tables.kind_{kind.replace('-', '_')}")


def _head(column: Hashable) -> Hashable:
    return say(f"tables.{column}") if column in _HEADS else column
