"""What is known of a metric in one second: count, sum, extremes, and enough to tell percentiles.

Few different values are kept as they are; many go into a KLL sketch, which keeps its size and errs in rank by
about two per cent for one bucket, less for the many buckets of a period.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any

# Up to here a bucket knows its values exactly; a sketch of this K takes about 2.5 kB.
EXACT_VALUES = 128
SKETCH_K = 128
# A sketch takes values one by one; a single value is given to it at most this often.
_MOST_REPETITIONS = 1_000


class Bucket:
    """Observations of one metric that fell into one stretch of time.

    Attributes:
        count: how many observations.
        total: their sum.
        low, high: the extremes.
        opaque: something came as a statistic set, whose values nobody knows.
    """

    __slots__ = ("_sketch", "_values", "_weights", "count", "high", "low", "opaque", "total")

    def __init__(self) -> None:
        self.count = 0.0
        self.total = 0.0
        self.low = 0.0
        self.high = 0.0
        self.opaque = False
        # None as long as all values are the same: then `low` is the value and `count` its weight.
        self._values: array[float] | None = None
        self._weights: array[float] | None = None
        self._sketch: Any = None

    def add(self, value: float, weight: float = 1.0) -> None:
        """Count a value, `weight` times."""
        if self._values is None and (not self.count or value == self.low == self.high):
            self._summarise(weight, value * weight, value, value)
            return
        if self._sketch is None and not self.opaque:
            self._keep(value, weight)
        elif self._sketch is not None:
            self._sketch_in(value, weight)
        self._summarise(weight, value * weight, value, value)

    def add_set(self, count: float, total: float, low: float, high: float) -> None:
        """Count a statistic set; unless all its values are the same, percentiles are lost."""
        if low == high:
            self.add(low, count)
            self.total += total - low * count
            return
        self.opaque = True
        self._values = self._weights = self._sketch = None
        self._summarise(count, total, low, high)

    def merge(self, other: Bucket) -> None:
        """Count what another bucket has counted."""
        if not other.count:
            return
        if other.opaque:
            self.add_set(other.count, other.total, other.low, other.high)
            return
        total = self.total + other.total
        for value, weight in other.distribution():
            self.add(value, weight)
        self.total = total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)

    def distribution(self) -> Iterator[tuple[float, float]]:
        """Yield values and their weights, which add up to `count`; nothing when the values are not known."""
        if self.opaque or not self.count:
            return
        if self._sketch is not None:
            scale = self.count / self._sketch.n
            yield from ((value, weight * scale) for value, weight in self._sketch)
        elif self._values is not None and self._weights is not None:
            yield from zip(self._values, self._weights, strict=True)
        else:
            yield self.low, self.count

    def _summarise(self, count: float, total: float, low: float, high: float) -> None:
        self.low = min(self.low, low) if self.count else low
        self.high = max(self.high, high) if self.count else high
        self.count += count
        self.total += total

    def _keep(self, value: float, weight: float) -> None:
        if self._values is None or self._weights is None:
            self._values, self._weights = array("d", (self.low,)), array("d", (self.count,))
        self._values.append(value)
        self._weights.append(weight)
        if len(self._values) > EXACT_VALUES:
            # Imported with the first busy second: an idle local AWS does without it.
            from datasketches import kll_doubles_sketch

            kept = tuple(zip(self._values, self._weights, strict=True))
            self._values = array("d")
            self._weights = None
            self._sketch = kll_doubles_sketch(SKETCH_K)
            for one, times in kept:
                self._sketch_in(one, times)

    def _sketch_in(self, value: float, weight: float) -> None:
        for _ in range(max(1, min(round(weight), _MOST_REPETITIONS))):
            self._sketch.update(value)
