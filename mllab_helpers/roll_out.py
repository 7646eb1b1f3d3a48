"""Approval rolls out: a rule, and the function that it calls when somebody approves a version of the model.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mllab_helpers import functions, identity
from mllab_helpers.aws_errors import translate
from mllab_helpers.names import resource_prefix

if TYPE_CHECKING:
    from mllab_helpers.lab import Lab

THING = "roll-out"
_MODULE = "roll_out"


@translate()
def ensure_roll_out(lab: Lab, endpoint: str, package_group: str) -> str:
    """Create the function that moves the endpoint to an approved version, and the rule that calls it.

    Returns: the function's ARN.
    """
    role = identity.ensure_service_role(
        lab, f"{THING}-role", "lambda.amazonaws.com", roll_out_policy(lab, endpoint, package_group)
    )
    function = functions.ensure_function(
        lab,
        lab.name(THING),
        role=role,
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


def roll_out_policy(lab: Lab, endpoint: str, package_group: str) -> dict[str, Any]:
    """Return what the function may do: read the version, make a model of it, move this one endpoint."""
    sagemaker, prefix = f"arn:aws:sagemaker:{lab.region}:{lab.account}", resource_prefix(lab.student)
    group = f"arn:aws:logs:{lab.region}:{lab.account}:log-group:/aws/lambda/{lab.name(THING)}:*"
    passing = {
        **_allow("PassTheModelsRole", ["iam:PassRole"], [lab.role_arn]),
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    }
    make = ["sagemaker:CreateModel", "sagemaker:CreateEndpointConfig", "sagemaker:AddTags"]
    log = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    made = [f"{sagemaker}:model/{prefix}*", f"{sagemaker}:endpoint-config/{prefix}*"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow(
                "ReadTheVersion",
                ["sagemaker:DescribeModelPackage"],
                [f"{sagemaker}:model-package/{package_group}/*"],
            ),
            _allow("MakeModelAndConfiguration", [*make, "sagemaker:DescribeEndpointConfig"], made),
            _allow(
                "MoveTheEndpoint",
                ["sagemaker:DescribeEndpoint", "sagemaker:UpdateEndpoint"],
                [f"{sagemaker}:endpoint/{endpoint}", f"{sagemaker}:endpoint-config/{prefix}*"],
            ),
            _allow("WriteLog", log, [group]),
            passing,
        ],
    }


def _call_on_approval(lab: Lab, function: str, package_group: str) -> None:
    events, name = lab.client("events"), lab.name(THING)
    lab.note_creating("rule", name)
    pattern = json.dumps(approval_pattern(package_group))
    rule = events.put_rule(Name=name, EventPattern=pattern, Tags=lab.tags)["RuleArn"]
    functions.allow(lab, lab.name(THING), principal="events.amazonaws.com", source_arn=rule)
    events.put_targets(Rule=name, Targets=[{"Id": "function", "Arn": function}])


def _allow(purpose: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": purpose, "Effect": "Allow", "Action": actions, "Resource": resources}
