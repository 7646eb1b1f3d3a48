"""The lab's pictures. Each takes data and returns a `Picture`: the figure, its sentence and its numbers."""

from __future__ import annotations

from mllab_helpers.plots.plots import (
    errors_by_band,
    errors_on_map,
    feature_importance,
    latency_histogram,
    learning_curve,
    missing_cells,
    predicted_against_true,
    price_distribution,
    prices_on_map,
)
from mllab_helpers.plots.plots_api import request_journey
from mllab_helpers.plots.plots_models import bias_over_time, data_curve, pipeline_steps, tuning, violations
from mllab_helpers.plots.plots_monitoring import alarm_timeline, endpoint_metrics

__all__ = [
    "alarm_timeline",
    "bias_over_time",
    "data_curve",
    "endpoint_metrics",
    "errors_by_band",
    "errors_on_map",
    "feature_importance",
    "latency_histogram",
    "learning_curve",
    "missing_cells",
    "pipeline_steps",
    "predicted_against_true",
    "price_distribution",
    "prices_on_map",
    "request_journey",
    "tuning",
    "violations",
]
