"""An alarm as a record: its ARN, its rules, its metric, and what CloudWatch's replies show of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mllab_localaws.cloudwatch.evaluation import Rules
from mllab_localaws.cloudwatch.metric_store import Metric
from mllab_localaws.cloudwatch.statistics import Statistic, parse
from mllab_localaws.platform import ACCOUNT
from mllab_localaws.store import Record

KIND = "alarm"
# Members of the record that no reply shows.
HELD_UNTIL = "_HeldUntil"
REVISION = "_Revision"
ACTION_LISTS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


@dataclass(frozen=True)
class Watch:
    """What an alarm looks at.

    Attributes:
        period: seconds.
        unit: None for all units together.
    """

    metric: Metric
    statistic: Statistic
    period: int
    unit: str | None
    rules: Rules


def arn(region: str, name: str) -> str:
    """Return an alarm's ARN."""
    return f"arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{name}"


def shown(record: Record) -> Record:
    """Return an alarm as replies show it."""
    return {member: value for member, value in record.items() if not member.startswith("_")}


def statistic_name(record: Mapping[str, Any]) -> str:
    """Return an alarm's statistic, e.g. `Average` or `p99`."""
    return str(record.get("Statistic") or record["ExtendedStatistic"])


def watch(region: str, record: Record) -> Watch:
    """Return what a checked alarm looks at."""
    dimensions = tuple(sorted((dimension["Name"], dimension["Value"]) for dimension in record["Dimensions"]))
    statistic = parse(statistic_name(record))
    assert statistic is not None, "PutMetricAlarm takes known statistics only"
    rules = Rules(
        record["ComparisonOperator"],
        record["Threshold"],
        record["EvaluationPeriods"],
        record["DatapointsToAlarm"] if "DatapointsToAlarm" in record else record["EvaluationPeriods"],
        record.get("TreatMissingData", "missing"),
        _least_count(record, statistic),
    )
    metric = Metric(region, record["Namespace"], record["MetricName"], dimensions)
    return Watch(metric, statistic, record["Period"], record.get("Unit"), rules)


def _least_count(record: Record, statistic: Statistic) -> float:
    """Return how many observations a percentile needs to be significant, when the alarm asks for that."""
    if record.get("EvaluateLowSampleCountPercentile") != "ignore" or statistic.kind != "p":
        return 0.0
    tail = min(statistic.highest, 1 - statistic.highest)
    # Rounded: one tenth has no exact binary form, and 100 observations are enough for p90.
    return round(10 / tail, 6) if tail > 0 else 0.0
