"""The default event bus: services say what happened, whoever has rules listens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that happened in a region.

    Attributes:
        source: e.g. `aws.sagemaker`.
        detail_type: e.g. `SageMaker Model Package State Change`.
        detail: of JSON values only.
        time: seconds since the epoch.
        resources: ARNs.
    """

    region: str
    source: str
    detail_type: str
    detail: Mapping[str, Any]
    time: float
    resources: tuple[str, ...] = field(default=())


Listener = Callable[[Event], None]


class EventBus:
    """Hands each event to every listener, in the publisher's thread; listeners return at once."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        """Hear of every event from now on."""
        self._listeners.append(listener)

    def publish(self, event: Event) -> None:
        """Say that something happened."""
        for listener in self._listeners:
            listener(event)
