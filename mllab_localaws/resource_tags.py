"""The tags that a resource has already, for conditions on `aws:ResourceTag/...`.

Known of API Gateway, which does not tell its resources by names, and of SageMaker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mllab_localaws.apigateway import inherited_tags
from mllab_localaws.sagemaker import tags as sagemaker_tags
from mllab_localaws.store import Store


class ResourceTags:
    """Finds tags, as they are at this moment."""

    def __init__(self, store: Store) -> None:
        self._by_service: dict[str, Callable[[str], Mapping[str, str]]] = {
            "apigateway": lambda arn: inherited_tags.tags(store, arn),
            "sagemaker": lambda arn: sagemaker_tags.of(store, arn.split(":", 4)[3], arn),
        }

    def __call__(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a resource by key; none when it has none or is not there."""
        parts = arn.split(":", 5)
        find = self._by_service.get(parts[2]) if len(parts) > 5 else None
        return {} if find is None else find(arn)
