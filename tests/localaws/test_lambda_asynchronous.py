"""Events that wait: how many there may be, how often they are tried, and when they are given up."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError
from functions import Workshop, create_role
from in_process import InProcess, served, until
from test_lambda_invoke import log_messages

from mllab_localaws.events.deliveries import Delivery
from mllab_localaws.lambda_ import asynchronous
from mllab_localaws.wire.errors import AwsError


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with served(tmp_path_factory.mktemp("lambda-asynchronous") / "home") as local:
        yield local


@pytest.fixture(scope="module")
def workshop(local: InProcess) -> Workshop:
    return Workshop(local.client("lambda"), create_role(local.client("iam"), "lambda"))


def throttled_function(workshop: Workshop, name: str) -> str:
    """Make a function that may not run, and return its ARN."""
    arn = str(workshop.create(name, "def handler(e, c): print('got', e)")["FunctionArn"])
    workshop.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    return arn


def send(workshop: Workshop, name: str, payload: bytes = b"1") -> int:
    reply = workshop.client.invoke(FunctionName=name, InvocationType="Event", Payload=payload)
    return int(reply["StatusCode"])


def test_more_events_than_may_wait_are_refused_and_those_that_wait_run_in_the_end(
    local: InProcess, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asynchronous, "MOST_WAITING_BYTES", 100_000)
    arn = throttled_function(workshop, "full")
    long = b'"' + b"x" * 40_000 + b'"'
    assert [send(workshop, "full", long), send(workshop, "full", b'"short"')] == [202, 202]
    assert send(workshop, "full", long) == 202
    with pytest.raises(ClientError) as refused:
        send(workshop, "full", long)
    error = refused.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (
        "TooManyRequestsException",
        429,
    )
    assert "for full, is not kept" in error["Error"]["Message"]
    workshop.client.add_permission(
        FunctionName="full", StatementId="all", Action="lambda:InvokeFunction", Principal="*"
    )
    delivery = Delivery(arn, long.decode(), principal="events.amazonaws.com")
    with pytest.raises(AwsError, match="is not kept"):
        local.aws.services.lambda_._later.receive(delivery)
    workshop.client.delete_function_concurrency(FunctionName="full")
    logs = local.client("logs")
    until(lambda: "got short\n" in log_messages(logs, "full"), "what waited has run")
    until(lambda: len([m for m in log_messages(logs, "full") if m.startswith("got x")]) == 2, "all of it")
    until(lambda: send(workshop, "full", b'"again"') == 202, "there is room again")


def throttles(local: InProcess, name: str) -> float:
    now = datetime.now(timezone.utc)
    data = local.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Throttles",
        Dimensions=[{"Name": "FunctionName", "Value": name}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(each["Sum"] for each in data))


def test_a_throttled_event_is_tried_ever_more_rarely_and_given_up_when_it_is_too_old(
    local: InProcess,
    workshop: Workshop,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(asynchronous, "_FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(asynchronous, "OLDEST_SECONDS", 1.0)
    throttled_function(workshop, "old")
    with caplog.at_level(logging.WARNING, "mllab_localaws.lambda_.asynchronous"):
        assert send(workshop, "old") == 202
        until(lambda: "given up" in caplog.text, "the event is given up")
    assert "function old is given up: it is too old, and was last refused by TooManyReq" in caplog.text
    # Pauses of 10, 20, 40 ... 320 ms fit into the second; a constant one would fit a hundred times.
    assert 3 <= throttles(local, "old") <= 8


def test_an_event_of_a_deleted_function_is_given_up_at_its_next_attempt(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(asynchronous, "_FIRST_PAUSE_SECONDS", 0.05)
    throttled_function(workshop, "deleted")
    with caplog.at_level(logging.WARNING, "mllab_localaws.lambda_.asynchronous"):
        send(workshop, "deleted")
        workshop.client.delete_function(FunctionName="deleted")
        until(lambda: "function deleted is given up: the function is gone" in caplog.text, "it is given up")
