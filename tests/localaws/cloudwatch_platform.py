"""CloudWatch on a platform whose clock the test turns, with receivers that keep what they are sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platforms import make_platform

from mllab_localaws.caller import Caller
from mllab_localaws.cloudwatch.alarm_history import AlarmHistory
from mllab_localaws.cloudwatch.alarms import Alarms
from mllab_localaws.cloudwatch.evaluator import Evaluator
from mllab_localaws.cloudwatch.history import History
from mllab_localaws.cloudwatch.metric_data import MetricData
from mllab_localaws.cloudwatch.transitions import Transitions
from mllab_localaws.events.bus import Event
from mllab_localaws.events.deliveries import Deliveries, Delivery
from mllab_localaws.leash import Leash
from mllab_localaws.platform import ACCOUNT, Platform, Settings
from mllab_localaws.wire.call import Call, Dispatcher

REGION = "us-east-1"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:heal"
# A full minute and a full ten seconds.
NOON = 1_700_000_040.0


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> float:
        return self.time


class Watched:
    """Alarms whose evaluations happen when the test says so."""

    def __init__(self, platform: Platform, clock: Hands) -> None:
        self.platform, self.clock = platform, clock
        self.sent: list[Delivery] = []
        self.events: list[Event] = []
        self._received = threading.Condition()
        platform.bus.subscribe(self.events.append)
        for service in ("sns", "lambda"):
            platform.deliveries.register(service, self._receive)
        history = History()
        transitions = Transitions(platform, history)
        self.evaluator = Evaluator(platform, transitions)
        alarms = Alarms(platform, history, transitions, self.evaluator)
        self._dispatcher = Dispatcher("cloudwatch", [alarms, AlarmHistory(history), MetricData(platform)])

    def __call__(self, operation: str, **params: Any) -> Any:
        caller = Caller("arn:aws:iam::123456789012:user/administrator", ACCOUNT, "AKIA")
        return self._dispatcher(Call(operation, params, caller, REGION))

    def alarm(self, **members: Any) -> None:
        self("PutMetricAlarm", **alarm_request(**members))

    def record(self, value: float, time: float | None = None) -> None:
        moment = self.clock.time if time is None else time
        self.platform.metrics.record(REGION, "lab", {"Host": "h"}, {"Load": (value, "None")}, moment)

    def at(self, seconds: float) -> str:
        """Evaluate at this many seconds after noon and return the state."""
        self.clock.time = NOON + seconds
        self.evaluator.evaluate()
        return str(self.described()["StateValue"])

    def described(self, name: str = "alarm") -> Any:
        (alarm,) = self("DescribeAlarms", AlarmNames=[name])["MetricAlarms"]
        return alarm

    def received(self, count: int) -> list[Delivery]:
        """Return what was delivered, once it is this many messages."""
        with self._received:
            assert self._received.wait_for(lambda: len(self.sent) >= count, 5), self.sent
        return self.sent

    def _receive(self, delivery: Delivery) -> None:
        with self._received:
            self.sent.append(delivery)
            self._received.notify_all()


def alarm_request(**members: Any) -> dict[str, Any]:
    """Return the request of an alarm on the mean load of ten seconds; None leaves a member out."""
    request = {
        "AlarmName": "alarm",
        "Namespace": "lab",
        "MetricName": "Load",
        "Dimensions": [{"Name": "Host", "Value": "h"}],
        "Statistic": "Average",
        "Period": 10,
        "EvaluationPeriods": 1,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [TOPIC],
        **members,
    }
    return {name: value for name, value in request.items() if value is not None}


@contextmanager
def watched(directory: Path) -> Iterator[Watched]:
    """A platform of the test's own."""
    leash, clock = Leash(directory / "sockets"), Hands()
    settings = Settings(directory, directory / "sockets", "http://127.0.0.1:1", cores=1)
    platform = make_platform(settings, leash, clock=clock, deliveries=Deliveries())
    try:
        yield Watched(platform, clock)
    finally:
        platform.deliveries.close()
        leash.close()
        platform.store.close()
