"""PutMetricAlarm's request: what goes together, and what CloudWatch does not take.

Rules: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from mllab_localaws.cloudwatch.alarm import ACTION_LISTS
from mllab_localaws.cloudwatch.evaluation import COMPARISONS, TREATMENTS
from mllab_localaws.cloudwatch.metric_data import as_dimensions
from mllab_localaws.cloudwatch.statistics import parse
from mllab_localaws.events.deliveries import Deliveries, service_of
from mllab_localaws.wire.errors import validation_error
from mllab_localaws.wire.validation import refuse_others

_REQUIRED = ("MetricName", "Namespace", "Period", "EvaluationPeriods", "Threshold", "ComparisonOperator")
_OPTIONAL = (
    *(
        "AlarmName",
        "AlarmDescription",
        "ActionsEnabled",
        *ACTION_LISTS.values(),
        "Statistic",
        "ExtendedStatistic",
    ),
    *(
        "Dimensions",
        "Unit",
        "DatapointsToAlarm",
        "TreatMissingData",
        "EvaluateLowSampleCountPercentile",
        "Tags",
    ),
)
_DAY, _WEEK, _HOUR = 86_400, 604_800, 3_600
# What an alarm can tell here; on AWS also EC2, Auto Scaling and others.
_RECEIVERS = ("sns", "lambda")


def check(region: str, params: Mapping[str, Any], deliveries: Deliveries) -> None:
    """Check what the service model leaves open.

    Raises: AwsError: `ValidationError` or `InvalidParameterValue` that says what is wrong.
    """
    refuse_others(params, (*_REQUIRED, *_OPTIONAL), "PutMetricAlarm")
    absent = [name for name in _REQUIRED if name not in params]
    if absent:
        raise validation_error(f"{', '.join(absent)} must not be null: an alarm on a metric needs it.")
    _check_statistic(params)
    _check_span(params)
    if not math.isfinite(params["Threshold"]):
        raise validation_error(f"Threshold must be a finite number, not {params['Threshold']}.")
    if params["ComparisonOperator"] not in COMPARISONS:
        raise validation_error(
            f"ComparisonOperator {params['ComparisonOperator']} belongs to anomaly detection, "
            "which is not part of the local AWS."
        )
    _check_choice(params, "TreatMissingData", TREATMENTS)
    _check_choice(params, "EvaluateLowSampleCountPercentile", ("evaluate", "ignore"))
    as_dimensions(params.get("Dimensions"))
    for action in _actions(params):
        _check_action(region, action, deliveries)


def _check_statistic(params: Mapping[str, Any]) -> None:
    simple, extended = params.get("Statistic"), params.get("ExtendedStatistic")
    if bool(simple) == bool(extended):
        raise validation_error("Exactly one of Statistic and ExtendedStatistic must be specified.")
    if extended and (found := parse(extended), found is None or not found.is_extended)[1]:
        raise validation_error(f"The value {extended} for parameter ExtendedStatistic is not supported.")
    if "EvaluateLowSampleCountPercentile" in params and not (extended or "").lower().startswith("p"):
        raise validation_error(
            "EvaluateLowSampleCountPercentile goes with a percentile as ExtendedStatistic."
        )


def _check_span(params: Mapping[str, Any]) -> None:
    period, periods = params["Period"], params["EvaluationPeriods"]
    if period not in (10, 20, 30) and period % 60:
        raise validation_error(f"Period must be 10, 20, 30 or a multiple of 60, not {period}.")
    longest, name, which = (_DAY, "day", "<") if period < _HOUR else (_WEEK, "week", ">=")
    if period * periods > longest:
        raise validation_error(
            f"Metrics cannot be checked across more than a {name} "
            f"(EvaluationPeriods * Period must be <= {longest}) for alarms using period {which} {_HOUR}"
        )
    if params.get("DatapointsToAlarm", 1) > periods:
        raise validation_error(
            f"DatapointsToAlarm ({params['DatapointsToAlarm']}) must not be above "
            f"EvaluationPeriods ({periods})."
        )


def _check_choice(params: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> None:
    if params.get(name, choices[0]) not in choices:
        raise validation_error(f"{name} must be one of {', '.join(choices)}, not {params[name]}.")


def _actions(params: Mapping[str, Any]) -> Iterator[str]:
    for member in ACTION_LISTS.values():
        yield from params.get(member, ())


def _check_action(region: str, action: str, deliveries: Deliveries) -> None:
    parts = action.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        raise validation_error(f"Invalid arn syntax: {action}")
    service = service_of(action)
    if service not in _RECEIVERS or not deliveries.knows(action):
        raise validation_error(
            f"The action {action} is not part of the local AWS: alarms tell SNS topics and Lambda functions."
        )
    if parts[3] != region:
        raise validation_error(f"Invalid region {parts[3]} specified. Only {region} is supported.")
