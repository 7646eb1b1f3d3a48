"""What requests to S3 need."""

from __future__ import annotations

from typing import Any

import pytest
from access_requests import needs, pairs

from mllab_localaws.access.model import Access

BUCKET, OBJECT = "arn:aws:s3:::b", "arn:aws:s3:::b/a/k.csv"
HERE: dict[str, Any] = {"Bucket": "b"}
THERE: dict[str, Any] = {"Bucket": "b", "Key": "a/k.csv"}


@pytest.mark.parametrize("operation", ["ListObjects", "ListObjectsV2"])
def test_listing_needs_list_bucket_with_prefix_and_maximum(operation: str) -> None:
    keys = {"s3:prefix": ("a/",), "s3:delimiter": ("/",), "s3:max-keys": ("10",)}
    asked = needs("s3", operation, **HERE, Prefix="a/", Delimiter="/", MaxKeys=10)
    assert asked == [Access("s3:ListBucket", BUCKET, keys)]


def test_no_prefix_is_no_key_and_an_empty_one_is() -> None:
    assert needs("s3", "ListObjectsV2", **HERE)[0].context == {}
    assert needs("s3", "ListObjectsV2", **HERE, Prefix="")[0].context == {"s3:prefix": ("",)}


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("HeadBucket", "s3:ListBucket"),
        ("ListObjectVersions", "s3:ListBucketVersions"),
        ("ListMultipartUploads", "s3:ListBucketMultipartUploads"),
        ("DeleteBucket", "s3:DeleteBucket"),
        ("GetBucketLocation", "s3:GetBucketLocation"),
        ("GetBucketEncryption", "s3:GetEncryptionConfiguration"),
        ("PutBucketEncryption", "s3:PutEncryptionConfiguration"),
        ("DeleteBucketEncryption", "s3:PutEncryptionConfiguration"),
        ("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
        ("PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
        ("DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
        ("GetBucketNotificationConfiguration", "s3:GetBucketNotification"),
        ("PutBucketNotificationConfiguration", "s3:PutBucketNotification"),
        ("GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
        ("PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
        ("DeleteBucketLifecycle", "s3:PutLifecycleConfiguration"),
        ("GetBucketTagging", "s3:GetBucketTagging"),
        ("DeleteBucketTagging", "s3:PutBucketTagging"),
        ("PutBucketVersioning", "s3:PutBucketVersioning"),
        ("PutBucketPolicy", "s3:PutBucketPolicy"),
        ("DeleteBucketPolicy", "s3:DeleteBucketPolicy"),
        ("GetBucketPolicyStatus", "s3:GetBucketPolicyStatus"),
        ("PutBucketOwnershipControls", "s3:PutBucketOwnershipControls"),
        ("DeleteBucketOwnershipControls", "s3:PutBucketOwnershipControls"),
        ("PutBucketCors", "s3:PutBucketCORS"),
        ("DeleteBucketCors", "s3:PutBucketCORS"),
        ("DeleteBucketWebsite", "s3:DeleteBucketWebsite"),
        ("PutObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration"),
        ("ListBucketInventoryConfigurations", "s3:GetInventoryConfiguration"),
        ("DeleteBucketReplication", "s3:PutReplicationConfiguration"),
    ],
)
def test_what_is_about_a_bucket_needs_its_arn(operation: str, action: str) -> None:
    assert pairs("s3", operation, **HERE) == [(action, BUCKET)]


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("GetObject", "s3:GetObject"),
        ("HeadObject", "s3:GetObject"),
        ("DeleteObject", "s3:DeleteObject"),
        ("PutObject", "s3:PutObject"),
        ("CreateMultipartUpload", "s3:PutObject"),
        ("UploadPart", "s3:PutObject"),
        ("CompleteMultipartUpload", "s3:PutObject"),
        ("AbortMultipartUpload", "s3:AbortMultipartUpload"),
        ("ListParts", "s3:ListMultipartUploadParts"),
        ("GetObjectTagging", "s3:GetObjectTagging"),
        ("PutObjectAcl", "s3:PutObjectAcl"),
        ("PutObjectRetention", "s3:PutObjectRetention"),
    ],
)
def test_what_is_about_an_object_needs_its_arn(operation: str, action: str) -> None:
    assert pairs("s3", operation, **THERE) == [(action, OBJECT)]


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("GetObject", "s3:GetObjectVersion"),
        ("HeadObject", "s3:GetObjectVersion"),
        ("DeleteObject", "s3:DeleteObjectVersion"),
        ("PutObjectTagging", "s3:PutObjectVersionTagging"),
        ("GetObjectAcl", "s3:GetObjectVersionAcl"),
    ],
)
def test_a_version_has_actions_of_its_own(operation: str, action: str) -> None:
    asked = needs("s3", operation, **THERE, VersionId="v1")
    assert asked == [Access(action, OBJECT, {"s3:versionid": ("v1",)})]


def test_attributes_need_the_object_as_well() -> None:
    assert pairs("s3", "GetObjectAttributes", **THERE) == [
        ("s3:GetObject", OBJECT),
        ("s3:GetObjectAttributes", OBJECT),
    ]
    assert pairs("s3", "GetObjectAttributes", **THERE, VersionId="v1") == [
        ("s3:GetObjectVersion", OBJECT),
        ("s3:GetObjectVersionAttributes", OBJECT),
    ]


def test_all_buckets_are_one_resource() -> None:
    assert pairs("s3", "ListBuckets") == [("s3:ListAllMyBuckets", "arn:aws:s3:::*")]


def test_an_upload_tells_its_headers() -> None:
    (upload,) = needs("s3", "PutObject", **THERE, ServerSideEncryption="aws:kms", IfNoneMatch="*")
    assert upload.context == {
        "s3:x-amz-server-side-encryption": ("aws:kms",),
        "s3:if-none-match": ("*",),
        "s3:ObjectCreationOperation": ("true",),
    }


def test_a_part_creates_no_object() -> None:
    assert needs("s3", "UploadPart", **THERE)[0].context == {"s3:ObjectCreationOperation": ("false",)}


def test_an_upload_with_acl_and_tags_needs_their_actions() -> None:
    asked = needs("s3", "PutObject", **THERE, ACL="private", Tagging="team=ml&stage=")
    assert [each.action for each in asked] == ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"]
    assert asked[2].context["s3:RequestObjectTag/team"] == ("ml",)
    assert asked[2].context["s3:RequestObjectTagKeys"] == ("team", "stage")


def test_an_upload_with_a_lock_needs_its_actions() -> None:
    asked = pairs("s3", "PutObject", **THERE, ObjectLockMode="GOVERNANCE", ObjectLockLegalHoldStatus="ON")
    assert [action for action, _ in asked] == [
        "s3:PutObject",
        "s3:PutObjectRetention",
        "s3:PutObjectLegalHold",
    ]


@pytest.mark.parametrize("source", ["from/x%20y.csv", "/from/x%20y.csv"])
@pytest.mark.parametrize("operation", ["CopyObject", "UploadPartCopy"])
def test_a_copy_reads_its_source(operation: str, source: str) -> None:
    asked = pairs("s3", operation, **THERE, CopySource=source)
    assert asked == [("s3:GetObject", "arn:aws:s3:::from/x y.csv"), ("s3:PutObject", OBJECT)]


def test_a_copy_of_a_version_reads_that_version() -> None:
    read, write = needs("s3", "CopyObject", **THERE, CopySource="from/x?versionId=v1")
    assert read == Access("s3:GetObjectVersion", "arn:aws:s3:::from/x", {"s3:versionid": ("v1",)})
    assert write.context["s3:x-amz-copy-source"] == ("from/x?versionId=v1",)


@pytest.mark.parametrize(
    ("spelled", "read"),
    [
        ("//allowed/secret/x", "arn:aws:s3:::secret/x"),
        ("secret/x#allowed", "arn:aws:s3:::secret/x"),
        ("secret/x;allowed", "arn:aws:s3:::secret/x"),
        ("//[", "*"),
    ],
)
def test_no_spelling_of_a_source_escapes_a_policy(spelled: str, read: str) -> None:
    # Each is the object that moto reads.
    assert pairs("s3", "CopyObject", **THERE, CopySource=spelled)[0] == ("s3:GetObject", read)


def test_a_copy_tags_only_when_it_replaces_tags() -> None:
    copied = pairs("s3", "CopyObject", **THERE, CopySource="from/x", Tagging="a=b")
    replaced = pairs(
        "s3", "CopyObject", **THERE, CopySource="from/x", Tagging="a=b", TaggingDirective="REPLACE"
    )
    assert ("s3:PutObjectTagging", OBJECT) not in copied
    assert ("s3:PutObjectTagging", OBJECT) in replaced


def test_each_key_is_deleted_for_itself() -> None:
    objects = [{"Key": "a/k.csv"}, {"Key": "old", "VersionId": "v1"}]
    assert pairs("s3", "DeleteObjects", **HERE, Delete={"Objects": objects}) == [
        ("s3:DeleteObject", OBJECT),
        ("s3:DeleteObjectVersion", f"{BUCKET}/old"),
    ]


def test_a_deletion_that_names_no_key_needs_all() -> None:
    assert pairs("s3", "DeleteObjects", **HERE) == [("s3:DeleteObject", f"{BUCKET}/*")]


@pytest.mark.parametrize("spelled", [True, "true"])
def test_a_governed_object_needs_leave_to_bypass(spelled: object) -> None:
    asked = pairs("s3", "DeleteObject", **THERE, BypassGovernanceRetention=spelled)
    assert asked == [("s3:DeleteObject", OBJECT), ("s3:BypassGovernanceRetention", OBJECT)]


def test_a_bucket_with_extras_needs_their_actions() -> None:
    configuration = {"LocationConstraint": "eu-west-1", "Tags": [{"Key": "team", "Value": "ml"}]}
    asked = needs(
        "s3",
        "CreateBucket",
        **HERE,
        ACL="public-read",
        ObjectLockEnabledForBucket=True,
        ObjectOwnership="ObjectWriter",
        CreateBucketConfiguration=configuration,
    )
    assert [each.action for each in asked] == [
        "s3:CreateBucket",
        "s3:PutBucketAcl",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketVersioning",
        "s3:PutBucketOwnershipControls",
        "s3:TagResource",
    ]
    assert asked[0].context["s3:locationconstraint"] == ("eu-west-1",)
    assert asked[0].context["aws:RequestTag/team"] == ("ml",)
    assert pairs("s3", "CreateBucket", **HERE, ACL="private") == [("s3:CreateBucket", BUCKET)]
