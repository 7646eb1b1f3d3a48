"""Who works, where, and whether AWS would take their signatures: the account's side of the doctor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers import policies
from mllab_helpers.aws_errors import is_denial
from mllab_helpers.doctor.findings import OK, STOP, WARNING, Finding
from mllab_helpers.identity import roles
from mllab_helpers.texts import catalogue, language, say

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

# AWS refuses what was signed five minutes off (IAM User Guide, "Elements of an AWS API request signature").
SKEW_SECONDS = 270.0


def check_identity(lab: Lab) -> Finding:
    """Say who works, and where boto3 found the credentials.

    STS lets the root user assume no role (IAM User Guide, "AWS account root user"), as the lab must.
    """
    identity = lab.client("sts").get_caller_identity()
    method = lab.as_teacher().session.get_credentials().method
    # The texts have the names of botocore's ways (botocore/credentials.py, METHOD); it may learn others.
    way = method.replace("-", "_")
    how = say(f"doctor.found_{way}") if f"doctor.found_{way}" in catalogue(language()) else method
    text = say("doctor.credentials", arn=identity["Arn"], account=identity["Account"], how=how)
    if identity["Arn"].endswith(":root"):
        return Finding(STOP, text, say("doctor.root_advice"))
    return Finding(OK, text)


def check_region(lab: Lab) -> Finding:
    """Say where the lab works."""
    return Finding(OK, say("doctor.region", region=lab.region))


def check_clock(lab: Lab) -> Finding:
    """Compare this machine's clock with AWS's, which refuses signatures of another time."""
    answered = lab.client("sts").get_caller_identity()["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        there = parsedate_to_datetime(answered).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return Finding(WARNING, say("doctor.clock_unknown"))
    return judge_clock(lab.clock.now() - there)


def judge_clock(ahead: float) -> Finding:
    """Judge how far a clock is from AWS's.

    Args: ahead: seconds; negative for a clock that is behind.
    """
    text = say("doctor.clock", seconds=f"{abs(ahead):.0f}")
    if abs(ahead) <= SKEW_SECONDS:
        return Finding(OK, text)
    return Finding(STOP, text, say("doctor.clock_advice"))


def check_trust(lab: Lab) -> list[Finding]:
    """Check that the roles which a school account gave may be put on by the services that will.

    Returns: nothing when none was given.
    """
    findings = []
    for role in roles.ROLES:
        arn = roles.given_role(lab, role)
        if arn and not role.people:
            findings += _judge_trust(lab, arn, role)
    return list(dict.fromkeys(findings))


def _judge_trust(lab: Lab, arn: str, role: roles.Role) -> list[Finding]:
    try:
        document = lab.client("iam").get_role(RoleName=arn.rpartition("/")[2])["Role"]
    except ClientError as error:
        if is_denial(error):
            return [
                Finding(WARNING, say("doctor.trust_unknown", arn=arn), say("doctor.trust_unknown_advice"))
            ]
        raise
    if role.service in _trusted_services(document["AssumeRolePolicyDocument"]):
        return []
    # Without the function's role nothing of 04 works; a pipeline can be started, an endpoint deleted by hand.
    level = WARNING if role.actor in (policies.EVENTS, policies.SCHEDULER) else STOP
    text = say("doctor.trust_missing", arn=arn, service=role.service)
    return [Finding(level, text, say("doctor.trust_advice", service=role.service))]


def _trusted_services(document: Mapping[str, Any]) -> set[str]:
    """Return the services that a trust policy names."""
    services: set[str] = set()
    statements = document.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        named = principal.get("Service", []) if isinstance(principal, dict) else []
        if statement.get("Effect") == "Allow":
            services.update([named] if isinstance(named, str) else named)
    return services
