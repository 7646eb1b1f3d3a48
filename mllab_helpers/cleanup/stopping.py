"""What still runs is waited for once it was told to stop: what it writes into goes after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mllab_helpers.lab.clock import wait_until

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

# Of jobs, of a monitor's runs, of a pipeline's executions.
MOVING = frozenset({"Pending", "InProgress", "Executing", "Stopping"})
SECONDS = 1800.0


def wait_until_stopped(lab: Lab, name: str, status: Callable[[], str]) -> None:
    """Wait until something has a status in which it does nothing any more.

    Raises: TookTooLong.
    """
    wait_until(lab.clock, status, lambda seen: seen not in MOVING, what=name, pause=lab.pause, limit=SECONDS)
