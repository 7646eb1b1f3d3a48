"""The housing data: 21,613 real sales, and the untidy export that a colleague would send.

The original (King County, May 2014 to May 2015, CC0, `data/README.md`) has no gap at all. What there is to
clean is added here: by a fixed seed, on rows that no other defect touches, and declared in `DEFECTS`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mllab_helpers.housing.errors import DataDamaged, MonthUnknown
from mllab_helpers.texts import say

TRAINING_MONTHS = tuple(f"2014-{month:02}" for month in range(5, 13))
VALIDATION_MONTHS = ("2015-01",)
TEST_MONTHS = ("2015-02", "2015-03")
EXPORT_MONTHS = (*TRAINING_MONTHS, *VALIDATION_MONTHS, *TEST_MONTHS)
KEPT_BACK_MONTHS = ("2015-04", "2015-05")  # arrive later, as new data

DATA_FILE = Path(__file__).parents[1] / "data" / "house_prices.parquet"
DATA_SHA256 = "33726fed816d4a8816e1c421b0fb9b00241aec514031cdb923da25379a0f803b"
SEED = 2014

Row = dict[str, str]  # one line of the export, by column, as text


def load_sales(path: Path = DATA_FILE) -> pd.DataFrame:
    """Load the original data, after checking that the file is the one that was shipped.

    Returns: 21,613 sales, 21 columns; prices in USD, areas in square feet.
    Raises: DataDamaged: the file is missing or its checksum differs.
    """
    content = path.read_bytes() if path.is_file() else b""
    found = hashlib.sha256(content).hexdigest()
    if found != DATA_SHA256:
        raise DataDamaged(path=path, expected=DATA_SHA256[:12], found=found[:12] if content else "-")
    sales = pd.read_parquet(io.BytesIO(content))
    dated: pd.DataFrame = sales.assign(date=pd.to_datetime(sales["date"]))
    return dated


@dataclass(frozen=True)
class Defect:
    """One kind of defect: what it does to a line, on which column, and on how many lines of the export."""

    name: str
    column: str
    rows: int
    spoil: Callable[[Row], Row]


def _empty(*columns: str) -> Callable[[Row], Row]:
    return lambda row: row | dict.fromkeys(columns, "")


def _with_dollar_sign(row: Row) -> Row:
    return row | {"price": f"${int(row['price']):,}"}


def _date_as_in_the_united_states(row: Row) -> Row:
    year, month, day = row["date"].split("-")
    return row | {"date": f"{month}/{day}/{year}"}


def _date_without_separators(row: Row) -> Row:
    return row | {"date": row["date"].replace("-", "") + "T000000"}


def _wrong_millennium(row: Row) -> Row:
    # A slip on the first digit: 1955 becomes 2955.
    return row | {"yr_built": str(int(row["yr_built"]) + 1000)}


DEFECTS = (
    Defect("missing", "price", 60, _empty("price")),
    Defect("missing", "date", 40, _empty("date")),
    Defect("missing", "bathrooms", 350, _empty("bathrooms")),
    Defect("missing", "condition", 250, _empty("condition")),
    Defect("missing", "yr_built", 220, _empty("yr_built")),
    Defect("missing", "sqft_living", 160, _empty("sqft_living")),
    Defect("missing", "sqft_basement", 900, _empty("sqft_basement")),
    Defect("missing", "lat, long", 180, _empty("lat", "long")),
    Defect("money_text", "price", 400, _with_dollar_sign),
    Defect("us_date", "date", 500, _date_as_in_the_united_states),
    Defect("compact_date", "date", 300, _date_without_separators),
    Defect(
        "stray_spaces", "waterfront", 200, lambda row: row | {"waterfront": f" {row['waterfront'].lower()} "}
    ),
    Defect("negative_area", "sqft_living", 40, lambda row: row | {"sqft_living": f"-{row['sqft_living']}"}),
    Defect("future_year", "yr_built", 25, _wrong_millennium),
    Defect("bathrooms_99", "bathrooms", 15, lambda row: row | {"bathrooms": "99"}),
    Defect("lost_minus", "long", 60, lambda row: row | {"long": row["long"].lstrip("-")}),
)
DUPLICATED_ROWS = 140  # the last load of the export ran twice: exact copies, at the end of the file
_LINES_OF_THE_EXPORT = 18_736


def defects() -> pd.DataFrame:
    """Return what is wrong with `house_prices.csv`, as a table: what, in which column, on how many rows."""
    declared = [(defect.name, defect.column, defect.rows) for defect in DEFECTS]
    declared.append(("duplicates", "-", DUPLICATED_ROWS))
    rows = [(say(f"housing.defect_{name}"), column, count) for name, column, count in declared]
    heads = [say("housing.head_defect"), say("housing.head_column"), say("housing.head_rows")]
    table: pd.DataFrame = pd.DataFrame(rows, columns=heads)
    return table


def raw_csv(months: Sequence[str] = EXPORT_MONTHS, *, seed: int = SEED) -> bytes:
    """Write the untidy export of some months: always the same bytes for the same seed.

    Args: months: "2014-05" to "2015-05". Fewer lines than the export's carry proportionally fewer defects.
    Raises: MonthUnknown: the data have no such month.
    """
    sales = load_sales()
    known = sales["date"].dt.strftime("%Y-%m")
    unknown = sorted(set(months) - set(known))
    if unknown:
        raise MonthUnknown(months=", ".join(unknown), first=known.min(), last=known.max())
    chosen = sales[known.isin(months)]
    rows = _spoil(_as_text(chosen), untouched=_already_odd(chosen), seed=seed)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(sales.columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def raw_export(*, seed: int = SEED) -> pd.DataFrame:
    """Return `house_prices.csv`, sales of May 2014 to March 2015, as pandas reads it."""
    return pd.read_csv(io.BytesIO(raw_csv(seed=seed)))


def new_data(month: str, *, seed: int = SEED) -> pd.DataFrame:
    """Return the raw sales of a month that was kept back, "2015-04" or "2015-05", as pandas reads them.

    Raises: MonthUnknown: the month is in the export already, or nowhere.
    """
    if month not in KEPT_BACK_MONTHS:
        raise MonthUnknown(months=month, first=KEPT_BACK_MONTHS[0], last=KEPT_BACK_MONTHS[-1])
    return pd.read_csv(io.BytesIO(raw_csv([month], seed=seed)))


def _as_text(sales: pd.DataFrame) -> list[Row]:
    # Text is made value by value in Python: how pandas formats numbers and dates changes between versions.
    columns = {name: sales[name].tolist() for name in sales.columns}
    columns["date"] = [day.date().isoformat() for day in columns["date"]]
    lines = zip(*columns.values(), strict=True)
    return [dict(zip(columns, map(str, line), strict=True)) for line in lines]


def _already_odd(sales: pd.DataFrame) -> set[int]:
    odd = (sales["bedrooms"] > 20) | (sales["bedrooms"] == 0) | (sales["bathrooms"] == 0)
    return set(np.flatnonzero(odd.to_numpy()).tolist())


def _spoil(rows: list[Row], *, untouched: set[int], seed: int) -> list[Row]:
    # The raw stream of a bit generator is the one thing in numpy.random that is promised never to change
    # (NEP 19); the methods of Generator are not.
    order = np.argsort(np.random.PCG64(seed).random_raw(len(rows)), kind="stable").tolist()
    free = iter([position for position in order if position not in untouched])
    share = min(1.0, len(rows) / _LINES_OF_THE_EXPORT)
    for defect in DEFECTS:
        for position in [next(free) for _ in range(round(defect.rows * share))]:
            rows[position] = defect.spoil(rows[position])
    copies = sorted(next(free) for _ in range(round(DUPLICATED_ROWS * share)))
    return rows + [rows[position] for position in copies]
