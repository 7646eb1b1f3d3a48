"""The time as the helpers see it, injected so that no test ever waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import ClientError

from mllab_helpers.aws_errors import is_expired
from mllab_helpers.errors import ExpiredCredentials, ExpiredWhileWaiting, TookTooLong

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Clock:
    """What time it is (seconds since the epoch), and how to let time pass (seconds)."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


def wait_until(
    clock: Clock,
    look: Callable[[], Seen],
    settled: Callable[[Seen], bool],
    *,
    what: str,
    pause: float,
    limit: float,
) -> Seen:
    """Look again and again until what is seen has settled.

    Args: what: the resource's name, for the message; pause: seconds between looks; limit: seconds in all.
    Returns: the last thing seen.
    Raises: TookTooLong: it had not settled after `limit` seconds; ExpiredWhileWaiting.
    """
    deadline = clock.now() + limit
    while not settled(seen := _look(look, what)):
        if clock.now() >= deadline:
            raise TookTooLong(what=what, minutes=round(limit / 60))
        clock.sleep(pause)
    return seen


def _look(look: Callable[[], Seen], what: str) -> Seen:
    try:
        return look()
    except ExpiredCredentials as error:
        raise ExpiredWhileWaiting(what=what) from error
    except ClientError as error:
        if is_expired(error):
            raise ExpiredWhileWaiting(what=what) from error
        raise
