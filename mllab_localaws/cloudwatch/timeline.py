"""One metric in one unit over time: a bucket per second for three hours, per minute for fifteen days.

AWS keeps one-second data for three hours and one-minute data for fifteen days, too:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from mllab_localaws.cloudwatch.bucket import Bucket

FINE_SECONDS = 3 * 3600
COARSE_SECONDS = 15 * 24 * 3600
MINUTE = 60


class Timeline:
    """Buckets by the second, and by the minute once they are old."""

    __slots__ = ("_minutes", "_seconds", "latest")

    def __init__(self) -> None:
        self._seconds: dict[int, Bucket] = {}
        self._minutes: dict[int, Bucket] = {}
        self.latest = 0

    def bucket(self, second: int) -> Bucket:
        """Return the bucket of a second (since the epoch) to count into."""
        found = self._seconds.get(second)
        if found is None:
            found = self._seconds[second] = Bucket()
            self.latest = max(self.latest, second)
        return found

    def tidy(self, now: float) -> None:
        """Join seconds that are old into minutes, and forget minutes that are very old."""
        for second in _old(self._seconds, now - FINE_SECONDS):
            minute = second - second % MINUTE
            self._minutes.setdefault(minute, Bucket()).merge(self._seconds.pop(second))
        for minute in _old(self._minutes, now - COARSE_SECONDS):
            del self._minutes[minute]

    def __bool__(self) -> bool:
        return bool(self._seconds or self._minutes)

    def by_period(self, start: int, end: int, period: int) -> dict[int, list[Bucket]]:
        """Return the buckets of each period from `start` (inclusive) to `end` (exclusive), by its start."""
        periods: defaultdict[int, list[Bucket]] = defaultdict(list)
        for buckets, step in ((self._minutes, MINUTE), (self._seconds, 1)):
            for time in _between(buckets, start, end, step):
                periods[time - (time - start) % period].append(buckets[time])
        return periods


def _old(buckets: dict[int, Bucket], limit: float) -> list[int]:
    """Return the first keys before a limit; what came late waits behind newer ones until they are old."""
    old = []
    for time in buckets:
        if time >= limit:
            break
        old.append(time)
    return old


def _between(buckets: dict[int, Bucket], start: int, end: int, step: int) -> Iterable[int]:
    # Whichever is shorter is walked: the stretch of time or the buckets there are.
    if (end - start) // step < len(buckets):
        first = -(-start // step) * step
        return [time for time in range(first, end, step) if time in buckets]
    return [time for time in buckets if start <= time < end]
