"""Metrics as services write them: one observation at a time, cheap enough for each request of an endpoint."""

from __future__ import annotations

import threading
from collections.abc import Mapping

# (value, unit), e.g. (1840.0, "Microseconds")
Observation = tuple[float, str]
Dimensions = tuple[tuple[str, str], ...]
Series = tuple[str, str, Dimensions, str]


class MetricStore:
    """All metrics of all regions, in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._observations: dict[Series, list[tuple[float, float, str]]] = {}

    def record(
        self,
        region: str,
        namespace: str,
        dimensions: Mapping[str, str],
        values: Mapping[str, Observation],
        time: float,
    ) -> None:
        """Add one observation of each metric.

        Args:
            dimensions: e.g. `{"EndpointName": ..., "VariantName": ...}`.
            values: by metric name.
            time: seconds since the epoch.
        """
        ordered = tuple(sorted(dimensions.items()))
        with self._lock:
            for name, (value, unit) in values.items():
                series = self._observations.setdefault((region, namespace, ordered, name), [])
                series.append((time, value, unit))
