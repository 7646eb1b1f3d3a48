"""Roles of the measurements: SageMaker works with them as the course's policies let it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

SERVICES = ("sagemaker.amazonaws.com",)
POLICIES = ("AmazonS3FullAccess", "AmazonSageMakerFullAccess")


def create_role(iam: Any, name: str, services: Sequence[str] = SERVICES, *policies: str) -> str:
    """Create a role and return its ARN.

    Args: services: who may assume it; policies: AWS's, by the course's names when none is given.
    """
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for policy in policies or POLICIES:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    return arn
