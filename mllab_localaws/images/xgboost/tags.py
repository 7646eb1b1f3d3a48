"""What follows from the image tag that was asked for; XGBoost itself is always the installed one.

Tags: `image_uri_config/xgboost.json` of aws/sagemaker-python-sdk.
"""

from __future__ import annotations

import os

DEFAULT_TAG = "3.2-0"

# `latest` is an alias of version 1, which is XGBoost 0.72.
LEGACY = frozenset({"latest", "1", "0.90-1", "0.90-2", "1.0-1", "1.2-1", "1.2-2", "1.3-1"})


def requested() -> str:
    """Return the tag the platform was asked to run."""
    return os.environ.get("SAGEMAKER_IMAGE_TAG") or DEFAULT_TAG


def joins_with_commas(tag: str) -> bool:
    """Say whether a CSV reply is one line of comma-separated records.

    The container's code changed in April 2022. 1.3-1 (2021) was published before and 1.5-1 is the first
    release after it, so the change is put between those two.
    """
    return tag in LEGACY


def scores_margins(tag: str) -> bool:
    """Say whether the container's own metrics receive margins, as its threshold at 0 expects.

    True up to 1.7-1. From 3.0-5 on, XGBoost hands transformed predictions to the same code, which is why
    accuracy and f1 of `binary:logistic` do not move from round to round there.
    """
    return tag in LEGACY or tag.startswith(("1.5", "1.7"))
