"""What InvokeEndpoint answers when the container does not, or answers an error.

Members and codes: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from __future__ import annotations

from mllab_localaws.platform import ACCOUNT
from mllab_localaws.wire.errors import AwsError

# The API's limit for the messages of a ModelError.
MESSAGE_CHARACTERS = 2048


def container_error(region: str, endpoint: str, status: int, body: bytes) -> AwsError:
    """Wrap an error status and the body that the container sent with it."""
    return _model_error(region, endpoint, status, body.decode("utf-8", "replace"))


def timed_out(region: str, endpoint: str) -> AwsError:
    """Say that the container took longer than an invocation may."""
    said = (
        "Your invocation timed out while waiting for a response from container primary. "
        "Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, "
        "and try again."
    )
    return _model_error(region, endpoint, 0, said)


def no_response(region: str, endpoint: str) -> AwsError:
    """Say that the container broke off, or that nothing listens in it."""
    said = (
        f"Amazon SageMaker could not get a response from the {endpoint} endpoint. This can occur when CPU or "
        "memory utilization is high. To check your utilization, see Amazon CloudWatch. To fix this problem, "
        "use an instance type with more CPU capacity or memory."
    )
    return _model_error(region, endpoint, 0, said)


def _model_error(region: str, endpoint: str, status: int, said: str) -> AwsError:
    by_client = 400 <= status < 500
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
    before = f'Received {"client" if by_client else "server"} error ({status}) from primary with message "'
    after = (
        f'". See https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}'
        f"#logEventViewer:group={group} in account {ACCOUNT} for more information."
    )
    return AwsError(
        "ModelError",
        before + said[: MESSAGE_CHARACTERS - len(before) - len(after)] + after,
        status=424,
        members={
            "ErrorCode": "CLIENT_ERROR_FROM_MODEL" if by_client else "INTERNAL_FAILURE_FROM_MODEL",
            "LogStreamArn": f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}",
            "OriginalMessage": said[:MESSAGE_CHARACTERS],
            "OriginalStatusCode": status,
        },
    )
