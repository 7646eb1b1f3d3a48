"""Lambda: functions from zip files, run through AWS's own Runtime API client."""

from __future__ import annotations

from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Service


class Lambda:
    """All of Lambda on one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.services: list[Service] = []

    def close(self) -> None:
        """End every function's process; called when the local AWS ends."""
