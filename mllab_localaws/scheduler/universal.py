"""Universal targets: `arn:aws:scheduler:::aws-sdk:<service>:<apiAction>`, an operation of AWS's API.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from mllab_localaws.caller import SCHEDULER, acting_as
from mllab_localaws.events.deliveries import Delivery
from mllab_localaws.sagemaker.control import ControlPlane
from mllab_localaws.wire import models
from mllab_localaws.wire.errors import AwsError, validation_error

_ARN = re.compile(r"arn:aws:scheduler:::aws-sdk:([a-z0-9]+):([a-zA-Z0-9]+)")
# Operations that only read are refused (the page above, "Unsupported actions").
_READING = re.compile(
    "(get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet"
    "|batchDescribe|batchRead|transactGet|adminGet|adminList|testMigration|retrieve|testConnection"
    "|translateDocument|isAuthorized|invokeModel)"
)


def check_target(target: Mapping[str, Any], answers: Callable[[str], bool]) -> None:
    """Refuse a target that could never be asked.

    Args: answers: says whether an operation of SageMaker's, by AWS's name, is part of the local AWS.
    Raises: AwsError: `ValidationException`.
    """
    arn = target["Arn"]
    named = _ARN.fullmatch(arn)
    if named is None or named[1] != "sagemaker":
        raise validation_error(
            f"Target {arn} is not part of the local AWS: schedules ask SageMaker alone, by "
            "arn:aws:scheduler:::aws-sdk:sagemaker:<apiAction>; docs/local-aws.md says so."
        )
    if _READING.match(named[2]) or _operation(arn) not in models.service_model("sagemaker").operation_names:
        raise validation_error(f"{named[2]} is not a supported API action of {named[1]} for target {arn}.")
    if not answers(_operation(arn)):
        raise validation_error(
            f"{_operation(arn)} of {named[1]} is not part of the local AWS; docs/local-aws.md lists what is."
        )
    _parameters(target.get("Input", "{}"))


class SageMakerTargets:
    """Asks SageMaker what a schedule's target says, in the name of the target's role."""

    def __init__(self, sagemaker: ControlPlane) -> None:
        self._sagemaker = sagemaker

    def receive(self, delivery: Delivery) -> None:
        """Ask for the operation.

        Raises: AwsError: the role may not, does not trust Scheduler any more, or SageMaker refuses.
        """
        region, schedule = delivery.source_arn.split(":")[3], delivery.source_arn.rpartition("/")[2]
        who = acting_as(delivery.role_arn, SCHEDULER, schedule)
        self._sagemaker.call_as(who, _operation(delivery.target_arn), _parameters(delivery.body), region)


def _operation(arn: str) -> str:
    action = arn.rpartition(":")[2]
    return action[:1].upper() + action[1:]


def _parameters(text: str) -> dict[str, Any]:
    try:
        parameters = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_object() from error
    if not isinstance(parameters, dict):
        raise _no_object()
    return parameters


def _no_object() -> AwsError:
    return validation_error("Input of a universal target must be a JSON object with the action's parameters.")
