"""`statistics.json`: what the columns of a data set look like.

Schema: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-statistics.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mllab_localaws.images.model_monitor import sketch
from mllab_localaws.images.model_monitor.columns import NUMERIC, STRING, Column


def describe(columns: Sequence[Column], rows: int) -> dict[str, Any]:
    """Return the document."""
    return {
        "version": 0.0,
        "dataset": {"item_count": rows},
        "features": [
            {"name": each.name, "inferred_type": each.inferred_type, **_statistics(each)} for each in columns
        ],
    }


def _statistics(column: Column) -> dict[str, Any]:
    common = {"num_present": len(column.present), "num_missing": column.missing}
    if column.inferred_type in NUMERIC:
        return {"numerical_statistics": {"common": common, **_numerical(column)}}
    if column.inferred_type == STRING:
        return {"string_statistics": {"common": common, **_textual(column)}}
    return {}


def _numerical(column: Column) -> dict[str, Any]:
    numbers = column.numbers
    return {
        "mean": float(numbers.mean()),
        "sum": float(numbers.sum()),
        "std_dev": float(numbers.std()),
        "min": float(np.min(numbers)),
        "max": float(np.max(numbers)),
        "distribution": {"kll": sketch.describe(numbers)},
    }


def _textual(column: Column) -> dict[str, Any]:
    distinct = {"distinct_count": float(len(set(column.present)))}
    if column.categories is None:
        return distinct
    buckets = [{"value": value, "count": count} for value, count in column.categories.items()]
    return {**distinct, "distribution": {"categorical": {"buckets": buckets}}}
