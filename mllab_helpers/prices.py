"""What AWS asks: list prices of the few instance types that the lab uses, and of a request to its API.

From https://aws.amazon.com/sagemaker/pricing/, US East (N. Virginia), on demand. Prices change and differ by
region; whoever shows one says of when it is.
"""

from __future__ import annotations

AS_OF = "2025"
REGION = "us-east-1"
# What is billed by the request, first tier, without the free tier: https://aws.amazon.com/lambda/pricing/,
# and AWS's white paper on private APIs of API Gateway, section "Cost optimization".
API_USD_PER_MILLION = 3.50
LAMBDA_USD_PER_MILLION = 0.20
LAMBDA_USD_PER_GB_SECOND = 0.0000166667
SOURCE = "https://aws.amazon.com/sagemaker/pricing/"

TRAINING = "training"
HOSTING = "hosting"
NOTEBOOK = "notebook"

# What Service Quotas calls a use of machines, and the list that holds their prices for it.
LIST_OF_USAGE = {
    "training job usage": TRAINING,
    "processing job usage": TRAINING,
    "endpoint usage": HOSTING,
    "notebook instance usage": NOTEBOOK,
}

# USD per instance and hour
_PER_HOUR: dict[str, dict[str, float]] = {
    TRAINING: {"ml.m4.xlarge": 0.24, "ml.m5.large": 0.115, "ml.m5.xlarge": 0.23},
    HOSTING: {"ml.t2.medium": 0.056, "ml.m4.xlarge": 0.24, "ml.m5.large": 0.115, "ml.m5.xlarge": 0.23},
    NOTEBOOK: {"ml.t2.medium": 0.0464, "ml.t3.medium": 0.05, "ml.m5.xlarge": 0.23},
}


def per_hour(use: str, instance_type: str) -> float | None:
    """Return the list price of one instance in USD per hour, or None when the table does not hold it."""
    return _PER_HOUR[use].get(instance_type)


def types(use: str) -> list[str]:
    """Return the instance types that the table knows for a use, the cheapest first."""
    return sorted(_PER_HOUR[use], key=lambda each: _PER_HOUR[use][each])


def million_requests(milliseconds: float, memory_mb: int) -> float:
    """Return what a million requests to the API cost in USD: API Gateway, Lambda's calls and Lambda's time.

    Args: milliseconds: that the function runs for each; memory_mb: that it was given.
    """
    gb_seconds = 1e6 * milliseconds / 1000 * memory_mb / 1024
    return API_USD_PER_MILLION + LAMBDA_USD_PER_MILLION + gb_seconds * LAMBDA_USD_PER_GB_SECOND
