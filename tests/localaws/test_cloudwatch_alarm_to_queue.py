"""From a datum to a message in a queue, over the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cloudwatch_platform import alarm_request
from queues import make_queue

NAME = "datum-to-queue"


def test_the_message_about_a_breaching_datum_comes(client: Callable[..., Any]) -> None:
    cloudwatch, sqs = client("cloudwatch"), client("sqs")
    topic = client("sns").create_topic(Name=NAME)["TopicArn"]
    queue, queue_arn = make_queue(sqs, NAME, principal="sns.amazonaws.com", source=topic)
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    cloudwatch.put_metric_alarm(
        **alarm_request(AlarmName=NAME, Namespace=NAME, Dimensions=[], AlarmActions=[topic])
    )
    datum = {"MetricName": "Load", "Value": 9.0, "StorageResolution": 1}
    cloudwatch.put_metric_data(Namespace=NAME, MetricData=[datum])
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    envelope = json.loads(message["Body"])
    assert envelope["Subject"] == f'ALARM: "{NAME}" in US East (N. Virginia)'
    assert json.loads(envelope["Message"])["NewStateValue"] == "ALARM"
