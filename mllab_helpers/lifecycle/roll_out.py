"""Approval rolls out: a rule, and the function that it calls when somebody approves a version of the model.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mllab_helpers.aws_errors import translate
from mllab_helpers.identity import roles
from mllab_helpers.policies import ROLL_OUT
from mllab_helpers.web import functions

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

THING = "roll-out"
_MODULE = "roll_out"


@translate()
def ensure_roll_out(lab: Lab, endpoint: str, package_group: str) -> str:
    """Create the function that moves the endpoint to an approved version, and the rule that calls it.

    Returns: the function's ARN.
    """
    function = functions.ensure_function(
        lab,
        lab.name(THING),
        role=roles.role_arn(lab, ROLL_OUT),
        archive=functions.package(_MODULE),
        handler=f"{_MODULE}.lambda_handler",
        variables={"ENDPOINT": endpoint, "ROLE_ARN": lab.role_arn, "TAGS": json.dumps(lab.tags)},
    )
    _call_on_approval(lab, function, package_group)
    return function


def approval_pattern(package_group: str) -> dict[str, Any]:
    """Return which events call the function: a version of this group is approved."""
    return {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [package_group], "ModelApprovalStatus": ["Approved"]},
    }


def _call_on_approval(lab: Lab, function: str, package_group: str) -> None:
    events, name = lab.client("events"), lab.name(THING)
    lab.note_creating("rule", name)
    pattern = json.dumps(approval_pattern(package_group))
    rule = events.put_rule(Name=name, EventPattern=pattern, Tags=lab.tags)["RuleArn"]
    functions.allow(lab, lab.name(THING), principal="events.amazonaws.com", source_arn=rule)
    events.put_targets(Rule=name, Targets=[{"Id": "function", "Arn": function}])
