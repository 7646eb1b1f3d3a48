"""Execution roles in requests."""

from __future__ import annotations

from mllab_localaws.caller import SAGEMAKER
from mllab_localaws.platform import Platform
from mllab_localaws.wire.errors import validation_error


def check_execution_role(platform: Platform, role_arn: str) -> None:
    """Refuse a role that does not exist or does not trust SageMaker, in AWS's words.

    Raises: AwsError: `ValidationException`.
    """
    if not platform.roles.trusts(role_arn, SAGEMAKER):
        raise validation_error(
            f'The execution role ARN "{role_arn}" is invalid. Please ensure that the role exists and that '
            'its trust relationship policy allows the action "sts:AssumeRole" for the service principal '
            '"sagemaker.amazonaws.com".'
        )
