"""S3's condition keys, from the query and the headers of a request.

Source: S3's user guide, "Bucket policy examples using condition keys".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from mllab_localaws.access.needs_common import Context, structures, tag_keys, text

_LISTING = {"Prefix": "s3:prefix", "Delimiter": "s3:delimiter"}
# Members that are headers, whose names the keys have.
_GRANTS = {
    "ACL": "s3:x-amz-acl",
    "GrantFullControl": "s3:x-amz-grant-full-control",
    "GrantRead": "s3:x-amz-grant-read",
    "GrantReadACP": "s3:x-amz-grant-read-acp",
    "GrantWrite": "s3:x-amz-grant-write",
    "GrantWriteACP": "s3:x-amz-grant-write-acp",
}
_UPLOAD = {
    **_GRANTS,
    "CopySource": "s3:x-amz-copy-source",
    "IfMatch": "s3:if-match",
    "IfNoneMatch": "s3:if-none-match",
    "MetadataDirective": "s3:x-amz-metadata-directive",
    "ObjectLockLegalHoldStatus": "s3:object-lock-legal-hold",
    "ObjectLockMode": "s3:object-lock-mode",
    "SSECustomerAlgorithm": "s3:x-amz-server-side-encryption-customer-algorithm",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "StorageClass": "s3:x-amz-storage-class",
    "WebsiteRedirectLocation": "s3:x-amz-website-redirect-location",
}
# The others only prepare an object.
_CREATES_AN_OBJECT = ("PutObject", "CopyObject", "CompleteMultipartUpload")


def listing_keys(params: Mapping[str, Any]) -> Context:
    """Return the keys of a request that lists objects; an empty prefix is one, and no prefix is none."""
    keys: Context = {
        key: (str(params[name]),) for name, key in _LISTING.items() if params.get(name) is not None
    }
    most = text(params, "MaxKeys")
    return {**keys, "s3:max-keys": (most,)} if most else keys


def creation_keys(params: Mapping[str, Any]) -> Context:
    """Return the keys of a request that creates a bucket."""
    configuration = params.get("CreateBucketConfiguration")
    place = text(configuration, "LocationConstraint") if isinstance(configuration, Mapping) else ""
    keys = _headers(_GRANTS, params)
    if place:
        keys["s3:locationconstraint"] = (place,)
    if text(params, "ObjectOwnership"):
        keys["s3:x-amz-object-ownership"] = (text(params, "ObjectOwnership"),)
    return {**keys, **tag_keys(structures(params, "CreateBucketConfiguration", "Tags"))}


def upload_keys(operation: str, params: Mapping[str, Any]) -> Context:
    """Return the keys of a request that writes an object or a part of one."""
    keys = _headers(_UPLOAD, params)
    keys["s3:ObjectCreationOperation"] = (str(operation in _CREATES_AN_OBJECT).lower(),)
    tags = dict(parse_qsl(text(params, "Tagging"), keep_blank_values=True))
    if tags:
        keys["s3:RequestObjectTagKeys"] = tuple(tags)
        keys |= {f"s3:RequestObjectTag/{key}": (value,) for key, value in tags.items()}
    return keys


def _headers(names: Mapping[str, str], params: Mapping[str, Any]) -> Context:
    return {key: (text(params, name),) for name, key in names.items() if text(params, name)}
