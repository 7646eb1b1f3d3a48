"""Requests that no AWS client sends: each gets an error of the client's making, and harms nobody."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from signed_requests import send, sign

from mllab_localaws.files import Connection
from mllab_localaws.wire import models, protocol
from mllab_localaws.wire.http import HttpRequest

Client = Callable[..., Any]


def _sagemaker(
    connection: Connection, operation: str, body: bytes, region: str = "us-east-1"
) -> tuple[int, str]:
    target = {"X-Amz-Target": f"SageMaker.{operation}"}
    headers = sign(connection, "sagemaker", "POST", "/", body, target, region)
    status, content = send(connection, "POST", "/", body, headers)
    return status, json.loads(content).get("__type", "")


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"5",
        b"[]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"CreationTimeAfter": 1e308}',
        b'{"MaxResults": NaN}',
        b'{"MaxResults": "many"}',
    ],
)
def test_a_body_that_is_no_request_is_a_serialisation_error(connection: Connection, body: bytes) -> None:
    assert _sagemaker(connection, "ListModels", body) == (400, "SerializationException")


def test_null_in_a_list_is_a_validation_error(connection: Connection) -> None:
    body = b'{"ResourceArn": "arn:aws:sagemaker:us-east-1:123456789012:model/m", "Tags": [null]}'
    assert _sagemaker(connection, "AddTags", body) == (400, "ValidationException")


def test_a_token_with_values_of_other_types_is_refused(connection: Connection, client: Client) -> None:
    sagemaker = client("sagemaker")
    sagemaker.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="listed")
    token = base64.urlsafe_b64encode(json.dumps(["CreationTime", {}, 5]).encode()).decode()
    with pytest.raises(ClientError, match="Invalid NextToken"):
        sagemaker.list_notebook_instance_lifecycle_configs(NextToken=token, SortBy="CreationTime")


@pytest.mark.parametrize("region", ["..", "mars-east-1"])
def test_a_region_that_aws_does_not_have_is_refused_before_anything_is_named_after_it(
    connection: Connection, region: str
) -> None:
    assert _sagemaker(connection, "ListModels", b"{}", region) == (400, "InvalidSignatureException")


def test_what_is_not_there_is_refused_before_its_parameters_are_looked_at(connection: Connection) -> None:
    # The pattern of a team's name backtracks for ever over this one.
    body = json.dumps({"ComputeQuotaTarget": {"TeamName": "a" * 63 + "_"}}).encode()
    assert _sagemaker(connection, "CreateComputeQuota", body) == (501, "NotImplemented")


def test_a_request_larger_than_any_operations_is_refused_by_its_size(connection: Connection) -> None:
    body = b'{"NameContains": "' + b"x" * 17 * 1024**2 + b'"}'
    assert _sagemaker(connection, "ListModels", body) == (413, "413")


@pytest.fixture
def other_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in Lima."""
    monkeypatch.setenv("TZ", "America/Lima")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_time_means_the_same_wherever_the_machine_is(other_zone: None) -> None:
    operation = models.service_model("sagemaker").operation_model("ListModels")
    body = b'{"CreationTimeAfter": 1700000000}'
    params = protocol.parse(operation, HttpRequest("POST", "/", "", {}, body), {})
    assert params["CreationTimeAfter"] == datetime.fromtimestamp(1700000000, timezone.utc)


def _bucket(client: Client, name: str) -> Any:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    return s3


DENY = json.dumps(
    {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObjectAcl", "Resource": "*"}]}
).encode()


def test_a_policy_that_names_its_bucket_in_the_host_is_not_motos_to_decide(
    connection: Connection, client: Client
) -> None:
    s3 = _bucket(client, "by-host")
    host = {"Host": "by-host.localhost"}
    headers = sign(connection, "s3", "PUT", "/?policy", DENY, host)
    assert send(connection, "PUT", "/?policy", DENY, headers)[0] == 204
    s3.put_object(Bucket="by-host", Key="k", Body=b"1")
    assert json.loads(s3.get_bucket_policy(Bucket="by-host")["Policy"]) == json.loads(DENY)
    headers = sign(connection, "s3", "GET", "/k", b"", host)
    assert send(connection, "GET", "/k", b"", headers) == (200, b"1")


def test_a_name_taken_elsewhere_is_taken_in_the_host_too(connection: Connection) -> None:
    headers = sign(connection, "s3", "PUT", "/", b"", {"Host": "sagemaker-sample-files.localhost"})
    status, body = send(connection, "PUT", "/", b"", headers)
    assert (status, b"BucketAlreadyExists" in body) == (409, True)


@pytest.mark.parametrize("policy", [b"[" * 100_000, "{}".encode("utf-16"), b'{"Statement": []'])
def test_a_policy_that_is_no_json_is_malformed(connection: Connection, client: Client, policy: bytes) -> None:
    client("s3").create_bucket(Bucket="malformed")
    headers = sign(connection, "s3", "PUT", "/malformed?policy", policy)
    status, body = send(connection, "PUT", "/malformed?policy", policy, headers)
    assert (status, b"MalformedPolicy" in body) == (400, True)


def test_a_bucket_that_cannot_be_deleted_keeps_its_policy_and_a_new_one_starts_without(
    client: Client,
) -> None:
    s3 = _bucket(client, "kept-policy")
    s3.put_object(Bucket="kept-policy", Key="k", Body=b"1")
    s3.put_bucket_policy(Bucket="kept-policy", Policy=DENY.decode())
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket="kept-policy")
    assert json.loads(s3.get_bucket_policy(Bucket="kept-policy")["Policy"]) == json.loads(DENY)
    s3.delete_object(Bucket="kept-policy", Key="k")
    s3.delete_bucket(Bucket="kept-policy")
    s3.create_bucket(Bucket="kept-policy")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="kept-policy")


def test_an_upload_that_breaks_off_leaves_no_object(connection: Connection, client: Client) -> None:
    s3 = _bucket(client, "broken-off")
    address = urlsplit(connection.endpoint_url)
    signed = sign(connection, "s3", "PUT", "/broken-off/k", b"ten bytes, and more of them")
    lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
    with socket.create_connection((address.hostname, address.port), timeout=10) as raw:
        raw.sendall(f"PUT /broken-off/k HTTP/1.1\r\n{lines}Content-Length: 27\r\n\r\nten bytes.".encode())
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(1024):
            pass
    assert s3.list_objects_v2(Bucket="broken-off")["KeyCount"] == 0


def test_an_upload_of_unsaid_length_is_refused_and_not_stored_empty(
    connection: Connection, client: Client
) -> None:
    s3 = _bucket(client, "unsaid-length")
    address = urlsplit(connection.endpoint_url)
    raw = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=20)
    signed = sign(connection, "s3", "PUT", "/unsaid-length/k", b"somebytes")
    raw.request("PUT", "/unsaid-length/k", iter([b"some", b"bytes"]), signed, encode_chunked=True)
    answer = raw.getresponse()
    assert (answer.status, b"MissingContentLength" in answer.read()) == (411, True)
    raw.close()
    assert s3.list_objects_v2(Bucket="unsaid-length")["KeyCount"] == 0
