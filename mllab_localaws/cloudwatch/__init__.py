"""CloudWatch: metrics, alarms, dashboards."""

from __future__ import annotations

from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Service


class CloudWatch:
    """All of CloudWatch on one platform; Logs are moto's."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.services: list[Service] = []

    def close(self) -> None:
        """Evaluate no more alarms; called when the local AWS ends."""
