"""What requests to SNS's topics and SQS's queues need.

Sources: the Service Authorization References for Amazon SNS and Amazon SQS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import arn, pass_roles, present, tag_keys, text, untag_keys

_TOPIC_MEMBERS = ("TopicArn", "TargetArn", "ResourceArn")
_BATCH = "Batch"


def needed_of_topics(request: Request) -> list[Access]:
    """Return what a request to SNS needs; a batch needs what its messages need."""
    operation, params = request.operation, request.params
    resource = _topic_arn(request)
    tags = tag_keys(params.get("Tags"))
    keys = {**tags, **untag_keys(params, "TagKeys")}
    if operation == "Subscribe":
        keys |= present({"sns:Endpoint": text(params, "Endpoint"), "sns:Protocol": text(params, "Protocol")})
    accesses = [Access(f"sns:{operation.removesuffix(_BATCH)}", resource, keys)]
    if operation == "CreateTopic" and tags:
        accesses.append(Access("sns:TagResource", resource, tags))
    return [*accesses, *pass_roles(_feedback_roles(params), "sns.amazonaws.com")]


def _topic_arn(request: Request) -> str:
    """Return the topic of a request; what asks for subscriptions, numbers or applications has no resource."""
    if request.operation == "CreateTopic":
        return arn("sns", request.region, text(request.params, "Name"))
    return text(request.params, *_TOPIC_MEMBERS) or "*"


def _feedback_roles(params: Mapping[str, Any]) -> list[str]:
    """Return the roles in which SNS will log its deliveries."""
    attributes = params.get("Attributes")
    pairs = dict(attributes) if isinstance(attributes, Mapping) else {}
    pairs[text(params, "AttributeName")] = text(params, "AttributeValue")
    return [str(value) for name, value in pairs.items() if str(name).endswith("FeedbackRoleArn")]


def needed_of_queues(request: Request) -> list[Access]:
    """Return what a request to SQS needs; a batch needs what its messages need."""
    operation, params = request.operation, request.params
    resource = _queue_arn(request)
    tags = tag_keys(params.get("tags") or params.get("Tags"))
    keys = {**tags, **untag_keys(params, "TagKeys")}
    accesses = [Access(f"sqs:{operation.removesuffix(_BATCH)}", resource, keys)]
    if operation == "CreateQueue" and tags:
        accesses.append(Access("sqs:TagQueue", resource, tags))
    return accesses


def _queue_arn(request: Request) -> str:
    params = request.params
    if request.operation == "ListQueues":
        # The reference knows no resource; AWS lets policies narrow it to a region and account.
        return arn("sqs", request.region, "*")
    # The last part of the address, as moto reads it, which knows the queues of one account only.
    name = text(params, "QueueUrl", "QueueName").rpartition("/")[2]
    return arn("sqs", request.region, name) if name else text(params, "SourceArn") or "*"
