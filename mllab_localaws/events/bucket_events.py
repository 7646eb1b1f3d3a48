"""What happens to objects, told to EventBridge and to a bucket's direct destinations.

Forms: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html (EventBridge),
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html (the others).
"""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote_plus

from mllab_localaws import bucket_notifications
from mllab_localaws.events.bus import Event
from mllab_localaws.events.deliveries import Delivery
from mllab_localaws.moto_backend import ObjectChange
from mllab_localaws.platform import ACCOUNT, Platform

_SOURCE_ADDRESS = "127.0.0.1"
_PRINCIPAL_ID = "AWS:AIDALOCALAWSADMINIST"
# What was done -> the event that a notification configuration names.
_NOTIFICATIONS = {
    "PutObject": "s3:ObjectCreated:Put",
    "POST Object": "s3:ObjectCreated:Post",
    "CopyObject": "s3:ObjectCreated:Copy",
    "CompleteMultipartUpload": "s3:ObjectCreated:CompleteMultipartUpload",
    "DeleteObject": "s3:ObjectRemoved:Delete",
    "DeleteMarker": "s3:ObjectRemoved:DeleteMarkerCreated",
}


class BucketEvents:
    """Hears of every object, and says so to whom the bucket's configuration names."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._numbers = itertools.count()
        self._unsubscribe = platform.objects.subscribe(self._tell)

    def close(self) -> None:
        """Hear of nothing more."""
        self._unsubscribe()

    def _tell(self, change: ObjectChange) -> None:
        configuration = bucket_notifications.of(self._platform.store, change.bucket)
        if configuration is None:
            return
        now = self._platform.clock.now()
        # Larger for what happens to a key later.
        sequencer = f"{int(now * 1000):011x}{next(self._numbers) % 16**5:05x}"
        if "EventBridgeConfiguration" in configuration:
            self._platform.bus.publish(_event(change, now, sequencer))
        name = _NOTIFICATIONS[change.action]
        for arn, entry in bucket_notifications.entries(configuration):
            if bucket_notifications.wants(entry, name, change.key):
                record = _record(change, now, sequencer, entry["Id"])
                self._platform.deliveries.send(_delivery(change, arn, record))


def _event(change: ObjectChange, now: float, sequencer: str) -> Event:
    deleted = change.action.startswith("Delete")
    described: dict[str, Any] = {"key": change.key, "etag": change.etag, "sequencer": sequencer}
    if not deleted:
        described["size"] = change.size
    if change.version_id is not None:
        described["version-id"] = change.version_id
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": change.bucket},
        "object": described,
        "request-id": secrets.token_hex(8).upper(),
        "requester": ACCOUNT,
        "source-ip-address": _SOURCE_ADDRESS,
        "reason": "DeleteObject" if deleted else change.action,
    }
    if deleted:
        marker = change.action == "DeleteMarker"
        detail["deletion-type"] = "Delete Marker Created" if marker else "Permanently Deleted"
    detail_type = "Object Deleted" if deleted else "Object Created"
    resources = (bucket_notifications.bucket_arn(change.bucket),)
    return Event(change.region, "aws.s3", detail_type, detail, now, resources)


def _record(change: ObjectChange, now: float, sequencer: str, configuration_id: str) -> Mapping[str, Any]:
    moment = datetime.fromtimestamp(now, timezone.utc)
    described: dict[str, Any] = {"key": quote_plus(change.key, safe="/"), "sequencer": sequencer.upper()}
    if not change.action.startswith("Delete"):
        described |= {"size": change.size, "eTag": change.etag}
    if change.version_id is not None:
        described["versionId"] = change.version_id
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": change.region,
        "eventTime": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
        "eventName": _NOTIFICATIONS[change.action].removeprefix("s3:"),
        "userIdentity": {"principalId": _PRINCIPAL_ID},
        "requestParameters": {"sourceIPAddress": _SOURCE_ADDRESS},
        "responseElements": {
            "x-amz-request-id": secrets.token_hex(8).upper(),
            "x-amz-id-2": secrets.token_urlsafe(42),
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration_id,
            "bucket": {
                "name": change.bucket,
                "ownerIdentity": {"principalId": ACCOUNT},
                "arn": bucket_notifications.bucket_arn(change.bucket),
            },
            "object": described,
        },
    }


def _delivery(change: ObjectChange, arn: str, record: Mapping[str, Any]) -> Delivery:
    return Delivery(
        target_arn=arn,
        body=json.dumps({"Records": [record]}),
        source_arn=bucket_notifications.bucket_arn(change.bucket),
        principal=bucket_notifications.PRINCIPAL,
        subject="Amazon S3 Notification",
    )
