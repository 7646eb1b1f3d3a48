"""Who is asking: an access key becomes the administrator, a role's session or a user; services use roles.

What they may do is decided in `access/`.
"""

from __future__ import annotations

from dataclasses import dataclass

from mllab_localaws.platform import ACCOUNT

SAGEMAKER, LAMBDA = "sagemaker.amazonaws.com", "lambda.amazonaws.com"
EVENTS, APIGATEWAY = "events.amazonaws.com", "apigateway.amazonaws.com"
SCHEDULER = "scheduler.amazonaws.com"


@dataclass(frozen=True)
class Caller:
    """An authenticated identity.

    Attributes:
        arn: e.g. `arn:aws:iam::123456789012:user/administrator` or an assumed role's session.
        account: twelve digits.
        access_key: the key that signed the request; empty for a service.
        role_arn: the role in whose name a service acts; empty for who has signed.
        service: the principal that this role has to trust, e.g. `sagemaker.amazonaws.com`.
    """

    arn: str
    account: str
    access_key: str
    role_arn: str = ""
    service: str = ""


def acting_as(role_arn: str, service: str = SAGEMAKER, session: str = "SageMaker") -> Caller:
    """Return a service that does something in a role's name, for `platform.authorizer` to decide about.

    Args: service: its principal; session: what AWS's refusals call it, behind the role's name.
    """
    name = role_arn.rpartition("/")[2]
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}"
    return Caller(arn, ACCOUNT, "", role_arn, service)
