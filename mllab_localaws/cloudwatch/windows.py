"""Which periods an alarm evaluates at a moment, and what comes of it.

Periods end on a grid, as on AWS: every minute, or every ten seconds when they are shorter than a minute. A
period counts once it is over, except that it can raise the alarm before: see `_early`.
"""

from __future__ import annotations

import math

from mllab_localaws.cloudwatch.alarm import Watch
from mllab_localaws.cloudwatch.evaluation import ALARM, Datapoint, Verdict, evaluate, evaluation_range
from mllab_localaws.cloudwatch.metric_store import MetricStore, Span

# What was observed in a period's last moment has arrived by then.
SETTLING_SECONDS = 1.0


def judge(watch: Watch, metrics: MetricStore, now: float) -> tuple[Verdict, float]:
    """Return the verdict at a moment, and until when it stands whatever arrives.

    Only an alarm that was raised by a period that is not over stands for a while: until that one is over.
    """
    end = latest_end(watch.period, now)
    verdict = evaluate(_datapoints(watch, metrics, end), watch.rules)
    if verdict.state != ALARM:
        early = _early(watch, metrics, end + _step(watch.period), now)
        if early is not None:
            return early, next_evaluation(watch.period, now)
    return verdict, 0.0


def latest_end(period: int, now: float) -> int:
    """Return the latest time on the grid at which everything before has arrived."""
    step = _step(period)
    return math.floor((now - SETTLING_SECONDS) / step) * step


def next_evaluation(period: int, now: float) -> float:
    """Return when the next period will be over."""
    return latest_end(period, now) + _step(period) + SETTLING_SECONDS


def _step(period: int) -> int:
    return 10 if period < 60 else 60


def _early(watch: Watch, metrics: MetricStore, end: int, now: float) -> Verdict | None:
    """Return the alarm that the period still running raises, or None.

    A breaching datapoint must not wait for a minute to be over. But the first observations of a period say
    little, so the whole stretch of one period until now has to breach as well; and a sum that is too low may
    only not be complete, so sums and counts below a threshold do wait.
    """
    falls = watch.rules.comparison.startswith("LessThan")
    if falls and watch.statistic.kind in ("Sum", "SampleCount", "tc", "ts"):
        return None
    until_now = math.floor(now) + 1
    sliding = _value(watch, metrics, until_now - watch.period, until_now)
    running = _value(watch, metrics, end - watch.period, end)
    for value in (sliding, running):
        if value is None or not watch.rules.breaches(value):
            return None
    verdict = evaluate(_datapoints(watch, metrics, end), watch.rules)
    return verdict if verdict.state == ALARM else None


def _value(watch: Watch, metrics: MetricStore, start: int, end: int) -> float | None:
    points = metrics.points(watch.metric, Span(start, end, end - start), [watch.statistic], watch.unit)
    return points[0].values.get(watch.statistic.name) if points else None


def _datapoints(watch: Watch, metrics: MetricStore, end: int) -> list[Datapoint]:
    """Return the periods of an evaluation range that ends at a time, oldest first."""
    start = end - evaluation_range(watch.rules.periods) * watch.period
    points = metrics.points(watch.metric, Span(start, end, watch.period), [watch.statistic], watch.unit)
    found = {
        point.start: Datapoint(point.start, point.values.get(watch.statistic.name), point.count)
        for point in points
    }
    return [found.get(time, Datapoint(time, None)) for time in range(start, end, watch.period)]
