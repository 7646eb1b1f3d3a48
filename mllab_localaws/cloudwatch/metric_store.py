"""All metrics: written by services one observation at a time, read by CloudWatch's operations and alarms.

Writing costs an endpoint's request about a microsecond: the observation joins a queue, and whoever reads next
folds the queue into buckets.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mllab_localaws.cloudwatch.bucket import Bucket
from mllab_localaws.cloudwatch.statistics import Statistic
from mllab_localaws.cloudwatch.timeline import Timeline

# (value, unit), e.g. (1840.0, "Microseconds")
Observation = tuple[float, str]
Dimensions = tuple[tuple[str, str], ...]
# A queue longer than this is folded by its writer, so that it is bounded though nobody reads.
_LONGEST_QUEUE = 20_000


@dataclass(frozen=True)
class Metric:
    """What identifies a metric.

    Attributes: dimensions: names and values, in the order of names.
    """

    region: str
    namespace: str
    name: str
    dimensions: Dimensions = ()


class Span(NamedTuple):
    """Periods one after the other.

    Attributes:
        start: of the first period, inclusive, whole seconds since the epoch.
        end: exclusive.
        period: seconds.
    """

    start: int
    end: int
    period: int


@dataclass(frozen=True)
class Point:
    """One period of a metric.

    Attributes:
        start: of the period, seconds since the epoch.
        count: observations in it.
        values: by the statistic's name; without those that cannot be told.
    """

    start: int
    count: float
    values: Mapping[str, float] = field(default_factory=dict)


class MetricStore:
    """All metrics of all regions, in memory."""

    def __init__(self) -> None:
        self._queue: deque[tuple[str, str, Dimensions, tuple[tuple[str, Observation], ...], float]] = deque()
        self._arrived = threading.Event()
        self._lock = threading.Lock()
        self._timelines: dict[Metric, dict[str, Timeline]] = {}

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
        self._queue.append((region, namespace, tuple(dimensions.items()), tuple(values.items()), time))
        if not self._arrived.is_set():
            self._arrived.set()
        # Whoever holds the lock folds soon itself; a request must not wait for it.
        if len(self._queue) > _LONGEST_QUEUE and self._lock.acquire(blocking=False):
            try:
                self._fold()
            finally:
                self._lock.release()

    def put(self, metric: Metric, unit: str, second: int, observed: Bucket) -> None:
        """Add observations of one metric at once, e.g. a datum of PutMetricData."""
        with self._lock:
            self._timeline(metric, unit).bucket(second).merge(observed)
        self._arrived.set()

    def wait(self, seconds: float) -> None:
        """Return once something was added since the last call, or after `seconds`."""
        self._arrived.wait(seconds)
        self._arrived.clear()

    def wake(self) -> None:
        """Let `wait` return."""
        self._arrived.set()

    def fold(self) -> None:
        """Count what is queued."""
        with self._lock:
            self._fold()

    def tidy(self, now: float) -> None:
        """Give up the detail of what is old, and metrics of which nothing is left."""
        with self._lock:
            self._fold()
            for metric, units in list(self._timelines.items()):
                for unit, timeline in list(units.items()):
                    timeline.tidy(now)
                    if not timeline:
                        del units[unit]
                if not units:
                    del self._timelines[metric]

    def latest(self, region: str) -> dict[Metric, int]:
        """Return the metrics of a region and the second of their latest observation."""
        with self._lock:
            self._fold()
            return {
                metric: max(timeline.latest for timeline in units.values())
                for metric, units in self._timelines.items()
                if metric.region == region
            }

    def points(
        self,
        metric: Metric,
        span: Span,
        statistics: Sequence[Statistic],
        unit: str | None = None,
    ) -> list[Point]:
        """Return the periods that have data, oldest first, all units together unless one is given."""
        with self._lock:
            together: dict[int, list[Bucket]] = {}
            for timeline in self._of(metric, unit).values():
                for begin, buckets in timeline.by_period(*span).items():
                    together.setdefault(begin, []).extend(buckets)
            return _points(together, statistics)

    def points_by_unit(
        self,
        metric: Metric,
        span: Span,
        statistics: Sequence[Statistic],
        unit: str | None = None,
    ) -> dict[str, list[Point]]:
        """Return the same as `points`, units apart."""
        with self._lock:
            return {
                name: _points(timeline.by_period(*span), statistics)
                for name, timeline in self._of(metric, unit).items()
            }

    def _of(self, metric: Metric, unit: str | None) -> dict[str, Timeline]:
        self._fold()
        timelines = self._timelines.get(metric, {})
        return timelines if unit is None else {unit: timelines[unit]} if unit in timelines else {}

    def _timeline(self, metric: Metric, unit: str) -> Timeline:
        units = self._timelines.setdefault(metric, {})
        if unit not in units:
            units[unit] = Timeline()
        return units[unit]

    def _fold(self) -> None:
        """Count what is queued; whoever calls this holds the lock."""
        # Requests to one variant differ in time and values alone: its timelines are looked up once.
        known: dict[tuple[str, str, Dimensions], dict[tuple[str, str], Timeline]] = {}
        while self._queue:
            region, namespace, dimensions, values, time = self._queue.popleft()
            timelines = known.setdefault((region, namespace, dimensions), {})
            second = int(time)
            for name, (value, unit) in values:
                timeline = timelines.get((name, unit))
                if timeline is None:
                    metric = Metric(region, namespace, name, tuple(sorted(dimensions)))
                    timeline = timelines[name, unit] = self._timeline(metric, unit)
                timeline.bucket(second).add(value)


def _points(periods: Mapping[int, Sequence[Bucket]], statistics: Sequence[Statistic]) -> list[Point]:
    points = []
    for start in sorted(periods):
        told = {statistic.name: statistic(periods[start]) for statistic in statistics}
        values = {name: value for name, value in told.items() if value is not None}
        points.append(Point(start, sum(bucket.count for bucket in periods[start]), values))
    return points
