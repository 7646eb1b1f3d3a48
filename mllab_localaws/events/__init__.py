"""EventBridge, and what carries messages between services."""

from __future__ import annotations

from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Service


class Events:
    """Rules, targets and deliveries on one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.services: list[Service] = []
        self.notifications: list[Service] = []

    def close(self) -> None:
        """Deliver nothing more; called when the local AWS ends."""
        self._platform.deliveries.close()
