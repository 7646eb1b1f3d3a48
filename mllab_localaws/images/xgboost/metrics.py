"""Evaluation metrics: the names, which of them the container computes itself, and how.

Names: Developer Guide page "Tune an XGBoost Model" and `constants/xgb_constants.py`; computation:
`metrics/custom_metrics.py`, both of aws/sagemaker-xgboost-container.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mllab_localaws.images.xgboost.tags import scores_margins

MAXIMIZE = (
    "accuracy", "auc", "aucpr", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "map", "ndcg",
    "precision", "precision_macro", "precision_micro", "r2", "recall", "recall_macro", "recall_micro",
)  # fmt: skip
MINIMIZE = (
    "aft-nloglik", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik",
    "interval-regression-accuracy", "logloss", "mae", "mape", "merror", "mlogloss", "mphe", "mse",
    "poisson-nloglik", "rmse", "rmsle", "tweedie-nloglik",
)  # fmt: skip
ALL = [*MAXIMIZE, *MINIMIZE]

Numbers = NDArray[np.floating[Any]]
Score = Callable[[Numbers, Numbers], float]


def _regression(errors: Callable[[Numbers], Any]) -> Score:
    # numpy and not scikit-learn, whose import alone takes longer than most jobs.
    return lambda labels, predictions: float(errors(predictions.astype(np.float64) - labels))


def _classification(name: str, **options: Any) -> Score:
    def score(labels: Numbers, predictions: Numbers) -> float:
        from sklearn import metrics

        return float(getattr(metrics, name)(labels, predictions, **options))

    return score


REGRESSION: dict[str, Score] = {
    "mse": _regression(lambda errors: np.mean(errors**2)),
    "rmse": _regression(lambda errors: np.sqrt(np.mean(errors**2))),
    "mae": _regression(lambda errors: np.mean(np.abs(errors))),
    "r2": _classification("r2_score"),
}
CLASSIFICATION: dict[str, Score] = {
    "accuracy": _classification("accuracy_score"),
    "balanced_accuracy": _classification("balanced_accuracy_score"),
    "f1": _classification("f1_score", average="macro"),
    "f1_binary": _classification("f1_score"),
    "f1_macro": _classification("f1_score", average="macro"),
    "precision": _classification("precision_score"),
    "precision_macro": _classification("precision_score", average="macro"),
    "precision_micro": _classification("precision_score", average="micro"),
    "recall": _classification("recall_score"),
    "recall_macro": _classification("recall_score", average="macro"),
    "recall_micro": _classification("recall_score", average="micro"),
}
COMPUTED_HERE = frozenset({*REGRESSION, *CLASSIFICATION})

Evaluation = Callable[[Numbers, Any], list[tuple[str, float]]]


def split(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names that XGBoost computes and those that are computed here, each in the given order."""
    return (
        [name for name in names if name not in COMPUTED_HERE],
        [name for name in names if name in COMPUTED_HERE],
    )


def evaluation(names: Sequence[str], objective: str, tag: str) -> Evaluation | None:
    """Return a `custom_metric` for xgboost.train that computes these metrics, or None when there are none."""
    if not names:
        return None

    def evaluate(predictions: Numbers, data: Any) -> list[tuple[str, float]]:
        labels = data.get_label()
        classes: Numbers | None = None
        scores = []
        for name in names:
            if name in REGRESSION:
                scores.append((name, REGRESSION[name](labels, predictions)))
                continue
            classes = predicted_classes(predictions, objective, tag) if classes is None else classes
            scores.append((name, CLASSIFICATION[name](labels, classes)))
        return scores

    return evaluate


def predicted_classes(predictions: Numbers, objective: str, tag: str) -> Numbers:
    """Return the class that the container of this tag sees in each prediction.

    Args: predictions: what XGBoost hands to a custom metric; shape (rows,) or (rows, classes).
    """
    if predictions.ndim == 2:
        return np.asarray(np.argmax(predictions, axis=-1), dtype=np.float64)
    if scores_margins(tag):
        if objective == "multi:softmax":
            return predictions
        # A margin above 0 is a probability above one half.
        boundary = 0.5 if objective in ("binary:logistic", "reg:logistic") else 0.0
        return (predictions > boundary).astype(np.float64)
    return (predictions > 0.0).astype(np.float64)
