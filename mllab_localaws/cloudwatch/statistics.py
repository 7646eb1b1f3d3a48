"""Statistics of a period: `Average`, `Sum`, ..., percentiles and trimmed statistics.

Definitions: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
Of a trimmed statistic there is the short form (`tm90`: without the highest tenth); ranges in parentheses are
refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from mllab_localaws.cloudwatch.bucket import Bucket

_EXTENDED = re.compile(r"(p|tm|wm|tc|ts)(100|\d{1,2}(?:\.\d{1,10})?)", re.IGNORECASE)
_INTERQUARTILE_MEAN = "iqm"
SIMPLE: dict[str, Callable[[Sequence[Bucket]], float]] = {
    "SampleCount": lambda buckets: sum(bucket.count for bucket in buckets),
    "Sum": lambda buckets: sum(bucket.total for bucket in buckets),
    "Average": lambda buckets: SIMPLE["Sum"](buckets) / SIMPLE["SampleCount"](buckets),
    "Minimum": lambda buckets: min(bucket.low for bucket in buckets),
    "Maximum": lambda buckets: max(bucket.high for bucket in buckets),
}


@dataclass(frozen=True)
class Statistic:
    """How a period becomes one number.

    Attributes:
        name: as the request spells it, e.g. `Average` or `p99`.
        kind: `Average`..., or `p`, `tm`, `wm`, `tc`, `ts`.
        lowest, highest: fractions of the observations between which a trimmed statistic looks.
    """

    name: str
    kind: str
    lowest: float = 0.0
    highest: float = 1.0

    @property
    def is_extended(self) -> bool:
        """Whether it needs to know the values themselves."""
        return self.kind not in SIMPLE

    def __call__(self, buckets: Sequence[Bucket]) -> float | None:
        """Return the statistic of the observations in these buckets.

        None: there are none, or their values are not known: they came as statistic sets, or some are
        negative, for which CloudWatch has no percentiles either.
        """
        if not buckets or not SIMPLE["SampleCount"](buckets):
            return None
        if not self.is_extended:
            return SIMPLE[self.kind](buckets)
        if any(bucket.opaque or bucket.low < 0 for bucket in buckets):
            return None
        ordered = sorted(pair for bucket in buckets for pair in bucket.distribution())
        if self.kind != "p":
            return _trimmed(ordered, self)
        return _within(_percentile(ordered, self.highest), buckets)


def parse(name: str) -> Statistic | None:
    """Return the statistic of a name, or None when there is none."""
    if name in SIMPLE:
        return Statistic(name, name)
    if name.lower() == _INTERQUARTILE_MEAN:
        return Statistic(name, "tm", 0.25, 0.75)
    found = _EXTENDED.fullmatch(name)
    return Statistic(name, found[1].lower(), 0.0, float(found[2]) / 100) if found else None


def _percentile(ordered: Sequence[tuple[float, float]], fraction: float) -> float:
    """Return the value at a fraction of the way from first to last, between neighbours by proportion."""
    ends = list(accumulate(weight for _, weight in ordered))
    position = fraction * (ends[-1] - 1)
    for index, end in enumerate(ends):
        if position <= end - 1 or index == len(ends) - 1:
            return ordered[index][0]
        if position < end:
            share = position - (end - 1)
            return ordered[index][0] * (1 - share) + ordered[index + 1][0] * share
    raise AssertionError("a fraction is at most 1")


def _within(value: float, buckets: Sequence[Bucket]) -> float:
    # A sketch may have lost the extremes; the buckets know them.
    return min(max(value, SIMPLE["Minimum"](buckets)), SIMPLE["Maximum"](buckets))


def _trimmed(ordered: Sequence[tuple[float, float]], statistic: Statistic) -> float | None:
    inside = [(value, weight) for value, weight in _between(ordered, statistic) if weight > 0]
    count = sum(weight for _, weight in inside)
    total = sum(value * weight for value, weight in inside)
    if statistic.kind == "tc":
        return count
    if statistic.kind == "ts":
        return total
    if not count:
        return None
    if statistic.kind == "tm":
        return total / count
    everything = sum(weight for _, weight in ordered)
    below, above = statistic.lowest * everything, (1 - statistic.highest) * everything
    return (total + inside[0][0] * below + inside[-1][0] * above) / everything


def _between(ordered: Sequence[tuple[float, float]], statistic: Statistic) -> Iterator[tuple[float, float]]:
    """Yield values with the part of their weight that lies between the statistic's fractions."""
    everything = sum(weight for _, weight in ordered)
    first, last = statistic.lowest * everything, statistic.highest * everything
    begin = 0.0
    for value, weight in ordered:
        yield value, min(begin + weight, last) - max(begin, first)
        begin += weight
