"""A learner's own export, instead of the course's: any CSV with the columns of the housing data."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from mllab_helpers.errors import OwnCsvUnusable
from mllab_helpers.housing_cleaning import require_columns
from mllab_helpers.housing_data import raw_csv
from mllab_helpers.texts import say

MINIMUM_ROWS = 50


def export_bytes(path: Path | str = "") -> bytes:
    """Return the raw export to work with: the course's, or the file at `path`.

    Raises:
        OwnCsvUnusable: there is no such file, it is no CSV, or rows are too few.
        NotHousing: columns of the housing export are absent.
    """
    if not path:
        return raw_csv()
    if not Path(path).is_file():
        raise OwnCsvUnusable(path=path, problem=say("housing.own_absent"))
    content = Path(path).read_bytes()
    try:
        frame = pd.read_csv(io.BytesIO(content))
    except ValueError as error:  # pandas' ParserError and EmptyDataError, and text that is not UTF-8
        raise OwnCsvUnusable(path=path, problem=say("housing.own_unreadable", reason=error)) from error
    require_columns(frame)
    if len(frame) < MINIMUM_ROWS:
        problem = say("housing.own_few_rows", rows=len(frame), minimum=MINIMUM_ROWS)
        raise OwnCsvUnusable(path=path, problem=problem)
    return content
