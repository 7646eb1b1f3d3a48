"""What requests to ECR need: those that pull an image, which services make in a role's name.

Source: the Service Authorization Reference for Amazon Elastic Container Registry.
"""

from __future__ import annotations

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import text, unknown
from mllab_localaws.platform import ACCOUNT

_OF_REPOSITORIES = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")


def needed(request: Request) -> list[Access]:
    """Return what a request to ECR needs.

    Raises: LookupError: no rule covers the operation.
    """
    action, params = f"ecr:{request.operation}", request.params
    if request.operation == "GetAuthorizationToken":
        return [Access(action, "*")]
    if request.operation not in _OF_REPOSITORIES:
        raise unknown(request)
    account = text(params, "registryId") or ACCOUNT
    repository = text(params, "repositoryName")
    return [Access(action, f"arn:aws:ecr:{request.region}:{account}:repository/{repository}")]
