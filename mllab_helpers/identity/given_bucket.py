"""A bucket that a school account gives: claimed by one learner, emptied of what the lab wrote, never deleted.

The lab writes below a few prefixes alone. They have to be free when it comes, so that nothing which was there
before can be overwritten, or swept away with the lab.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers.aws_errors import error_code
from mllab_helpers.identity.errors import (
    BucketInUse,
    BucketOccupied,
    GivenBucketElsewhere,
    GivenBucketMissing,
    GivenBucketRefused,
)
from mllab_helpers.names import resource_prefix

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

# Says whose lab lives in the bucket, and whether it told EventBridge of its objects before.
MARKER = "mllab.json"
_EVENTS = "EventBridgeConfiguration"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# Where notebooks, jobs and endpoints write.
PREFIXES = (
    "captured/",
    "captured-before/",
    "code/",
    "comparison/",
    "incoming/",
    "models/",
    "monitoring/",
    "raw/",
    "retraining/",
    "test/",
    "training/",
    "workbench/",
)


def check(lab: Lab, bucket: str) -> None:
    """Make sure that a bucket can be used, without touching it.

    Raises: GivenBucketMissing, GivenBucketRefused, GivenBucketElsewhere.
    """
    if not _NAME.fullmatch(bucket):
        raise GivenBucketMissing(bucket=bucket)
    try:
        found = lab.client("s3").head_bucket(Bucket=bucket, ExpectedBucketOwner=lab.account)
    except ClientError as error:
        if error_code(error) in ("404", "NoSuchBucket"):
            raise GivenBucketMissing(bucket=bucket) from error
        if error_code(error) in ("403", "AccessDenied"):
            raise GivenBucketRefused(
                bucket=bucket, account=lab.account, student=lab.student, region=lab.region
            ) from error
        raise
    region = found.get("BucketRegion", lab.region)
    if region != lab.region:
        raise GivenBucketElsewhere(bucket=bucket, there=region, here=lab.region)


def claim(lab: Lab) -> None:
    """Write into the given bucket whose lab lives in it, unless that is there already.

    Raises: BucketInUse: another learner's does; BucketOccupied: something lies where the lab would write.
    """
    student = owner(lab)
    if not student:
        for prefix in prefixes(lab):
            if any(keys(lab, prefix)):
                raise BucketOccupied(bucket=lab.bucket, prefix=prefix)
        student = _write_marker(lab)
    if student != lab.student:
        raise BucketInUse(bucket=lab.bucket, student=student)


def owner(lab: Lab) -> str:
    """Return the student whose lab lives in the given bucket; empty when nobody's does.

    Raises: BucketOccupied: something else has the marker's name.
    """
    return str(_marker(lab).get("student", ""))


def claimed_at(lab: Lab) -> datetime:
    """Return when the lab came into the given bucket: what is older there was not written by it."""
    found: datetime = lab.client("s3").head_object(Bucket=lab.bucket, Key=MARKER)["LastModified"]
    return found


def notifications(lab: Lab) -> dict[str, Any]:
    """Return whom the lab's bucket tells of its objects, in the form in which S3 takes it."""
    told: dict[str, Any] = lab.client("s3").get_bucket_notification_configuration(Bucket=lab.bucket)
    return {member: value for member, value in told.items() if member != "ResponseMetadata"}


def silence(lab: Lab) -> None:
    """Have the given bucket tell EventBridge nothing any more, unless it did before the lab came."""
    if _marker(lab).get(_EVENTS) is False:
        told = {member: value for member, value in notifications(lab).items() if member != _EVENTS}
        s3 = lab.client("s3")
        s3.put_bucket_notification_configuration(Bucket=lab.bucket, NotificationConfiguration=told)


def _marker(lab: Lab) -> dict[str, Any]:
    """Return what the marker says; nothing when there is none."""
    try:
        body = lab.client("s3").get_object(Bucket=lab.bucket, Key=MARKER)["Body"].read()
    except ClientError as error:
        if error_code(error) in ("NoSuchKey", "404"):
            return {}
        raise
    try:
        marker = json.loads(body)
    except ValueError:
        marker = None
    if not isinstance(marker, dict) or "student" not in marker:
        raise BucketOccupied(bucket=lab.bucket, prefix=MARKER)
    return marker


def prefixes(lab: Lab) -> tuple[str, ...]:
    """Return what keys of this lab begin with; SDKs put a job's files below its name."""
    return (*PREFIXES, resource_prefix(lab.student))


def keys(lab: Lab, prefix: str) -> Iterator[str]:
    """Return the keys that begin with a prefix."""
    pages: Any = lab.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=lab.bucket, Prefix=prefix):
        yield from (entry["Key"] for entry in page.get("Contents", ()))


def _write_marker(lab: Lab) -> str:
    """Write the marker unless somebody else was faster; return whose it is then."""
    body = json.dumps({"student": lab.student, _EVENTS: _EVENTS in notifications(lab)})
    try:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        lab.client("s3").put_object(Bucket=lab.bucket, Key=MARKER, Body=body.encode(), IfNoneMatch="*")
    except ClientError as error:
        if error_code(error) not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
        return owner(lab)
    return lab.student
