"""The only place that asks what time it is, so that tests of rules can turn the hands themselves."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What a service may ask about time."""

    def now(self) -> float:
        """Return the seconds since the epoch."""
        ...


class SystemClock:
    """Real time."""

    def now(self) -> float:
        """Return the seconds since the epoch, to the millisecond as AWS reports them."""
        return round(time.time(), 3)
