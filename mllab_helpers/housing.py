"""The housing data as the notebooks use it: raw export, cleaning, features, splits, CSV, scores.

Each of these topics has a module of its own (`housing_*`). This one is their front, and holds what joins
them: how a clean table becomes training, validation and test rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mllab_helpers.housing_cleaning import add_features, clean, parse_dates, parse_prices
from mllab_helpers.housing_csv import CsvShape, algorithm_csv, check_algorithm_csv
from mllab_helpers.housing_data import (
    KEPT_BACK_MONTHS,
    TEST_MONTHS,
    TRAINING_MONTHS,
    VALIDATION_MONTHS,
    defects,
    load_sales,
    new_data,
    raw_csv,
    raw_export,
)
from mllab_helpers.housing_errors import EmptySplit
from mllab_helpers.housing_features import FEATURES, HOUSE_FIELDS, Scaler, csv_row, model_row
from mllab_helpers.housing_own import export_bytes
from mllab_helpers.housing_scores import (
    errors_by_price_band,
    median_price_baseline,
    metrics,
    neighbours_baseline,
    price_per_sqft_baseline,
    score_table,
)
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


__all__ = [
    "FEATURES",
    "HOUSE_FIELDS",
    "KEPT_BACK_MONTHS",
    "TARGET",
    "CsvShape",
    "Scaler",
    "Splits",
    "add_features",
    "algorithm_csv",
    "apply_scaler",
    "check_algorithm_csv",
    "clean",
    "csv_row",
    "defects",
    "errors_by_price_band",
    "export_bytes",
    "fit_scaler",
    "load_sales",
    "median_price_baseline",
    "metrics",
    "model_row",
    "neighbours_baseline",
    "new_data",
    "parse_dates",
    "parse_prices",
    "price_per_sqft_baseline",
    "raw_csv",
    "raw_export",
    "score_table",
    "split_by_month",
]
