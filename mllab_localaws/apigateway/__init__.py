"""API Gateway: REST APIs, their control plane and the requests of their callers."""

from __future__ import annotations

from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Service


class ApiGateway:
    """All of API Gateway on one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.services: list[Service] = []

    def close(self) -> None:
        """Answer no more callers; called when the local AWS ends."""
