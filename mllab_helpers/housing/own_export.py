"""A learner's own export, instead of the course's: any CSV with the columns of the housing data."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from mllab_helpers.housing.cleaning import parse_dates, parse_prices, require_columns
from mllab_helpers.housing.errors import OwnCsvUnusable
from mllab_helpers.housing.sales import raw_csv
from mllab_helpers.texts import say

MINIMUM_ROWS = 50


def export_bytes(path: Path | str = "") -> bytes:
    """Return the raw export to work with: the course's, or the file at `path`.

    Raises:
        OwnCsvUnusable: there is no such file, it is no CSV with commas, or too few of its rows have a price
            and a date that can be read.
        NotHousing: columns of the housing export are absent.
    """
    if not path:
        return raw_csv()
    path = Path(path).resolve()  # an error names all of it: a notebook does not work where the learner typed
    if not path.is_file():
        raise OwnCsvUnusable(path=path, problem=say("housing.own_absent"))
    content = path.read_bytes()
    try:
        # The header alone: with semicolons between the values, a "$450,000" would break off the reading.
        if len(pd.read_csv(io.BytesIO(content), nrows=0).columns) == 1:
            raise OwnCsvUnusable(path=path, problem=say("housing.own_one_column"))
        frame = pd.read_csv(io.BytesIO(content))
    except ValueError as error:  # pandas' ParserError and EmptyDataError, and text that is not UTF-8
        raise OwnCsvUnusable(path=path, problem=say("housing.own_unreadable", reason=error)) from error
    require_columns(frame)
    rows = int((parse_prices(frame["price"]).notna() & parse_dates(frame["date"]).notna()).sum())
    if rows < MINIMUM_ROWS:
        problem = say("housing.own_few_rows", rows=rows, minimum=MINIMUM_ROWS)
        raise OwnCsvUnusable(path=path, problem=problem)
    return content
