"""Queues that tests listen to."""

from __future__ import annotations

import json
import time
from typing import Any


def make_queue(sqs: Any, name: str, *, principal: str | None = None, source: str = "*") -> tuple[str, str]:
    """Create a queue and return its URL and ARN.

    Args: principal: a service that may send to it, when it speaks for `source`.
    """
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    if principal is not None:
        allow(sqs, url, arn, principal, source)
    return url, arn


def allow(sqs: Any, url: str, arn: str, principal: str, source: str) -> None:
    """Let a service send to a queue."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnLike": {"aws:SourceArn": source}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def received(sqs: Any, url: str, count: int = 1, seconds: float = 10) -> list[str]:
    """Return the bodies of the messages that arrive in time, `count` at most; they are deleted."""
    bodies: list[str] = []
    deadline = time.monotonic() + seconds
    while len(bodies) < count and time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies
