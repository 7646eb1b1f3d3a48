"""Monitoring schedules, and how they go: not at once, and not while AWS still works on them.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteMonitoringSchedule.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mllab_helpers.lab.clock import wait_until
from mllab_helpers.lab.resource_listing import pages

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

_SECONDS = 300.0


def delete_schedule(lab: Lab, name: str) -> None:
    """Delete a schedule whose runs have ended, and wait until it is gone; silent when it already is.

    One that is `Pending` cannot be deleted, and may be on its way out already: that is waited for first.

    Raises: TookTooLong.
    """

    def wait(settled: Callable[[str], bool]) -> str:
        return wait_until(
            lab.clock, lambda: _state(lab, name), settled, what=name, pause=lab.pause, limit=_SECONDS
        )

    if wait(lambda state: state != "Pending"):
        lab.client("sagemaker").delete_monitoring_schedule(MonitoringScheduleName=name)
        wait(lambda state: not state)


def _state(lab: Lab, name: str) -> str:
    """Return a schedule's state, from the list, which every learner may read; empty when there is none."""
    operation, member = "list_monitoring_schedules", "MonitoringScheduleSummaries"
    found = pages(lab, "sagemaker", operation, member, NameContains=name)
    states = {each["MonitoringScheduleName"]: str(each["MonitoringScheduleStatus"]) for each in found}
    return states.get(name, "")
