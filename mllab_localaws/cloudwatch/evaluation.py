"""From periods to a state: M of N, the evaluation range, missing data.

Rules: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html, "Evaluating an
alarm" and "Configuring how CloudWatch alarms treat missing data".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
TREATMENTS = ("missing", "notBreaching", "breaching", "ignore")
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@dataclass(frozen=True)
class Datapoint:
    """One period as an alarm sees it.

    Attributes:
        start: of the period, seconds since the epoch.
        value: None when nothing is known of it.
        count: observations in it.
    """

    start: int
    value: float | None
    count: float = 0.0


@dataclass(frozen=True)
class Rules:
    """What an alarm asks of its datapoints.

    Attributes:
        periods: N, evaluation periods.
        to_alarm: M, datapoints to alarm.
        treatment: of missing data.
        least_count: observations that a datapoint needs to say anything; 0 but for percentiles.
    """

    comparison: str
    threshold: float
    periods: int
    to_alarm: int
    treatment: str
    least_count: float = 0.0

    def breaches(self, value: float) -> bool:
        """Whether a value is beyond the threshold."""
        return COMPARISONS[self.comparison](value, self.threshold)


@dataclass(frozen=True)
class Verdict:
    """What an evaluation comes to.

    Attributes:
        state: None to keep the one there is.
        used: the datapoints with data that decided, newest first.
        filled: missing ones that were treated as breaching or not.
        evaluated: every datapoint that was looked at, newest first.
    """

    state: str | None
    used: tuple[Datapoint, ...] = ()
    filled: int = 0
    evaluated: tuple[Datapoint, ...] = ()


def evaluation_range(periods: int) -> int:
    """Return how many periods are looked at.

    CloudWatch looks at more than N and documents one case, 5 for N=3. What it looks for there are late data;
    nothing is late here, so that an alarm on one period looks at one and returns to OK with the next.
    """
    return periods + min(2, periods - 1)


def evaluate(datapoints: Sequence[Datapoint], rules: Rules) -> Verdict:
    """Return the verdict on the datapoints of an evaluation range, given oldest first."""
    newest_first = datapoints[::-1]
    real = [point for point in newest_first if point.value is not None][: rules.periods]
    if any(point.count < rules.least_count for point in real):
        return Verdict(None)
    missing = rules.periods - len(real)
    breaching = sum(_breaches(point, rules) for point in real)
    filled = missing if rules.treatment in ("breaching", "notBreaching") else 0
    state: str | None
    if breaching + (filled if rules.treatment == "breaching" else 0) >= rules.to_alarm:
        state = ALARM
    elif not missing or filled or breaching < len(real):
        state = OK
    else:
        state = _of_few(newest_first, real, rules)
    looked_at = tuple(real) if not missing else tuple(newest_first)
    return Verdict(state, tuple(real), filled, looked_at)


def _of_few(newest_first: Sequence[Datapoint], real: Sequence[Datapoint], rules: Rules) -> str | None:
    """Return the state when too few datapoints are there, none of them within the threshold.

    A breaching one raises the alarm once it is M periods old: until then more data may come.
    """
    if rules.treatment == "ignore":
        return None
    if not real:
        return INSUFFICIENT_DATA
    return ALARM if newest_first.index(real[-1]) + 1 >= rules.to_alarm else None


def _breaches(point: Datapoint, rules: Rules) -> bool:
    return point.value is not None and rules.breaches(point.value)
