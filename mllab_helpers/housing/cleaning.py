"""Cleaning: from the untidy export to numbers that can be trusted, with an account of every change.

A rule repairs what the row itself can tell, empties what cannot be true, and gives up a row only when its
price or its date is unknown. Gaps that remain are left open: XGBoost learns what to do with them, and a value
made up from other rows would carry those rows into this one.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from mllab_helpers.housing.errors import NotHousing
from mllab_helpers.housing.features import derive
from mllab_helpers.texts import say

NUMBERS = (
    *("price", "bedrooms", "bathrooms", "floors", "view", "condition", "grade"),
    *("sqft_living", "sqft_lot", "sqft_above", "sqft_basement", "sqft_living15", "sqft_lot15"),
    *("yr_built", "yr_renovated", "zipcode", "lat", "long"),
)
COLUMNS = ("date", "waterfront", *NUMBERS)  # what cleaning needs; any other column is carried along

_DATE_FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%Y%m%dT%H%M%S")
_TRUTHS = {"true": 1.0, "1": 1.0, "1.0": 1.0, "false": 0.0, "0": 0.0, "0.0": 0.0}
# What a value can be, both ends included. The 12 houses sold the year before they were finished are real.
_POSSIBLE = {
    "price": (1, 1e9),
    "bedrooms": (1, 20),
    "bathrooms": (0.25, 20),
    "sqft_living": (100, 1e5),
    "sqft_living15": (100, 1e5),
    "lat": (47.0, 48.0),
    "long": (-123.0, -121.0),
}

Step = tuple[pd.DataFrame, int]  # the rows after a rule, and how many rows or cells it changed


def require_columns(frame: pd.DataFrame) -> None:
    """Refuse a table that lacks columns of the housing export.

    Raises: NotHousing: naming them.
    """
    absent = [column for column in COLUMNS if column not in frame.columns]
    if absent:
        raise NotHousing(columns=", ".join(absent))


def parse_prices(prices: pd.Series) -> pd.Series:
    """Read prices in USD, written as 221900 or as "$221,900"; what is neither becomes a gap."""
    return pd.to_numeric(
        prices.astype("string").str.replace(r"[$,\s]", "", regex=True), errors="coerce"
    ).astype("float64")


def parse_dates(dates: pd.Series) -> pd.Series:
    """Read dates in the three formats of the export (month first where there are slashes); else a gap."""
    text = dates.astype("string").str.strip()
    parsed = pd.to_datetime(text, format=_DATE_FORMATS[0], errors="coerce")
    for known_format in _DATE_FORMATS[1:]:
        parsed = parsed.fillna(pd.to_datetime(text, format=known_format, errors="coerce"))
    return parsed


def clean(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean the housing export.

    Args: raw: the export as pandas reads it.
    Returns: the clean rows, and a table with one line per rule: rule, rows or cells changed, what was done.
    Raises: NotHousing: a column of the housing export is absent.
    """
    frame, counts = clean_and_count(raw)
    rows = [
        (say(f"housing.rule_{rule}"), count, say(f"housing.done_{rule}")) for rule, count in counts.items()
    ]
    heads = [say("housing.head_rule"), say("housing.head_affected"), say("housing.head_done")]
    return frame, pd.DataFrame(rows, columns=heads)


def clean_and_count(raw: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Clean the housing export; return the clean rows, and by rule how many rows or cells it changed."""
    require_columns(raw)
    frame, counts = raw, {}
    for rule, step in RULES.items():
        frame, counts[rule] = step(frame)
    return frame.reset_index(drop=True), counts


def _drop_duplicates(frame: pd.DataFrame) -> Step:
    kept = frame.drop_duplicates()
    return kept.copy(), len(frame) - len(kept)


def _read_prices(frame: pd.DataFrame) -> Step:
    written_as_text = frame["price"].astype("string").str.contains("$", regex=False).fillna(False)
    return frame.assign(price=parse_prices(frame["price"])), int(written_as_text.sum())


def _read_dates(frame: pd.DataFrame) -> Step:
    dates = parse_dates(frame["date"])
    other_format = dates.notna() & ~frame["date"].astype("string").str.match(r"\d{4}-").fillna(False).astype(
        bool
    )
    return frame.assign(date=dates), int(other_format.sum())


def _read_waterfront(frame: pd.DataFrame) -> Step:
    text = frame["waterfront"].astype("string")
    tidy = text.str.strip().str.lower()
    untidy = (text != tidy.str.capitalize()).fillna(False) & ~text.isin(["0", "1", "0.0", "1.0"])
    return frame.assign(waterfront=tidy.map(_TRUTHS).astype("float64")), int(untidy.sum())


def _read_numbers(frame: pd.DataFrame) -> Step:
    numbers = {column: pd.to_numeric(frame[column], errors="coerce").astype("float64") for column in NUMBERS}
    unreadable = sum(int((numbers[column].isna() & frame[column].notna()).sum()) for column in NUMBERS)
    return frame.assign(**numbers), unreadable


def _restore_the_minus(frame: pd.DataFrame) -> Step:
    west = frame["long"].between(121.0, 123.0)
    return frame.assign(long=frame["long"].mask(west, -frame["long"])), int(west.sum())


def _empty_the_impossible(frame: pd.DataFrame) -> Step:
    impossible = {
        column: frame[column].notna() & ~frame[column].between(low, high)
        for column, (low, high) in _POSSIBLE.items()
    }
    impossible["yr_built"] = frame["yr_built"] > frame["date"].dt.year + 1
    emptied = {column: frame[column].mask(cells) for column, cells in impossible.items()}
    return frame.assign(**emptied), sum(int(cells.sum()) for cells in impossible.values())


def _drop_unusable(frame: pd.DataFrame) -> Step:
    kept = frame.dropna(subset=["price", "date"])
    return kept.copy(), len(frame) - len(kept)


def _rebuild_areas(frame: pd.DataFrame) -> Step:
    living = frame["sqft_living"].fillna(frame["sqft_above"] + frame["sqft_basement"])
    basement = frame["sqft_basement"].fillna(living - frame["sqft_above"])
    rebuilt = frame.assign(sqft_living=living, sqft_basement=basement)
    areas = ["sqft_living", "sqft_basement"]
    return rebuilt, int(frame[areas].isna().sum().sum() - rebuilt[areas].isna().sum().sum())


def _place_by_postal_code(frame: pd.DataFrame) -> Step:
    centres = frame.groupby("zipcode")[["lat", "long"]].transform("median")
    placed = frame.assign(lat=frame["lat"].fillna(centres["lat"]), long=frame["long"].fillna(centres["long"]))
    return placed, int(frame["lat"].isna().sum() - placed["lat"].isna().sum())


def _leave_gaps(frame: pd.DataFrame) -> Step:
    return frame, int(frame[[*NUMBERS, "waterfront"]].isna().sum().sum())


# In this order: text becomes numbers before numbers are judged, and only what was judged repairs the rest.
RULES: dict[str, Callable[[pd.DataFrame], Step]] = {
    "duplicates": _drop_duplicates,
    "price_text": _read_prices,
    "dates": _read_dates,
    "waterfront": _read_waterfront,
    "numbers": _read_numbers,
    "minus": _restore_the_minus,
    "impossible": _empty_the_impossible,
    "unusable": _drop_unusable,
    "areas": _rebuild_areas,
    "place": _place_by_postal_code,
    "gaps": _leave_gaps,
}


def add_features(clean_rows: pd.DataFrame) -> pd.DataFrame:
    """Add the derived features to clean housing rows; then every name of `FEATURES` is a column."""
    columns = {str(name): clean_rows[name] for name in clean_rows.columns}
    complete: pd.DataFrame = clean_rows.assign(**derive(columns, clean_rows["date"].dt.year))
    return complete
