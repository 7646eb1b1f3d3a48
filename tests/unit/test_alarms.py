"""Alarms: thresholds in seconds, waiting for a state, messages from the letter box."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from botocore.stub import ANY

from mllab_helpers.errors import NoSuchAlarm, TookTooLong, WrongThreshold
from mllab_helpers.monitoring import alarms

NOW = datetime(2027, 1, 1, tzinfo=timezone.utc)
TOPIC = "arn:aws:sns:us-east-1:123456789012:mllab-ana-alarms"


def alarm(state, changed=NOW):
    return {"MetricAlarms": [{"AlarmName": "a", "StateValue": state, "StateUpdatedTimestamp": changed}]}


def test_a_threshold_is_given_in_seconds_and_sent_in_microseconds(lab, stub):
    wanted = {
        "AlarmName": "mllab-ana-latency",
        "Namespace": "AWS/SageMaker",
        "MetricName": "ModelLatency",
        "Dimensions": [
            {"Name": "EndpointName", "Value": "houses"},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        "ExtendedStatistic": "p99",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 250_000.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [TOPIC],
        "OKActions": [TOPIC],
        "Tags": ANY,
    }
    stub("cloudwatch").add_response("put_metric_alarm", {}, wanted)
    alarms.put_latency_alarm(lab, "mllab-ana-latency", "houses", seconds=0.25, topic_arn=TOPIC)


@pytest.mark.parametrize("seconds", [0, -1, 250, 250_000])
def test_a_threshold_that_is_no_time_of_a_request_is_refused(lab, seconds):
    with pytest.raises(WrongThreshold, match=str(seconds)):
        alarms.put_latency_alarm(lab, "mllab-ana-latency", "houses", seconds=seconds, topic_arn=TOPIC)


def test_the_seconds_are_counted_until_cloudwatch_changed_the_state(lab, stub):
    scripted = stub("cloudwatch")
    scripted.add_response("describe_alarms", alarm("OK"))
    scripted.add_response("describe_alarms", alarm("ALARM", NOW + timedelta(seconds=7)))
    assert alarms.wait_for_state(lab, "a", "ALARM", since=NOW.timestamp()) == pytest.approx(7)


def test_an_alarm_that_does_not_exist_is_named(lab, stub):
    stub("cloudwatch").add_response("describe_alarms", {"MetricAlarms": []})
    with pytest.raises(NoSuchAlarm, match="mllab-ana-x"):
        alarms.wait_for_state(lab, "mllab-ana-x", "OK")


def received(name, state, previous="OK"):
    said = {"AlarmName": name, "NewStateValue": state, "OldStateValue": previous, "NewStateReason": "r"}
    envelope = {"Subject": f'{state}: "{name}"', "Message": json.dumps(said)}
    return {"Messages": [{"Body": json.dumps(envelope), "ReceiptHandle": "h"}]}


def test_messages_of_other_alarms_are_taken_and_dropped(lab, stub):
    scripted = stub("sqs")
    for name, state in (("b", "ALARM"), ("a", "OK"), ("a", "ALARM")):
        scripted.add_response("receive_message", received(name, state))
        scripted.add_response("delete_message", {})
    channel = alarms.Channel(TOPIC, "https://sqs/q")
    message = alarms.receive_message(lab, channel, alarm="a", state="ALARM")
    assert (message.subject, message.previous, message.reason) == ('ALARM: "a"', "OK", "r")


def test_a_message_that_never_comes_is_not_waited_for_for_ever(lab, monkeypatch, hand_clock):
    def nothing(*_):
        hand_clock.sleep(10)
        return []

    monkeypatch.setattr(alarms, "_receive", nothing)
    with pytest.raises(TookTooLong):
        alarms.receive_message(lab, alarms.Channel(TOPIC, "https://sqs/q"), alarm="a", state="OK")


def test_a_channel_hears_its_topic_and_nobody_else_and_is_found_again(real_lab):
    channel = alarms.ensure_channel(real_lab)
    assert alarms.ensure_channel(real_lab) == channel
    body = json.dumps(
        {"AlarmName": "a", "NewStateValue": "OK", "OldStateValue": "ALARM", "NewStateReason": ""}
    )
    other = real_lab.client("sns").create_topic(Name=real_lab.name("other"))["TopicArn"]
    real_lab.client("sns").publish(TopicArn=other, Message=body)
    real_lab.client("sns").publish(TopicArn=channel.topic_arn, Message=body, Subject="s")
    assert alarms.receive_message(real_lab, channel, alarm="a", state="OK").subject == "s"


def test_a_dashboard_is_stored_in_the_learners_language(real_lab):
    name = alarms.put_dashboard(real_lab, real_lab.name("endpoint"), "houses")
    stored = json.loads(real_lab.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"])
    assert stored["widgets"][0]["properties"]["title"] == "Peticiones"


def test_the_history_tells_each_change_in_order(real_lab):
    cloudwatch, name = real_lab.client("cloudwatch"), real_lab.name("history")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="N",
        MetricName="M",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    for state in ("ALARM", "OK"):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="tried")
    history = alarms.alarm_history(real_lab, name)
    assert history["state"].tolist()[:2] == ["ALARM", "OK"]
    assert history["previous"].tolist()[:2] == ["INSUFFICIENT_DATA", "ALARM"]
