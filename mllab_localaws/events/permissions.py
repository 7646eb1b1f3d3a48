"""Whether the policy of a queue or a topic lets a service deliver to it."""

from __future__ import annotations

from mllab_localaws.access.evaluation import PolicyDocument
from mllab_localaws.access.service_principals import service_is_allowed
from mllab_localaws.events.deliveries import Delivery
from mllab_localaws.wire.errors import AwsError


def check_sender(policy: PolicyDocument | None, delivery: Delivery, action: str, code: str) -> None:
    """Let a delivery through, or not.

    Args:
        policy: the target's own, None when it has none.
        action: what the sender does there, e.g. `sqs:SendMessage`.
        code: the target's service's error code for a refusal.
    Raises: AwsError: naming what the policy would have to allow.
    """
    arn, principal, source = delivery.target_arn, delivery.principal, delivery.source_arn
    if policy is None or not service_is_allowed(policy, principal, action, source, resource=arn):
        message = f"The policy of {arn} does not allow {action} to {principal} for {source}."
        raise AwsError(code, message, status=403)
