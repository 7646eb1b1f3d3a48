"""Every operation of CloudWatch answers in the shape that AWS's own service model defines."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cloudwatch_platform import alarm_request
from contract_recorder import Recorder, implemented

from mllab_localaws.cloudwatch.alarm_history import AlarmHistory
from mllab_localaws.cloudwatch.alarms import Alarms
from mllab_localaws.cloudwatch.dashboards import Dashboards
from mllab_localaws.cloudwatch.metric_data import MetricData
from mllab_localaws.cloudwatch.metric_queries import MetricQueries
from mllab_localaws.cloudwatch.tagging import Tagging

NAME = "shapes"
OURS = implemented(MetricData, MetricQueries, Alarms, AlarmHistory, Dashboards, Tagging)


@pytest.fixture(scope="module")
def recorder(client: Callable[..., Any]) -> Recorder:
    """The replies of a scenario that calls every operation."""
    recorder = Recorder(client)
    cloudwatch = recorder.client("cloudwatch")
    _measure(cloudwatch)
    _watch(cloudwatch)
    widget = {"type": "text", "properties": {"markdown": "x"}, "odd": 1}
    cloudwatch.put_dashboard(DashboardName=NAME, DashboardBody=json.dumps({"widgets": [widget]}))
    cloudwatch.get_dashboard(DashboardName=NAME)
    cloudwatch.list_dashboards()
    cloudwatch.delete_dashboards(DashboardNames=[NAME])
    return recorder


def _measure(cloudwatch: Any) -> None:
    """Put data and read them in every way."""
    dimensions = [{"Name": "Host", "Value": "h"}]
    datum = {"MetricName": "Load", "Dimensions": dimensions, "Value": 9.0, "StorageResolution": 1}
    cloudwatch.put_metric_data(Namespace=NAME, MetricData=[datum])
    metric = {"Namespace": NAME, "MetricName": "Load", "Dimensions": dimensions}
    span = {"StartTime": time.time() - 60, "EndTime": time.time() + 60}
    statistics = {"Statistics": ["Average", "SampleCount"], "ExtendedStatistics": ["p99"]}
    assert cloudwatch.get_metric_statistics(**metric, **span, **statistics, Period=60)["Datapoints"]
    stat = {"Metric": metric, "Period": 10, "Stat": "p99"}
    cloudwatch.get_metric_data(MetricDataQueries=[{"Id": "m", "MetricStat": stat}], **span)
    assert cloudwatch.list_metrics(Namespace=NAME)["Metrics"]


def _watch(cloudwatch: Any) -> None:
    """Put an alarm that data raise, switch, set, tag and delete it."""
    cloudwatch.put_metric_alarm(
        **alarm_request(AlarmName=NAME, Namespace=NAME, AlarmActions=None, DatapointsToAlarm=1)
    )
    cloudwatch.disable_alarm_actions(AlarmNames=[NAME])
    cloudwatch.enable_alarm_actions(AlarmNames=[NAME])
    cloudwatch.set_alarm_state(AlarmName=NAME, StateValue="OK", StateReason="x", StateReasonData="{}")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[NAME])["MetricAlarms"]
    cloudwatch.describe_alarms_for_metric(
        Namespace=NAME, MetricName="Load", Dimensions=[{"Name": "Host", "Value": "h"}]
    )
    arn = alarm["AlarmArn"]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "b"}])
    cloudwatch.list_tags_for_resource(ResourceARN=arn)
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["a"])
    cloudwatch.delete_alarms(AlarmNames=[NAME])
    assert cloudwatch.describe_alarm_history(AlarmName=NAME)["AlarmHistoryItems"]


def test_the_scenario_calls_every_operation(recorder: Recorder) -> None:
    assert OURS - recorder.names() == set()


@pytest.mark.parametrize(("service", "operation"), sorted(OURS))
def test_every_reply_has_the_shape_of_awss_model(recorder: Recorder, service: str, operation: str) -> None:
    assert recorder.complaints(service, operation) == []
