"""Where the policy of a resource is found, by its ARN: buckets, functions, queues, topics and roles."""

from __future__ import annotations

from collections.abc import Callable

from mllab_localaws import buckets
from mllab_localaws.access.authorizer import ResourcePolicy
from mllab_localaws.access.evaluation import Policy, PolicyDocument
from mllab_localaws.access.model import Access
from mllab_localaws.lambda_ import policy as functions
from mllab_localaws.moto_identity import Roles
from mllab_localaws.moto_messaging import Queues, Topics
from mllab_localaws.store import Store

# These ask the role itself; iam:PassRole and the like only ask about it.
_ASSUMING = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
_NONE = ResourcePolicy(None)


class ResourcePolicies:
    """Finds resource policies, as they are at this moment."""

    def __init__(self, store: Store, roles: Roles) -> None:
        queues, topics = Queues(), Topics()
        self._roles = roles
        self._by_service: dict[str, Callable[[str], PolicyDocument | None]] = {
            "s3": lambda arn: buckets.policy(store, arn),
            "lambda": lambda arn: functions.policy(store, arn),
            "sqs": queues.policy,
            "sns": topics.policy,
        }

    def __call__(self, access: Access) -> ResourcePolicy:
        """Return the policy of the resource that an access is about."""
        if access.action in _ASSUMING:
            document = self._roles.trust_policy(access.resource)
            return ResourcePolicy(_policy(document, access.resource), must_allow=True)
        parts = access.resource.split(":", 3)
        find = self._by_service.get(parts[2]) if len(parts) > 3 else None
        if find is None:
            return _NONE
        return ResourcePolicy(_policy(find(access.resource), access.resource))


def _policy(document: PolicyDocument | None, source: str) -> Policy | None:
    return None if document is None else Policy(document, source, "resource")
