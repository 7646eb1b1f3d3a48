"""A request as IAM sees it, and what it asks leave for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request that is about to be answered.

    Attributes:
        service: boto3's name of the client, e.g. `s3`, `cloudwatch`, `events`, `sagemaker-runtime`.
        operation: AWS's name of the operation, e.g. `GetObject`.
        params: its members, parsed; S3's objects without their body.
        region: e.g. `us-east-1`.
    """

    service: str
    operation: str
    params: Mapping[str, Any]
    region: str


@dataclass(frozen=True)
class Access:
    """One permission that a request needs.

    Attributes:
        action: e.g. `s3:GetObject`.
        resource: an ARN, or `*`.
        context: condition keys as AWS spells them, with their values, e.g.
            `{"iam:PassedToService": ("sagemaker.amazonaws.com",)}`.
    """

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
