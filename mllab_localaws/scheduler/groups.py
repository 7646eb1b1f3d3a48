"""The default schedule group, the only one there is."""

from __future__ import annotations

from mllab_localaws.platform import ACCOUNT
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError

DEFAULT = "default"
_NOT_FOUND = 404


class Groups(Service):
    """GetScheduleGroup and ListScheduleGroups."""

    name = "scheduler"

    @operation
    def get_schedule_group(self, call: Call) -> Reply:
        """Return the default group."""
        check_group(call.params["Name"])
        return _group(call.region)

    @operation
    def list_schedule_groups(self, call: Call) -> Reply:
        """Return the default group, if its name is asked for."""
        prefix = call.params.get("NamePrefix", "")
        return {"ScheduleGroups": [_group(call.region)] if DEFAULT.startswith(prefix) else []}


def check_group(name: str) -> None:
    """Refuse every group but the default one.

    Raises: AwsError: `ResourceNotFoundException`.
    """
    if name != DEFAULT:
        text = f"Schedule group {name} does not exist."
        raise AwsError("ResourceNotFoundException", text, status=_NOT_FOUND)


def _group(region: str) -> Reply:
    arn = f"arn:aws:scheduler:{region}:{ACCOUNT}:schedule-group/{DEFAULT}"
    return {"Arn": arn, "Name": DEFAULT, "State": "ACTIVE"}
