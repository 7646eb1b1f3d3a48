"""A bucket's notification configuration: kept here, so that moto's own deliveries never see one.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
"""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from mllab_localaws.events.deliveries import Delivery, service_of
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record, Store
from mllab_localaws.wire import models, protocol
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.http import HttpReply, HttpRequest

PRINCIPAL = "s3.amazonaws.com"
_KIND = "s3-bucket-notification"
_EVERYWHERE = "global"
# Member of the configuration -> what names the destination in it, and of which service that must be.
DESTINATIONS = {
    "QueueConfigurations": ("QueueArn", "sqs"),
    "TopicConfigurations": ("TopicArn", "sns"),
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", "lambda"),
}
_EVENTS = (
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
)


def put(platform: Platform, bucket: str, request: HttpRequest) -> HttpReply:
    """Check and keep a bucket's configuration; queues and topics get S3's test message.

    Raises: AwsError: `InvalidArgument`, `MalformedXML`.
    """
    operation = models.service_model("s3").operation_model("PutBucketNotificationConfiguration")
    try:
        params = protocol.parse(operation, request, {"Bucket": bucket})
    except AwsError as error:
        raise AwsError(
            "MalformedXML", f"The XML you provided was not well-formed: {error.message}"
        ) from error
    configuration = _cleaned(params.get("NotificationConfiguration") or {})
    _check_events(configuration)
    _check_overlap(configuration)
    _check_destinations(platform, bucket, configuration)
    forget(platform.store, bucket)
    platform.store.insert(_KIND, _EVERYWHERE, bucket, configuration)
    for arn in _destinations(configuration):
        if service_of(arn) != "lambda":
            platform.deliveries.send(_delivery(bucket, arn, _test_message(platform, bucket)))
    return HttpReply(200, b"")


def get(platform: Platform, bucket: str) -> HttpReply:
    """Return a bucket's configuration, an empty one when it has none."""
    operation = models.service_model("s3").operation_model("GetBucketNotificationConfiguration")
    reply = protocol.serialise(operation, of(platform.store, bucket) or {}, secrets.token_hex(8))
    # S3 names the document after its content, moto's serialiser after the operation.
    named = reply.body.replace(b"GetBucketNotificationConfigurationResponse", b"NotificationConfiguration")
    return replace(reply, body=named)


def of(store: Store, bucket: str) -> Record | None:
    """Return a bucket's configuration, None when it has none."""
    return store.get(_KIND, _EVERYWHERE, bucket)


def forget(store: Store, bucket: str) -> None:
    """Remove a bucket's configuration."""
    store.delete(_KIND, _EVERYWHERE, bucket)


def bucket_arn(bucket: str) -> str:
    """Return a bucket's ARN."""
    return f"arn:aws:s3:::{bucket}"


def entries(configuration: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each direct destination's ARN and its part of the configuration."""
    for member, (arn, _) in DESTINATIONS.items():
        for each in configuration.get(member, []):
            yield each[arn], each


def wants(entry: Mapping[str, Any], event: str, key: str) -> bool:
    """Say whether a part of the configuration asks for an event, e.g. `s3:ObjectCreated:Put`, of a key."""
    prefix, suffix = _filter(entry)
    asked = any(
        each == event or (each[-1] == "*" and event.startswith(each[:-1])) for each in entry["Events"]
    )
    return asked and key.startswith(prefix) and key.endswith(suffix)


def _destinations(configuration: Mapping[str, Any]) -> list[str]:
    return sorted({arn for arn, _ in entries(configuration)})


def _cleaned(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration with an id for each part, and without empty members."""
    cleaned = {
        name: value for name, value in configuration.items() if value or name == "EventBridgeConfiguration"
    }
    for member in DESTINATIONS:
        if member in cleaned:
            cleaned[member] = [{"Id": secrets.token_hex(24), **each} for each in cleaned[member]]
    return cleaned


def _check_events(configuration: Mapping[str, Any]) -> None:
    for member, (arn, _) in DESTINATIONS.items():
        for entry in configuration.get(member, []):
            if arn not in entry or not entry.get("Events"):
                raise AwsError("MalformedXML", f"{member} needs {arn} and at least one Event.")
            for event in entry["Events"]:
                if event not in _EVENTS:
                    raise AwsError(
                        "InvalidArgument",
                        f"The event '{event}' is not supported for notifications by the local AWS; "
                        f"these are: {', '.join(_EVENTS)}.",
                    )
            for rule in entry.get("Filter", {}).get("Key", {}).get("FilterRules", []):
                if str(rule.get("Name", "")).lower() not in ("prefix", "suffix"):
                    raise AwsError("InvalidArgument", "filter rule name must be either prefix or suffix")


def _check_overlap(configuration: Mapping[str, Any]) -> None:
    parts = [entry for _, entry in entries(configuration)]
    for one, other in itertools.combinations(parts, 2):
        events = any(_share(a, b) for a in one["Events"] for b in other["Events"])
        (prefix, suffix), (other_prefix, other_suffix) = _filter(one), _filter(other)
        prefixes = prefix.startswith(other_prefix) or other_prefix.startswith(prefix)
        suffixes = suffix.endswith(other_suffix) or other_suffix.endswith(suffix)
        if events and prefixes and suffixes:
            message = (
                "Configurations overlap. Configurations on the same bucket cannot share a common event type."
            )
            raise AwsError("InvalidArgument", message)


def _share(one: str, other: str) -> bool:
    return one.startswith(other.rstrip("*")) or other.startswith(one.rstrip("*"))


def _filter(entry: Mapping[str, Any]) -> tuple[str, str]:
    rules = entry.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    values = {rule["Name"].lower(): rule.get("Value", "") for rule in rules}
    return values.get("prefix", ""), values.get("suffix", "")


def _check_destinations(platform: Platform, bucket: str, configuration: Mapping[str, Any]) -> None:
    """Ask each destination whether it would take S3's messages; S3 does so before it keeps anything."""
    problems = []
    for member, (name, service) in DESTINATIONS.items():
        for entry in configuration.get(member, []):
            problem = _problem(platform, bucket, entry[name], service)
            if problem is not None:
                problems.append(f"{entry[name]}: {problem}")
    if problems:
        message = "Unable to validate the following destination configurations"
        raise AwsError("InvalidArgument", f"{message} ({'; '.join(problems)})")


def _problem(platform: Platform, bucket: str, arn: str, service: str) -> str | None:
    if service_of(arn) != service:
        return f"it is no ARN of {service}"
    try:
        platform.deliveries.check(_delivery(bucket, arn, ""))
    except AwsError as error:
        return error.message
    return None


def _delivery(bucket: str, arn: str, body: str) -> Delivery:
    return Delivery(
        arn, body, source_arn=bucket_arn(bucket), principal=PRINCIPAL, subject="Amazon S3 Notification"
    )


def _test_message(platform: Platform, bucket: str) -> str:
    now = datetime.fromtimestamp(platform.clock.now(), timezone.utc)
    return json.dumps(
        {
            "Service": "Amazon S3",
            "Event": "s3:TestEvent",
            "Time": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
            "Bucket": bucket,
            "RequestId": secrets.token_hex(8).upper(),
            "HostId": secrets.token_urlsafe(42),
        }
    )
