"""What a school account gives instead of letting the lab make it: a role, a role for functions, a bucket.

The lab uses what it is given, changes nothing about it, and leaves it in place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from mllab_helpers import policies
from mllab_helpers.aws_errors import error_code, is_denial, translate
from mllab_helpers.identity import given_bucket, roles
from mllab_helpers.identity.errors import NoSuchRole, RoleElsewhere, WrongRoleArn

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

# IAM's reference, "IAM identifiers": an optional path, then a name of up to 64 characters.
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/(?:[!-~]+/)?[\w+=,.@-]{1,64}")


@translate()
def use(lab: Lab, *, role_arn: str = "", lambda_role_arn: str = "", bucket: str = "") -> None:
    """Check what a school account gives, and remember it for all notebooks; nothing is created.

    Whoever opened the lab is the learner then, when a role is given. What the lab would have made itself does
    not count as given.

    Args:
        role_arn: role that SageMaker assumes, and EventBridge when it starts the pipeline.
        lambda_role_arn: role of the lab's functions; empty for `role_arn`.
        bucket: name of a bucket that no other learner's lab lives in.
    Raises: WrongRoleArn, RoleElsewhere, NoSuchRole; GivenBucketMissing, GivenBucketRefused,
        GivenBucketElsewhere.
    """
    role_arn = _checked(lab, role_arn, policies.EXECUTION)
    lambda_role_arn = _checked(lab, lambda_role_arn, policies.LAMBDA) or role_arn
    if bucket == lab.own_bucket:
        bucket = ""
    if bucket:
        given_bucket.check(lab, bucket)
    lab.remember("given", {"role_arn": role_arn, "lambda_role_arn": lambda_role_arn, "bucket": bucket})


def _checked(lab: Lab, arn: str, actor: str) -> str:
    """Return the ARN of a role that can be used, or nothing for none and for the lab's own."""
    own = f"role/{lab.name(roles.role_of(actor).thing)}"
    if not arn or arn == f"arn:aws:iam::{lab.account}:{own}":
        return ""
    found = _ROLE_ARN.fullmatch(arn)
    if found is None:
        raise WrongRoleArn(arn=arn)
    if found[1] != lab.account:
        raise RoleElsewhere(arn=arn, other=found[1], account=lab.account)
    try:
        there = lab.client("iam").get_role(RoleName=arn.rpartition("/")[2])["Role"]["Arn"]
    except ClientError as error:
        if is_denial(error):  # whoever may not look has to believe
            return arn
        if error_code(error) == "NoSuchEntity":
            raise NoSuchRole(arn=arn, account=lab.account) from error
        raise
    if there != arn:  # the same name below another path
        raise NoSuchRole(arn=arn, account=lab.account)
    return arn
