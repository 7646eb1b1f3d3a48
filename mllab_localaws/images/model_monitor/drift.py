"""Distances between a column's distribution now and in the baseline.

Definitions: `analyzers/Distance.scala` of awslabs/deequ.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mllab_localaws.images.model_monitor.sketch import Sketch

LINFINITY, CHI_SQUARED = "LInfinity", "ChiSquared"
_RAREST_EXPECTED = 5.0


def numerical(current: Sketch, baseline: Sketch, *, robust: bool) -> float:
    """Return the largest difference of the two distribution functions, 0 to 1.

    Args: robust: minus what two samples of these sizes differ by chance.
    """
    points = np.union1d(current.values, baseline.values)
    simple = float(np.abs(current.cdf(points) - baseline.cdf(points)).max())
    return _robust(simple, current.count, baseline.count) if robust else simple


def categorical(current: Mapping[str, float], baseline: Mapping[str, float], *, robust: bool) -> float:
    """Return the largest difference of a category's share, 0 to 1.

    Args: current, baseline: how often each category occurs.
    """
    now, before = sum(current.values()), sum(baseline.values())
    simple = max(
        abs(current.get(value, 0) / now - baseline.get(value, 0) / before) for value in {*current, *baseline}
    )
    return _robust(simple, now, before) if robust else simple


def chi_squared(current: Mapping[str, float], baseline: Mapping[str, float]) -> tuple[float, float]:
    """Return the statistic of a goodness-of-fit test of the categories, and its p-value.

    Categories of which fewer than five are expected are taken together, because the test fails on them.
    """
    from scipy.special import chdtrc  # scipy costs a fifth of a second, and few ask for this test

    now, before = sum(current.values()), sum(baseline.values())
    expected = {value: count / before * now for value, count in baseline.items()}
    frequent = [value for value, count in expected.items() if count >= _RAREST_EXPECTED]
    rest = now - sum(current.get(value, 0) for value in frequent)
    rest_expected = now - sum(expected[value] for value in frequent)
    observed = np.array([*(current.get(value, 0) for value in frequent), rest])
    wanted = np.array([*(expected[value] for value in frequent), rest_expected])
    if rest_expected < _RAREST_EXPECTED and len(frequent) > 0:
        rarest = int(np.argmin(wanted[:-1]))
        wanted[rarest] += wanted[-1]
        observed[rarest] += observed[-1]
        wanted, observed = wanted[:-1], observed[:-1]
    statistic = float(((observed - wanted) ** 2 / wanted).sum())
    freedom = len(wanted) - 1
    return statistic, float(chdtrc(freedom, statistic)) if freedom else 1.0


def _robust(simple: float, n: float, m: float) -> float:
    return max(0.0, simple - 1.8 * float(np.sqrt((n + m) / (n * m))))
