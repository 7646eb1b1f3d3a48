"""S3: the lab's bucket, uploads that are checked, downloads.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from botocore.exceptions import ClientError

from mllab_helpers import progress
from mllab_helpers.aws_errors import (
    error_code,
    error_message,
    has_wrong_clock,
    is_denial,
    translate,
    unless_prepared,
)
from mllab_helpers.errors import BucketTaken, EmptyPrefix, NoBucket, NoSuchObject, UploadDamaged
from mllab_helpers.identity import given_bucket
from mllab_helpers.identity.errors import NotPrepared
from mllab_helpers.lab.state import notebook_file
from mllab_helpers.texts import say

if TYPE_CHECKING:
    import pandas as pd

    from mllab_helpers.lab.lab import Lab

# What one PutObject takes (Amazon S3 quotas). Uploads in several parts have no plain checksum.
_ONE_PIECE_BYTES = 5 * 1024**3
_READ_BYTES = 1024 * 1024
_NOT_SET = ("NoSuchPublicAccessBlockConfiguration", "ServerSideEncryptionConfigurationNotFoundError")


@dataclass(frozen=True, repr=False)
class Upload:
    """An object that S3 has stored exactly as it was sent.

    Attributes:
        uri: `s3://<bucket>/<key>`.
        checksum: SHA-256 in base64, as S3 keeps it beside the object.
        seconds: how long the transfer took.
    """

    uri: str
    bytes: int
    checksum: str
    seconds: float

    def __repr__(self) -> str:
        return say("storage.upload", uri=self.uri, bytes=self.bytes, checksum=self.checksum)


@dataclass(frozen=True, repr=False)
class BucketSettings:
    """What S3 says about a bucket; None for what the caller may not ask.

    Attributes:
        public_access_blocked: whether nobody outside the account can be let in.
        encryption: how what is stored is encrypted, e.g. `AES256`.
        versioning: `Enabled`, `Suspended`, or empty for a bucket that never had versions.
    """

    public_access_blocked: bool | None
    encryption: str | None
    versioning: str | None

    def __repr__(self) -> str:
        unknown = say("storage.may_not_ask")
        words = {True: say("storage.yes"), False: say("storage.no"), None: unknown}
        blocked = words[self.public_access_blocked]
        encryption, versioning = (
            unknown if each is None else each for each in (self.encryption, self.versioning)
        )
        return say("storage.settings", blocked=blocked, encryption=encryption, versioning=versioning)


@translate()
def ensure_bucket(lab: Lab) -> str:
    """Create the lab's bucket, private, encrypted, versioned and closed to plain HTTP, or find it again.

    One that a school account gave is only claimed for the student; one that a teacher prepared stays as it is
    for whoever may not change it.
    Returns: the bucket's name, `mllab-<account>-<region>-<student>` unless it was given.
    Raises: BucketTaken: the name exists in somebody else's account; NotPrepared: there is none, and the
        caller may not create one; BucketInUse, BucketOccupied: a given bucket is somebody else's.
    """
    if lab.given("bucket"):
        given_bucket.claim(lab)
        return lab.bucket
    lab = lab.as_teacher()
    existed = bucket_exists(lab)
    if not existed:
        _create_bucket(lab)
    with unless_prepared(existed=existed):
        _protect_bucket(lab)
    return lab.bucket


def location(region: str) -> dict[str, Any]:
    """Return what `create_bucket` has to be told for a bucket to lie in a region.

    us-east-1 is the one region that S3 refuses to be told (S3 API reference, CreateBucket).
    """
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _create_bucket(lab: Lab) -> None:
    s3, bucket = lab.client("s3"), lab.bucket
    lab.note_creating("bucket", bucket)
    try:
        s3.create_bucket(Bucket=bucket, ObjectOwnership="BucketOwnerEnforced", **location(lab.region))
    except ClientError as error:
        if error_code(error) == "BucketAlreadyExists":
            raise BucketTaken(bucket=bucket) from error
        if is_denial(error):
            raise NotPrepared(what=bucket, caller=lab.caller) from error
        if error_code(error) != "BucketAlreadyOwnedByYou":
            raise


def _protect_bucket(lab: Lab) -> None:
    s3, bucket = lab.client("s3"), lab.bucket
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    encryption = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [encryption]})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(tls_only_policy(bucket)))
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": lab.tags})


@translate()
def bucket_settings(lab: Lab) -> BucketSettings:
    """Ask S3 how the lab's bucket is protected: three calls, `get_public_access_block` and its neighbours."""
    s3 = lab.client("s3")
    access = _ask(s3.get_public_access_block, lab.bucket)
    encryption = _ask(s3.get_bucket_encryption, lab.bucket)
    versioning = _ask(s3.get_bucket_versioning, lab.bucket)
    return BucketSettings(
        None if access is None else all(access.get("PublicAccessBlockConfiguration", {"": False}).values()),
        None if encryption is None else _algorithm(encryption),
        None if versioning is None else versioning.get("Status", ""),
    )


def tls_only_policy(bucket: str) -> dict[str, Any]:
    """Return a bucket policy that refuses everybody who does not come over TLS."""
    arn = f"arn:aws:s3:::{bucket}"
    statement = {
        "Sid": "OnlyOverTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def upload_file(lab: Lab, path: str | Path, key: str) -> Upload:
    """Upload a file, with progress, and check what S3 stored against what was sent.

    Raises: NoBucket, UploadDamaged; FileNotFoundError: there is no such file.
    """
    path = Path(path)
    with path.open("rb") as file:
        return _upload(lab, file, path.stat().st_size, key)


def upload_bytes(lab: Lab, body: bytes, key: str) -> Upload:
    """Upload what is in memory, like `upload_file`."""
    return _upload(lab, io.BytesIO(body), len(body), key)


@translate()
def _upload(lab: Lab, file: BinaryIO, size: int, key: str) -> Upload:
    from boto3.s3.transfer import TransferConfig

    expected = _checksum(file)
    started = lab.clock.now()
    label = say("storage.uploading", name=key.rsplit("/", 1)[-1])
    with _bucket_expected(lab, lab.bucket), progress.show(label, total=size, unit="B") as shown:
        lab.client("s3").upload_fileobj(
            file,
            lab.bucket,
            key,
            ExtraArgs={"ChecksumAlgorithm": "SHA256"},
            Callback=shown.advance,
            Config=TransferConfig(multipart_threshold=_ONE_PIECE_BYTES),
        )
        stored = lab.client("s3").head_object(Bucket=lab.bucket, Key=key, ChecksumMode="ENABLED")
    uri = f"s3://{lab.bucket}/{key}"
    if stored["ContentLength"] != size or stored.get("ChecksumSHA256") != expected:
        raise UploadDamaged(uri=uri)
    return Upload(uri, size, expected, lab.clock.now() - started)


@translate()
def list_objects(lab: Lab, prefix: str = "") -> pd.DataFrame:
    """List the objects whose keys begin with a prefix.

    Returns: columns `key` and `bytes`, by key; no rows when there are none.
    """
    import pandas as pd

    pages = lab.client("s3").get_paginator("list_objects_v2").paginate(Bucket=lab.bucket, Prefix=prefix)
    with _bucket_expected(lab, lab.bucket):
        found = [(entry["Key"], entry["Size"]) for page in pages for entry in page.get("Contents", [])]
    table: pd.DataFrame = pd.DataFrame(found, columns=["key", "bytes"])
    return table


@translate()
def download(lab: Lab, key: str) -> bytes:
    """Return the contents of an object, given its key or its `s3://` address in the lab's bucket.

    Raises: NoSuchObject, NoBucket.
    """
    bucket, key = _split(lab, key)
    try:
        with _bucket_expected(lab, bucket):
            body: bytes = lab.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error_code(error) in ("NoSuchKey", "404", "NoSuchBucket"):
            raise NoSuchObject(object=key, bucket=bucket) from error
        raise
    return body


@translate()
def require_objects(lab: Lab, uri: str) -> None:
    """Make sure that there is something to read under a prefix.

    Raises: EmptyPrefix, NoBucket.
    """
    bucket, prefix = _split(lab, uri)
    try:
        with _bucket_expected(lab, bucket):
            found = lab.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
    except ClientError as error:
        if error_code(error) == "NoSuchBucket":
            raise EmptyPrefix(prefix=prefix, bucket=bucket) from error
        raise
    if not found.get("KeyCount"):
        raise EmptyPrefix(prefix=prefix, bucket=bucket)


@translate()
def notifications(lab: Lab) -> dict[str, Any]:
    """Return whom the lab's bucket tells of its objects, in the form in which S3 takes it."""
    return given_bucket.notifications(lab)


def _ask(call: Callable[..., Any], bucket: str) -> dict[str, Any] | None:
    """Return an answer about a bucket: empty where nothing is set, None where the caller may not ask."""
    try:
        answer: dict[str, Any] = call(Bucket=bucket)
    except ClientError as error:
        if is_denial(error):
            return None
        if error_code(error) in _NOT_SET:
            return {}
        raise
    return answer


def _algorithm(encryption: dict[str, Any]) -> str:
    rules = encryption.get("ServerSideEncryptionConfiguration", {}).get("Rules")
    return str(rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]) if rules else ""


def bucket_exists(lab: Lab) -> bool:
    """Say whether the lab's bucket exists.

    Raises: BucketTaken: it does, in somebody else's account.
    """
    try:
        lab.client("s3").head_bucket(Bucket=lab.bucket, ExpectedBucketOwner=lab.account)
    except ClientError as error:
        if error_code(error) in ("404", "NoSuchBucket"):
            return False
        if error_code(error) in ("403", "AccessDenied") and not has_wrong_clock(error):
            _check_permission(lab)
            raise BucketTaken(bucket=lab.bucket) from error
        raise
    return True


def _check_permission(lab: Lab) -> None:
    """Raise S3's own refusal when a permission is missing: to a HEAD it says 403, whatever is the matter."""
    try:
        lab.client("s3").list_objects_v2(Bucket=lab.bucket, MaxKeys=1, ExpectedBucketOwner=lab.account)
    except ClientError as error:
        # Of another account's bucket it says "Access Denied" and no more.
        if "is not authorized to perform" in error_message(error):
            raise


def _split(lab: Lab, address: str) -> tuple[str, str]:
    found = re.fullmatch(r"s3://([^/]+)/?(.*)", address)
    return (found[1], found[2]) if found else (lab.bucket, address)


def _checksum(file: BinaryIO) -> str:
    """Return the SHA-256 in base64, as S3 writes it, and go back to the beginning."""
    digest = hashlib.sha256()
    for piece in iter(lambda: file.read(_READ_BYTES), b""):
        digest.update(piece)
    file.seek(0)
    return base64.b64encode(digest.digest()).decode()


@contextmanager
def _bucket_expected(lab: Lab, bucket: str) -> Iterator[None]:
    """Raise NoBucket when S3 says that the bucket is not there, and it is the lab's."""
    try:
        yield
    except ClientError as error:
        if error_code(error) == "NoSuchBucket" and bucket == lab.bucket:
            raise NoBucket(bucket=lab.bucket, notebook=notebook_file("environment")) from error
        raise
