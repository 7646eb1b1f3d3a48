"""Execution roles: in requests, and what SageMaker asks of them beside S3 and Logs."""

from __future__ import annotations

from mllab_localaws.access.model import Request
from mllab_localaws.caller import SAGEMAKER, acting_as
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.images import registry_of
from mllab_localaws.wire.errors import AwsError, validation_error

# What Docker asks ECR for, in this order.
_PULL = ("GetAuthorizationToken", "BatchGetImage", "BatchCheckLayerAvailability", "GetDownloadUrlForLayer")


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


def check_pull(platform: Platform, role_arn: str, image_uri: str) -> None:
    """Ask ECR for an image in the name of a role.

    Raises: AwsError: `AccessDenied`, in the words of an endpoint's FailureReason.
    """
    region, repository = registry_of(image_uri)
    for operation in _PULL:
        request = Request("ecr", operation, repository, region)
        try:
            platform.authorizer.authorize(acting_as(role_arn), request)
        except AwsError as error:
            text = f"The role '{role_arn}' does not have {operation} permission for the image: '{image_uri}'."
            raise AwsError("AccessDenied", text, status=403) from error


def may_publish(platform: Platform, role_arn: str, namespace: str, region: str) -> bool:
    """Say whether a role lets SageMaker write metrics of a namespace; without, there are none."""
    request = Request("cloudwatch", "PutMetricData", {"Namespace": namespace}, region)
    try:
        platform.authorizer.authorize(acting_as(role_arn), request)
    except AwsError:
        return False
    return True
