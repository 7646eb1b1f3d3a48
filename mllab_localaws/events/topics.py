"""SNS: what is published reaches the topic's subscribers, queues and functions, through our own deliveries.

Forms of messages: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html (queues),
https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html (functions).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

from mllab_localaws.events.deliveries import Delivery, service_of
from mllab_localaws.events.permissions import check_sender
from mllab_localaws.moto_messaging import Subscription, Topics
from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.validation import refuse_others

LARGEST_MESSAGE = 256 * 1024
LONGEST_SUBJECT = 100
PRINCIPAL = "sns.amazonaws.com"
_PROTOCOLS = ("sqs", "lambda")
_MESSAGE_MEMBERS = ("Message", "Subject", "MessageStructure", "MessageAttributes")
# The signature that AWS makes with its own key cannot be made here.
_NO_SIGNATURE = "not-signed-by-the-local-aws"


@dataclass(frozen=True)
class Notification:
    """One message to a topic.

    Attributes:
        texts: by protocol, and `default`.
        attributes: `{name: {"Type", "Value"}}`, as SNS's envelope shows them.
    """

    texts: Mapping[str, str]
    subject: str = ""
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    message_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def text(self, protocol: str) -> str:
        """Return what subscribers of a protocol read."""
        return self.texts.get(protocol, self.texts["default"])


class Notifications(Service):
    """Publish, PublishBatch and Subscribe; what else SNS has is moto's."""

    name = "sns"

    def __init__(self, platform: Platform, topics: Topics) -> None:
        self._platform = platform
        self._topics = topics

    @operation
    def publish(self, call: Call) -> Reply:
        """Publish a message to a topic.

        Raises: AwsError: `NotFound`, `InvalidParameter`.
        """
        refuse_others(call.params, ("TopicArn", "TargetArn", *_MESSAGE_MEMBERS), "Publish")
        arn = call.params.get("TopicArn") or call.params.get("TargetArn") or ""
        self._check_topic(arn)
        message = notification(call.params)
        self._deliver(arn, message)
        return {"MessageId": message.message_id}

    @operation
    def publish_batch(self, call: Call) -> Reply:
        """Publish up to ten messages, each of which succeeds or fails by itself."""
        arn, entries = call.params["TopicArn"], call.params["PublishBatchRequestEntries"]
        self._check_topic(arn)
        ids = [entry["Id"] for entry in entries]
        if not ids:
            raise AwsError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
        if len(ids) > 10:
            raise AwsError("TooManyEntriesInBatchRequest", "The batch request contains more entries than 10.")
        if len(set(ids)) < len(ids):
            raise AwsError("BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id.")
        successful, failed = [], []
        for entry in entries:
            try:
                refuse_others(entry, ("Id", *_MESSAGE_MEMBERS), f"entry {entry['Id']}")
                message = notification(entry)
            except AwsError as refusal:
                why = {"Code": refusal.code, "Message": refusal.message, "SenderFault": True}
                failed.append({"Id": entry["Id"], **why})
            else:
                self._deliver(arn, message)
                successful.append({"Id": entry["Id"], "MessageId": message.message_id})
        return {"Successful": successful, "Failed": failed}

    @operation
    def subscribe(self, call: Call) -> Reply:
        """Subscribe a queue or a function to a topic; no confirmation is needed within an account."""
        arn, protocol = call.params["TopicArn"], call.params["Protocol"]
        endpoint, attributes = call.params.get("Endpoint", ""), call.params.get("Attributes", {})
        self._check_topic(arn)
        if protocol not in _PROTOCOLS:
            raise AwsError(
                "InvalidParameter",
                f"Invalid parameter: protocol {protocol} is not part of the local AWS, which sends nothing "
                f"outside of this machine. Use {' or '.join(_PROTOCOLS)}.",
            )
        if service_of(endpoint) != protocol:
            raise AwsError("InvalidParameter", f"Invalid parameter: {protocol.upper()} endpoint ARN")
        return {"SubscriptionArn": self._topics.subscribe(arn, protocol, endpoint, attributes)}

    def receive(self, delivery: Delivery) -> None:
        """Publish what a service sends to a topic.

        Raises: AwsError: there is no such topic, or its policy does not let the sender.
        """
        self.check(delivery)
        # As on AWS, which cuts what is too long for a subject line.
        subject = delivery.subject[:LONGEST_SUBJECT]
        self._deliver(delivery.target_arn, Notification({"default": delivery.body}, subject))

    def check(self, delivery: Delivery) -> None:
        """Raise what a delivery would be refused for."""
        self._check_topic(delivery.target_arn)
        check_sender(self._topics.policy(delivery.target_arn), delivery, "sns:Publish", "AuthorizationError")

    def _check_topic(self, arn: str) -> None:
        if not self._topics.exists(arn):
            raise AwsError("NotFound", "Topic does not exist", status=404)
        if self._topics.is_fifo(arn):
            raise AwsError(
                "InvalidParameter", f"Invalid parameter: {arn}: FIFO topics are not part of the local AWS."
            )

    def _deliver(self, arn: str, message: Notification) -> None:
        for subscription in self._topics.subscriptions(arn):
            if subscription.wants(message.attributes, message.text("default")):
                self._platform.deliveries.send(self._delivery(arn, subscription, message))

    def _delivery(self, arn: str, subscription: Subscription, message: Notification) -> Delivery:
        parameters = {}
        text = message.text(subscription.protocol)
        if subscription.protocol == "lambda":
            body = json.dumps({"Records": [self._record(arn, subscription, message)]})
        elif subscription.raw:
            body = text
            parameters = {"MessageAttributes": _for_queue(message.attributes)}
        else:
            body = json.dumps(self._envelope(arn, subscription, message), indent=2, ensure_ascii=False)
        return Delivery(
            target_arn=subscription.endpoint,
            body=body,
            source_arn=arn,
            principal=PRINCIPAL,
            parameters=parameters,
        )

    def _envelope(self, arn: str, subscription: Subscription, message: Notification) -> dict[str, Any]:
        now = datetime.fromtimestamp(self._platform.clock.now(), timezone.utc)
        url = self._platform.settings.endpoint_url
        envelope: dict[str, Any] = {
            "Type": "Notification",
            "MessageId": message.message_id,
            "TopicArn": arn,
            "Subject": message.subject,
            "Message": message.text(subscription.protocol),
            "Timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
            "SignatureVersion": "1",
            "Signature": _NO_SIGNATURE,
            "SigningCertURL": f"{url}/SimpleNotificationService-{_NO_SIGNATURE}.pem",
            "UnsubscribeURL": f"{url}/?Action=Unsubscribe&SubscriptionArn={quote(subscription.arn)}",
            "MessageAttributes": message.attributes,
        }
        return {name: value for name, value in envelope.items() if value}

    def _record(self, arn: str, subscription: Subscription, message: Notification) -> dict[str, Any]:
        envelope = self._envelope(arn, subscription, message)
        # Functions read two of the members under other names, and those that are not set as well.
        sns = {
            **envelope,
            "Subject": message.subject or None,
            "SigningCertUrl": envelope["SigningCertURL"],
            "UnsubscribeUrl": envelope["UnsubscribeURL"],
            "MessageAttributes": message.attributes,
        }
        del sns["SigningCertURL"], sns["UnsubscribeURL"]
        return {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription.arn,
            "Sns": sns,
        }


def notification(params: Mapping[str, Any]) -> Notification:
    """Return the message of a Publish request or of an entry of a batch.

    Raises: AwsError: `InvalidParameter`.
    """
    message, subject = params["Message"], params.get("Subject", "")
    if not message:
        raise _invalid("Empty message")
    if len(message.encode()) > LARGEST_MESSAGE:
        raise _invalid("Message too long")
    if "Subject" in params and not _is_subject(subject):
        raise _invalid("Subject")
    attributes = {
        name: _attribute(name, value) for name, value in params.get("MessageAttributes", {}).items()
    }
    return Notification(_texts(message, params.get("MessageStructure")), subject, attributes)


def _is_subject(text: str) -> bool:
    # API reference: ASCII text that begins with a letter, number or punctuation mark, without line breaks.
    return 0 < len(text) <= LONGEST_SUBJECT and text.isascii() and text.isprintable() and text[0] != " "


def _texts(message: str, structure: str | None) -> Mapping[str, str]:
    if structure is None:
        return {"default": message}
    if structure != "json":
        raise _invalid("MessageStructure must be 'json' if provided")
    try:
        texts = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise _invalid("Message Structure - JSON message body failed to parse") from error
    if not isinstance(texts, dict) or not isinstance(texts.get("default"), str):
        raise _invalid("Message Structure - No default entry in JSON message body")
    return {protocol: text for protocol, text in texts.items() if isinstance(text, str)}


def _attribute(name: str, value: Mapping[str, Any]) -> dict[str, str]:
    kind = value["DataType"]
    if kind.startswith("Binary"):
        raise _invalid(f"MessageAttributes: {name} is binary, which is not part of the local AWS")
    if not value.get("StringValue"):
        raise _invalid(f"MessageAttributes: the attribute {name} must have a StringValue")
    return {"Type": kind, "Value": value["StringValue"]}


def _for_queue(attributes: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {
        name: {"DataType": value["Type"], "StringValue": value["Value"]} for name, value in attributes.items()
    }


def _invalid(reason: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {reason}")
