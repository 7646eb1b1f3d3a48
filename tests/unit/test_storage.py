"""The bucket, uploads that are checked, downloads, and emptying."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from mllab_helpers import storage
from mllab_helpers.aws_errors import translate
from mllab_helpers.cleanup import emptying
from mllab_helpers.errors import BucketTaken, Denied, EmptyPrefix, NoBucket, NoSuchObject, UploadDamaged


def test_the_bucket_is_private_encrypted_versioned_tagged_and_closed_to_plain_http(real_lab):
    bucket, s3 = storage.ensure_bucket(real_lab), real_lab.client("s3")
    assert bucket == f"mllab-123456789012-us-east-1-{real_lab.student}"
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == real_lab.tags
    statement = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]
    assert (statement["Effect"], statement["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )


@pytest.mark.parametrize(("region", "location"), [("us-east-1", None), ("eu-west-1", "eu-west-1")])
def test_the_bucket_lies_in_the_lab_s_region(make_real_lab, region, location):
    lab = make_real_lab(region=region)
    storage.ensure_bucket(lab)
    assert lab.client("s3").get_bucket_location(Bucket=lab.bucket)["LocationConstraint"] == location


def test_a_second_run_finds_the_bucket_with_its_contents_and_writes_no_second_ledger_line(real_lab):
    storage.ensure_bucket(real_lab)
    storage.upload_bytes(real_lab, b"1,2", "raw/a.csv")
    storage.ensure_bucket(real_lab)
    assert storage.download(real_lab, "raw/a.csv") == b"1,2"
    assert len(real_lab.ledger()) == 1


def test_a_bucket_of_another_account_is_called_taken(lab, stub):
    s3 = stub("s3")
    s3.add_client_error("head_bucket", "403")
    s3.add_client_error("list_objects_v2", "AccessDenied", "Access Denied")
    with pytest.raises(BucketTaken, match=lab.bucket):
        storage.ensure_bucket(lab)


def test_a_bucket_of_ones_own_that_one_may_not_see_is_a_matter_of_permissions(lab, stub):
    s3 = stub("s3")
    s3.add_client_error("head_bucket", "403")
    refusal = (
        "User: ana is not authorized to perform: s3:ListBucket on resource: b because no policy allows it"
    )
    s3.add_client_error("list_objects_v2", "AccessDenied", refusal)
    with pytest.raises(Denied, match="s3:ListBucket"), translate():
        storage.bucket_exists(lab)


def test_a_bucket_taken_between_looking_and_creating_is_called_taken_too(lab, stub):
    s3 = stub("s3")
    s3.add_client_error("head_bucket", "404")
    s3.add_client_error("create_bucket", "BucketAlreadyExists")
    with pytest.raises(BucketTaken):
        storage.ensure_bucket(lab)


@pytest.mark.parametrize("body", [b"", b"price\n1\n", bytes(range(256)) * 40_000])
def test_an_upload_arrives_byte_for_byte_and_states_its_checksum(real_lab, tmp_path, body):
    storage.ensure_bucket(real_lab)
    path = tmp_path / "house_prices.csv"
    path.write_bytes(body)
    upload = storage.upload_file(real_lab, path, "raw/house_prices.csv")
    assert upload.uri == f"s3://{real_lab.bucket}/raw/house_prices.csv"
    assert upload.bytes == len(body)
    assert upload.checksum == base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert storage.download(real_lab, upload.uri) == body


def test_the_quiet_progress_line_holds_nothing_that_varies(real_lab, capsys):
    storage.ensure_bucket(real_lab)
    storage.upload_bytes(real_lab, b"x" * 1000, "raw/a.csv")
    assert capsys.readouterr().out == "Subiendo a.csv: listo\n"


@pytest.mark.parametrize("stored", [{"ChecksumSHA256": "b3RoZXI="}, {}, {"ContentLength": 2}])
def test_an_upload_that_s3_stored_differently_is_called_damaged(lab, stub, stored):
    s3 = stub("s3")
    s3.add_response("put_object", {})
    s3.add_response("head_object", {"ContentLength": 3, **stored})
    with pytest.raises(UploadDamaged, match=r"raw/a\.csv"):
        storage.upload_bytes(lab, b"abc", "raw/a.csv")


def test_objects_are_listed_below_a_prefix(real_lab):
    storage.ensure_bucket(real_lab)
    for key, body in (("raw/b.csv", b"12"), ("raw/a.csv", b"1"), ("data/c.csv", b"")):
        storage.upload_bytes(real_lab, body, key)
    assert storage.list_objects(real_lab, "raw/").to_dict("list") == {
        "key": ["raw/a.csv", "raw/b.csv"],
        "bytes": [1, 2],
    }
    assert len(storage.list_objects(real_lab, "nothing/")) == 0


def test_a_missing_object_is_named_with_its_bucket(real_lab):
    storage.ensure_bucket(real_lab)
    with pytest.raises(NoSuchObject, match=r"raw/none\.csv"):
        storage.download(real_lab, "raw/none.csv")


def test_a_missing_bucket_names_the_notebook_that_makes_it(real_lab):
    for use in (
        lambda: storage.download(real_lab, "a"),
        lambda: storage.upload_bytes(real_lab, b"a", "a"),
        lambda: storage.list_objects(real_lab),
    ):
        with pytest.raises(NoBucket, match="01_preparacion"):
            use()


def test_an_empty_prefix_is_refused_and_a_filled_one_is_not(real_lab):
    storage.ensure_bucket(real_lab)
    storage.upload_bytes(real_lab, b"1", "data/train/a.csv")
    storage.require_objects(real_lab, f"s3://{real_lab.bucket}/data/train/")
    with pytest.raises(EmptyPrefix, match="data/trian/"):
        storage.require_objects(real_lab, f"s3://{real_lab.bucket}/data/trian/")


def test_deleting_the_bucket_takes_old_versions_markers_and_unfinished_uploads_along(real_lab):
    storage.ensure_bucket(real_lab)
    s3 = real_lab.client("s3")
    for body in (b"1", b"2"):
        storage.upload_bytes(real_lab, body, "raw/a.csv")
    s3.delete_object(Bucket=real_lab.bucket, Key="raw/a.csv")
    s3.create_multipart_upload(Bucket=real_lab.bucket, Key="raw/half.csv")
    emptying.delete_bucket(real_lab)
    assert not storage.bucket_exists(real_lab)
    emptying.delete_bucket(real_lab)


def test_a_prefix_in_a_bucket_that_is_not_the_labs_is_empty_and_not_the_labs_fault(real_lab):
    storage.ensure_bucket(real_lab)
    with pytest.raises(EmptyPrefix, match="no-such-bucket-of-ours"):
        storage.require_objects(real_lab, "s3://no-such-bucket-of-ours/train/")
