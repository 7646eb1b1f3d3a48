"""Reading metrics: GetMetricStatistics, GetMetricData, ListMetrics.

Rules: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mllab_localaws.cloudwatch.errors import contradictory, invalid, missing, not_here
from mllab_localaws.cloudwatch.metric_data import as_dimensions
from mllab_localaws.cloudwatch.metric_store import Metric, Point, Span
from mllab_localaws.cloudwatch.paging import as_token, offset, page
from mllab_localaws.cloudwatch.statistics import SIMPLE, Statistic, parse
from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.validation import refuse_others

_MOST_DATAPOINTS = 1440
_MOST_DATAPOINTS_PER_PAGE = 100_800
_MOST_QUERIES = 500
_METRICS_PER_PAGE = 500
_SHORT_PERIODS = (1, 5, 10, 20, 30)
_LISTED_SECONDS = 14 * 24 * 3600
_RECENT_SECONDS = 3 * 3600
_QUERY = ("Id", "MetricStat", "Label", "ReturnData")


class MetricQueries(Service):
    """GetMetricStatistics, GetMetricData, ListMetrics."""

    name = "cloudwatch"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @operation
    def get_metric_statistics(self, call: Call) -> Reply:
        """Return one metric's statistics per period, units apart."""
        params = call.params
        simple, extended = params.get("Statistics", ()), params.get("ExtendedStatistics", ())
        if not simple and not extended:
            raise missing("Statistics or ExtendedStatistics")
        statistics = [parsed(name) for name in (*simple, *extended)]
        span = _span(params, params["Period"])
        if (requested := (span.end - span.start) // span.period) > _MOST_DATAPOINTS:
            raise contradictory(
                f"You have requested up to {requested} datapoints, which exceeds the limit of "
                f"{_MOST_DATAPOINTS}. You may reduce the datapoints requested by increasing Period, "
                "or decreasing the time range."
            )
        units = self._platform.metrics.points_by_unit(
            metric_of(call.region, params), span, statistics, params.get("Unit")
        )
        datapoints = [_datapoint(point, unit) for unit, points in units.items() for point in points]
        return {
            "Label": params["MetricName"],
            "Datapoints": sorted(datapoints, key=lambda point: point["Timestamp"]),
        }

    @operation
    def get_metric_data(self, call: Call) -> Reply:
        """Return several metrics at once, up to 100,800 datapoints on a page."""
        params = call.params
        queries = params["MetricDataQueries"]
        _check_queries(queries)
        descending = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        found = [
            (query, self._values(call.region, query, params, descending))
            for query in queries
            if query.get("ReturnData", True)
        ]
        size = params.get("MaxDatapoints", _MOST_DATAPOINTS_PER_PAGE)
        if not 1 <= size <= _MOST_DATAPOINTS_PER_PAGE:
            raise invalid(f"MaxDatapoints is {size}; 1 to {_MOST_DATAPOINTS_PER_PAGE} are allowed.")
        return _results(found, offset(params.get("NextToken")), size)

    @operation
    def list_metrics(self, call: Call) -> Reply:
        """Return the metrics that had data in the last two weeks."""
        params = call.params
        known = ("Namespace", "MetricName", "Dimensions", "NextToken", "RecentlyActive")
        refuse_others(params, known, "ListMetrics")
        seconds = _RECENT_SECONDS if "RecentlyActive" in params else _LISTED_SECONDS
        since = self._platform.clock.now() - seconds
        latest = self._platform.metrics.latest(call.region)
        chosen = [metric for metric, time in latest.items() if time >= since and _matches(metric, params)]
        chosen.sort(key=lambda metric: (metric.namespace, metric.name, metric.dimensions))
        metrics, token = page(chosen, params.get("NextToken"), _METRICS_PER_PAGE)
        return {"Metrics": [described(metric) for metric in metrics], **token}

    def _values(
        self, region: str, query: Mapping[str, Any], params: Mapping[str, Any], descending: bool
    ) -> list[tuple[int, float]]:
        wanted = query["MetricStat"]
        statistic = parsed(wanted["Stat"])
        span = _span(params, wanted["Period"])
        points = self._platform.metrics.points(
            metric_of(region, wanted["Metric"]), span, [statistic], wanted.get("Unit")
        )
        values = [(point.start, point.values[statistic.name]) for point in points if point.values]
        return values[::-1] if descending else values


def parsed(name: str) -> Statistic:
    """Return the statistic of a name.

    Raises: AwsError: `InvalidParameterValue`, there is none of that name.
    """
    statistic = parse(name)
    if statistic is None:
        raise invalid(
            f"The value {name} for parameter Stat is invalid: {', '.join(SIMPLE)}, IQM, and p, tm, wm, "
            "tc or ts with a percentage (p99) are here."
        )
    return statistic


def metric_of(region: str, params: Mapping[str, Any]) -> Metric:
    """Return the metric that a request names.

    Raises: AwsError: `MissingParameter`, it is named in part.
    """
    for name in ("Namespace", "MetricName"):
        if name not in params:
            raise missing(name)
    return Metric(region, params["Namespace"], params["MetricName"], as_dimensions(params.get("Dimensions")))


def described(metric: Metric) -> dict[str, Any]:
    """Return a metric as CloudWatch's replies show it."""
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}


def _span(params: Mapping[str, Any], period: int) -> Span:
    """Return start, end and period; the start rounded down to the minute, or to a shorter period.

    Raises: AwsError: the period is not one of CloudWatch's, or the end is not after the start.
    """
    if period not in _SHORT_PERIODS and period % 60:
        raise invalid(
            f"The value {period} for parameter Period is invalid: 1, 5, 10, 20, 30 or a multiple of 60."
        )
    start, end = params["StartTime"].timestamp(), params["EndTime"].timestamp()
    if start >= end:
        raise invalid("The parameter StartTime must be less than the parameter EndTime.")
    whole = min(period, 60)
    first = int(start // whole * whole)
    return Span(first, math.ceil(end), period)


def _datapoint(point: Point, unit: str) -> dict[str, Any]:
    simple = {name: value for name, value in point.values.items() if name in SIMPLE}
    extended = {name: value for name, value in point.values.items() if name not in SIMPLE}
    datapoint = {"Timestamp": point.start, **simple, "Unit": unit}
    return datapoint | ({"ExtendedStatistics": extended} if extended else {})


def _check_queries(queries: Sequence[Mapping[str, Any]]) -> None:
    if not 1 <= len(queries) <= _MOST_QUERIES:
        raise invalid(f"MetricDataQueries holds {len(queries)} queries; 1 to {_MOST_QUERIES} are allowed.")
    ids = [query["Id"] for query in queries]
    if len(set(ids)) < len(ids):
        raise invalid("MetricDataQueries: each query needs an Id of its own.")
    for query in queries:
        identifier = query["Id"]
        if not (identifier[0].islower() and identifier.isascii() and identifier.replace("_", "").isalnum()):
            raise invalid(
                f"The value {identifier} for parameter MetricDataQueries.Id is invalid: "
                "it begins with a lower-case letter; letters, digits and underscores follow."
            )
        if "Expression" in query:
            raise not_here(f"Expression (query {identifier} of GetMetricData)")
        refuse_others(query, _QUERY, f"GetMetricData (query {identifier})")
        if "MetricStat" not in query:
            raise missing(f"MetricStat of query {identifier}")


def _results(
    found: Sequence[tuple[Mapping[str, Any], Sequence[tuple[int, float]]]], begin: int, size: int
) -> Reply:
    """Return one page: datapoints from `begin` on, counted through all queries in their order."""
    results, position = [], 0
    for query, values in found:
        first, last = max(begin - position, 0), begin + size - position
        shown, ends_here = values[first:last] if last > 0 else [], len(values) <= last
        # A query without data is part of the first page.
        if shown or (begin == 0 and not values):
            results.append(_result(query, shown, "Complete" if ends_here else "PartialData"))
        position += len(values)
    token = {"NextToken": as_token(begin + size)} if begin + size < position else {}
    return {"MetricDataResults": results, **token, "Messages": []}


def _result(query: Mapping[str, Any], values: Sequence[tuple[int, float]], status: str) -> dict[str, Any]:
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or query["MetricStat"]["Metric"]["MetricName"],
        "Timestamps": [time for time, _ in values],
        "Values": [value for _, value in values],
        "StatusCode": status,
    }


def _matches(metric: Metric, params: Mapping[str, Any]) -> bool:
    if params.get("Namespace", metric.namespace) != metric.namespace:
        return False
    if params.get("MetricName", metric.name) != metric.name:
        return False
    dimensions = dict(metric.dimensions)
    return all(
        wanted["Name"] in dimensions
        and wanted.get("Value", dimensions[wanted["Name"]]) == dimensions[wanted["Name"]]
        for wanted in params.get("Dimensions", ())
    )
