"""Metrics of a training job: values that regular expressions find in its log lines.

CreateTrainingJob's `MetricDefinitions` say what to look for; SageMaker's own images bring theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mllab_localaws.wire.errors import validation_error

MOST_DEFINITIONS = 40
# A line is looked at up to here: a pattern that backtracks must not hold up the whole local AWS.
LONGEST_LINE = 4096

Definition = Mapping[str, str]

_NUMBER = r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?"
# XGBoost's own metrics for every objective that the algorithm accepts, and mse.
_XGBOOST_METRICS = (
    "rmse",
    "mae",
    "mape",
    "rmsle",
    "mse",
    "logloss",
    "error",
    "auc",
    "aucpr",
    "merror",
    "mlogloss",
    "map",
    "ndcg",
    "mphe",
    "poisson-nloglik",
    "gamma-nloglik",
    "gamma-deviance",
    "tweedie-nloglik",
    "cox-nloglik",
    "aft-nloglik",
)


def xgboost_definitions(hyperparameters: Mapping[str, str]) -> list[Definition]:
    """Return what SageMaker looks for in the built-in XGBoost's log, the job's own metrics first.

    A TAB arrives in CloudWatch Logs as `#011`, hence these patterns; their form is the one that
    DescribeTrainingJob shows on AWS.
    """
    asked = [name.strip() for name in hyperparameters.get("eval_metric", "").strip("[]").split(",")]
    # A tuning job's objective is evaluated without being asked for.
    asked.append(hyperparameters.get("_tuning_objective_metric", "").partition(":")[2])
    names = dict.fromkeys([*(name.strip("\"'") for name in asked if name), *_XGBOOST_METRICS])
    return [
        {"Name": f"{part}:{name}", "Regex": rf".*\[[0-9]+\].*#011{part}-{name}:({_NUMBER}).*"}
        for name in list(names)[: MOST_DEFINITIONS // 2]
        for part in ("train", "validation")
    ]


def check(definitions: Sequence[Definition]) -> None:
    """Refuse patterns that cannot be used.

    Raises: AwsError: `ValidationException`, a pattern is no regular expression or captures nothing.
    """
    for definition in definitions:
        try:
            groups = re.compile(definition["Regex"]).groups
        except re.error as error:
            raise validation_error(
                f'The Regex of metric definition "{definition["Name"]}" is no regular expression: {error}.'
            ) from error
        if groups == 0:
            raise validation_error(
                f'The Regex of metric definition "{definition["Name"]}" has no group; put the number in ().'
            )


class MetricReader:
    """Remembers the last value of each metric.

    Args: on_value: is told each one, as it is read.
    """

    def __init__(
        self, definitions: Sequence[Definition], on_value: Callable[[str, float], None] = lambda *_: None
    ) -> None:
        self._on_value = on_value
        self._patterns = [(each["Name"], re.compile(each["Regex"])) for each in definitions]
        self._last: dict[str, dict[str, Any]] = {}

    def read(self, lines: Sequence[str], time: float) -> None:
        """Look for metrics in log lines that were written at `time` (seconds since the epoch)."""
        for line in lines:
            for name, pattern in self._patterns:
                match = pattern.search(line[:LONGEST_LINE])
                value = None if match is None else _number(match[1])
                if value is not None:
                    self._last[name] = {"MetricName": name, "Value": value, "Timestamp": time}
                    self._on_value(name, value)

    @property
    def final(self) -> list[dict[str, Any]]:
        """`FinalMetricDataList`: the metrics that were found."""
        return list(self._last.values())


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
