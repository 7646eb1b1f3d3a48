"""What requests to EventBridge Scheduler need.

Source: the Service Authorization Reference for Amazon EventBridge Scheduler.
"""

from __future__ import annotations

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import arn, pass_roles, text, unknown

_SERVICE = "scheduler.amazonaws.com"
_OF_SCHEDULES = ("CreateSchedule", "DeleteSchedule", "GetSchedule", "UpdateSchedule")
_OF_NOTHING = ("ListScheduleGroups", "ListSchedules")


def needed(request: Request) -> list[Access]:
    """Return what a request to Scheduler needs.

    Raises: LookupError: no rule covers the operation.
    """
    operation, params = request.operation, request.params
    action = f"scheduler:{operation}"
    if operation in _OF_NOTHING:
        return [Access(action, "*")]
    if operation == "GetScheduleGroup":
        return [Access(action, arn("scheduler", request.region, f"schedule-group/{text(params, 'Name')}"))]
    if operation not in _OF_SCHEDULES:
        raise unknown(request)
    group, name = text(params, "GroupName") or "default", text(params, "Name")
    target = params.get("Target")
    role = text(target, "RoleArn") if isinstance(target, dict) else ""
    schedule = arn("scheduler", request.region, f"schedule/{group}/{name}")
    return [Access(action, schedule), *pass_roles([role], _SERVICE)]
