"""When an endpoint deletes itself, so that nobody pays for one that was forgotten.

A one-time schedule of EventBridge Scheduler calls SageMaker's DeleteEndpoint in the name of a role that may
do nothing else. The schedule carries the endpoint's name, and the endpoint's tag says the same moment, for
accounts in which nobody may make schedules: `mllab clean --expired` goes by it.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from mllab_helpers import policies
from mllab_helpers.aws_errors import (
    error_code,
    error_message,
    is_absent,
    is_denial,
    is_expired,
    is_throttled,
    translate,
)
from mllab_helpers.errors import LabError, LocalAwsForgot, OutOfOrder
from mllab_helpers.identity.propagation import when_role_is_ready
from mllab_helpers.names import check_resource_name
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

HOURS = 4.0
TAG = "mllab:expires"
_NEVER = "never"
_TARGET = "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint"


class WrongExpiry(LabError):
    """No endpoint can expire after that time."""

    key: ClassVar[str] = "wrong_expiry"


@dataclass(frozen=True, repr=False)
class Expiry:
    """When an endpoint expires.

    Attributes:
        at: seconds since the epoch; None for never.
        problem: why no schedule deletes it then; empty when one does.
    """

    endpoint: str
    at: float | None
    problem: str = ""

    @property
    def is_scheduled(self) -> bool:
        """Whether a schedule deletes it."""
        return self.at is not None and not self.problem

    @property
    def tags(self) -> list[dict[str, str]]:
        """What says so on the endpoint itself."""
        return [{"Key": TAG, "Value": _NEVER if self.at is None else f"{_iso(self.at)}Z"}]

    def __repr__(self) -> str:
        if self.at is None:
            return say("expiry.never", endpoint=self.endpoint)
        local = f"{datetime.fromtimestamp(self.at):%Y-%m-%d %H:%M}"
        if self.problem:
            return say("expiry.not_scheduled", endpoint=self.endpoint, moment=local, reason=self.problem)
        return say("expiry.scheduled", endpoint=self.endpoint, moment=local)


@translate()
def ensure_expiry(lab: Lab, endpoint: str, *, hours: float = HOURS) -> Expiry:
    """Let an endpoint expire some hours from now, whether or not it exists yet.

    Where no schedule can be made that is said, and everything goes on.

    Args: endpoint: from `lab.name`; hours: 0 for never.
    Raises: WrongExpiry, WrongResourceName.
    """
    check_resource_name(lab.student, endpoint)
    if not 0 <= hours < math.inf:
        raise WrongExpiry(hours=hours)
    if hours == 0:
        remove_expiry(lab, endpoint)
        expiry = Expiry(endpoint, None)
    else:
        at = math.ceil(lab.clock.now() + hours * 3600)
        lab.note_expiry("endpoint", endpoint, hours * 3600)
        expiry = Expiry(endpoint, at, _schedule(lab, endpoint, at))
    if not expiry.is_scheduled:
        lab.note_expiry("endpoint", endpoint, 0.0)  # it will not go by itself
    _tag(lab, expiry)
    if not expiry.is_scheduled:
        print(expiry)
    return expiry


@translate()
def remove_expiry(lab: Lab, endpoint: str) -> None:
    """Remove an endpoint's schedule; silent when there is none, or none could be made."""
    try:
        lab.client("scheduler").delete_schedule(Name=endpoint)
    except ClientError as error:
        if not is_absent(error) and not is_denial(error):
            raise
    else:
        lab.note_deleted("schedule", endpoint)


@translate()
def expires_at(lab: Lab, endpoint: str) -> float | None:
    """Return when an endpoint expires, in seconds since the epoch, by its tag or else by its schedule.

    Returns: None: it never does.
    """
    arn = _endpoint_arn(lab, endpoint)
    tags = {tag["Key"]: tag["Value"] for tag in lab.client("sagemaker").list_tags(ResourceArn=arn)["Tags"]}
    return _moment(tags[TAG].removesuffix("Z")) if TAG in tags else scheduled_at(lab, endpoint)


@translate()
def scheduled_at(lab: Lab, endpoint: str) -> float | None:
    """Return when a schedule deletes an endpoint, in seconds since the epoch; None when none does."""
    try:
        found = lab.client("scheduler").get_schedule(Name=endpoint)
    except ClientError as error:
        if not is_absent(error) and not is_denial(error):
            raise
        return None
    return _moment(str(found["ScheduleExpression"]).removeprefix("at(").removesuffix(")"))


def _schedule(lab: Lab, endpoint: str, at: float) -> str:
    """Make the schedule, or move the one that exists; return what stood in the way, or an empty text."""
    role = _role(lab)
    if not role:
        return say("expiry.no_role")
    request = {
        "Name": endpoint,
        "ScheduleExpression": f"at({_iso(at)})",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": _TARGET, "RoleArn": role, "Input": json.dumps({"EndpointName": endpoint})},
        "ActionAfterCompletion": "DELETE",
    }
    is_own = role.endswith("/" + lab.name("scheduler-role"))
    lab.note_creating("schedule", endpoint)
    try:
        if is_own:
            when_role_is_ready(lab, lambda: _put(lab, request))
        else:
            _put(lab, request)
    except ClientError as error:
        return error_message(error)
    return ""


def _put(lab: Lab, request: Mapping[str, Any]) -> None:
    scheduler = lab.client("scheduler")
    try:
        scheduler.create_schedule(**request)
    except ClientError as error:
        if error_code(error) != "ConflictException":
            raise
        scheduler.update_schedule(**request)


def _role(lab: Lab) -> str:
    """Return the ARN of the role that deletes; empty where notebook 01 has prepared none."""
    try:
        return str(lab.recall("roles").get(policies.SCHEDULER, ""))
    except (OutOfOrder, LocalAwsForgot):
        return ""


def _tag(lab: Lab, expiry: Expiry) -> None:
    arn = _endpoint_arn(lab, expiry.endpoint)
    try:
        lab.client("sagemaker").add_tags(ResourceArn=arn, Tags=expiry.tags)
    except ClientError as error:
        if is_denial(error) or is_expired(error) or is_throttled(error):
            raise
        # There is none yet: it is created with the tag.


def _endpoint_arn(lab: Lab, endpoint: str) -> str:
    return f"arn:aws:sagemaker:{lab.region}:{lab.account}:endpoint/{endpoint}"


def _moment(written: str) -> float | None:
    try:
        return datetime.fromisoformat(written).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:  # never, or somebody else's word
        return None


def _iso(at: float) -> str:
    """Return a moment as schedules take it: UTC, whole seconds, without a zone."""
    return f"{datetime.fromtimestamp(at, timezone.utc):%Y-%m-%dT%H:%M:%S}"
