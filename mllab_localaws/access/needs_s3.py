"""What requests to S3 need.

Sources: the Service Authorization Reference for Amazon S3; S3's user guide, "Required permissions for Amazon
S3 API operations".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import structures, tag_keys, text, unknown
from mllab_localaws.access.needs_s3_keys import creation_keys, listing_keys, upload_keys

# What an operation calls a bucket's setting, where its action calls it otherwise.
_SETTINGS = {
    "BucketAccelerateConfiguration": "AccelerateConfiguration",
    "BucketAnalyticsConfiguration": "AnalyticsConfiguration",
    "BucketCors": "BucketCORS",
    "BucketEncryption": "EncryptionConfiguration",
    "BucketIntelligentTieringConfiguration": "IntelligentTieringConfiguration",
    "BucketInventoryConfiguration": "InventoryConfiguration",
    "BucketLifecycle": "LifecycleConfiguration",
    "BucketLifecycleConfiguration": "LifecycleConfiguration",
    "BucketMetadataConfiguration": "BucketMetadataTableConfiguration",
    "BucketMetricsConfiguration": "MetricsConfiguration",
    "BucketNotificationConfiguration": "BucketNotification",
    "BucketReplication": "ReplicationConfiguration",
    "ObjectLockConfiguration": "BucketObjectLockConfiguration",
    "PublicAccessBlock": "BucketPublicAccessBlock",
}
_SETTING = re.compile(
    r"(?P<verb>Get|Put|Delete|List|Create|Update)(?P<subject>Bucket\w+|ObjectLock\w+|PublicAccessBlock)"
)
# To delete any other setting is to put an empty one.
_DELETED = ("BucketPolicy", "BucketWebsite", "BucketMetadataTableConfiguration")
_OF_BUCKETS = {
    "CreateBucket": "s3:CreateBucket",
    "DeleteBucket": "s3:DeleteBucket",
    "HeadBucket": "s3:ListBucket",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "ListObjects": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
}
_WRITES = {
    "CopyObject",
    "PutObject",
    "CreateMultipartUpload",
    "UploadPart",
    "UploadPartCopy",
    "CompleteMultipartUpload",
}
# Operations on an object whose action has another name than they.
_OF_OBJECTS = {
    **dict.fromkeys(_WRITES, "s3:PutObject"),
    "HeadObject": "s3:GetObject",
    "SelectObjectContent": "s3:GetObject",
    "ListParts": "s3:ListMultipartUploadParts",
}
# Of directory buckets and Object Lambda, which are services of their own to IAM.
_ELSEWHERE = {
    "CreateSession": "s3express:CreateSession",
    "ListDirectoryBuckets": "s3express:ListAllMyDirectoryBuckets",
    "RenameObject": "s3express:CreateSession",
    "WriteGetObjectResponse": "s3-object-lambda:WriteGetObjectResponse",
}
# Actions that have a twin for requests which name a version.
_WITH_VERSION = {
    f"s3:{verb}Object{subject}": f"s3:{verb}ObjectVersion{subject}"
    for verb, subject in (
        ("Get", ""),
        ("Delete", ""),
        ("Get", "Acl"),
        ("Put", "Acl"),
        ("Get", "Attributes"),
        ("Get", "Tagging"),
        ("Put", "Tagging"),
        ("Delete", "Tagging"),
        ("Get", "Torrent"),
    )
}


def needed(request: Request) -> list[Access]:
    """Return what a request to S3 needs.

    Raises: LookupError: no rule covers the operation.
    """
    operation, params = request.operation, request.params
    bucket, key = text(params, "Bucket"), text(params, "Key")
    if operation == "ListBuckets":
        # The reference knows no resource, yet policies for `arn:aws:s3:::*` allow it, as AWS's examples do.
        return [Access("s3:ListAllMyBuckets", "arn:aws:s3:::*")]
    if operation in _OF_BUCKETS:
        return _bucket_access(operation, _OF_BUCKETS[operation], bucket, params)
    if operation == "DeleteObjects":
        return _deletions(bucket, params)
    if operation in _ELSEWHERE:
        return [Access(_ELSEWHERE[operation], "*")]
    setting = _SETTING.fullmatch(operation)
    if setting:
        return [Access(_setting_action(setting["verb"], setting["subject"]), _bucket_arn(bucket))]
    if "Object" in operation or operation in _OF_OBJECTS or operation == "AbortMultipartUpload":
        return _object_access(operation, f"{_bucket_arn(bucket)}/{key}", params)
    raise unknown(request)


def _bucket_arn(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}"


def _setting_action(verb: str, subject: str) -> str:
    if verb == "List":
        verb, subject = "Get", subject.removesuffix("s")
    subject = _SETTINGS.get(subject, subject)
    if verb == "Delete" and subject not in _DELETED:
        verb = "Put"
    return f"s3:{verb}{subject}"


def _bucket_access(operation: str, action: str, bucket: str, params: Mapping[str, Any]) -> list[Access]:
    resource = _bucket_arn(bucket)
    if operation == "CreateBucket":
        return [Access(action, resource, creation_keys(params)), *_beside_creation(resource, params)]
    lists = operation.startswith("ListObject")
    return [Access(action, resource, listing_keys(params) if lists else {})]


def _beside_creation(resource: str, params: Mapping[str, Any]) -> list[Access]:
    actions = []
    if text(params, "ACL") not in ("", "private"):
        actions.append("s3:PutBucketAcl")
    if _is_true(params.get("ObjectLockEnabledForBucket")):
        actions += ["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"]
    if text(params, "ObjectOwnership"):
        actions.append("s3:PutBucketOwnershipControls")
    accesses = [Access(action, resource) for action in actions]
    tags = tag_keys(structures(params, "CreateBucketConfiguration", "Tags"))
    return [*accesses, Access("s3:TagResource", resource, tags)] if tags else accesses


def _object_access(operation: str, resource: str, params: Mapping[str, Any]) -> list[Access]:
    action = _OF_OBJECTS.get(operation, f"s3:{operation}")
    if operation in _WRITES:
        return [
            *_read_source(params),
            Access(action, resource, upload_keys(operation, params)),
            *_beside_upload(operation, resource, params),
        ]
    version = text(params, "VersionId")
    actions = [action]
    if operation == "GetObjectAttributes":
        actions.insert(0, "s3:GetObject")
    accesses = [_of_version(each, resource, version) for each in actions]
    return [*accesses, *_bypass(resource, params)]


def _of_version(action: str, resource: str, version: str) -> Access:
    if version and action in _WITH_VERSION:
        return Access(_WITH_VERSION[action], resource, {"s3:versionid": (version,)})
    return Access(action, resource)


def _read_source(params: Mapping[str, Any]) -> list[Access]:
    """What reading the source of a copy needs; it is taken apart as moto does, which will read it.

    Its tags are copied, too; whether it has any, the request does not tell, and without any S3 asks no more.
    """
    source = text(params, "CopySource")
    if not source:
        return []
    try:
        parsed = urlparse(source)
    except ValueError:  # half of an IPv6 address, say
        return [Access("s3:GetObject", "*")]
    version = parse_qs(parsed.query).get("versionId", [""])[0]
    return [_of_version("s3:GetObject", _bucket_arn(unquote(parsed.path).lstrip("/")), version)]


def _beside_upload(operation: str, resource: str, params: Mapping[str, Any]) -> list[Access]:
    accesses = []
    if any(name == "ACL" or name.startswith("Grant") for name in params if params[name]):
        accesses.append(Access("s3:PutObjectAcl", resource, upload_keys(operation, params)))
    # A copy takes the tags of its source unless it is told to replace them.
    replaces = operation != "CopyObject" or text(params, "TaggingDirective") == "REPLACE"
    if replaces and text(params, "Tagging"):
        accesses.append(Access("s3:PutObjectTagging", resource, upload_keys(operation, params)))
    if text(params, "ObjectLockMode"):
        accesses.append(Access("s3:PutObjectRetention", resource))
    if text(params, "ObjectLockLegalHoldStatus"):
        accesses.append(Access("s3:PutObjectLegalHold", resource))
    return accesses


def _deletions(bucket: str, params: Mapping[str, Any]) -> list[Access]:
    """One deletion per key; all keys when the request does not say which."""
    accesses = []
    for each in structures(params, "Delete", "Objects") or [{"Key": "*"}]:
        resource = f"{_bucket_arn(bucket)}/{text(each, 'Key')}"
        accesses.append(_of_version("s3:DeleteObject", resource, text(each, "VersionId")))
        accesses += _bypass(resource, params)
    return accesses


def _bypass(resource: str, params: Mapping[str, Any]) -> list[Access]:
    if _is_true(params.get("BypassGovernanceRetention")):
        return [Access("s3:BypassGovernanceRetention", resource)]
    return []


def _is_true(value: Any) -> bool:
    """Say whether a header's boolean is set, parsed or as it was sent."""
    return str(value).lower() == "true"
