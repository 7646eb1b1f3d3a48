"""How much is left: token buckets for rates, counts per day for quotas.

Both are used by the event loop alone. A bucket is described by its limit at each use, so that a changed plan
holds from the next request on.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone

from mllab_localaws.apigateway.access import Limit, Quota


class TokenBuckets:
    """Buckets by name; a new one is full."""

    def __init__(self) -> None:
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def take(self, limits: Sequence[tuple[Hashable, Limit]], now: float) -> bool:
        """Take one token from every bucket, or none when one of them is empty.

        Args: now: seconds since the epoch.
        """
        left = [(name, self._tokens(name, limit, now)) for name, limit in limits]
        if any(tokens < 1 for _, tokens in left):
            return False
        for name, tokens in left:
            self._buckets[name] = (tokens - 1, now)
        return True

    def _tokens(self, name: Hashable, limit: Limit, now: float) -> float:
        if name not in self._buckets:
            return limit.burst
        tokens, then = self._buckets[name]
        return min(limit.burst, tokens + max(0.0, now - then) * limit.rate)


class Usage:
    """Requests of each key under each plan, by day (UTC)."""

    def __init__(self) -> None:
        self._days: dict[tuple[str, str], dict[date, int]] = {}

    def take(self, plan_id: str, key_id: str, quota: Quota | None, now: float) -> bool:
        """Count one request, unless the quota of the present period is used up."""
        today = datetime.fromtimestamp(now, timezone.utc).date()
        days = self._days.setdefault((plan_id, key_id), {})
        if quota is not None and _used(days, quota, today) >= quota.limit:
            return False
        days[today] = days.get(today, 0) + 1
        return True

    def report(
        self, plan_id: str, key_id: str, quota: Quota | None, first: date, last: date
    ) -> list[list[int]]:
        """Return a pair for each day: requests used, and how many the period still had at its end.

        Without a quota there is nothing to remain, and the second number is 0.
        """
        days = dict(self._days.get((plan_id, key_id), {}))
        pairs = []
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            left = quota.limit - _used(days, quota, day) if quota is not None else 0
            pairs.append([days.get(day, 0), left])
        return pairs


def _used(days: Mapping[date, int], quota: Quota, today: date) -> int:
    """Return the requests since the beginning of a day's period, up to and including that day."""
    begin = _period_start(quota, today)
    return sum(count for day, count in days.items() if begin <= day <= today)


def _period_start(quota: Quota, today: date) -> date:
    if quota.period == "DAY":
        return today
    if quota.period == "WEEK":  # from Sunday on, plus the offset
        return today - timedelta(days=(today.isoweekday() - quota.offset) % 7)
    start = today.replace(day=1 + quota.offset)
    return start if start <= today else (start.replace(day=1) - timedelta(days=1)).replace(day=start.day)
