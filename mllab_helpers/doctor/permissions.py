"""Whether whoever works may do what the notebooks do: IAM is asked, nothing is tried.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers import policies
from mllab_helpers.aws_errors import explain_refusal, is_denial
from mllab_helpers.doctor.findings import OK, STOP, WARNING, Finding
from mllab_helpers.identity import roles
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

# The learner's statements that a notebook cannot do without.
STATEMENTS: Mapping[str, tuple[str, ...]] = {
    "01": ("UseOwnBucket", "UseOwnFiles"),
    "02": (
        *("UseOwnFiles", "RunJobs", "UseWorkbench", "EquipWorkbench", "PassRolesToSageMaker"),
        *("LookAround", "UseOwnLogStreams", "LogWorkbench"),
    ),
    "03": (
        *("UseOwnFiles", "ServeModels", "PassRolesToSageMaker", "LookAround", "UseOwnLogGroups", "SetAlarms"),
        *("ScheduleExpiry", "PassRolesToScheduler"),
    ),
    "04": (
        *(
            "ServeModels",
            "WriteFunctions",
            "PassRolesToLambda",
            "LookAround",
            "UseOwnLogGroups",
            "ReadMetrics",
        ),
        *("ListApis", "CreateOwnApi", "TagOwnApi", "BuildOwnApi"),
    ),
    "05": (
        *("UseOwnBucket", "UseOwnFiles", "RunJobs", "LookAtJobsOfServices", "ServeModels", "RegisterModels"),
        *("RetrainModels", "WatchDrift", "PassRolesToSageMaker", "PassRolesToLambda", "PassRolesToEvents"),
        *("WriteFunctions", "SetAlarms", "DrawDashboards", "ReadMetrics", "SendMessages", "ReceiveMessages"),
        *("MakeRules", "LookAround", "UseOwnLogGroups", "UseOwnLogStreams"),
    ),
    "06": (
        *("UseOwnFiles", "ListSageMaker", "LookAround", "EndSubscriptions", "ReadMetrics"),
        *("UseOwnLogGroups", "UseOwnLogStreams"),
    ),
}
# Whoever prepares the lab does so in 01, and takes it down in 06.
_PREPARING = ("01", "06")
_TEACHERS = ("MakeBuckets", "EmptyBuckets", "MakeRoles", "BecomeLearner")
# A bucket's own policy may allow what the caller's does not.
_DECIDED_ELSEWHERE = "s3:"
# Without these an endpoint does not delete itself, which the lab says, and goes on.
_TYPES = (
    *("training-job", "processing-job", "hyper-parameter-tuning-job", "model"),
    *("endpoint-config", "endpoint", "model-package-group", "model-package"),
)
_SPARED = ("ScheduleExpiry", "PassRolesToScheduler", "LogWorkbench")


def check_permissions(lab: Lab, notebooks: Iterable[str], *, quiet: bool = False) -> list[Finding]:
    """Ask IAM whether whoever works may do what the notebooks do.

    Args: notebooks: their two digits; quiet: of learners alone, and nothing about what could not be asked.
    Returns: one finding when all is allowed, otherwise one per statement that is not.
    """
    prepares = _has_to_prepare(lab)
    if prepares and quiet:
        return []
    source, wanted = _source_arn(lab), _statements(lab, list(notebooks), prepares=prepares)
    try:
        command = _command(lab, policies.TEACHER if prepares else policies.LEARNER)
        findings = [finding for each in wanted for finding in _judge(lab, source, each, command)]
    except ClientError as error:  # what cannot be asked stops nobody
        advice = say("doctor.permissions_unknown_advice") if is_denial(error) else str(explain_refusal(error))
        unknown = Finding(WARNING, say("doctor.permissions_unknown", arn=source), advice)
        return [] if quiet else [unknown]
    return findings or [Finding(OK, say("doctor.permissions", count=len(wanted)))]


def _statements(lab: Lab, notebooks: list[str], *, prepares: bool) -> list[dict[str, Any]]:
    """Return the statements of the lab's policies that matter to whoever works now."""
    if prepares:
        names = set(_TEACHERS if any(each in _PREPARING for each in notebooks) else ())
        document = roles.policy(lab, policies.TEACHER)
    else:
        names = {name for notebook in notebooks for name in STATEMENTS[notebook]}
        document = roles.policy(lab, policies.LEARNER)
    return [statement for statement in document["Statement"] if statement["Sid"] in names]


def _has_to_prepare(lab: Lab) -> bool:
    """Tell whether roles are still to be made before anybody can learn."""
    if lab.is_prepared or lab.given("role_arn"):
        return False
    try:
        return not all(roles.role_exists(lab, role) for role in roles.ROLES)
    except ClientError as error:
        if is_denial(error):
            return False
        raise


def _source_arn(lab: Lab) -> str:
    """Return whose policies count: of a session, its role's."""
    caller = str(lab.client("sts").get_caller_identity()["Arn"])
    if ":assumed-role/" not in caller:
        return caller
    name = caller.split("/")[1]
    try:
        return str(lab.client("iam").get_role(RoleName=name)["Role"]["Arn"])
    except ClientError as error:
        if is_denial(error):  # then the role's path is not known, and most have none
            return f"arn:aws:iam::{lab.account}:role/{name}"
        raise


def _judge(lab: Lab, source: str, statement: Mapping[str, Any], command: str) -> list[Finding]:
    """Return what a statement allows and IAM would refuse; `command` prints the whole policy."""
    actions, resources = policies.as_list(statement["Action"]), policies.as_list(statement["Resource"])
    answers = (
        lab.client("iam")
        .get_paginator("simulate_principal_policy")
        .paginate(
            PolicySourceArn=source,
            ActionNames=actions,
            ResourceArns=[example for resource in resources for example in _examples(resource)],
            ContextEntries=_context(statement.get("Condition", {})),
        )
    )
    allowed: dict[str, list[bool]] = {action: [] for action in actions}
    for result in (each for page in answers for each in page["EvaluationResults"]):
        allowed[result["EvalActionName"]].append(result["EvalDecision"] == "allowed")
    # A statement names several kinds of resources, of which an action concerns one; roles it passes, all.
    enough = {
        action: all(said) if action == "iam:PassRole" else any(said) for action, said in allowed.items()
    }
    missing = [action for action in actions if not enough[action]]
    if not missing:
        return []
    elsewhere = all(action.startswith(_DECIDED_ELSEWHERE) for action in missing)
    level = WARNING if elsewhere or statement["Sid"] in _SPARED else STOP
    text = say("doctor.permission_missing", arn=source, actions=", ".join(missing), resource=resources[0])
    advice = say("doctor.permission_advice", sid=statement["Sid"], command=command)
    return [Finding(level, text, advice)]


def _command(lab: Lab, actor: str) -> str:
    """Return the command that prints an actor's policy for this lab."""
    given = {name: lab.given(name) for name in ("bucket", "role_arn", "lambda_role_arn")}
    where = {"account": lab.account, "region": lab.region, "student": lab.student, **given}
    options = [f"--{name.replace('_', '-')} {value}" for name, value in where.items() if value]
    return " ".join(["mllab policy", actor, *options])


def _examples(resource: str) -> list[str]:
    """Return resources that a pattern means: of each type, where it means several."""
    patterns = [resource.replace(":*/", f":{kind}/") for kind in _TYPES] if ":*/" in resource else [resource]
    return [_one_of(pattern) for pattern in patterns]


def _one_of(resource: str) -> str:
    """Return one resource that a pattern means."""
    return resource if resource == "*" else resource.replace("*", "x")


def _context(conditions: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the context in which a statement's condition is met."""
    return [
        {
            "ContextKeyName": key,
            "ContextKeyValues": [_one_of(policies.as_list(values)[0])],
            "ContextKeyType": "string",
        }
        for keys in conditions.values()
        for key, values in keys.items()
    ]
