"""What an alarm says when its state changes: reasons, SNS, Lambda, EventBridge, history."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cloudwatch_platform import FUNCTION, NOON, REGION, TOPIC, Watched, watched

from mllab_localaws.cloudwatch.notifications import region_name
from mllab_localaws.wire.errors import AwsError

CROSSED = "Threshold Crossed: "


@pytest.fixture
def alarms(tmp_path: Path) -> Iterator[Watched]:
    with watched(tmp_path) as made:
        yield made


def _history(alarms: Watched, **filters: Any) -> list[str]:
    items = alarms("DescribeAlarmHistory", **filters)["AlarmHistoryItems"]
    return [item["HistorySummary"] for item in items]


def _until_told(alarms: Watched, summary: str) -> None:
    """Wait until the history has an item; deliveries have threads of their own."""
    deadline = time.monotonic() + 5
    while summary not in _history(alarms):
        assert time.monotonic() < deadline, _history(alarms)
        time.sleep(0.01)


def test_the_reason_of_a_breach_names_value_time_and_threshold(alarms: Watched) -> None:
    alarms.alarm()
    alarms.record(9.5, NOON + 1)
    alarms.at(2)
    reason = f"{CROSSED}1 datapoint [9.5 (14/11/23 22:14:00)] was greater than the threshold (5.0)."
    assert alarms.described()["StateReason"] == reason


def test_the_reason_of_m_of_n_counts_and_lists_the_breaching_datapoints(alarms: Watched) -> None:
    alarms.alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
    for second, value in ((1, 99.5), (11, 1.0), (21, 97.0)):
        alarms.record(value, NOON + second)
    assert alarms.at(31) == "ALARM"
    assert alarms.described()["StateReason"] == (
        f"{CROSSED}2 out of the last 3 datapoints [97.0 (14/11/23 22:14:20), 99.5 (14/11/23 22:14:00)] "
        "were greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )


def test_the_reason_of_going_back_to_ok(alarms: Watched) -> None:
    alarms.alarm(DatapointsToAlarm=1)
    alarms.record(9.0, NOON + 1)
    alarms.at(2)
    alarms.record(1.0, NOON + 11)
    assert alarms.at(21) == "OK"
    assert alarms.described()["StateReason"] == (
        f"{CROSSED}1 out of the last 1 datapoints [1.0 (14/11/23 22:14:10)] was not greater than "
        "the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition)."
    )


@pytest.mark.parametrize(
    ("treatment", "treated"), [("breaching", "Breaching"), ("notBreaching", "NonBreaching")]
)
def test_the_reason_says_how_missing_datapoints_were_treated(
    alarms: Watched, treatment: str, treated: str
) -> None:
    alarms.alarm(EvaluationPeriods=2, TreatMissingData=treatment)
    alarms.at(1)
    assert alarms.described()["StateReason"] == (
        f"{CROSSED}no datapoints were received for 2 periods "
        f"and 2 missing datapoints were treated as [{treated}]."
    )


def test_reason_data_are_json_with_the_datapoints_that_were_evaluated(alarms: Watched) -> None:
    alarms.alarm(Unit="None")
    alarms.record(9.0, NOON + 1)
    alarms.record(11.0, NOON + 1)
    alarms.at(2)
    assert json.loads(alarms.described()["StateReasonData"]) == {
        "version": "1.0",
        "queryDate": "2023-11-14T22:14:02.000+0000",
        "startDate": "2023-11-14T22:14:00.000+0000",
        "unit": "None",
        "statistic": "Average",
        "period": 10,
        "recentDatapoints": [10.0],
        "threshold": 5.0,
        "evaluatedDatapoints": [
            {"timestamp": "2023-11-14T22:14:00.000+0000", "sampleCount": 2.0, "value": 10.0}
        ],
    }


def test_a_topic_gets_the_message_of_the_documentation(alarms: Watched) -> None:
    alarms.alarm(AlarmDescription="Too much.", TreatMissingData="missing")
    alarms.record(9.0, NOON + 1)
    alarms.at(2)
    (sent,) = alarms.received(1)
    assert (sent.target_arn, sent.subject) == (TOPIC, 'ALARM: "alarm" in US East (N. Virginia)')
    message = json.loads(sent.body)
    assert message.pop("NewStateReason").startswith(CROSSED)
    arn = f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:alarm"
    assert message == {
        "AlarmName": "alarm",
        "AlarmDescription": "Too much.",
        "AWSAccountId": "123456789012",
        "AlarmConfigurationUpdatedTimestamp": "2023-11-14T22:14:00.000+0000",
        "NewStateValue": "ALARM",
        "StateChangeTime": "2023-11-14T22:14:02.000+0000",
        "Region": "US East (N. Virginia)",
        "AlarmArn": arn,
        "OldStateValue": "INSUFFICIENT_DATA",
        "OKActions": [],
        "AlarmActions": [TOPIC],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "Load",
            "Namespace": "lab",
            "StatisticType": "Statistic",
            "Statistic": "AVERAGE",
            "Unit": None,
            "Dimensions": [{"name": "Host", "value": "h"}],
            "Period": 10,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 5.0,
            "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": "",
        },
    }


def test_a_function_gets_alarm_data_in_the_name_of_cloudwatch_alarms(alarms: Watched) -> None:
    alarms.alarm(AlarmActions=[FUNCTION])
    alarms.record(9.0, NOON + 1)
    alarms.at(2)
    (sent,) = alarms.received(1)
    assert (sent.target_arn, sent.principal) == (FUNCTION, "lambda.alarms.cloudwatch.amazonaws.com")
    assert sent.source_arn.endswith(":alarm:alarm")
    data = json.loads(sent.body)["alarmData"]
    assert (data["alarmName"], data["state"]["value"]) == ("alarm", "ALARM")
    assert data["previousState"]["value"] == "INSUFFICIENT_DATA"


def test_each_state_has_its_own_actions_and_they_run_on_changes_only(alarms: Watched) -> None:
    other = f"{TOPIC}-ok"
    alarms.alarm(OKActions=[other], TreatMissingData="notBreaching")
    alarms.record(9.0, NOON + 1)
    for second in (2, 3, 5, 11, 15, 21, 25):
        alarms.at(second)
    assert [sent.target_arn for sent in alarms.received(2)] == [TOPIC, other]


def test_disabled_actions_change_state_in_silence(alarms: Watched) -> None:
    alarms.alarm(AlarmActions=[TOPIC], TreatMissingData="notBreaching")
    alarms("DisableAlarmActions", AlarmNames=["alarm", "no-such-alarm"])
    alarms.record(9.0, NOON + 1)
    assert alarms.at(2) == "ALARM"
    alarms("EnableAlarmActions", AlarmNames=["alarm"])
    assert alarms.at(21) == "OK"
    alarms.record(9.0, NOON + 22)
    assert alarms.at(23) == "ALARM"
    # The deliveries run in order of sending only one by one; this is the first and only one.
    (sent,) = alarms.received(1)
    assert json.loads(sent.body)["StateChangeTime"].endswith("22:14:23.000+0000")


def test_setting_a_state_runs_its_actions_once(alarms: Watched) -> None:
    alarms.alarm()
    for _ in range(2):
        alarms("SetAlarmState", AlarmName="alarm", StateValue="ALARM", StateReason="drill")
    assert json.loads(alarms.received(1)[0].body)["NewStateReason"] == "drill"
    assert _history(alarms, HistoryItemType="StateUpdate") == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM"
    ]


def test_eventbridge_hears_of_each_change(alarms: Watched) -> None:
    alarms.alarm(AlarmDescription="Too much.")
    alarms.record(9.0, NOON + 1)
    alarms.at(2)
    (event,) = alarms.events
    assert (event.source, event.detail_type) == ("aws.cloudwatch", "CloudWatch Alarm State Change")
    assert event.resources == (f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:alarm",)
    detail = event.detail
    assert (detail["alarmName"], detail["state"]["value"]) == ("alarm", "ALARM")
    assert detail["previousState"] == {
        "value": "INSUFFICIENT_DATA",
        "reason": "Unchecked: Initial alarm creation",
        "timestamp": "2023-11-14T22:14:00.000+0000",
    }
    assert json.loads(detail["state"]["reasonData"])["recentDatapoints"] == [9.0]
    stat = detail["configuration"]["metrics"][0]["metricStat"]
    metric = {"namespace": "lab", "name": "Load", "dimensions": {"Host": "h"}}
    assert stat == {"metric": metric, "period": 10, "stat": "Average"}
    assert detail["configuration"]["description"] == "Too much."


def test_the_history_tells_creation_change_action_and_deletion(alarms: Watched) -> None:
    alarms.alarm()
    alarms.record(9.0, NOON + 1)
    alarms.at(2)
    _until_told(alarms, f"Successfully executed action {TOPIC}")
    alarms("DeleteAlarms", AlarmNames=["alarm"])
    assert _history(alarms, AlarmName="alarm", ScanBy="TimestampAscending") == [
        'Alarm "alarm" created',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        f"Successfully executed action {TOPIC}",
        'Alarm "alarm" deleted',
    ]


def test_an_action_that_is_refused_is_told_by_the_history_and_stops_nothing(alarms: Watched) -> None:
    def refuse(_: object) -> None:
        raise AwsError("NotFound", "Topic does not exist", status=404)

    alarms.platform.deliveries.register("sns", refuse)
    alarms.alarm(TreatMissingData="notBreaching")
    alarms.record(9.0, NOON + 1)
    assert [alarms.at(2), alarms.at(21)] == ["ALARM", "OK"]
    _until_told(alarms, f"Failed to execute action {TOPIC}")


def test_a_region_nobody_knows_is_called_by_its_code() -> None:
    assert region_name("eu-west-1") == "EU (Ireland)"
    assert region_name("xx-nowhere-9") == "xx-nowhere-9"
