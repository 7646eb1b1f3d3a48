"""The teacher of a local AWS, who prepares the lab there and may do nothing else.

On AWS a person brings this identity along. A local AWS is born with an administrator alone, who may do
everything: he makes the teacher's role once and steps back.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from mllab_helpers import policies
from mllab_helpers.assumed import session_in_role
from mllab_helpers.aws_errors import error_code

if TYPE_CHECKING:
    import boto3

NAME = "mllab-teacher"


def teacher_session(administrator: boto3.Session, endpoint_url: str) -> boto3.Session:
    """Return a session of the teacher, whose role is made when it is not there.

    Args: administrator: of the local AWS at `endpoint_url`.
    """
    iam = administrator.client("iam", endpoint_url=endpoint_url)
    try:
        arn = str(iam.get_role(RoleName=NAME)["Role"]["Arn"])
    except ClientError as error:
        if error_code(error) != "NoSuchEntity":
            raise
        arn = _make_role(administrator, endpoint_url)
    return session_in_role(administrator, arn, "teacher", endpoint_url=endpoint_url)


def _make_role(administrator: boto3.Session, endpoint_url: str) -> str:
    iam = administrator.client("iam", endpoint_url=endpoint_url)
    account = administrator.client("sts", endpoint_url=endpoint_url).get_caller_identity()["Account"]
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    document = policies.policy(
        policies.TEACHER, account=account, region=administrator.region_name, student="*"
    )
    made = iam.create_role(
        RoleName=NAME,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    iam.put_role_policy(RoleName=NAME, PolicyName="teacher", PolicyDocument=json.dumps(document))
    return str(made["Role"]["Arn"])
