"""From a house in plain units to the row that the model reads: one set of formulas for training and serving.

Nothing here needs pandas, so that a Lambda function can carry it. The formulas are plain arithmetic, which
works on one number and on a whole pandas column alike: what the model was trained on and what it is asked
about cannot drift apart.
"""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from mllab_helpers.housing.errors import HouseIncomplete

# What a house must say. `sqft_living15` is the mean living area of its 15 nearest neighbours.
HOUSE_FIELDS = (
    *("bedrooms", "bathrooms", "sqft_living", "sqft_lot", "sqft_basement", "floors", "waterfront", "view"),
    *("condition", "grade", "lat", "long", "sqft_living15", "yr_built", "yr_renovated"),
)
_ONLY_IN_FORMULAS = ("yr_built", "yr_renovated")
DERIVED = ("age", "years_since_work", "km_to_seattle", "km_to_bellevue", "size_to_neighbours")
FEATURES = (*(field for field in HOUSE_FIELDS if field not in _ONLY_IN_FORMULAS), *DERIVED)

SEATTLE = (47.6062, -122.3321)  # latitude and longitude of the two centres where the county works
BELLEVUE = (47.6101, -122.2015)
_LARGEST = 1e12  # nothing about a house is larger, and its square can still be computed
_KM_PER_DEGREE_NORTH = 111.2
_KM_PER_DEGREE_EAST = 75.0  # 111.2 x cos(47.6 degrees): within 1% all over the county


def derive(house: Mapping[str, Any], year_sold: Any) -> dict[str, Any]:
    """Compute the derived features of one house, or of a whole table of houses.

    Args:
        house: numbers, or pandas columns, by the names of `HOUSE_FIELDS`.
        year_sold: the year of the sale, or of the day for which a price is asked.
    Returns: a number, or a column, for each name of `DERIVED`.
    """
    built, renovated = house["yr_built"], house["yr_renovated"]
    last_work = built + (renovated - built) * (renovated > built)
    return {
        "age": year_sold - built,
        "years_since_work": year_sold - last_work,
        "km_to_seattle": _distance(house, SEATTLE),
        "km_to_bellevue": _distance(house, BELLEVUE),
        "size_to_neighbours": house["sqft_living"] / house["sqft_living15"],
    }


def _distance(house: Mapping[str, Any], place: tuple[float, float]) -> Any:
    north = (house["lat"] - place[0]) * _KM_PER_DEGREE_NORTH
    east = (house["long"] - place[1]) * _KM_PER_DEGREE_EAST
    return (north**2 + east**2) ** 0.5


def model_row(house: Mapping[str, Any]) -> list[float]:
    """Turn a house, described in plain units, into the numbers that the model expects.

    Args: house: every name of `HOUSE_FIELDS`, and `date`, the day for which a price is asked (a date or
        "2015-03-14"). A value of None means "not known": the model copes with gaps.
    Returns: one number per name of `FEATURES`, in that order; NaN where the house does not say.
    Raises: HouseIncomplete: fields are absent, or are no numbers; the message names all of them.
    """
    faults = [field for field in ("date", *HOUSE_FIELDS) if field not in house]
    numbers: dict[str, float] = {}
    for field in (field for field in HOUSE_FIELDS if field in house):
        try:
            numbers[field] = _number(house[field])
        except (TypeError, ValueError, OverflowError):
            faults.append(_shown(field, house[field]))
    if numbers.get("sqft_living15") == 0:
        faults.append("sqft_living15 = 0")
    year = _year(house["date"]) if "date" in house else 0
    if year is None:
        faults.append(_shown("date", house["date"]))
    if faults:
        raise HouseIncomplete(fields=", ".join(faults))
    numbers |= derive(numbers, year)
    return [numbers[feature] for feature in FEATURES]


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    number = float(value)
    if abs(number) > _LARGEST:
        raise ValueError
    return number


def _year(day: object) -> int | None:
    try:
        return date.fromisoformat(str(day)[:10]).year
    except ValueError:
        return None


def _shown(field: str, value: object) -> str:
    """Name a field and what it holds, at a length that fits into a message."""
    return f"{field} = {reprlib.repr(value)}"


def csv_row(row: Sequence[float]) -> str:
    """Write one row the way the endpoint reads it: commas, no header, no label, gaps left empty."""
    return ",".join("" if math.isnan(number) else f"{number:.12g}" for number in row)


@dataclass(frozen=True)
class Scaler:
    """How to normalise: mean and standard deviation of each feature in the training rows, and no others.

    Trees do not need it, since they only ask whether a number is above a threshold; methods that measure
    distances, such as nearest neighbours, do.
    """

    features: tuple[str, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]

    def scale(self, row: Sequence[float]) -> list[float]:
        """Normalise one row: mean 0, deviation 1 over the training rows. A gap becomes 0, the mean."""
        columns = zip(row, self.means, self.deviations, strict=True)
        return [0.0 if math.isnan(value) else (value - mean) / spread for value, mean, spread in columns]

    def to_json(self) -> str:
        """Return the text of the file that travels beside the model."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Scaler:
        """Read back what `to_json` wrote."""
        return cls(**{field: tuple(values) for field, values in json.loads(text).items()})
