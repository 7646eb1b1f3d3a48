"""What goes when the lab leaves a bucket: everything in its own, what it wrote in a given one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers.aws_errors import error_code, is_denial, translate
from mllab_helpers.identity import given_bucket
from mllab_helpers.storage import bucket_exists

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

_DELETE_AT_ONCE = 1000  # S3 API reference, DeleteObjects


@translate()
def delete_bucket(lab: Lab) -> None:
    """Delete the lab's bucket with everything in it, old versions included; silent when already gone."""
    if not bucket_exists(lab):
        return
    s3 = lab.client("s3")
    for upload in _pages(lab, "list_multipart_uploads", "Uploads"):
        s3.abort_multipart_upload(Bucket=lab.bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    _delete_batches(lab, _versions(lab))
    s3.delete_bucket(Bucket=lab.bucket)


@translate()
def delete_objects(lab: Lab) -> None:
    """Delete what the lab wrote into its bucket, and nothing else; the bucket stays.

    Old versions go as well where the caller may see and delete them; in a given bucket those from before the
    lab stay.
    """
    if lab.given("bucket"):
        given_bucket.silence(lab)
    prefixes = lab_prefixes(lab)
    since = given_bucket.claimed_at(lab) if lab.given("bucket") and prefixes else None
    for prefix in prefixes:
        if not (sees_versions(lab) and _deletes_versions(lab, prefix, since)):
            _delete_batches(lab, [{"Key": key} for key in given_bucket.keys(lab, prefix)])


def _deletes_versions(lab: Lab, prefix: str, since: datetime | None) -> bool:
    """Delete what begins with a prefix, version by version; False when the caller may not."""
    try:
        _delete_batches(lab, _versions(lab, prefix, since))
    except ClientError as error:
        if not is_denial(error):
            raise
        return False
    return True


def lab_prefixes(lab: Lab) -> tuple[str, ...]:
    """Return what keys of the lab begin with: those of its own bucket are all the lab's.

    The marker of a given bucket comes last, so that what is left after an interruption is found again.
    """
    if not lab.given("bucket"):
        return ("",)
    return (
        (*given_bucket.prefixes(lab), given_bucket.MARKER) if given_bucket.owner(lab) == lab.student else ()
    )


def has_objects(lab: Lab) -> bool:
    """Say whether something of the lab's lies in its bucket."""
    return any(key for prefix in lab_prefixes(lab) for key in given_bucket.keys(lab, prefix))


def sees_versions(lab: Lab) -> bool:
    """Say whether the caller may look at old versions, as whoever manages the bucket may."""
    try:
        lab.client("s3").list_object_versions(Bucket=lab.bucket, MaxKeys=1)
    except ClientError as error:
        if is_denial(error):
            return False
        if error_code(error) != "NoSuchBucket":
            raise
    return True


def _versions(lab: Lab, prefix: str = "", since: datetime | None = None) -> list[dict[str, str]]:
    """List the versions of what begins with a prefix; `since` leaves out the older ones."""
    return [
        {"Key": entry["Key"], "VersionId": entry["VersionId"]}
        for kind in ("Versions", "DeleteMarkers")
        for entry in _pages(lab, "list_object_versions", kind, Prefix=prefix)
        if since is None or entry["LastModified"] >= since
    ]


def _delete_batches(lab: Lab, objects: list[dict[str, str]]) -> None:
    """Delete objects, as many at once as S3 takes.

    Raises: ClientError: the first that S3 refused to delete, which it says in an answer with status 200.
    """
    for start in range(0, len(objects), _DELETE_AT_ONCE):
        batch = {"Objects": objects[start : start + _DELETE_AT_ONCE], "Quiet": True}
        answer = lab.client("s3").delete_objects(Bucket=lab.bucket, Delete=batch)
        if answer.get("Errors"):
            first = answer["Errors"][0]
            message = f"{first.get('Key', '')}: {first.get('Message', '')}"
            raise ClientError({"Error": {"Code": first.get("Code", ""), "Message": message}}, "DeleteObjects")


def _pages(lab: Lab, operation: str, member: str, **request: str) -> Iterator[dict[str, Any]]:
    for page in lab.client("s3").get_paginator(operation).paginate(Bucket=lab.bucket, **request):
        yield from page.get(member, [])
