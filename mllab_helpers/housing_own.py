"""A learner's own data, instead of the course's.

A CSV with the columns of the housing export walks the course's own way (`export_bytes`). One with other
columns (`prepare_own_data`) may have a numeric target and numeric or true/false features; dates and texts are
left out and named, since how to encode them is a decision about the data that nobody can take from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mllab_helpers.errors import OwnCsvUnusable
from mllab_helpers.housing_cleaning import parse_prices, require_columns
from mllab_helpers.housing_data import raw_csv
from mllab_helpers.texts import say

MINIMUM_ROWS = 50


@dataclass(frozen=True)
class OwnData:
    """A learner's table, ready to be split: rows, what is learnt, from what, and what was done to it."""

    rows: pd.DataFrame
    target: str
    features: tuple[str, ...]
    left_out: tuple[str, ...]
    report: pd.DataFrame


def export_bytes(path: Path | str = "") -> bytes:
    """Return the raw export to work with: the course's, or the file at `path` if it has the same columns.

    Raises:
        OwnCsvUnusable: there is no such file, it is no CSV, or rows are too few.
        NotHousing: columns of the housing export are absent.
    """
    if not path:
        return raw_csv()
    require_columns(read_own_csv(path))
    return Path(path).read_bytes()


def read_own_csv(path: Path | str, *, target: str = "price") -> pd.DataFrame:
    """Read a learner's own CSV, as it is.

    Raises: OwnCsvUnusable: there is no such file, it is no CSV, the target is absent, or rows are too few.
    """
    if not Path(path).is_file():
        raise OwnCsvUnusable(path=path, problem=say("housing.own_absent"))
    try:
        frame = pd.read_csv(path)
    except ValueError as error:  # pandas' ParserError and EmptyDataError, and text that is not UTF-8
        raise OwnCsvUnusable(path=path, problem=say("housing.own_unreadable", reason=error)) from error
    _check_target(frame, target, path)
    _check_rows(frame, path)
    return frame


def prepare_own_data(raw: pd.DataFrame, *, target: str = "price") -> OwnData:
    """Clean a table of unknown meaning by the few rules that are safe everywhere.

    Exact duplicates and rows without a target go; true/false becomes 1/0; columns that are not numbers, or
    never vary, are left out. Gaps in features stay gaps.

    Raises: OwnCsvUnusable: the target is absent, or too few rows or no feature remain.
    """
    _check_target(raw, target, target)
    unique = raw.drop_duplicates()
    labels = parse_prices(unique[target])
    kept = unique.assign(**{target: labels})[labels.notna()]
    _check_rows(kept, target)
    candidates = [str(column) for column in kept.columns if column != target]
    features = [column for column in candidates if _is_usable(kept[column])]
    if not features:
        raise OwnCsvUnusable(
            path=target, problem=say("housing.own_no_features", columns=", ".join(candidates))
        )
    numbers = kept[features].astype("float64").replace([np.inf, -np.inf], np.nan)
    left_out = tuple(column for column in candidates if column not in features)
    changes = [
        (say("housing.rule_duplicates"), len(raw) - len(unique), say("housing.done_duplicates")),
        (say("housing.own_rule_target"), len(unique) - len(kept), say("housing.own_done_target")),
        (say("housing.own_rule_columns"), len(left_out), ", ".join(left_out) or "-"),
        (say("housing.rule_gaps"), int(numbers.isna().sum().sum()), say("housing.done_gaps")),
    ]
    heads = [say("housing.head_rule"), say("housing.head_affected"), say("housing.head_done")]
    rows = numbers.assign(**{target: kept[target]}).reset_index(drop=True)
    return OwnData(rows, target, tuple(features), left_out, pd.DataFrame(changes, columns=heads))


def _is_usable(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and column.nunique() > 1


def _check_target(frame: pd.DataFrame, target: str, path: object) -> None:
    if target not in frame.columns:
        columns = ", ".join(map(str, frame.columns[:20]))
        problem = say("housing.own_no_target", target=target, columns=columns)
        raise OwnCsvUnusable(path=path, problem=problem)


def _check_rows(frame: pd.DataFrame, path: object) -> None:
    if len(frame) < MINIMUM_ROWS:
        problem = say("housing.own_few_rows", rows=len(frame), minimum=MINIMUM_ROWS)
        raise OwnCsvUnusable(path=path, problem=problem)
