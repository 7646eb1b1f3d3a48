"""ARNs of SageMaker resources."""

from __future__ import annotations

from mllab_localaws.platform import ACCOUNT


def arn(region: str, kind: str, name: str) -> str:
    """Return a resource's ARN; SageMaker writes the name in lower case there.

    Args: kind: as ARNs spell it, e.g. `training-job`, `endpoint-config`, `model`.
    """
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{kind}/{name.lower()}"
