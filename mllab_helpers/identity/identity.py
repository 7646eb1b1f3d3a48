"""IAM: the execution role that SageMaker works with, and what it may do.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers.aws_errors import error_code, is_denial, translate, unless_prepared
from mllab_helpers.identity import roles
from mllab_helpers.policies import EXECUTION, as_list
from mllab_helpers.texts import catalogue, language, say

if TYPE_CHECKING:
    import pandas as pd

    from mllab_helpers.lab.lab import Lab

# The two managed policies that the course names.
COURSE_POLICIES = ("AmazonS3FullAccess", "AmazonSageMakerFullAccess")


@translate()
def ensure_execution_role(lab: Lab, policies: Sequence[str] = COURSE_POLICIES) -> str:
    """Create the role that SageMaker assumes for the lab's jobs and endpoints, or find it again.

    One that a school account gave, or that a teacher prepared for whoever may not change it, stays as it is.
    Args: policies: names of AWS's managed policies to attach.
    Returns: the role's ARN, which `lab.role_arn` knows from now on.
    Raises: NotPrepared: there is none, and the caller may not create one; RolesOfAnotherRegion.
    """
    lab, role = lab.as_teacher(), roles.role_of(EXECUTION)
    arn = roles.given_role(lab, role)
    if not arn:
        iam, found = lab.client("iam"), roles.find_role(lab, role)
        arn = found or roles.ensure_bare_role(lab, role)
        with unless_prepared(existed=bool(found)):
            roles.check_region(lab, iam.list_role_policies(RoleName=role_name(lab))["PolicyNames"])
            for policy in policies:
                iam.attach_role_policy(RoleName=role_name(lab), PolicyArn=managed_policy_arn(policy))
    lab.remember("role", {"arn": arn})
    return arn


@translate()
def trust_policy(lab: Lab) -> dict[str, Any]:
    """Return who may put on the execution role; without a statement where the caller may not look."""
    try:
        role = lab.client("iam").get_role(RoleName=lab.role_arn.rpartition("/")[2])["Role"]
    except ClientError as error:
        if is_denial(error):
            return {"Version": "2012-10-17", "Statement": []}
        raise
    document: dict[str, Any] = role["AssumeRolePolicyDocument"]
    return document


@translate()
def could(lab: Lab, role_arn: str, action: str, resource: str) -> str:
    """Ask IAM what would happen if a role tried something; nothing is done.

    Returns: IAM's word, e.g. `allowed` or `implicitDeny`; a sentence where the caller may not ask.
    """
    try:
        answer = lab.client("iam").simulate_principal_policy(
            PolicySourceArn=role_arn, ActionNames=[action], ResourceArns=[resource]
        )
    except ClientError as error:
        if is_denial(error):
            return say("identity.may_not_ask")
        raise
    return str(answer["EvaluationResults"][0]["EvalDecision"])


def role_name(lab: Lab) -> str:
    """Return the name of the lab's execution role."""
    return lab.name("execution-role")


def managed_policy_arn(policy: str) -> str:
    """Return the ARN of a policy that AWS manages."""
    return f"arn:aws:iam::aws:policy/{policy}"


def explain_policy(document: Mapping[str, Any]) -> pd.DataFrame:
    """Put a policy into a table, one row per statement: what may be done, with what, and why.

    Returns: columns `statement`, `actions`, `resources`, `why` (empty for statements that are not the lab's).
    """
    import pandas as pd

    rows = [
        {
            "statement": statement.get("Sid", ""),
            "actions": ", ".join(as_list(statement.get("Action", []))),
            "resources": ", ".join(as_list(statement.get("Resource", []))),
            "why": _why(statement.get("Sid", "")),
        }
        for statement in document["Statement"]
    ]
    table: pd.DataFrame = pd.DataFrame(rows)
    return table


@translate()
def compare_policies(lab: Lab, policies: Sequence[str] = COURSE_POLICIES) -> pd.DataFrame:
    """Compare AWS's managed policies with the lab's least-privilege policy.

    Returns: one row per policy: `policy`, `statements`, `actions` (distinct ones named), `wildcards` (of
        those, how many end in `*` and so allow more than they name) and `on_everything` (statements that
        hold for every resource of the account). AWS's own are missing where the caller may not read them.
    """
    import pandas as pd

    documents = {policy: _managed_document(lab, policy) for policy in policies}
    documents[roles.INLINE_POLICY] = roles.policy(lab, EXECUTION)
    rows = [_measure_policy(name, document) for name, document in documents.items() if document]
    table: pd.DataFrame = pd.DataFrame(rows)
    return table


@translate()
def delete_role(lab: Lab, name: str) -> None:
    """Delete a role and what is attached to it; silent when already gone."""
    iam = lab.client("iam")
    try:
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    except ClientError as error:
        if error_code(error) == "NoSuchEntity":
            return
        raise
    for policy in attached:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for inline in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=inline)
    iam.delete_role(RoleName=name)


def _managed_document(lab: Lab, policy: str) -> dict[str, Any]:
    """Return a policy of AWS's; nothing where the caller may not read it."""
    iam, arn = lab.client("iam"), managed_policy_arn(policy)
    try:
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    except ClientError as error:
        if is_denial(error):
            return {}
        raise
    document: dict[str, Any] = found["Document"]
    return document


def _measure_policy(name: str, document: Mapping[str, Any]) -> dict[str, str | int]:
    allowed = [statement for statement in document["Statement"] if statement["Effect"] == "Allow"]
    actions = {action for statement in allowed for action in as_list(statement.get("Action", []))}
    everywhere = [statement for statement in allowed if "*" in as_list(statement.get("Resource", []))]
    return {
        "policy": name,
        "statements": len(document["Statement"]),
        "actions": len(actions),
        "wildcards": sum(action.endswith("*") for action in actions),
        "on_everything": len(everywhere),
    }


def _why(statement: str) -> str:
    """Return the reason that the catalogue has for a statement of the lab's, by its name."""
    key = re.sub(r"(?<!^)(?=[A-Z])", "_", statement).lower()
    return say(f"policies.why_{key}") if f"policies.why_{key}" in catalogue(language()) else ""
