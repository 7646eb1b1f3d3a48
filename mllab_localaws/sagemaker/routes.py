"""Which serving process answers an invocation: kept in memory, so that a request reads no store.

Routes are replaced as a whole, and a process that loses its route is drained: the requests that it has are
answered before it ends.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from mllab_localaws.sagemaker.capture_config import Capture


class Upstream:
    """A serving process as requests see it: its socket, and how many of them it has in hand."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._in_flight = 0
        self._retired = False
        self._idle = threading.Condition()

    @property
    def drained(self) -> bool:
        """Whether no request is in hand and none will come."""
        return self._retired and self._in_flight == 0

    def enter(self) -> bool:
        """Count a request in; False when the process is on its way out and another route has to be asked."""
        with self._idle:
            if not self._retired:
                self._in_flight += 1
            return not self._retired

    def leave(self) -> None:
        """Count a request out."""
        with self._idle:
            self._in_flight -= 1
            self._idle.notify_all()

    def drain(self, seconds: float) -> None:
        """Refuse new requests and return when the last one is answered, or after `seconds`."""
        with self._idle:
            self._retired = True
            self._idle.wait_for(lambda: self._in_flight == 0, seconds)


@dataclass(frozen=True)
class VariantRoute:
    """A production variant, its share of the traffic, and what is captured of it."""

    name: str
    weight: float
    upstream: Upstream
    capture: Capture | None = None


class EndpointRoute:
    """The variants of one endpoint.

    Args: variants: at least one of them with a weight above 0.
    """

    def __init__(self, variants: Sequence[VariantRoute]) -> None:
        self._by_name = {variant.name: variant for variant in variants}
        self._weighted = [variant for variant in variants if variant.weight > 0]
        self._cumulative = list(accumulate(variant.weight for variant in self._weighted))

    def choose(self) -> VariantRoute:
        """Return a variant by weight."""
        return random.choices(self._weighted, cum_weights=self._cumulative)[0]

    def named(self, variant: str) -> VariantRoute | None:
        """Return a variant by name, whatever its weight."""
        return self._by_name.get(variant)


class Routes:
    """All endpoints that can be invoked; written by the control plane, read by the data plane."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, str], EndpointRoute] = {}

    def get(self, region: str, endpoint: str) -> EndpointRoute | None:
        """Return an endpoint's variants; the name has to match in case too."""
        return self._routes.get((region, endpoint))

    def set(self, region: str, endpoint: str, route: EndpointRoute) -> None:
        """Send an endpoint's next requests to these variants."""
        self._routes[region, endpoint] = route

    def remove(self, region: str, endpoint: str) -> None:
        """Make an endpoint unknown to the data plane."""
        self._routes.pop((region, endpoint), None)
