"""Schedules: created, described, listed, replaced and deleted.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mllab_localaws.caller import SCHEDULER
from mllab_localaws.events.buses import page
from mllab_localaws.platform import ACCOUNT, Platform
from mllab_localaws.sagemaker.control import ControlPlane
from mllab_localaws.scheduler.expressions import moment
from mllab_localaws.scheduler.groups import DEFAULT, check_group
from mllab_localaws.scheduler.universal import check_target
from mllab_localaws.store import AlreadyExistsError, Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

KIND = "scheduler-schedule"
# Of a record: when it fires, and whether it has. No client sees them.
MOMENT, FIRED, _TOKEN = "Moment", "Fired", "ClientToken"
_SHOWN_ONCE = (MOMENT, FIRED, _TOKEN)
_SUMMARY = ("Arn", "Name", "GroupName", "State", "CreationDate", "LastModificationDate")
_OF_TARGET = ("Arn", "RoleArn", "Input", "RetryPolicy")
_RETRIES = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
_MEMBERS = (
    *("Name", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "State", "Description"),
    # One-time schedules ignore both dates (API reference, CreateSchedule).
    *("StartDate", "EndDate", "Target", "FlexibleTimeWindow", "ActionAfterCompletion", "ClientToken"),
)


class Schedules(Service):
    """CreateSchedule, GetSchedule, ListSchedules, UpdateSchedule, DeleteSchedule.

    Args:
        watch: is told each region that has schedules.
        sagemaker: whom targets ask.
    """

    name = "scheduler"

    def __init__(self, platform: Platform, watch: Callable[[str], None], sagemaker: ControlPlane) -> None:
        self._platform = platform
        self._store = platform.store
        self._watch = watch
        self._sagemaker = sagemaker

    @operation
    def create_schedule(self, call: Call) -> Reply:
        """Create a schedule."""
        record = self._record(call)
        try:
            self._store.insert(KIND, call.region, record["Name"], record)
        except AlreadyExistsError as error:
            existing, token = self._store.get(KIND, call.region, record["Name"]), record[_TOKEN]
            if existing is None or not token or existing[_TOKEN] != token:  # not the same request once more
                text = f"Schedule {record['Name']} already exists."
                raise AwsError("ConflictException", text, status=409) from error
        self._watch(call.region)
        return {"ScheduleArn": record["Arn"]}

    @operation
    def get_schedule(self, call: Call) -> Reply:
        """Return a schedule."""
        check_group(call.params.get("GroupName", DEFAULT))
        record = _existing(self._store.get(KIND, call.region, call.params["Name"]), call.params["Name"])
        return {name: value for name, value in record.items() if name not in _SHOWN_ONCE}

    @operation
    def list_schedules(self, call: Call) -> Reply:
        """Return schedules, by name."""
        params = call.params
        check_group(params.get("GroupName", DEFAULT))
        found = [
            {**{name: record[name] for name in _SUMMARY}, "Target": {"Arn": record["Target"]["Arn"]}}
            for record in self._store.list(KIND, call.region)
            if record["Name"].startswith(params.get("NamePrefix", ""))
            and params.get("State", record["State"]) == record["State"]
        ]
        limits = {"Limit": params.get("MaxResults", 100)}
        shown, token = page(found, {**limits, **{k: params[k] for k in ("NextToken",) if k in params}})
        return {"Schedules": shown, **token}

    @operation
    def update_schedule(self, call: Call) -> Reply:
        """Replace a schedule: what the request leaves out goes back to its default."""
        new = self._record(call)

        def changed(old: Record) -> Record:
            return {**new, "CreationDate": old["CreationDate"]}

        record = self._store.modify(KIND, call.region, new["Name"], changed)
        return {"ScheduleArn": _existing(record, new["Name"])["Arn"]}

    @operation
    def delete_schedule(self, call: Call) -> Reply:
        """Delete a schedule."""
        check_group(call.params.get("GroupName", DEFAULT))
        if not self._store.delete(KIND, call.region, call.params["Name"]):
            raise _missing(call.params["Name"])
        return {}

    def _record(self, call: Call) -> Record:
        """Return what a request describes.

        Raises: AwsError: it cannot be, or is not part of the local AWS.
        """
        params, now = call.params, self._platform.clock.now()
        refuse_others(params, _MEMBERS, call.operation)
        check_group(params.get("GroupName", DEFAULT))
        timezone = params.get("ScheduleExpressionTimezone", "UTC")
        fires = moment(params["ScheduleExpression"], timezone)
        if fires < now:
            raise validation_error(
                f"{params['ScheduleExpression']} ({timezone}) has passed; the local AWS takes times to come."
            )
        self._check_window(params["FlexibleTimeWindow"])
        record = {
            "Name": params["Name"],
            "GroupName": DEFAULT,
            "Arn": f"arn:aws:scheduler:{call.region}:{ACCOUNT}:schedule/{DEFAULT}/{params['Name']}",
            "ScheduleExpression": params["ScheduleExpression"],
            "ScheduleExpressionTimezone": timezone,
            "State": params.get("State", "ENABLED"),
            "Target": self._target(params["Target"]),
            "FlexibleTimeWindow": params["FlexibleTimeWindow"],
            "ActionAfterCompletion": params.get("ActionAfterCompletion", "NONE"),
            "CreationDate": now,
            "LastModificationDate": now,
            MOMENT: fires,
            FIRED: False,
            _TOKEN: params.get("ClientToken", ""),
        }
        dates = {name: params[name].timestamp() for name in ("StartDate", "EndDate") if name in params}
        return {**record, **dates, **{k: params[k] for k in ("Description",) if k in params}}

    def _target(self, target: Mapping[str, Any]) -> Mapping[str, Any]:
        refuse_others(target, _OF_TARGET, "Target")
        check_target(target, self._sagemaker.answers)
        if not self._platform.roles.trusts(target["RoleArn"], SCHEDULER):
            raise validation_error(
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            )
        return {**target, "RetryPolicy": {**_RETRIES, **target.get("RetryPolicy", {})}}

    @staticmethod
    def _check_window(window: Mapping[str, Any]) -> None:
        if window["Mode"] != "OFF":
            raise validation_error(
                "A flexible time window is not part of the local AWS: schedules fire at their time. Use OFF."
            )
        refuse_others(window, ("Mode",), "FlexibleTimeWindow")


def _existing(record: Record | None, name: str) -> Record:
    if record is None:
        raise _missing(name)
    return record


def _missing(name: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Schedule {name} does not exist.", status=404)
