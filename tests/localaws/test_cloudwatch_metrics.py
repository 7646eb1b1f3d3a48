"""Metrics over the wire: putting data, reading statistics and series, listing."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

_NUMBERS = itertools.count()
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def cloudwatch(client: Callable[..., Any]) -> Any:
    return client("cloudwatch")


@pytest.fixture
def namespace() -> str:
    """A namespace of the test's own."""
    return f"metrics-{next(_NUMBERS)}"


@pytest.fixture
def minute() -> datetime:
    """The last full minute but one: nothing of it is yet to come."""
    now = datetime.now(timezone.utc)
    return now.replace(second=0, microsecond=0) - MINUTE


def _put(cloudwatch: Any, namespace: str, *data: dict[str, Any], **common: Any) -> None:
    metric_data = [{"MetricName": "Load", **common, **datum} for datum in data]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=metric_data)


def _statistics(cloudwatch: Any, namespace: str, start: datetime, **members: Any) -> list[dict[str, Any]]:
    request = {
        "Namespace": namespace,
        "MetricName": "Load",
        "StartTime": start,
        "EndTime": start + MINUTE,
        "Period": 60,
        **members,
    }
    points: list[dict[str, Any]] = cloudwatch.get_metric_statistics(**request)["Datapoints"]
    return points


def _refusal(call: Callable[..., Any], *arguments: Any, **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_statistics_of_a_period(cloudwatch: Any, namespace: str, minute: datetime) -> None:
    _put(cloudwatch, namespace, *({"Value": value} for value in (1, 2, 6)), Timestamp=minute, Unit="Count")
    names = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]
    (point,) = _statistics(cloudwatch, namespace, minute, Statistics=names)
    assert point == {
        "Timestamp": minute,
        "SampleCount": 3,
        "Average": 3,
        "Sum": 9,
        "Minimum": 1,
        "Maximum": 6,
        "Unit": "Count",
    }


@pytest.mark.parametrize(
    ("statistic", "value"),
    [("p0", 1), ("p50", 50.5), ("p99", 99.01), ("p100", 100), ("tm90", 45.5), ("IQM", 50.5), ("tc90", 90)],
)
def test_extended_statistics(
    cloudwatch: Any, namespace: str, minute: datetime, statistic: str, value: float
) -> None:
    _put(cloudwatch, namespace, {"Values": list(range(1, 101))}, Timestamp=minute)
    (point,) = _statistics(cloudwatch, namespace, minute, ExtendedStatistics=[statistic])
    assert point["ExtendedStatistics"] == {statistic: pytest.approx(value)}


def test_values_have_counts(cloudwatch: Any, namespace: str, minute: datetime) -> None:
    _put(cloudwatch, namespace, {"Values": [1, 5], "Counts": [3, 1]}, Timestamp=minute)
    (point,) = _statistics(
        cloudwatch, namespace, minute, Statistics=["SampleCount", "Average"], ExtendedStatistics=["p50"]
    )
    assert (point["SampleCount"], point["Average"], point["ExtendedStatistics"]["p50"]) == (4, 2, 1)


def test_a_statistic_set_has_no_percentiles(cloudwatch: Any, namespace: str, minute: datetime) -> None:
    values = {"SampleCount": 4, "Sum": 20, "Minimum": 2, "Maximum": 8}
    _put(cloudwatch, namespace, {"StatisticValues": values}, Timestamp=minute)
    (point,) = _statistics(
        cloudwatch, namespace, minute, Statistics=["Average", "Maximum"], ExtendedStatistics=["p50"]
    )
    assert (point["Average"], point["Maximum"]) == (5, 8)
    assert "ExtendedStatistics" not in point


def test_units_are_kept_apart_and_can_be_asked_for(cloudwatch: Any, namespace: str, minute: datetime) -> None:
    _put(cloudwatch, namespace, {"Value": 1, "Unit": "Seconds"}, {"Value": 5}, Timestamp=minute)
    points = _statistics(cloudwatch, namespace, minute, Statistics=["Sum"])
    assert {point["Unit"]: point["Sum"] for point in points} == {"Seconds": 1, "None": 5}
    assert _statistics(cloudwatch, namespace, minute, Statistics=["Sum"], Unit="Milliseconds") == []


def test_standard_resolution_lies_at_the_full_minute(
    cloudwatch: Any, namespace: str, minute: datetime
) -> None:
    late = minute + timedelta(seconds=25)
    _put(cloudwatch, namespace, {"Value": 1}, {"Value": 2, "StorageResolution": 1}, Timestamp=late)
    points = _statistics(cloudwatch, namespace, minute, Statistics=["Sum"], Period=10)
    assert [((point["Timestamp"] - minute).seconds, point["Sum"]) for point in points] == [(0, 1), (20, 2)]


def test_data_may_be_two_weeks_old(cloudwatch: Any, namespace: str, minute: datetime) -> None:
    old = minute - timedelta(days=13)
    _put(cloudwatch, namespace, {"Value": 7}, Timestamp=old)
    assert [point["Sum"] for point in _statistics(cloudwatch, namespace, old, Statistics=["Sum"])] == [7]


def test_dimensions_must_match_exactly(cloudwatch: Any, namespace: str, minute: datetime) -> None:
    dimensions = [{"Name": "Endpoint", "Value": "e"}, {"Name": "Variant", "Value": "v"}]
    _put(cloudwatch, namespace, {"Value": 1}, Timestamp=minute, Dimensions=dimensions)
    for some in ([], dimensions[:1]):
        assert _statistics(cloudwatch, namespace, minute, Statistics=["Sum"], Dimensions=some) == []
    backwards = dimensions[::-1]
    assert len(_statistics(cloudwatch, namespace, minute, Statistics=["Sum"], Dimensions=backwards)) == 1


@pytest.mark.parametrize(
    ("datum", "code", "said"),
    [
        (
            {"Value": float("nan")},
            "InvalidParameterValue",
            "The value NaN for parameter MetricData.member.1.Value",
        ),
        ({"Value": float("inf")}, "InvalidParameterValue", "Infinity"),
        ({"Value": 2.0**361}, "InvalidParameterValue", "MetricData.member.1.Value"),
        ({}, "MissingParameter", "MetricData.member.1.Value"),
        ({"Values": []}, "MissingParameter", "MetricData.member.1.Value"),
        ({"Values": [1, 2], "Counts": [1]}, "InvalidParameterValue", "2 Values and 1 Counts"),
        ({"Values": [1.0] * 151}, "InvalidParameterValue", "150"),
        ({"Values": [1], "Counts": [-1]}, "InvalidParameterValue", "Counts.member.1"),
        ({"Value": 1, "Values": [1]}, "InvalidParameterCombination", "exclude"),
        ({"Value": 1, "StorageResolution": 30}, "InvalidParameterValue", "StorageResolution"),
        ({"Value": 1, "Unit": "Furlongs"}, "ValidationError", "Seconds"),
        ({"Value": 1, "Timestamp": time.time() - 15 * 86400}, "InvalidParameterValue", "two weeks ago"),
        ({"Value": 1, "Timestamp": time.time() + 3 * 3600}, "InvalidParameterValue", "two hours ahead"),
        ({"Value": 1, "Dimensions": [{"Name": "a", "Value": "1"}] * 2}, "InvalidParameterValue", "twice"),
        (
            {"StatisticValues": {"SampleCount": 0, "Sum": 1, "Minimum": 1, "Maximum": 1}},
            "InvalidParameterValue",
            "SampleCount",
        ),
    ],
)
def test_a_datum_that_cloudwatch_does_not_take_is_refused_and_nothing_of_the_request_kept(
    cloudwatch: Any, namespace: str, minute: datetime, datum: dict[str, Any], code: str, said: str
) -> None:
    refused_code, message = _refusal(
        cloudwatch.put_metric_data,
        Namespace=namespace,
        MetricData=[{"MetricName": "Load", **datum}, {"MetricName": "Good", "Value": 1}],
    )
    assert refused_code == code
    assert said in message
    assert cloudwatch.list_metrics(Namespace=namespace)["Metrics"] == []


def test_namespaces_of_aws_are_refused(cloudwatch: Any) -> None:
    data = [{"MetricName": "ModelLatency", "Value": 1}]
    code, message = _refusal(cloudwatch.put_metric_data, Namespace="AWS/SageMaker", MetricData=data)
    assert code == "InvalidParameterValue"
    assert message == "The value AWS/SageMaker for parameter Namespace is invalid."


@pytest.mark.parametrize(
    ("members", "code", "said"),
    [
        ({}, "MissingParameter", "Statistics"),
        ({"Statistics": ["Sum"], "Period": 45}, "InvalidParameterValue", "Period"),
        ({"ExtendedStatistics": ["p101"]}, "InvalidParameterValue", "p101"),
        ({"ExtendedStatistics": ["PR(1:2)"]}, "InvalidParameterValue", "PR(1:2)"),
        ({"Statistics": ["Sum"], "EndTime": datetime(2000, 1, 1)}, "InvalidParameterValue", "StartTime"),
    ],
)
def test_statistics_that_cannot_be_told_are_refused(
    cloudwatch: Any, namespace: str, minute: datetime, members: dict[str, Any], code: str, said: str
) -> None:
    refused_code, message = _refusal(_statistics, cloudwatch, namespace, minute, **members)
    assert refused_code == code
    assert said in message


def test_more_datapoints_than_1440_are_refused(cloudwatch: Any, namespace: str, minute: datetime) -> None:
    code, message = _refusal(
        _statistics, cloudwatch, namespace, minute, EndTime=minute + 2000 * MINUTE, Statistics=["Sum"]
    )
    assert code == "InvalidParameterCombination"
    assert message.startswith("You have requested up to 2000 datapoints, which exceeds the limit of 1440.")


def _query(namespace: str, identifier: str, **stat: Any) -> dict[str, Any]:
    metric = {"Namespace": namespace, "MetricName": "Load"}
    return {"Id": identifier, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum", **stat}}


def test_series_come_together_newest_first_unless_asked_otherwise(
    cloudwatch: Any, namespace: str, minute: datetime
) -> None:
    for age in range(3):
        _put(cloudwatch, namespace, {"Values": [age, age + 1]}, Timestamp=minute - age * MINUTE)
    request = {
        "MetricDataQueries": [_query(namespace, "total"), _query(namespace, "most", Stat="p100")],
        "StartTime": minute - 5 * MINUTE,
        "EndTime": minute + MINUTE,
    }
    total, most = cloudwatch.get_metric_data(**request)["MetricDataResults"]
    assert (total["Id"], total["Label"], total["StatusCode"]) == ("total", "Load", "Complete")
    assert total["Values"] == [1, 3, 5]
    assert total["Timestamps"] == [minute, minute - MINUTE, minute - 2 * MINUTE]
    assert most["Values"] == [1, 2, 3]
    ascending = cloudwatch.get_metric_data(**request, ScanBy="TimestampAscending")["MetricDataResults"]
    assert ascending[0]["Values"] == [5, 3, 1]


def test_series_are_paged_by_datapoints(cloudwatch: Any, namespace: str, minute: datetime) -> None:
    for age in range(5):
        _put(cloudwatch, namespace, {"Value": age}, Timestamp=minute - age * MINUTE)
    request = {
        "MetricDataQueries": [_query(namespace, "a"), _query(namespace, "b")],
        "StartTime": minute - 10 * MINUTE,
        "EndTime": minute + MINUTE,
        "MaxDatapoints": 3,
    }
    pages = list(cloudwatch.get_paginator("get_metric_data").paginate(**request))
    sizes = [sum(len(result["Values"]) for result in page["MetricDataResults"]) for page in pages]
    assert sizes == [3, 3, 3, 1]
    for identifier in ("a", "b"):
        results = [one for page in pages for one in page["MetricDataResults"] if one["Id"] == identifier]
        assert [value for result in results for value in result["Values"]] == [0, 1, 2, 3, 4]
        assert [result["StatusCode"] for result in results][-1] == "Complete"
        assert {result["StatusCode"] for result in results[:-1]} == {"PartialData"}


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ([{"Id": "e1", "Expression": "m1 * 2"}], "Expression (query e1 of GetMetricData)"),
        ([{"Id": "M"}], "lower-case"),
        ([{"Id": "m"}], "MetricStat"),
        ([_query("x", "m"), _query("x", "m")], "Id of its own"),
        ([_query("x", "m", Stat="Median")], "Median"),
    ],
)
def test_series_that_cannot_be_told_are_refused(
    cloudwatch: Any, minute: datetime, queries: list[dict[str, Any]], said: str
) -> None:
    _, message = _refusal(
        cloudwatch.get_metric_data, MetricDataQueries=queries, StartTime=minute, EndTime=minute + MINUTE
    )
    assert said in message


@pytest.mark.parametrize("token", ["???", "bm90IGEgbnVtYmVy", "LTE="])
def test_a_token_that_is_none_is_refused(cloudwatch: Any, token: str) -> None:
    assert _refusal(cloudwatch.list_metrics, NextToken=token)[0] == "InvalidNextToken"


def test_metrics_are_listed_by_namespace_name_and_dimension(
    cloudwatch: Any, namespace: str, minute: datetime
) -> None:
    host = [{"Name": "Host", "Value": "h"}]
    both = [*host, {"Name": "Disk", "Value": "d"}]
    for dimensions in ([], host, both):
        _put(cloudwatch, namespace, {"Value": 1}, Timestamp=minute, Dimensions=dimensions)

    def listed(**filters: Any) -> list[dict[str, str]]:
        metrics = cloudwatch.list_metrics(Namespace=namespace, **filters)["Metrics"]
        return [{one["Name"]: one["Value"] for one in metric["Dimensions"]} for metric in metrics]

    everything = [{}, {"Disk": "d", "Host": "h"}, {"Host": "h"}]
    assert listed() == everything
    assert listed(MetricName="Load", RecentlyActive="PT3H") == everything
    assert listed(Dimensions=[{"Name": "Host"}]) == everything[1:]
    assert listed(Dimensions=[{"Name": "Host", "Value": "other"}]) == []
    assert listed(MetricName="Other") == []


def test_metrics_are_listed_in_pages_of_500(cloudwatch: Any, namespace: str) -> None:
    data = [{"MetricName": f"m{number:04}", "Value": 1} for number in range(1000)]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
    _put(cloudwatch, namespace, {"Value": 1})
    pages = list(cloudwatch.get_paginator("list_metrics").paginate(Namespace=namespace))
    assert [len(page["Metrics"]) for page in pages] == [500, 500, 1]


def test_regions_do_not_see_each_other(client: Callable[..., Any], cloudwatch: Any, namespace: str) -> None:
    _put(cloudwatch, namespace, {"Value": 1})
    assert client("cloudwatch", region_name="eu-west-1").list_metrics(Namespace=namespace)["Metrics"] == []
