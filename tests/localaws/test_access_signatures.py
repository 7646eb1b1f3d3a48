"""A request is believed only with the signature of its key's owner, at the right time and over every part."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import auth
from botocore.config import Config
from identities import ACCOUNT, allow, assume, make_role, refused
from in_process import KEYS, InProcess, served
from moto.sts.models import sts_backends
from signed_requests import send, sign

from mllab_localaws.files import Connection

Client = Callable[..., Any]
TARGET = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}


@contextmanager
def clock_off_by(minutes: float) -> Iterator[None]:
    """botocore signs at another time."""
    shifted = datetime.now(timezone.utc) + timedelta(minutes=minutes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "get_current_datetime", lambda remove_tzinfo=True: shifted.replace(tzinfo=None))
        yield


@pytest.fixture(scope="module")
def stored(client: Client) -> str:
    """A bucket with an object whose key needs encoding."""
    client("s3").create_bucket(Bucket="signed-for")
    client("s3").put_object(Bucket="signed-for", Key="año 1/é+&.csv", Body=b"content")
    return "signed-for"


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("s3", "list_buckets", "SignatureDoesNotMatch", 403),
        ("iam", "list_roles", "SignatureDoesNotMatch", 403),
        ("sagemaker", "list_models", "InvalidSignatureException", 400),
        ("lambda", "list_functions", "InvalidSignatureException", 403),
    ],
)
def test_a_wrong_secret_is_refused(
    client: Client, service: str, operation: str, code: str, status: int
) -> None:
    guesser = client(service, aws_secret_access_key="guessed")
    answered, with_status, message = refused(getattr(guesser, operation))
    assert (answered, with_status) == (code, status)
    assert message.startswith(
        "The request signature we calculated does not match the signature you provided."
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "changed"),
    [
        ("POST", "/", b'{"MaxResults": 2}', {}),
        ("PUT", "/", b"{}", {}),
        ("POST", "/other", b"{}", {}),
        ("POST", "/?a=b", b"{}", {}),
        ("POST", "/", b"{}", {"X-Amz-Target": "SageMaker.DeleteModel"}),
        ("POST", "/", b"{}", {"Host": "localhost"}),
        ("POST", "/", b"{}", {"X-Amz-Date": "20260101T000000Z"}),
    ],
)
def test_nothing_that_was_signed_can_be_changed(
    connection: Connection, method: str, path: str, body: bytes, changed: dict[str, str]
) -> None:
    headers = sign(connection, "sagemaker", "POST", "/", b"{}", TARGET)
    assert send(connection, "POST", "/", b"{}", headers)[0] == 200
    status, answer = send(connection, method, path, body, {**headers, **changed})
    assert (status, b"InvalidSignatureException" in answer) in [(400, True), (403, True)]


def test_an_amazon_header_that_was_not_signed_is_refused(connection: Connection) -> None:
    headers = sign(connection, "s3", "GET", "/")
    status, answer = send(connection, "GET", "/", b"", {**headers, "x-amz-meta-more": "x"})
    assert (status, b"not signed: x-amz-meta-more" in answer) == (403, True)


def test_a_body_that_is_not_the_one_that_was_hashed_is_refused(connection: Connection, stored: str) -> None:
    path = f"/{stored}?policy"
    headers = sign(connection, "s3", "PUT", path, b"{}")
    status, answer = send(connection, "PUT", path, b'{"Statement": []}', headers)
    assert (status, b"XAmzContentSHA256Mismatch" in answer) == (400, True)


def test_s3_wants_the_hash_of_the_body(connection: Connection, stored: str) -> None:
    headers = sign(connection, "s3", "GET", f"/{stored}")
    del headers["X-Amz-Content-SHA256"]
    status, answer = send(connection, "GET", f"/{stored}", b"", headers)
    assert (status, b"Missing required header for this request: x-amz-content-sha256" in answer) == (
        400,
        True,
    )


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_clock_that_is_five_minutes_off_is_told_so(client: Client, minutes: int) -> None:
    with clock_off_by(minutes):
        code, status, message = refused(client("sagemaker").list_models)
        query_code, query_status, _ = refused(client("iam").list_roles)
        assert client("s3").list_buckets()  # S3 is more patient
    assert (code, status) == ("InvalidSignatureException", 400)
    moment = r"\d{8}T\d{6}Z"
    words = {
        -6: rf"Signature expired: {moment} is now earlier than {moment} \({moment} - 5 min\.\)",
        6: rf"Signature not yet current: {moment} is still later than {moment} \({moment} \+ 5 min\.\)",
    }
    assert re.fullmatch(words[minutes], message)
    assert (query_code, query_status) == ("SignatureDoesNotMatch", 403)


@pytest.mark.parametrize("minutes", [-16, 16])
def test_s3_says_when_a_clock_is_a_quarter_of_an_hour_off(client: Client, minutes: int) -> None:
    with clock_off_by(minutes):
        code, status, _ = refused(client("s3").list_buckets)
    assert (code, status) == ("RequestTimeTooSkewed", 403)


@pytest.mark.parametrize("service", ["s3", "sts", "sagemaker"])
def test_a_session_needs_its_own_token(client: Client, service: str) -> None:
    _, role = make_role(client, allow("*"))
    one, other = assume(client, role), assume(client, role)
    operation = {"s3": "list_buckets", "sts": "get_caller_identity", "sagemaker": "list_models"}[service]
    assert getattr(one.client(service), operation)()
    wrong = {**one.keys, "aws_session_token": other.keys["aws_session_token"]}
    without = {**one.keys, "aws_session_token": None}
    codes = {
        "s3": ("InvalidToken", "InvalidAccessKeyId"),
        "sts": ("InvalidClientTokenId",) * 2,
        "sagemaker": ("UnrecognizedClientException",) * 2,
    }[service]
    answered = tuple(refused(getattr(client(service, **keys), operation))[0] for keys in (wrong, without))
    assert answered == codes


@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize("style", ["path", "virtual"])
def test_a_presigned_url_opens_one_object_in_one_way(
    connection: Connection, client: Client, stored: str, version: str, style: str
) -> None:
    config = Config(signature_version=version, s3={"addressing_style": style})
    url = connection.endpoint_url.replace("127.0.0.1", "localhost")
    signer = client("s3", endpoint_url=url, config=config)
    key = {"Bucket": stored, "Key": "año 1/é+&.csv"}
    signed = signer.generate_presigned_url("get_object", Params=key, ExpiresIn=60)
    assert ask(connection, "GET", signed) == (200, b"content")
    for method, wrong in (
        ("DELETE", signed),
        ("GET", signed.replace("csv", "txt", 1)),
        ("GET", signed.replace("Expires=", "Expires=1", 1)),
    ):
        status, answer = ask(connection, method, wrong)
        assert (status, b"SignatureDoesNotMatch" in answer) == (403, True)


def ask(connection: Connection, method: str, url: str) -> tuple[int, bytes]:
    """Open a URL, whose host may be a bucket's."""
    _, _, rest = url.partition("//")
    host, _, path = rest.partition("/")
    return send(connection, method, f"/{path}", b"", {"Host": host})


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_url_ends(connection: Connection, client: Client, stored: str, version: str) -> None:
    signer = client("s3", config=Config(signature_version=version))
    key = {"Bucket": stored, "Key": "k"}
    with clock_off_by(-1):
        # The old version signs the end itself, by another clock.
        seconds = 30 if version == "s3v4" else -1
        signed = signer.generate_presigned_url("get_object", key, ExpiresIn=seconds)
    status, answer = ask(connection, "GET", signed)
    assert (status, b"<Message>Request has expired</Message>" in answer) == (403, True)


def test_a_presigned_url_may_be_put_to(connection: Connection, client: Client, stored: str) -> None:
    signer = client("s3", config=Config(signature_version="s3v4"))
    signed = signer.generate_presigned_url("put_object", {"Bucket": stored, "Key": "put"}, ExpiresIn=60)
    request = urllib.request.Request(signed, data=b"sent", method="PUT")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    assert client("s3").get_object(Bucket=stored, Key="put")["Body"].read() == b"sent"


def test_the_old_version_signs_for_objects_alone(connection: Connection, client: Client, stored: str) -> None:
    # With its sub-resource taken away the signature would hold for the deletion of the bucket.
    signer = client("s3", config=Config(signature_version="s3"))
    signed = signer.generate_presigned_url("delete_bucket_encryption", {"Bucket": stored})
    status, answer = ask(connection, "DELETE", signed.replace("encryption&", ""))
    assert (status, b"SignatureDoesNotMatch" in answer) == (403, True)


def test_a_presigned_url_may_not_hold_for_longer_than_a_week(
    connection: Connection, client: Client, stored: str
) -> None:
    signer = client("s3", config=Config(signature_version="s3v4"))
    signed = signer.generate_presigned_url("list_objects_v2", {"Bucket": stored}, ExpiresIn=604801)
    status, answer = ask(connection, "GET", signed)
    assert (status, b"AuthorizationQueryParametersError" in answer) == (400, True)


def test_large_uploads_are_signed_in_pieces_and_arrive_whole(
    client: Client, stored: str, tmp_path: Path
) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(range(256)) * 40_000)
    client("s3").upload_file(str(path), stored, "large")
    assert client("s3").get_object(Bucket=stored, Key="large")["Body"].read() == path.read_bytes()


@pytest.mark.parametrize(
    ("body", "headers", "path"),
    [
        (b"Action=ListUsers&Action=DeleteUser&Version=2010-05-08", {}, "/"),
        (b"Action=DeleteUser&Version=2010-05-08", {}, "/?Action=ListUsers"),
        (b"Action=DeleteUser&UserName=x&Version=2010-05-08", {"X-Amz-Target": "IAM.ListUsers"}, "/"),
        (b"Action=DeleteUser&Version=2010-05-08", {"Content-Type": "text/plain"}, "/?Action=ListUsers"),
    ],
)
def test_a_request_that_could_be_read_in_two_ways_is_refused(
    connection: Connection, body: bytes, headers: dict[str, str], path: str
) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    signed = sign(connection, "iam", "POST", path, body, form)
    status, answer = send(connection, "POST", path, body, signed)
    assert (status, b"MalformedQueryString" in answer) == (400, True)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/signed-for?policy&acl", b"InvalidArgument"),
        ("GET", "/signed-for?prefix=a&prefix=b", b"InvalidArgument"),
        ("GET", "/signed-for/k?acl&uploadId=x", b"InvalidArgument"),
        ("GET", "//signed-for/k", b"InvalidBucketName"),
        ("GET", "/signed%20for/k", b"InvalidBucketName"),
        ("GET", "/signed-for/k?torrent", b"NotImplemented"),
        ("DELETE", "/signed-for?analytics&id=x", b"NotImplemented"),
        ("PUT", "/signed-for/k?encryption", b"NotImplemented"),
        ("POST", "/signed-for", b"NotImplemented"),
    ],
)
def test_what_s3_and_moto_would_take_for_different_things_is_refused(
    connection: Connection, stored: str, method: str, path: str, code: bytes
) -> None:
    status, answer = send(connection, method, path, b"", sign(connection, "s3", method, path))
    assert (status in (400, 501), code in answer) == (True, True), answer


@pytest.fixture
def local(tmp_path: Path) -> Iterator[InProcess]:
    with served(tmp_path / "home") as local:
        yield local


def test_a_session_ends(local: InProcess) -> None:
    def client(service: str, **more: Any) -> Any:
        keys = {"aws_access_key_id": KEYS.access_key, "aws_secret_access_key": KEYS.secret_key, **more}
        once = Config(retries={"total_max_attempts": 1})
        return boto3.client(service, endpoint_url=local.url, region_name="us-east-1", config=once, **keys)

    _, role = make_role(client, allow("*"))
    session = assume(client, role)
    expired = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(seconds=1)
    clients = {name: session.client(name) for name in ("s3", "iam", "sagemaker")}
    assert clients["iam"].list_users()
    backend = sts_backends[ACCOUNT]["aws"]
    backend.get_assumed_role_from_access_key(session.keys["aws_access_key_id"]).expiration = expired
    client("iam").create_user(UserName="who-makes-iam-forget")
    answered = [
        refused(clients["s3"].list_buckets)[:2],
        refused(clients["iam"].list_users)[:2],
        refused(clients["sagemaker"].list_models)[:2],
    ]
    assert answered == [("ExpiredToken", 400), ("ExpiredToken", 403), ("ExpiredTokenException", 400)]
