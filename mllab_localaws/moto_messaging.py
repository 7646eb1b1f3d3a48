"""moto as the store behind SNS and SQS; what is published is delivered by `events`, never by moto."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mllab_localaws.access.evaluation import PolicyDocument
from mllab_localaws.moto_backend import is_region
from mllab_localaws.platform import ACCOUNT
from mllab_localaws.wire.errors import AwsError

# After moto_backend, which sets what moto reads when it is imported.
# isort: split
from moto.core.exceptions import ServiceException
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends


class Queues:
    """SQS for services of ours, by the queues' ARNs."""

    def exists(self, arn: str) -> bool:
        """Say whether a queue is there."""
        return _queue(arn) is not None

    def policy(self, arn: str) -> PolicyDocument | None:
        """Return who may send to a queue; None when nobody but its owner may."""
        queue = _queue(arn)
        document = queue.policy if queue is not None else None
        return json.loads(document) if document else None

    def tagged(self, region: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Return the queues of a region with their tags."""
        for queue in list(_sqs(region).queues.values()):
            yield queue.queue_arn, dict(queue.tags or {})

    def has_messages(self, region: str, name: str) -> bool:
        """Say whether a receiver would be answered now: with a message, or that there is no such queue."""
        queue = _sqs(region).queues.get(name)
        return queue is None or bool(queue.messages)

    def wait_seconds(self, region: str, name: str) -> int:
        """Return how long a receiver waits who does not say it."""
        queue = _sqs(region).queues.get(name)
        return 0 if queue is None else int(queue.receive_message_wait_time_seconds or 0)

    def send(
        self, arn: str, body: str, attributes: Mapping[str, Any] | None = None, group: str | None = None
    ) -> None:
        """Put a message into a queue.

        Args: attributes: message attributes as SendMessage takes them; group: of a FIFO queue.
        Raises: AwsError: the queue is gone, or refuses the message.
        """
        _, _, _, region, _, name = arn.split(":", 5)
        with _refusing():
            _sqs(region).send_message(
                name, body, message_attributes=dict(attributes or {}), group_id=group, validate_group_id=False
            )


@dataclass(frozen=True)
class Subscription:
    """Who hears of a topic.

    Attributes:
        protocol: `sqs` or `lambda`.
        raw: deliver the message alone, without SNS's envelope.
        wants: whether the filter policy accepts message attributes (`{name: {"Type", "Value"}}`) and text.
    """

    arn: str
    protocol: str
    endpoint: str
    raw: bool
    wants: Callable[[Mapping[str, Any], str], bool]


class Topics:
    """SNS topics and their subscriptions; who delivers is not moto."""

    def exists(self, arn: str) -> bool:
        """Say whether a topic is there."""
        return _topic(arn) is not None

    def policy(self, arn: str) -> PolicyDocument | None:
        """Return who may publish to a topic."""
        topic = _topic(arn)
        return None if topic is None else json.loads(topic.policy)

    def tagged(self, region: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Return the topics of a region with their tags."""
        for topic in list(sns_backends[ACCOUNT][region].topics.values()):
            yield topic.arn, dict(topic._tags or {})

    def is_fifo(self, arn: str) -> bool:
        """Say whether a topic keeps an order."""
        topic = _topic(arn)
        return topic is not None and bool(topic.fifo_topic)

    def subscribe(self, arn: str, protocol: str, endpoint: str, attributes: Mapping[str, str]) -> str:
        """Add a subscription and return its ARN; the same one for the same endpoint.

        Raises: AwsError: no such topic, or attributes that SNS refuses.
        """
        backend = sns_backends[ACCOUNT][_region(arn)]
        known = set(backend.subscriptions)
        with _refusing():
            subscription = backend.subscribe(arn, endpoint, protocol)
            try:
                # The scope first: it says how a filter policy is read.
                for name in sorted(attributes, key=lambda each: each != "FilterPolicyScope"):
                    backend.set_subscription_attributes(subscription.arn, name, attributes[name])
            except Exception:
                if subscription.arn not in known:
                    backend.unsubscribe(subscription.arn)
                raise
        return str(subscription.arn)

    def subscriptions(self, arn: str) -> list[Subscription]:
        """Return a topic's subscriptions."""
        everybody = list(sns_backends[ACCOUNT][_region(arn)].subscriptions.values())
        return [_subscription(each) for each in everybody if each.topic.arn == arn]


def _subscription(stored: Any) -> Subscription:
    matcher = stored._filter_policy_matcher

    def wants(attributes: Mapping[str, Any], message: str) -> bool:
        try:
            return matcher is None or bool(matcher.matches(dict(attributes), message))
        except (TypeError, AttributeError, LookupError):
            return False  # moto's matcher expects an object in the message

    raw = str(stored.attributes.get("RawMessageDelivery", "")).lower() == "true"
    return Subscription(stored.arn, stored.protocol, stored.endpoint, raw, wants)


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Turn moto's refusals into ours."""
    try:
        yield
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error
    except (ValueError, TypeError, AttributeError) as error:  # of a filter policy that is no JSON object
        raise AwsError("InvalidParameter", f"Invalid parameter: {error}") from error


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _queue(arn: str) -> Any:
    parts = arn.split(":", 5)
    return _sqs(parts[3]).queues.get(parts[5]) if len(parts) == 6 and is_region(parts[3]) else None


def _sqs(region: str) -> Any:
    return sqs_backends[ACCOUNT][region]


def _topic(arn: str) -> Any:
    parts = arn.split(":", 5)
    return (
        sns_backends[ACCOUNT][parts[3]].topics.get(arn) if len(parts) == 6 and is_region(parts[3]) else None
    )
