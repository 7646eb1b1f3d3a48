"""How clean sales become rows to learn from, to stop by and to be tested with; how features are scaled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mllab_helpers.housing.errors import EmptySplit
from mllab_helpers.housing.features import FEATURES, Scaler
from mllab_helpers.housing.sales import TEST_MONTHS, TRAINING_MONTHS, VALIDATION_MONTHS
from mllab_helpers.texts import say

TARGET = "price"


@dataclass(frozen=True)
class Splits:
    """Rows to learn from, rows to stop by, and rows nobody looks at before the end."""

    training: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame

    def table(self, target: str = TARGET) -> pd.DataFrame:
        """Return the three parts as a table: rows, first and last day if there are dates, median."""
        rows = []
        for name in ("training", "validation", "test"):
            part: pd.DataFrame = getattr(self, name)
            row: dict[str, object] = {say("housing.head_part"): say(f"housing.part_{name}")}
            row[say("housing.head_rows")] = len(part)
            if "date" in part:
                row[say("housing.head_first_day")] = f"{part['date'].min():%Y-%m-%d}"
                row[say("housing.head_last_day")] = f"{part['date'].max():%Y-%m-%d}"
            row[say("housing.head_median", target=target)] = round(float(part[target].median()))
            rows.append(row)
        table: pd.DataFrame = pd.DataFrame(rows)
        return table


def split_by_month(frame: pd.DataFrame) -> Splits:
    """Split by the course's calendar: learn from 2014, stop by January 2015, test on February and March.

    The test months come last because that is how a model is used: on sales that have not happened yet.

    Raises: EmptySplit: the table has no rows in one of the parts.
    """
    month = frame["date"].dt.strftime("%Y-%m")
    months = {"training": TRAINING_MONTHS, "validation": VALIDATION_MONTHS, "test": TEST_MONTHS}
    parts = {name: frame[month.isin(wanted)].reset_index(drop=True) for name, wanted in months.items()}
    for name, part in parts.items():
        if part.empty:
            wanted = f"{months[name][0]} … {months[name][-1]}"
            raise EmptySplit(part=say(f"housing.part_{name}"), months=wanted, rows=len(frame))
    return Splits(**parts)


def fit_scaler(training: pd.DataFrame, features: Sequence[str] = FEATURES) -> Scaler:
    """Measure mean and standard deviation of each feature, on the training rows only.

    Measured on all rows they would tell the model something about the test. A feature that never varies gets
    a deviation of 1.
    """
    numbers = training[list(features)].astype("float64")
    deviations = numbers.std(ddof=0).replace(0.0, 1.0)
    return Scaler(tuple(features), tuple(numbers.mean().tolist()), tuple(deviations.tolist()))


def apply_scaler(scaler: Scaler, frame: pd.DataFrame) -> pd.DataFrame:
    """Normalise the scaler's features, leaving other columns alone. A gap becomes 0, the training mean."""
    names = list(scaler.features)
    means, deviations = pd.Series(scaler.means, index=names), pd.Series(scaler.deviations, index=names)
    scaled = frame[names].astype("float64").sub(means).div(deviations)
    normalised: pd.DataFrame = frame.assign(**{name: scaled[name].fillna(0.0) for name in names})
    return normalised
