"""The lab's roles: who may put each one on, and what it may do then.

A teacher prepares them once (notebook 01); learners and services only work with them, because whoever may
create roles may give themselves any permission.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers import policies
from mllab_helpers.aws_errors import error_code, is_denial, translate, unless_prepared
from mllab_helpers.errors import Denied
from mllab_helpers.identity.errors import NotPrepared, RolesOfAnotherRegion
from mllab_helpers.identity.propagation import when_learner_is_known

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

INLINE_POLICY = "least-privilege"
SAGEMAKER, LAMBDA, EVENTS = "sagemaker.amazonaws.com", "lambda.amazonaws.com", "events.amazonaws.com"
SCHEDULER = "scheduler.amazonaws.com"


@dataclass(frozen=True)
class Role:
    """One of the lab's roles.

    Attributes:
        actor: whose policy it carries, one of `policies.ACTORS`.
        thing: the end of its name, `mllab-<student>-<thing>`.
        service: of AWS, that may assume it.
        people: whether people of the account may assume it, too, when their own policies let them.
    """

    actor: str
    thing: str
    service: str
    people: bool = False


ROLES = (
    Role(policies.EXECUTION, "execution-role", SAGEMAKER),
    Role(policies.LAMBDA, "lambda-role", LAMBDA),
    Role(policies.EVENTS, "events-role", EVENTS),
    Role(policies.ROLL_OUT, "roll-out-role", LAMBDA),
    Role(policies.SCHEDULER, "scheduler-role", SCHEDULER),
    # A notebook instance is a learner: what runs inside it runs under its role.
    Role(policies.LEARNER, "learner", SAGEMAKER, people=True),
)


@translate()
def ensure_roles(lab: Lab, *, wait: bool = True) -> dict[str, str]:
    """Create the lab's roles, or find them again and renew what they may do. Only a teacher may.

    Args: wait: until AWS knows new ones everywhere; without, they may be refused for some seconds.
    Roles that a school account gave are used as they are; with them, whoever opened the lab is the learner.
    For whoever may not change roles, those that a teacher prepared are good as they are.
    Returns: the ARNs by actor, which `role_arn` knows from now on.
    Raises: NotPrepared: a role is missing, and the caller may not create it.
    """
    lab = lab.as_teacher()
    given = {role.actor: given_role(lab, role) for role in ROLES}
    own = [role for role in ROLES if not given[role.actor]]
    are_new = not all(role_exists(lab, role) for role in own)
    arns = {role.actor: given[role.actor] or ensure_role(lab, role) for role in ROLES}
    if given[policies.LEARNER]:
        del arns[policies.LEARNER]
    lab.remember("roles", arns)
    lab.remember("role", {"arn": arns[policies.EXECUTION]})
    if are_new and wait:
        when_learner_is_known(lab)
    return arns


def given_role(lab: Lab, role: Role) -> str:
    """Return the ARN of the role that a school account gave for an actor; empty when the lab has its own."""
    return lab.given("lambda_role_arn" if role.service == LAMBDA else "role_arn")


def ensure_role(lab: Lab, role: Role) -> str:
    """Create one role, or find it again, and make its actor's policy the only one that it carries.

    Returns: the role's ARN.
    Raises: RolesOfAnotherRegion: its policy is for a lab in another region, which would be locked out.
    """
    iam, name, found = lab.client("iam"), lab.name(role.thing), find_role(lab, role)
    arn, wanted = found or _create(lab, role), json.dumps(policy(lab, role.actor))
    with unless_prepared(existed=bool(found)):
        names = iam.list_role_policies(RoleName=name)["PolicyNames"]
        check_region(lab, names)
        for other in set(names) - {policy_name(lab)}:
            iam.delete_role_policy(RoleName=name, PolicyName=other)
        for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
        iam.put_role_policy(RoleName=name, PolicyName=policy_name(lab), PolicyDocument=wanted)
    return arn


def policy_name(lab: Lab) -> str:
    """Return the name of the policy inside each role. It says for which region: IAM itself has none."""
    return f"{INLINE_POLICY}-{lab.region}"


def ensure_bare_role(lab: Lab, role: Role) -> str:
    """Create one role, without any permission yet, or find it again as it is; return its ARN.

    Raises: NotPrepared: it is missing, and the caller may not create it.
    """
    return find_role(lab, role) or _create(lab, role)


def find_role(lab: Lab, role: Role) -> str:
    """Return the ARN of one of the lab's roles; empty when its student has none."""
    try:
        return str(lab.client("iam").get_role(RoleName=lab.name(role.thing))["Role"]["Arn"])
    except ClientError as error:
        if error_code(error) == "NoSuchEntity":
            return ""
        raise


def role_exists(lab: Lab, role: Role) -> bool:
    """Tell whether one of the lab's roles is there for its student."""
    return bool(find_role(lab, role))


def in_learners_role(lab: Lab) -> Lab:
    """Return the lab in the learner's role where one works, even when the state has been lost."""
    if lab.is_prepared:
        return learner_unless_swept(lab)
    try:
        # By whoever opened the lab: a learner may not look at roles, and may have lost theirs.
        if not role_exists(lab.as_teacher(), role_of(policies.LEARNER)):
            return lab
    except ClientError as error:
        if is_denial(error):
            return lab
        raise
    prefix = f"arn:aws:iam::{lab.account}:role/"
    arns = {role.actor: prefix + lab.name(role.thing) for role in ROLES}
    try:
        learner = lab.in_role(arns[policies.LEARNER])
        learner.client("sagemaker").list_models(MaxResults=1)
    except (ClientError, Denied) as error:
        if not isinstance(error, Denied) and not is_denial(error):
            raise
        # It is being made in another process, or a clean-up was cut off while it took the role apart.
        return lab
    if not lab.is_prepared:
        lab.remember("roles", arns)
    return learner


def learner_unless_swept(lab: Lab) -> Lab:
    """Return the lab in the learner's role, or as whoever opened it when that role was swept elsewhere.

    What was finished is forgotten then: whoever swept from another machine has deleted it.
    Raises: Denied: the role is there, or cannot be seen, and may not be assumed.
    """
    try:
        return lab.as_learner()
    except Denied:
        teacher = lab.as_teacher()
        try:
            is_swept = not role_exists(teacher, role_of(policies.LEARNER))
        except ClientError as error:
            if not is_denial(error):
                raise
            is_swept = False
        if not is_swept:
            raise
    lab.forget()
    return teacher


def role_of(actor: str) -> Role:
    """Return the role that carries an actor's policy."""
    return next(role for role in ROLES if role.actor == actor)


def role_arn(lab: Lab, actor: str) -> str:
    """Return the ARN of a role that notebook 01 prepared.

    Raises: OutOfOrder, LocalAwsForgot.
    """
    return str(lab.recall("roles")[actor])


def policy(lab: Lab, actor: str) -> dict[str, Any]:
    """Return what an actor may do in this lab.

    Raises: UnknownRegion: AWS has no images for the region.
    """
    return policies.policy(
        actor,
        account=lab.account,
        region=lab.region,
        student=lab.student,
        bucket=lab.bucket,
        role_arn=lab.given("role_arn"),
        lambda_role_arn=lab.given("lambda_role_arn"),
    )


def check_region(lab: Lab, names: list[str]) -> None:
    """Refuse to take a role away from a lab in another region: IAM has no room in it for both policies.

    Args: names: of the role's inline policies.
    Raises: RolesOfAnotherRegion.
    """
    for name in names:
        if name.startswith(f"{INLINE_POLICY}-") and name != policy_name(lab):
            other = name.removeprefix(f"{INLINE_POLICY}-")
            raise RolesOfAnotherRegion(student=lab.student, other=other, region=lab.region)


def _create(lab: Lab, role: Role) -> str:
    name = lab.name(role.thing)
    lab.note_creating("role", name)
    trust = json.dumps(_trust(role, lab.account))
    try:
        made = lab.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=lab.tags)
    except ClientError as error:
        if is_denial(error):
            raise NotPrepared(what=name, caller=lab.caller) from error
        raise
    return str(made["Role"]["Arn"])


def _trust(role: Role, account: str) -> dict[str, Any]:
    principal: dict[str, str] = {"Service": role.service}
    if role.people:
        principal["AWS"] = f"arn:aws:iam::{account}:root"
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}
