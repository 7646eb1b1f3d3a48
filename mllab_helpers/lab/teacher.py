"""The teacher's role, for those who are administrators: it may prepare the lab, and nothing else.

On AWS most people bring their own identity along. A local AWS is born with an administrator alone, who may do
everything: he makes the teacher's role once and steps back. The run on AWS that proves the policies does the
same.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers import policies
from mllab_helpers.aws_errors import error_code
from mllab_helpers.lab.assumed import session_in_role

if TYPE_CHECKING:
    import boto3

NAME = "mllab-teacher"


def teacher_session(administrator: boto3.Session, endpoint_url: str) -> boto3.Session:
    """Return a session of the teacher, who is prepared for the session's region when he is not yet.

    Args: administrator: of the local AWS at `endpoint_url`.
    """
    arn = ensure_teacher(administrator, endpoint_url)
    return session_in_role(administrator, arn, "teacher", endpoint_url=endpoint_url)


def ensure_teacher(administrator: boto3.Session, endpoint_url: str | None = None) -> str:
    """Make the teacher's role for the session's region, or find it and renew its policy; return its ARN.

    Args: endpoint_url: of a local AWS; None on AWS.
    """
    account = administrator.client("sts", endpoint_url=endpoint_url).get_caller_identity()["Account"]
    iam, region = administrator.client("iam", endpoint_url=endpoint_url), administrator.region_name
    _make_role(iam, account)
    document = policies.policy(policies.TEACHER, account=account, region=region, student="*")
    iam.put_role_policy(
        RoleName=NAME, PolicyName=_policy_name(administrator), PolicyDocument=json.dumps(document)
    )
    return f"arn:aws:iam::{account}:role/{NAME}"


def is_there(administrator: boto3.Session, endpoint_url: str | None = None) -> bool:
    """Tell whether the teacher has been made, and may prepare the session's region."""
    iam = administrator.client("iam", endpoint_url=endpoint_url)
    try:
        iam.get_role_policy(RoleName=NAME, PolicyName=_policy_name(administrator))
    except ClientError as error:
        if error_code(error) != "NoSuchEntity":
            raise
        return False
    return True


def remove_teacher(administrator: boto3.Session) -> None:
    """Remove what `ensure_teacher` made on AWS for the session's region, and the role when that was all."""
    iam = administrator.client("iam")
    iam.delete_role_policy(RoleName=NAME, PolicyName=_policy_name(administrator))
    if not iam.list_role_policies(RoleName=NAME)["PolicyNames"]:
        iam.delete_role(RoleName=NAME)


def _policy_name(administrator: boto3.Session) -> str:
    return f"prepare-{administrator.region_name}"


def _make_role(iam: Any, account: str) -> None:
    """Make the role, which any identity of the account may put on whose own policies let it."""
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    try:
        iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=document)
    except ClientError as error:
        # Another notebook, or another region, was first.
        if error_code(error) != "EntityAlreadyExists":
            raise
