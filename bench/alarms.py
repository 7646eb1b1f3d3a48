"""From a breaching datum to the alarm and to the message about it.

Bound: 2 s from PutMetricData to the message in a queue that subscribes to the alarm's topic.

    python bench/alarms.py
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.invoke import client
from mllab_localaws import daemon

ROUNDS = 5
NAME = "bench"


def measure() -> dict[str, float]:
    """Return the slowest message, and medians of alarm and message, in seconds."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory, "home")
        connection = daemon.start(home)
        try:
            cloudwatch, sqs = (client(service, connection) for service in ("cloudwatch", "sqs"))
            topic, queue = _topic_and_queue(client("sns", connection), sqs)
            rounds = [_round(cloudwatch, sqs, topic, queue, f"{NAME}-{number}") for number in range(ROUNDS)]
        finally:
            daemon.stop(home)
    alarms, messages = zip(*rounds, strict=True)
    return {
        "seconds": max(messages),
        "median_alarm_seconds": statistics.median(alarms),
        "median_message_seconds": statistics.median(messages),
    }


def _round(cloudwatch: Any, sqs: Any, topic: str, queue: str, name: str) -> tuple[float, float]:
    """Return the seconds until the alarm changed its state, by its own time, and until its message came."""
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace=NAME,
        MetricName=name,
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    began = time.time()
    cloudwatch.put_metric_data(Namespace=NAME, MetricData=[{"MetricName": name, "Value": 2}])
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    arrived = time.time()
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    told = json.loads(json.loads(message["Body"])["Message"])
    assert (told["AlarmName"], told["NewStateValue"]) == (name, "ALARM")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return alarm["StateTransitionedTimestamp"].timestamp() - began, arrived - began


def _topic_and_queue(sns: Any, sqs: Any) -> tuple[str, str]:
    topic = sns.create_topic(Name=NAME)["TopicArn"]
    queue = sqs.create_queue(QueueName=NAME)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, queue


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
