"""A column's distribution in a few thousand values, in the form of a KLL sketch.

The form is that of `statistics.json`: levels of values, where a value of level i stands for 2**i. AWS's
analyzer fills the levels while the data stream by, with coin tosses. Here all values are at hand and sorted,
so each kept value stands in the middle of its run: closer, and the same at every run.

KLL: Karnin, Lang, Liberty, "Optimal Quantile Approximation in Streams", 2016.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

K = 2048
SHRINKING_FACTOR = 0.64
BUCKETS = 10

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sketch:
    """Sorted values and how many each stands for."""

    values: Numbers
    weights: npt.NDArray[np.int64]

    @property
    def count(self) -> int:
        """How many values it was made of."""
        return int(self.weights.sum())

    def cdf(self, points: Numbers) -> Numbers:
        """Return the share of values that are at most each of `points`."""
        below = np.concatenate([[0], np.cumsum(self.weights)])
        found: Numbers = below[np.searchsorted(self.values, points, side="right")] / max(1, below[-1])
        return found


def levels(numbers: Numbers) -> list[list[float]]:
    """Return the values of each level; a rank is off by at most half of the last level's weight."""
    ordered = np.sort(numbers)
    level = 0
    while len(ordered) >> level > K:
        level += 1
    if level == 0:
        return [ordered.tolist()]
    weight = 1 << level
    whole = len(ordered) // weight * weight
    return [
        ordered[whole:].tolist(),
        *([] for _ in range(level - 1)),
        ordered[weight // 2 : whole : weight].tolist(),
    ]


def from_levels(data: Sequence[Sequence[float]]) -> Sketch:
    """Return the sketch that a `statistics.json` holds."""
    values = np.array([value for level in data for value in level], dtype=np.float64)
    weights = np.array([1 << index for index, level in enumerate(data) for _ in level], dtype=np.int64)
    order = np.argsort(values, kind="stable")
    return Sketch(values[order], weights[order])


def of(numbers: Numbers) -> Sketch:
    """Return the sketch of a column's values."""
    return from_levels(levels(numbers))


def describe(numbers: Numbers) -> dict[str, Any]:
    """Return the `kll` member of a feature's distribution: ten buckets of equal width, and the sketch."""
    least, most = float(np.min(numbers)), float(np.max(numbers))
    bounds = np.linspace(least, most, BUCKETS + 1)
    inside = np.searchsorted(np.sort(numbers), bounds[1:-1], side="left")
    counts = np.diff(np.concatenate([[0], inside, [len(numbers)]]))
    return {
        "buckets": [
            {"lower_bound": float(low), "upper_bound": float(high), "count": float(count)}
            for low, high, count in zip(bounds[:-1], bounds[1:], counts, strict=True)
        ],
        "sketch": {"parameters": {"c": SHRINKING_FACTOR, "k": float(K)}, "data": levels(numbers)},
    }
