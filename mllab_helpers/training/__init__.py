"""SageMaker training jobs; tuning jobs are in `tuning`."""

from __future__ import annotations

from mllab_helpers.training.training import (
    describe_training,
    image_uri,
    learning_curve,
    load_model,
    start_training,
    training_request,
    wait_for_training,
)

__all__ = [
    "describe_training",
    "image_uri",
    "learning_curve",
    "load_model",
    "start_training",
    "training_request",
    "wait_for_training",
]
