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

_THREADS = 4
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


class Deliveries:
    """Delivers in threads of its own, so that no sender waits for a receiver."""

    def __init__(self) -> None:
        self._receivers: dict[str, Receiver] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="delivery")
        self._closed = threading.Event()

    def register(self, service: str, receiver: Receiver) -> None:
        """Receive what goes to ARNs of a service, e.g. `sqs`."""
        self._receivers[service] = receiver

    def knows(self, arn: str) -> bool:
        """Say whether anybody receives for an ARN."""
        return service_of(arn) in self._receivers

    def send(self, delivery: Delivery) -> None:
        """Deliver soon, and return at once; what the receiver refuses is told in the log."""
        if not self._closed.is_set():
            self._threads.submit(self._deliver, delivery)

    def close(self) -> None:
        """Deliver nothing more."""
        self._closed.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _deliver(self, delivery: Delivery) -> None:
        try:
            self._receivers[service_of(delivery.target_arn)](delivery)
        except Exception:
            _log.exception("delivery from %s to %s failed", delivery.source_arn, delivery.target_arn)


def service_of(arn: str) -> str:
    """Return the service in an ARN, empty when it is none."""
    parts = arn.split(":", 5)
    return parts[2] if len(parts) > 2 else ""
