"""The teacher of a local AWS, who prepares the lab there and may do nothing else.

On AWS a person brings this identity along. A local AWS is born with an administrator alone, who may do
everything: he makes the teacher's role once and steps back.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers import policies
from mllab_helpers.assumed import session_in_role
from mllab_helpers.aws_errors import error_code

if TYPE_CHECKING:
    import boto3

NAME = "mllab-teacher"


def teacher_session(administrator: boto3.Session, endpoint_url: str) -> boto3.Session:
    """Return a session of the teacher, who is prepared for the session's region when he is not yet.

    Args: administrator: of the local AWS at `endpoint_url`.
    """
    iam = administrator.client("iam", endpoint_url=endpoint_url)
    account = administrator.client("sts", endpoint_url=endpoint_url).get_caller_identity()["Account"]
    region = administrator.region_name
    try:
        iam.get_role_policy(RoleName=NAME, PolicyName=f"prepare-{region}")
    except ClientError as error:
        if error_code(error) != "NoSuchEntity":
            raise
        _make_role(iam, account)
        document = policies.policy(policies.TEACHER, account=account, region=region, student="*")
        iam.put_role_policy(
            RoleName=NAME, PolicyName=f"prepare-{region}", PolicyDocument=json.dumps(document)
        )
    arn = f"arn:aws:iam::{account}:role/{NAME}"
    return session_in_role(administrator, arn, "teacher", endpoint_url=endpoint_url)


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
