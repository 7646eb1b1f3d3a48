"""SageMaker endpoints: make one and ask it. `expiry` and `idle` see that nobody forgets it."""

from __future__ import annotations

from mllab_helpers.deployment.deployment import (
    SCRIPT_MODE,
    current_config,
    current_model,
    delete_endpoint,
    describe_endpoint,
    ensure_endpoint,
    ensure_endpoint_config,
    ensure_model,
    package_inference_script,
    wait_for_endpoint,
)
from mllab_helpers.deployment.predictions import measure_latency, predict

__all__ = [
    "SCRIPT_MODE",
    "current_config",
    "current_model",
    "delete_endpoint",
    "describe_endpoint",
    "ensure_endpoint",
    "ensure_endpoint_config",
    "ensure_model",
    "measure_latency",
    "package_inference_script",
    "predict",
    "wait_for_endpoint",
]
