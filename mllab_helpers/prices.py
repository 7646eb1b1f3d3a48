"""What AWS asks per hour: list prices of the few instance types that the lab uses.

From https://aws.amazon.com/sagemaker/pricing/, US East (N. Virginia), on demand. Prices change and differ by
region; whoever shows one says of when it is.
"""

from __future__ import annotations

AS_OF = "2025"
REGION = "us-east-1"
SOURCE = "https://aws.amazon.com/sagemaker/pricing/"

TRAINING = "training"
HOSTING = "hosting"
NOTEBOOK = "notebook"

# USD per instance and hour
_PER_HOUR: dict[str, dict[str, float]] = {
    TRAINING: {"ml.m4.xlarge": 0.24, "ml.m5.large": 0.115, "ml.m5.xlarge": 0.23},
    HOSTING: {"ml.t2.medium": 0.056, "ml.m4.xlarge": 0.24, "ml.m5.large": 0.115, "ml.m5.xlarge": 0.23},
    NOTEBOOK: {"ml.t2.medium": 0.0464, "ml.t3.medium": 0.05, "ml.m5.xlarge": 0.23},
}


def per_hour(use: str, instance_type: str) -> float | None:
    """Return the list price of one instance in USD per hour, or None when the table does not hold it."""
    return _PER_HOUR[use].get(instance_type)
