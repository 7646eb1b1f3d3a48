"""Metrics for CloudWatch, as lines of JSON in `/opt/ml/output/metrics/cloudwatch`.

Form: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-cloudwatch.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from mllab_localaws.images.model_monitor.columns import NUMERIC, Column
from mllab_localaws.images.model_monitor.settings import Settings


def write(path: Path, settings: Settings, columns: Sequence[Column], distances: Mapping[str, float]) -> None:
    """Write what a monitoring execution found of each feature."""
    dimensions = {"Endpoint": settings.endpoint, "MonitoringSchedule": settings.schedule}
    common = {
        "Timestamp": settings.time or datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items() if value],
        "Unit": "None",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        for metric in _metrics(columns, distances):
            file.write(json.dumps({**metric, **common}) + "\n")


def _metrics(columns: Sequence[Column], distances: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    for column in columns:
        if column.inferred_type in NUMERIC:
            yield {"MetricName": f"feature_data_{column.name}", "StatisticValues": _statistic_values(column)}
        yield {"MetricName": f"feature_non_null_{column.name}", "Value": float(len(column.present))}
        if column.name in distances:
            yield {"MetricName": f"feature_baseline_drift_{column.name}", "Value": distances[column.name]}


def _statistic_values(column: Column) -> dict[str, float]:
    numbers = column.numbers
    return {
        "Maximum": float(np.max(numbers)),
        "Minimum": float(np.min(numbers)),
        "Sum": float(numbers.sum()),
        "SampleCount": float(len(numbers)),
    }
