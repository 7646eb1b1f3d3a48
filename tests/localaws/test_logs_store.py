"""CloudWatch Logs as services of ours write it."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from platforms import make_authorizer

from mllab_localaws import moto_backend
from mllab_localaws.caller import acting_as
from mllab_localaws.store import Store


@pytest.fixture(autouse=True)
def _empty_memory() -> Iterator[None]:
    with mock_aws():
        yield


def test_a_stream_under_load_keeps_its_latest_lines_and_not_all_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moto_backend, "KEPT_EVENTS", 10)
    logs = moto_backend.Logs(make_authorizer(Store()), lambda: None)
    for number in range(100):
        logs.append(acting_as("role"), "us-east-1", "/g", "s", [f"line {number}"], time=1.0)
    events = boto3.client("logs", region_name="us-east-1").get_log_events(
        logGroupName="/g", logStreamName="s", startFromHead=True
    )["events"]
    assert 10 <= len(events) <= 20
    assert events[-1]["message"] == "line 99"


@pytest.mark.parametrize("spelling", ["{name}", "{arn}", "{arn}:*"])
def test_a_group_is_found_by_its_identifier(spelling: str) -> None:
    client = boto3.client("logs", region_name="us-east-1")
    for group in ("first", "last"):
        client.create_log_group(logGroupName=group)
        client.create_log_stream(logGroupName=group, logStreamName=f"in-{group}")
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:first"
    streams = client.describe_log_streams(logGroupIdentifier=spelling.format(name="first", arn=arn))
    assert [each["logStreamName"] for each in streams["logStreams"]] == ["in-first"]


def test_a_group_that_is_missing_is_not_another_one() -> None:
    client = boto3.client("logs", region_name="us-east-1")
    client.create_log_group(logGroupName="last")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_log_streams(logGroupIdentifier="missing")
