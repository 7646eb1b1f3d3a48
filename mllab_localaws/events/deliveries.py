"""Brings messages to what an ARN names: a function, a queue, a topic, a pipeline.

A service that can receive registers under its name in ARNs; a service that sends knows the ARN alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from mllab_localaws.wire.errors import AwsError

# Per kind of receiver: a slow function must not keep a queue waiting.
_THREADS = 4
# Before each attempt after the first; AWS goes on for a day, with longer pauses.
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
_THROTTLED = 429
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """One message on its way.

    Attributes:
        target_arn: who receives it.
        body: the message, JSON or plain text.
        source_arn: what sends it, e.g. a rule or a bucket.
        principal: the sending service, e.g. `events.amazonaws.com`.
        subject: of a notification.
        role_arn: in whose name it is delivered, where a role is asked for.
        parameters: what only this kind of target understands, e.g. `SageMakerPipelineParameters`.
    """

    target_arn: str
    body: str
    source_arn: str = ""
    principal: str = ""
    subject: str = ""
    role_arn: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


Receiver = Callable[[Delivery], None]
Outcome = Callable[[bool], None]


class Deliveries:
    """Delivers in threads of its own, so that no sender waits for a receiver.

    Args: pauses: seconds before each further attempt.
    """

    def __init__(self, pauses: tuple[float, ...] = _PAUSES) -> None:
        self._pauses = pauses
        self._receivers: dict[str, Receiver] = {}
        self._checks: dict[str, Receiver] = {}
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._lock = threading.Lock()
        self._waiting: set[threading.Timer] = set()
        self._closed = False

    def register(self, service: str, receiver: Receiver, check: Receiver | None = None) -> None:
        """Receive what goes to ARNs of a service, e.g. `sqs`.

        Args:
            receiver: raises `AwsError` for what it refuses; that is not tried again, unless its status
                says that the receiver failed (5xx) or has too much to do (429). Any other error is.
            check: raises what `receiver` would, and delivers nothing; for who has to know beforehand.
        """
        with self._lock:
            self._receivers[service] = receiver
            self._threads[service] = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"delivery-{service}")
            if check is not None:
                self._checks[service] = check

    def knows(self, arn: str) -> bool:
        """Say whether anybody receives for an ARN."""
        return service_of(arn) in self._receivers

    def check(self, delivery: Delivery) -> None:
        """Return when a delivery would be accepted, as far as its receiver can tell beforehand.

        Raises: AwsError: what the receiver would refuse, or `ResourceNotFoundException` without a receiver.
        """
        service = service_of(delivery.target_arn)
        if service not in self._receivers:
            raise _nobody(delivery.target_arn)
        if service in self._checks:
            self._checks[service](delivery)

    def send(self, delivery: Delivery, outcome: Outcome | None = None) -> None:
        """Deliver soon, and return at once; what fails for good is told in the log.

        Args: outcome: called in the end with whether it arrived.
        """
        self._submit(delivery, outcome, 0)

    def close(self) -> None:
        """Deliver nothing more."""
        with self._lock:
            self._closed = True
            pools, timers = list(self._threads.values()), list(self._waiting)
        for timer in timers:
            timer.cancel()
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, delivery: Delivery, outcome: Outcome | None, attempt: int) -> None:
        with self._lock:
            pool = self._threads.get(service_of(delivery.target_arn))
            if pool is not None and not self._closed:
                pool.submit(self._deliver, delivery, outcome, attempt)
                return
            if self._closed:
                return
        self._fail(delivery, outcome, _nobody(delivery.target_arn))

    def _deliver(self, delivery: Delivery, outcome: Outcome | None, attempt: int) -> None:
        try:
            self._receivers[service_of(delivery.target_arn)](delivery)
        except Exception as error:
            if attempt < len(self._pauses) and _is_passing(error):
                self._again(delivery, outcome, attempt)
            else:
                self._fail(delivery, outcome, error)
        else:
            if outcome is not None:
                outcome(True)

    def _again(self, delivery: Delivery, outcome: Outcome | None, attempt: int) -> None:
        def fire() -> None:
            with self._lock:
                self._waiting.discard(timer)
            self._submit(delivery, outcome, attempt + 1)

        timer = threading.Timer(self._pauses[attempt], fire)
        timer.daemon = True
        with self._lock:
            if self._closed:
                return
            self._waiting.add(timer)
            timer.start()

    def _fail(self, delivery: Delivery, outcome: Outcome | None, error: Exception) -> None:
        # What a service refuses is said in a line; anything else is a fault that needs its traceback.
        trace = None if isinstance(error, AwsError) else error
        arguments = (delivery.source_arn or delivery.principal, delivery.target_arn, error)
        _log.error("delivery from %s to %s failed: %s", *arguments, exc_info=trace)
        if outcome is not None:
            outcome(False)


def service_of(arn: str) -> str:
    """Return the service in an ARN, empty when it is none."""
    parts = arn.split(":", 5)
    return parts[2] if len(parts) > 2 else ""


def _is_passing(error: Exception) -> bool:
    return not isinstance(error, AwsError) or error.status >= 500 or error.status == _THROTTLED


def _nobody(arn: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Nothing in the local AWS receives messages for {arn}.")
