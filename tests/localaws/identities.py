"""Users and sessions of roles, with policies of their own and clients that sign in their name."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Identity:
    """Somebody with a key.

    Attributes: name: of the user or role.
    """

    arn: str
    name: str
    keys: Mapping[str, str]
    make: Callable[..., Any]

    def client(self, service: str, **more: Any) -> Any:
        """Return a client that signs with this identity's key."""
        return self.make(service, **self.keys, **more)


def allow(action: str | Sequence[str], resource: str | Sequence[str] = "*", **more: Any) -> Statement:
    """Return a statement that allows something."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def document(*statements: Statement) -> str:
    """Return a policy as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal: Mapping[str, Any] | str, **more: Any) -> str:
    """Return a trust policy as JSON."""
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def make_user(
    client: Callable[..., Any], *statements: Statement, tags: Mapping[str, str] | None = None
) -> Identity:
    """Create a user who may do what the statements say."""
    iam, name = client("iam"), f"user-{uuid.uuid4().hex[:8]}"
    listed = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    arn = iam.create_user(UserName=name, Tags=listed)["User"]["Arn"]
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    return Identity(arn, name, keys, client)


def make_role(
    client: Callable[..., Any], *statements: Statement, trusting: str = "", **more: Any
) -> tuple[str, str]:
    """Create a role, which the account trusts, and return its name and ARN."""
    iam, name = client("iam"), f"role-{uuid.uuid4().hex[:8]}"
    trusted = trusting or trust({"AWS": ROOT})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted, **more)["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return name, str(arn)


def make_job_role(client: Callable[..., Any], name: str, *services: str) -> str:
    """Create a role that SageMaker works with, and that the course's policies let do so; return its ARN.

    Args: services: who else may assume it, e.g. `events.amazonaws.com`.
    """
    iam, trusted = client("iam"), trust({"Service": ["sagemaker.amazonaws.com", *services]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    for policy in ("AmazonS3FullAccess", "AmazonSageMakerFullAccess"):
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    return str(arn)


def assume(client: Callable[..., Any], role_arn: str, sts: Any = None, **more: Any) -> Identity:
    """Begin a session of a role, by default as the administrator."""
    answer = (sts or client("sts")).assume_role(RoleArn=role_arn, RoleSessionName="tested", **more)
    given = answer["Credentials"]
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    return Identity(answer["AssumedRoleUser"]["Arn"], role_arn.rpartition("/")[2], keys, client)


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, int, str]:
    """Return the code, status and message with which a call is refused."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    response = error.value.response
    told = response["Error"]
    return told["Code"], response["ResponseMetadata"]["HTTPStatusCode"], told.get("Message", "")
