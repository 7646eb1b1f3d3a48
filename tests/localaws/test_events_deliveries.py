"""Deliveries: tried again while a failure may pass, told when it does not; nobody waits for anybody else."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from platforms import make_platform

from mllab_localaws.events.bus import Event
from mllab_localaws.events.deliveries import Deliveries, Delivery
from mllab_localaws.events.router import RULE, Router
from mllab_localaws.leash import Leash
from mllab_localaws.platform import Settings
from mllab_localaws.wire.errors import AwsError

QUEUE = Delivery("arn:aws:sqs:us-east-1:123456789012:q", "body", source_arn="a-rule")
FUNCTION = Delivery("arn:aws:lambda:us-east-1:123456789012:function:f", "{}")


@pytest.fixture
def deliveries() -> Iterator[Deliveries]:
    """Deliveries that try twice more, at once."""
    made = Deliveries(pauses=(0.01, 0.01))
    yield made
    made.close()


class Inbox:
    """A receiver that fails as often as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.attempts = 0

    def __call__(self, delivery: Delivery) -> None:
        self.attempts += 1
        if self.failures:
            raise self.failures.pop(0)


def _outcome(deliveries: Deliveries, delivery: Delivery) -> bool:
    """Send, and return whether it arrived in the end."""
    outcomes: list[bool] = []
    told = threading.Event()

    def tell(arrived: bool) -> None:
        outcomes.append(arrived)
        told.set()

    deliveries.send(delivery, tell)
    assert told.wait(5)
    return outcomes[0]


@pytest.mark.parametrize(
    "failure", [OSError("gone"), AwsError("Busy", "later", status=503), AwsError("Throttled", "", status=429)]
)
def test_a_failure_that_may_pass_is_tried_again(deliveries: Deliveries, failure: Exception) -> None:
    inbox = Inbox(failure, failure)
    deliveries.register("sqs", inbox)
    assert _outcome(deliveries, QUEUE)
    assert inbox.attempts == 3


def test_a_refusal_is_not_tried_again_and_told_in_one_line(
    deliveries: Deliveries, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Inbox(AwsError("AccessDenied", "the policy says no", status=403))
    deliveries.register("sqs", inbox)
    with caplog.at_level(logging.ERROR):
        assert not _outcome(deliveries, QUEUE)
    assert inbox.attempts == 1
    assert "from a-rule to arn:aws:sqs:us-east-1:123456789012:q failed: AccessDenied" in caplog.text
    assert "Traceback" not in caplog.text


def test_who_goes_on_failing_is_given_up(deliveries: Deliveries) -> None:
    inbox = Inbox(*[OSError("gone")] * 9)
    deliveries.register("sqs", inbox)
    assert not _outcome(deliveries, QUEUE)
    assert inbox.attempts == 3


def test_what_nobody_receives_is_told(deliveries: Deliveries) -> None:
    assert not _outcome(deliveries, QUEUE)
    with pytest.raises(AwsError, match="Nothing in the local AWS receives"):
        deliveries.check(QUEUE)


def test_slow_functions_keep_no_queue_waiting(deliveries: Deliveries) -> None:
    release = threading.Event()
    deliveries.register("lambda", lambda _: release.wait(5) and None)
    deliveries.register("sqs", Inbox())
    for _ in range(20):
        deliveries.send(FUNCTION)
    assert _outcome(deliveries, QUEUE)
    release.set()


def test_after_closing_nothing_is_delivered_or_tried_again(deliveries: Deliveries) -> None:
    inbox = Inbox(*[OSError("gone")] * 9)
    deliveries.register("sqs", inbox)
    deliveries.close()
    deliveries.send(QUEUE)
    assert inbox.attempts == 0


@pytest.fixture
def router(tmp_path: Path, deliveries: Deliveries) -> Iterator[Callable[..., dict[str, float]]]:
    """`router(target)`: publish one event to a rule with this target, and return the metrics it left."""
    leash = Leash(tmp_path)
    settings = Settings(tmp_path, tmp_path, "http://127.0.0.1:1", 1)
    counted: dict[str, float] = {}
    settled = threading.Semaphore(0)

    class Metrics:
        def record(self, _region: str, namespace: str, dimensions: Any, values: Any, _time: float) -> None:
            assert (namespace, dimensions) == ("AWS/Events", {"RuleName": "r"})
            for name, (value, _) in values.items():
                counted[name] = counted.get(name, 0) + value
                settled.release()

    platform = make_platform(settings, leash, deliveries=deliveries, metrics=Metrics())
    made = Router(platform)

    def publish(target: dict[str, Any], count: int) -> dict[str, float]:
        rule = {
            "Name": "r",
            "Arn": "arn:aws:events:us-east-1:123456789012:rule/r",
            "EventPattern": json.dumps({"source": ["lab"]}),
            "State": "ENABLED",
            "Targets": {"t": {"Id": "t", **target}},
        }
        platform.store.insert(RULE, "us-east-1", "r", rule)
        platform.bus.publish(Event("us-east-1", "lab", "Test", {"n": 1}, 1.0))
        for _ in range(count):
            assert settled.acquire(timeout=5)
        return counted

    yield publish
    made.close()
    leash.close()


COUNTED = {"MatchedEvents": 1, "TriggeredRules": 1, "Invocations": 1}


def test_a_rule_that_delivers_is_counted(
    router: Callable[..., dict[str, float]], deliveries: Deliveries
) -> None:
    deliveries.register("sqs", Inbox())
    assert router({"Arn": QUEUE.target_arn}, 3) == COUNTED


@pytest.mark.parametrize("target", [{}, {"InputPath": "$.detail.missing"}])
def test_an_invocation_that_fails_is_counted(
    router: Callable[..., dict[str, float]], deliveries: Deliveries, target: dict[str, Any]
) -> None:
    deliveries.register("sqs", Inbox(AwsError("AccessDenied", "no", status=403)))
    assert router({"Arn": QUEUE.target_arn, **target}, 4) == {**COUNTED, "FailedInvocations": 1}
