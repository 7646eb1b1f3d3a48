"""Metrics of a training job: values that regular expressions find in its log lines.

CreateTrainingJob's `MetricDefinitions` say what to look for; SageMaker's own images bring theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mllab_localaws.bounded import log_search
from mllab_localaws.bounded.calls import BoundedCalls, TookTooLongError
from mllab_localaws.wire.errors import validation_error

MOST_DEFINITIONS = 40
# A line is looked at up to here.
LONGEST_LINE = 4096
# Lines that an expression has its second for.
_PORTION = 100

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
        except (re.error, OverflowError, RecursionError) as error:
            raise validation_error(
                f'The Regex of metric definition "{definition["Name"]}" is no regular expression: {error}.'
            ) from error
        if groups == 0:
            raise validation_error(
                f'The Regex of metric definition "{definition["Name"]}" has no group; put the number in ().'
            )


class MetricReader:
    """Remembers the last value of each metric; to be closed.

    The expressions are a learner's, and the lines too: they meet in a process that may use a second for it.

    Args: on_value: is told each one, as it is read.
    """

    def __init__(
        self, definitions: Sequence[Definition], on_value: Callable[[str, float], None] = lambda *_: None
    ) -> None:
        self._on_value = on_value
        self._expressions = [(each["Name"], each["Regex"]) for each in definitions]
        self._calls = BoundedCalls(1)
        self._closed = False
        self._last: dict[str, dict[str, Any]] = {}

    def read(self, lines: Sequence[str], time: float) -> list[str]:
        """Look for metrics in log lines that were written at `time` (seconds since the epoch).

        Returns: what the job's log should say: which metrics are looked for no longer, and why.
        """
        notes: list[str] = []
        for start in range(0, len(lines), _PORTION):
            portion = [line[:LONGEST_LINE] for line in lines[start : start + _PORTION]]
            for name, expression in list(self._expressions):
                try:
                    found = self._calls.call(log_search.first_groups, expression, portion)
                except (TookTooLongError, RuntimeError) as error:
                    if self._closed:
                        return notes
                    self._expressions.remove((name, expression))
                    notes.append(f'Metric "{name}" is looked for no longer. Its Regex {expression}: {error}')
                    continue
                self._remember(name, found, time)
        return notes

    def close(self) -> None:
        """Look for nothing more."""
        self._closed = True
        self._calls.close()

    def _remember(self, name: str, found: Sequence[str | None], time: float) -> None:
        for value in map(_number, found):
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
