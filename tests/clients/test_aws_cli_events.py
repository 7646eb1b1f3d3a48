"""The AWS CLI wires a bucket to a queue and a topic, and both hear of an upload."""

from __future__ import annotations

import json
from typing import Any

import pytest
from environments import environment
from test_aws_cli import Cli

BUCKET = "shell-events"
PATTERN = {
    "source": ["aws.s3"],
    "detail": {"bucket": {"name": [BUCKET]}, "object": {"key": [{"suffix": ".csv"}]}},
}


@pytest.fixture(scope="module")
def aws(environment_variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The AWS CLI, v1, out of an environment of its own."""
    return Cli(environment("awscli") / "aws", tmp_path_factory.mktemp("events"), environment_variables)


def _sqs(aws: Cli, *arguments: str) -> Any:
    """Run an operation of SQS; the CLI v1 has an address of its own for it, before AWS_ENDPOINT_URL."""
    printed = aws("sqs", *arguments, "--endpoint-url", aws.variables["AWS_ENDPOINT_URL"])
    return json.loads(printed) if printed.strip() else None


@pytest.fixture(scope="module")
def queue(aws: Cli) -> dict[str, str]:
    """A queue's URL and ARN; S3, SNS and EventBridge may send to it."""
    url = _sqs(aws, "create-queue", "--queue-name", "shell-events")["QueueUrl"]
    asked = ("get-queue-attributes", "--queue-url", url, "--attribute-names", "QueueArn")
    arn = _sqs(aws, *asked)["Attributes"]["QueueArn"]
    services = ["events.amazonaws.com", "sns.amazonaws.com", "s3.amazonaws.com"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": services},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
    }
    attributes = json.dumps({"Policy": json.dumps({"Statement": [statement]})})
    _sqs(aws, "set-queue-attributes", "--queue-url", url, "--attributes", attributes)
    return {"url": url, "arn": arn}


def _next(aws: Cli, queue: dict[str, str]) -> dict[str, Any]:
    """Wait for a message, delete it and return its body."""
    where = ("--queue-url", queue["url"])
    message = _sqs(aws, "receive-message", *where, "--wait-time-seconds", "10")["Messages"][0]
    _sqs(aws, "delete-message", *where, "--receipt-handle", message["ReceiptHandle"])
    body: dict[str, Any] = json.loads(message["Body"])
    return body


def test_an_upload_reaches_a_queue_through_a_rule(aws: Cli, queue: dict[str, str]) -> None:
    aws("s3", "mb", f"s3://{BUCKET}")
    on = ("--notification-configuration", '{"EventBridgeConfiguration": {}}')
    aws("s3api", "put-bucket-notification-configuration", "--bucket", BUCKET, *on)
    aws("events", "put-rule", "--name", "shell", "--event-pattern", json.dumps(PATTERN))
    put = aws.ask("events", "put-targets", "--rule", "shell", "--targets", f"Id=q,Arn={queue['arn']}")
    assert put["FailedEntryCount"] == 0
    (aws.directory / "rows.csv").write_text("1\n")
    aws("s3", "cp", "rows.csv", f"s3://{BUCKET}/rows.txt")
    aws("s3", "cp", "rows.csv", f"s3://{BUCKET}/rows.csv")
    assert _next(aws, queue)["detail"]["object"]["key"] == "rows.csv"


def test_a_message_reaches_a_queue_through_a_topic(aws: Cli, queue: dict[str, str]) -> None:
    topic = aws.ask("sns", "create-topic", "--name", "shell-events")["TopicArn"]
    where = ("--topic-arn", topic)
    aws("sns", "subscribe", *where, "--protocol", "sqs", "--notification-endpoint", queue["arn"])
    aws("sns", "publish", *where, "--subject", "Hola", "--message", "from a shell")
    received = _next(aws, queue)
    assert (received["Subject"], received["Message"]) == ("Hola", "from a shell")


def test_a_wrong_pattern_is_refused_with_its_reason(aws: Cli) -> None:
    done = aws.run("events", "put-rule", "--name", "wrong", "--event-pattern", '{"source": "aws.s3"}')
    assert done.returncode != 0
    assert "InvalidEventPatternException" in done.stderr
    assert '"source" must be an object or an array' in done.stderr
