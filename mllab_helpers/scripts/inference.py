"""Serves the lab's model as JSON: the script that AWS's XGBoost container runs in script mode.

The container calls `model_fn` once, and `input_fn`, `predict_fn`, `output_fn` for each request.
In: `{"instances": [...]}`, each instance a house in plain units (an object) or a model row (a list).
Out: `{"predictions": [{"score": ...}]}`, the shape of the built-in algorithm.
It uses only what the container has: XGBoost, NumPy and the standard library.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html (how to use XGBoost as a framework)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost

MODEL_FILE = "xgboost-model"
JSON = "application/json"


def model_fn(model_dir: str) -> xgboost.Booster:
    """Load the model; the code that turns a house into a row lies beside this file in the archive."""
    sys.path.insert(0, str(Path(model_dir, "code")))
    from mllab_helpers import texts

    texts.use(Path(model_dir, "code", "language.txt").read_text())
    booster = xgboost.Booster()
    booster.load_model(Path(model_dir, MODEL_FILE))
    # One thread per request: the server runs a worker per processor.
    booster.set_param({"nthread": 1})
    return booster


def input_fn(body: str | bytes, content_type: str) -> npt.NDArray[np.float32]:
    """Read the houses of a request.

    Returns: one row per house, in the order of the model's features.
    Raises: ValueError: what is wrong with the request, and what it should look like.
    """
    if content_type.partition(";")[0].strip() != JSON:
        raise ValueError(_say("content_type", sent=content_type, wanted=JSON))
    try:
        request = json.loads(body)
    except ValueError as error:
        raise ValueError(_say("no_json")) from error
    instances = request.get("instances") if isinstance(request, dict) else None
    if not isinstance(instances, list) or not instances:
        raise ValueError(_say("no_instances"))
    rows = [_row(instance) for instance in instances]
    if len({len(row) for row in rows}) > 1:
        raise ValueError(_say("ragged"))
    return np.array(rows, dtype=np.float32)


def predict_fn(rows: npt.NDArray[np.float32], booster: xgboost.Booster) -> npt.NDArray[np.float32]:
    """Predict one price per row.

    Raises: ValueError: the rows have more or fewer values than the model has features.
    """
    expected = booster.num_features()
    if rows.shape[1] != expected:
        raise ValueError(_say("wrong_width", expected=expected, found=rows.shape[1]))
    return np.asarray(booster.inplace_predict(rows, validate_features=False))


def output_fn(predictions: npt.NDArray[np.float32], accept: str) -> tuple[str, str]:  # noqa: ARG001  # the container's signature
    """Write the answer, always JSON."""
    return json.dumps({"predictions": [{"score": float(price)} for price in predictions]}), JSON


def _row(instance: Any) -> list[float]:
    if isinstance(instance, list):
        return [_number(value) for value in instance]
    from mllab_helpers.housing.features import model_row

    if not isinstance(instance, dict):
        raise ValueError(_say("no_house", found=repr(instance)))  # noqa: TRY004  # the container's answer is the same
    return model_row(instance)


def _number(value: Any) -> float:
    try:
        return float("nan") if value is None else float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(_say("no_number", found=json.dumps(value))) from error


def _say(key: str, **values: object) -> str:
    from mllab_helpers.texts import say

    return say(f"inference.{key}", **values)
