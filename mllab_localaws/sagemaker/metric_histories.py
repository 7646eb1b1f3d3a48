"""Every value of a metric that a training job logs, for whoever follows the job while it runs.

A description has the last values only, and only once the job is over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class MetricHistories:
    """The values of followed metrics, by region and training job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followed: dict[tuple[str, str], tuple[str, list[float]]] = {}

    def follow(self, region: str, job: str, metric: str) -> None:
        """Keep a metric's values from now on; before the job starts, so that none is missed."""
        with self._lock:
            self._followed[region, job] = metric, []

    def listener(self, region: str, job: str) -> Callable[[str, float], None]:
        """Return what takes the values of a job's metrics, as they are logged."""

        def hear(metric: str, value: float) -> None:
            with self._lock:
                followed, values = self._followed.get((region, job), (None, []))
                if metric == followed:
                    values.append(value)

        return hear

    def values(self, region: str, job: str) -> list[float]:
        """Return the values that a followed job has logged so far."""
        with self._lock:
            return list(self._followed.get((region, job), ("", []))[1])

    def forget(self, region: str, job: str) -> None:
        """Follow a job no longer."""
        with self._lock:
            self._followed.pop((region, job), None)
