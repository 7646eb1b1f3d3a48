"""PutMetricData: what a datum may be, and what it counts.

Rules: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from mllab_localaws.cloudwatch.bucket import Bucket
from mllab_localaws.cloudwatch.errors import contradictory, invalid, missing
from mllab_localaws.cloudwatch.metric_store import Dimensions, Metric
from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.validation import refuse_others

_MOST_DATA = 1000
_MOST_VALUES = 150
_LARGEST = 2.0**360
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_PAST_SECONDS = 14 * 24 * 3600
_FUTURE_SECONDS = 2 * 3600
_DATUM = ("MetricName", "Dimensions", "Timestamp", "Value", "StatisticValues", "Values", "Counts", "Unit")


class MetricData(Service):
    """PutMetricData."""

    name = "cloudwatch"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @operation
    def put_metric_data(self, call: Call) -> Reply:
        """Add data to metrics of the caller's own; either all of a request or nothing."""
        params = call.params
        refuse_others(params, ("Namespace", "MetricData", "StrictEntityValidation"), "PutMetricData")
        namespace, data = params["Namespace"], params.get("MetricData", [])
        if namespace.lower().startswith("aws/"):
            raise invalid(f"The value {namespace} for parameter Namespace is invalid.")
        if not data:
            raise missing("MetricData")
        if len(data) > _MOST_DATA:
            raise invalid(
                f"The collection MetricData must not have a size greater than {_MOST_DATA}, "
                f"and has {len(data)}."
            )
        now = self._platform.clock.now()
        checked = [_checked(datum, f"MetricData.member.{index}", now) for index, datum in enumerate(data, 1)]
        for datum, (second, observed) in zip(data, checked, strict=True):
            metric = Metric(
                call.region, namespace, datum["MetricName"], as_dimensions(datum.get("Dimensions"))
            )
            self._platform.metrics.put(metric, datum.get("Unit", "None"), second, observed)
        return {}


def as_dimensions(dimensions: Sequence[Mapping[str, str]] | None) -> Dimensions:
    """Return a request's dimensions as they identify a metric.

    Raises: AwsError: `InvalidParameterValue`, a name is there twice.
    """
    named = {dimension["Name"]: dimension["Value"] for dimension in dimensions or ()}
    if len(named) < len(dimensions or ()):
        raise invalid("No dimension name may be there twice: " + ", ".join(sorted(named)) + ".")
    return tuple(sorted(named.items()))


def _checked(datum: Mapping[str, Any], where: str, now: float) -> tuple[int, Bucket]:
    """Return the second and the observations of a datum.

    Raises: AwsError: the datum is not one that CloudWatch takes.
    """
    refuse_others(datum, (*_DATUM, "StorageResolution"), f"PutMetricData ({where})")
    resolution = datum.get("StorageResolution", 60)
    if resolution not in (1, 60):
        raise invalid(f"The value {resolution} for parameter {where}.StorageResolution is invalid: 1 or 60.")
    as_dimensions(datum.get("Dimensions"))
    second = int(_time(datum.get("Timestamp"), f"{where}.Timestamp", now))
    observed = Bucket()
    if "StatisticValues" in datum:
        if any(name in datum for name in ("Value", "Values")):
            raise contradictory(f"{where}: StatisticValues go with neither Value nor Values.")
        observed.add_set(*_statistic_set(datum["StatisticValues"], f"{where}.StatisticValues"))
    else:
        for value, count in _values(datum, where):
            observed.add(value, count)
    return second - second % resolution, observed


def _time(timestamp: datetime | None, where: str, now: float) -> float:
    time = timestamp.timestamp() if timestamp else now
    if not now - _PAST_SECONDS <= time <= now + _FUTURE_SECONDS:
        raise invalid(
            f"The value {time:.0f} for parameter {where} is invalid: "
            "it must lie between two weeks ago and two hours ahead."
        )
    return time


def _statistic_set(values: Mapping[str, float], where: str) -> tuple[float, float, float, float]:
    names = ("SampleCount", "Sum", "Minimum", "Maximum")
    count, total, low, high = (_number(values[name], f"{where}.{name}") for name in names)
    if count <= 0 or low > high:
        raise invalid(f"{where}: SampleCount must be above 0, and Minimum not above Maximum.")
    return count, total, low, high


def _values(datum: Mapping[str, Any], where: str) -> Iterable[tuple[float, float]]:
    if "Value" in datum:
        if "Values" in datum:
            raise contradictory(f"{where}: Value and Values exclude each other.")
        return [(_number(datum["Value"], f"{where}.Value"), 1.0)]
    values = datum.get("Values")
    if not values:
        raise missing(f"{where}.Value")
    if len(values) > _MOST_VALUES:
        raise invalid(f"{where}.Values holds {len(values)} values; {_MOST_VALUES} are allowed.")
    counts = datum.get("Counts", [1.0] * len(values))
    if len(counts) != len(values):
        raise invalid(f"{where}: there are {len(values)} Values and {len(counts)} Counts.")
    return _weighted(values, counts, where)


def _weighted(values: Sequence[float], counts: Sequence[float], where: str) -> Iterator[tuple[float, float]]:
    for index, (value, count) in enumerate(zip(values, counts, strict=True), start=1):
        times = _number(count, f"{where}.Counts.member.{index}")
        if times < 0:
            raise invalid(f"The value {times} for parameter {where}.Counts.member.{index} is invalid.")
        if times:
            yield _number(value, f"{where}.Values.member.{index}"), times


def _number(value: float, where: str) -> float:
    number = float(value)
    if not math.isfinite(number) or abs(number) > _LARGEST:
        raise invalid(f"The value {_NOT_FINITE.get(str(number), number)} for parameter {where} is invalid.")
    return number
