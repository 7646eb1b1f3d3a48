"""CloudWatch alarms on an endpoint, and the topic through which they speak.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mllab_helpers import progress
from mllab_helpers.aws_errors import translate
from mllab_helpers.errors import NoSuchAlarm, WrongThreshold
from mllab_helpers.lab.clock import wait_until
from mllab_helpers.monitoring.endpoint_metrics import MICROSECONDS, NAMESPACE, dimensions
from mllab_helpers.texts import say

if TYPE_CHECKING:
    import pandas as pd

    from mllab_helpers.lab.lab import Lab

# One long poll of SQS lasts this long at most (SQS API reference, ReceiveMessage).
_LONG_POLL_SECONDS = 10
_SETTLE_PERIODS = 12


@dataclass(frozen=True)
class Channel:
    """Where alarms speak, and where they are heard: a topic, and a queue that subscribes to it."""

    topic_arn: str
    queue_url: str


@dataclass(frozen=True, repr=False)
class Message:
    """What an alarm said.

    Attributes:
        state: `ALARM`, `OK` or `INSUFFICIENT_DATA`.
        reason: in CloudWatch's words.
    """

    subject: str
    alarm: str
    state: str
    previous: str
    reason: str

    def __repr__(self) -> str:
        return say("alarms.message", alarm=self.alarm, previous=self.previous, state=self.state)


@translate()
def ensure_channel(lab: Lab, thing: str = "alarms") -> Channel:
    """Create a topic and a queue that receives what is published there, or find them again.

    The queue's policy lets this topic in, and nobody else: without it the messages vanish without a trace.
    """
    sns, sqs, name = lab.client("sns"), lab.client("sqs"), lab.name(thing)
    tags = {tag["Key"]: tag["Value"] for tag in lab.tags}
    lab.note_creating("topic", name)
    topic = str(sns.create_topic(Name=name, Tags=lab.tags)["TopicArn"])
    lab.note_creating("queue", name)
    queue = str(sqs.create_queue(QueueName=name, tags=tags)["QueueUrl"])
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    policy = json.dumps(_only_from(topic, queue_arn))
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    return Channel(topic, queue)


@translate()
def put_latency_alarm(
    lab: Lab, name: str, endpoint: str, *, seconds: float, topic_arn: str, period: int = 0
) -> str:
    """Create an alarm on the 99th percentile of the model's latency, or replace it.

    Args:
        name: from `lab.name`.
        seconds: threshold. CloudWatch counts this metric in microseconds; the helper converts.
        period: seconds; 0 for the shortest that this AWS has.
    Raises: WrongThreshold: not a time that a request can take.
    """
    if not 0 < seconds <= 60:  # a model has 60 seconds (SageMaker API reference, InvokeEndpoint)
        raise WrongThreshold(seconds=seconds)
    lab.note_creating("alarm", name)
    lab.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=NAMESPACE,
        MetricName="ModelLatency",
        Dimensions=dimensions(endpoint),
        ExtendedStatistic="p99",
        Period=period or lab.alarm_period,
        EvaluationPeriods=1,
        Threshold=seconds * MICROSECONDS,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic_arn],
        OKActions=[topic_arn],
        Tags=lab.tags,
    )
    return name


@translate()
def wait_for_state(lab: Lab, name: str, state: str, *, since: float = 0.0, period: int = 0) -> float:
    """Wait until an alarm is in a state.

    Args:
        state: `ALARM`, `OK` or `INSUFFICIENT_DATA`.
        since: what to count from, in seconds since the epoch, e.g. the beginning of bad traffic; 0 for now.
        period: of the alarm, 0 for the shortest.
    Returns: the seconds from `since` until CloudWatch changed the state; 0 when it was in that state before.
    Raises: NoSuchAlarm; TookTooLong: after a dozen periods, with the alarm's own reason in the message.
    """
    since, period = since or lab.clock.now(), period or lab.alarm_period
    with progress.show(say("alarms.waiting", name=name, state=state)) as shown:

        def look() -> dict[str, Any]:
            seen = describe_alarm(lab, name)
            shown.tell(seen["StateValue"])
            return seen

        found = wait_until(
            lab.clock,
            look,
            lambda seen: seen["StateValue"] == state,
            what=name,
            pause=min(1.0, period / 50),
            limit=max(120.0, _SETTLE_PERIODS * period),
        )
    changed: float = found["StateUpdatedTimestamp"].timestamp()
    return max(0.0, changed - since)


@translate()
def describe_alarm(lab: Lab, name: str) -> dict[str, Any]:
    """Return an alarm as CloudWatch describes it.

    Raises: NoSuchAlarm.
    """
    found = lab.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])
    if not found["MetricAlarms"]:
        raise NoSuchAlarm(name=name)
    alarm: dict[str, Any] = found["MetricAlarms"][0]
    return alarm


@translate()
def alarm_history(lab: Lab, name: str) -> pd.DataFrame:
    """Return when an alarm changed its state, earliest first: `time`, `previous`, `state`, `reason`.

    Raises: NoSuchAlarm.
    """
    import pandas as pd

    describe_alarm(lab, name)
    pages = lab.client("cloudwatch").get_paginator("describe_alarm_history")
    items = [
        item
        for page in pages.paginate(AlarmName=name, HistoryItemType="StateUpdate", ScanBy="TimestampAscending")
        for item in page["AlarmHistoryItems"]
    ]
    rows = [(item["Timestamp"], *_states(json.loads(item["HistoryData"]))) for item in items]
    table: pd.DataFrame = pd.DataFrame(rows, columns=["time", "previous", "state", "reason"])
    return table


@translate()
def receive_message(lab: Lab, channel: Channel, *, alarm: str, state: str, wait: float = 60.0) -> Message:
    """Take from the queue what an alarm said when it entered a state; other messages are taken and dropped.

    Args: wait: seconds.
    Raises: TookTooLong: no such message came.
    """

    def look() -> Message | None:
        received = (_take(lab, channel, body) for body in _receive(lab, channel))
        return next((found for found in received if (found.alarm, found.state) == (alarm, state)), None)

    found = wait_until(
        lab.clock,
        look,
        lambda seen: seen is not None,
        what=channel.queue_url.rpartition("/")[2],
        pause=0.0,
        limit=wait,
    )
    assert found is not None  # otherwise it took too long
    return found


@translate()
def put_dashboard(lab: Lab, name: str, endpoint: str) -> str:
    """Store a dashboard with the endpoint's traffic, errors and latency, or replace it.

    Returns: the dashboard's name.
    """
    widgets = [
        _widget(0, say("alarms.widget_traffic"), endpoint, [("Invocations", "Sum")], lab.region),
        _widget(
            1,
            say("alarms.widget_errors"),
            endpoint,
            [("Invocation4XXErrors", "Average"), ("Invocation5XXErrors", "Average")],
            lab.region,
        ),
        _widget(
            2,
            say("alarms.widget_latency"),
            endpoint,
            [("ModelLatency", "p99"), ("OverheadLatency", "p99")],
            lab.region,
        ),
    ]
    lab.note_creating("dashboard", name)
    lab.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=json.dumps({"widgets": widgets}))
    return name


def _only_from(topic: str, queue_arn: str) -> dict[str, Any]:
    statement = {
        "Sid": "OnlyThisTopic",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _states(data: dict[str, Any]) -> tuple[str, str, str]:
    new = data["newState"]
    return data["oldState"]["stateValue"], new["stateValue"], new["stateReason"]


def _receive(lab: Lab, channel: Channel) -> list[dict[str, Any]]:
    received = lab.client("sqs").receive_message(
        QueueUrl=channel.queue_url, WaitTimeSeconds=_LONG_POLL_SECONDS, MaxNumberOfMessages=1
    )
    messages: list[dict[str, Any]] = received.get("Messages", [])
    return messages


def _take(lab: Lab, channel: Channel, received: dict[str, Any]) -> Message:
    lab.client("sqs").delete_message(QueueUrl=channel.queue_url, ReceiptHandle=received["ReceiptHandle"])
    envelope = json.loads(received["Body"])  # SNS wraps what was published
    said = json.loads(envelope["Message"])
    return Message(
        subject=envelope.get("Subject", ""),
        alarm=said["AlarmName"],
        state=said["NewStateValue"],
        previous=said["OldStateValue"],
        reason=said["NewStateReason"],
    )


def _widget(
    row: int, title: str, endpoint: str, metrics: list[tuple[str, str]], region: str
) -> dict[str, Any]:
    flat = [part for pair in dimensions(endpoint) for part in pair.values()]
    return {
        "type": "metric",
        **{"x": 0, "y": 6 * row, "width": 24, "height": 6},
        "properties": {
            "title": title,
            "region": region,
            "view": "timeSeries",
            "period": 60,
            "metrics": [[NAMESPACE, name, *flat, {"stat": statistic}] for name, statistic in metrics],
        },
    }
