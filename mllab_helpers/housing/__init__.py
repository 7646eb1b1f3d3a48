"""The housing data as the notebooks use it: raw export, cleaning, features, splits, CSV, scores.

Each of these topics has a module of its own; this is their front. What travels into functions and images
(`features`, `errors`) needs nothing but Python.
"""

from __future__ import annotations

from mllab_helpers.housing.algorithm_csv import CsvShape, algorithm_csv, check_algorithm_csv
from mllab_helpers.housing.cleaning import add_features, clean, parse_dates, parse_prices
from mllab_helpers.housing.features import FEATURES, HOUSE_FIELDS, Scaler, csv_row, model_row
from mllab_helpers.housing.own_export import export_bytes
from mllab_helpers.housing.sales import (
    KEPT_BACK_MONTHS,
    defects,
    load_sales,
    new_data,
    raw_csv,
    raw_export,
)
from mllab_helpers.housing.scores import (
    errors_by_price_band,
    median_price_baseline,
    metrics,
    neighbours_baseline,
    price_per_sqft_baseline,
    score_table,
)
from mllab_helpers.housing.splits import TARGET, Splits, apply_scaler, fit_scaler, split_by_month

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
