"""Alarms over the wire: what PutMetricAlarm takes, how alarms are described, set and deleted."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cloudwatch_platform import alarm_request

_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def cloudwatch(client: Callable[..., Any]) -> Any:
    return client("cloudwatch")


@pytest.fixture
def name(cloudwatch: Any) -> Iterator[str]:
    """A name that alarms of the test begin with; they are deleted afterwards."""
    prefix = f"alarm-{next(_NUMBERS)}-"
    yield prefix
    left = [
        alarm["AlarmName"] for alarm in cloudwatch.describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]
    ]
    cloudwatch.delete_alarms(AlarmNames=left)


def _put(cloudwatch: Any, name: str, **members: Any) -> Any:
    return cloudwatch.put_metric_alarm(
        **alarm_request(**{"AlarmName": name, "Namespace": name, "AlarmActions": None, **members})
    )


def _described(cloudwatch: Any, name: str) -> dict[str, Any]:
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    found: dict[str, Any] = alarm
    return found


def _refusal(call: Callable[..., Any], *arguments: Any, **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def _until(cloudwatch: Any, name: str, state: str, seconds: float) -> float:
    """Return how long it took until an alarm was in a state."""
    began = time.monotonic()
    while _described(cloudwatch, name)["StateValue"] != state:
        assert time.monotonic() - began < seconds, _described(cloudwatch, name)
        time.sleep(0.02)
    return time.monotonic() - began


def test_an_alarm_is_born_unchecked_and_described_as_it_was_put(cloudwatch: Any, name: str) -> None:
    _put(cloudwatch, name, AlarmDescription="Too much.", DatapointsToAlarm=1)
    alarm = _described(cloudwatch, name)
    times = ("AlarmConfigurationUpdatedTimestamp", "StateUpdatedTimestamp", "StateTransitionedTimestamp")
    assert all(alarm.pop(member) for member in times)
    assert alarm == {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}",
        "AlarmDescription": "Too much.",
        "ActionsEnabled": True,
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
        "MetricName": "Load",
        "Namespace": name,
        "Statistic": "Average",
        "Dimensions": [{"Name": "Host", "Value": "h"}],
        "Period": 10,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }


def test_a_breaching_datum_raises_the_alarm_within_two_seconds(cloudwatch: Any, name: str) -> None:
    _put(cloudwatch, name, Period=60)
    datum = {"MetricName": "Load", "Dimensions": [{"Name": "Host", "Value": "h"}], "Value": 9.0}
    cloudwatch.put_metric_data(Namespace=name, MetricData=[datum])
    assert _until(cloudwatch, name, "ALARM", 30) < 2


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"Period": 15}, "Period must be 10, 20, 30 or a multiple of 60"),
        ({"Period": 90}, "Period must be"),
        ({"Period": None}, "Period"),
        ({"Threshold": None, "EvaluationPeriods": None}, "EvaluationPeriods, Threshold"),
        ({"MetricName": None}, "MetricName"),
        ({"ExtendedStatistic": "p99"}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"Statistic": None}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"Statistic": None, "ExtendedStatistic": "p101"}, "p101"),
        ({"Statistic": None, "ExtendedStatistic": "Average"}, "Average"),
        ({"Statistic": "Median"}, "'statistic'"),
        ({"EvaluationPeriods": 8641}, "more than a day"),
        ({"Period": 86400, "EvaluationPeriods": 8}, "more than a week"),
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm"),
        ({"Threshold": float("inf")}, "Threshold"),
        ({"TreatMissingData": "forgive"}, "TreatMissingData must be one of"),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, "goes with a percentile"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "anomaly detection"),
        ({"AlarmActions": ["topic"]}, "Invalid arn syntax: topic"),
        ({"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]}, "arn"),
        ({"OKActions": ["arn:aws:swf:us-east-1:123456789012:action/x"]}, "not part of the local AWS"),
        ({"AlarmActions": ["arn:aws:sns:us-east-1:123456789012:t"] * 6}, "'alarmActions'"),
        ({"Metrics": [{"Id": "m1", "Expression": "1"}]}, "Metrics of PutMetricAlarm"),
        ({"ThresholdMetricId": "ad1"}, "ThresholdMetricId"),
    ],
)
def test_an_alarm_that_makes_no_sense_is_refused(
    cloudwatch: Any, name: str, members: dict[str, Any], said: str
) -> None:
    code, message = _refusal(_put, cloudwatch, name, **members)
    assert code == "ValidationError"
    assert said in message
    assert cloudwatch.describe_alarms(AlarmNamePrefix=name)["MetricAlarms"] == []


def test_alarms_are_found_by_name_prefix_and_state(cloudwatch: Any, name: str) -> None:
    for letter in "cab":
        _put(cloudwatch, name + letter)
    cloudwatch.set_alarm_state(AlarmName=name + "b", StateValue="ALARM", StateReason="drill")

    def found(**filters: Any) -> list[str]:
        alarms = cloudwatch.describe_alarms(**filters)["MetricAlarms"]
        return [alarm["AlarmName"].removeprefix(name) for alarm in alarms]

    assert found(AlarmNamePrefix=name) == ["a", "b", "c"]
    assert found(AlarmNames=[name + "c", name + "z"]) == ["c"]
    assert found(AlarmNamePrefix=name, StateValue="ALARM") == ["b"]
    assert found(AlarmNamePrefix=name, AlarmTypes=["CompositeAlarm"]) == []


def test_alarms_are_paged(cloudwatch: Any, name: str) -> None:
    names = [f"{name}{number:02}" for number in range(7)]
    for one in names:
        _put(cloudwatch, one)
    paginator = cloudwatch.get_paginator("describe_alarms")
    pages = list(paginator.paginate(AlarmNamePrefix=name, PaginationConfig={"PageSize": 3}))
    assert [len(page["MetricAlarms"]) for page in pages] == [3, 3, 1]
    assert [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]] == names


def test_names_and_prefix_exclude_each_other(cloudwatch: Any) -> None:
    assert _refusal(cloudwatch.describe_alarms, AlarmNames=["a"], AlarmNamePrefix="a")[0] == "ValidationError"


def test_alarms_of_a_metric_have_exactly_its_dimensions(cloudwatch: Any, name: str) -> None:
    _put(cloudwatch, name + "a")
    _put(cloudwatch, name + "b", Namespace=name + "a", Dimensions=[])
    metric = {"Namespace": name + "a", "MetricName": "Load"}
    for dimensions, letter in (([{"Name": "Host", "Value": "h"}], "a"), ([], "b")):
        alarms = cloudwatch.describe_alarms_for_metric(**metric, Dimensions=dimensions)["MetricAlarms"]
        assert [alarm["AlarmName"] for alarm in alarms] == [name + letter]
    assert cloudwatch.describe_alarms_for_metric(**metric, Statistic="Sum")["MetricAlarms"] == []


def test_a_waiter_sees_an_alarm(cloudwatch: Any, name: str) -> None:
    _put(cloudwatch, name)
    cloudwatch.get_waiter("alarm_exists").wait(AlarmNames=[name])


def test_setting_the_state_of_no_alarm_is_refused(cloudwatch: Any) -> None:
    state = {"StateValue": "OK", "StateReason": "drill"}
    with pytest.raises(cloudwatch.exceptions.ResourceNotFound):
        cloudwatch.set_alarm_state(AlarmName="no-such-alarm", **state)


def test_reason_data_that_are_no_json_are_refused(cloudwatch: Any, name: str) -> None:
    _put(cloudwatch, name)
    state = {"StateValue": "OK", "StateReason": "drill", "StateReasonData": "{"}
    code, _ = _refusal(cloudwatch.set_alarm_state, AlarmName=name, **state)
    assert code == "InvalidFormat"


def test_one_name_without_an_alarm_keeps_all_from_being_deleted(cloudwatch: Any, name: str) -> None:
    _put(cloudwatch, name)
    code, message = _refusal(cloudwatch.delete_alarms, AlarmNames=[name, "no-such-alarm"])
    assert code == "ResourceNotFound"
    assert "no-such-alarm" in message
    assert _described(cloudwatch, name)


def test_names_differ_by_case(cloudwatch: Any, name: str) -> None:
    _put(cloudwatch, name + "a", Tags=[{"Key": "case", "Value": "lower"}])
    _put(cloudwatch, name + "A", Tags=[{"Key": "case", "Value": "upper"}])
    arn = _described(cloudwatch, name + "a")["AlarmArn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "case", "Value": "lower"}]


def test_tags_are_added_changed_and_removed(cloudwatch: Any, name: str) -> None:
    _put(cloudwatch, name, Tags=[{"Key": "a", "Value": "1"}])
    arn = _described(cloudwatch, name)["AlarmArn"]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}])
    tags = [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["a", "c"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags[1:]
    cloudwatch.delete_alarms(AlarmNames=[name])
    with pytest.raises(cloudwatch.exceptions.ResourceNotFoundException):
        cloudwatch.list_tags_for_resource(ResourceARN=arn)


@pytest.mark.parametrize("tags", [[{"Key": "a", "Value": ""}] * 2, [{"Key": "aws:x", "Value": ""}]])
def test_tags_that_may_not_be_are_refused(cloudwatch: Any, name: str, tags: list[dict[str, str]]) -> None:
    assert _refusal(_put, cloudwatch, name, Tags=tags)[0] == "InvalidParameterValue"
    assert cloudwatch.describe_alarms(AlarmNamePrefix=name)["MetricAlarms"] == []


@pytest.mark.parametrize("operation", ["put_composite_alarm", "put_anomaly_detector", "put_insight_rule"])
def test_what_is_not_there_is_refused_by_name(cloudwatch: Any, operation: str) -> None:
    requests = {
        "put_composite_alarm": {"AlarmName": "c", "AlarmRule": "TRUE"},
        "put_anomaly_detector": {},
        "put_insight_rule": {"RuleName": "r", "RuleDefinition": "{}"},
    }
    code, message = _refusal(getattr(cloudwatch, operation), **requests[operation])
    assert code == "NotImplemented"
    assert operation.replace("_", "") in message.lower()
