"""The gateway: whom it answers, whom it refuses, and what it says about what is not there."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from botocore.exceptions import ClientError
from in_process import served
from signed_requests import send, sign

from mllab_localaws.files import Connection


def _raw(
    connection: Connection, path: str, headers: dict[str, str], method: str = "GET"
) -> tuple[int, bytes]:
    address = urlsplit(connection.endpoint_url)
    client = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=10)
    client.request(method, path, headers=headers)
    answer = client.getresponse()
    body = answer.read()
    client.close()
    return answer.status, body


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""])
def test_a_foreign_host_name_is_refused_so_that_a_web_page_cannot_rebind_to_it(
    connection: Connection, host: str
) -> None:
    status, body = _raw(connection, "/", {"Host": host})
    assert (status, b"localhost only" in body) == (403, True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:4566", "bucket.localhost"])
def test_loopback_names_are_served_and_then_asked_for_a_signature(connection: Connection, host: str) -> None:
    status, body = _raw(connection, "/some-bucket", {"Host": host})
    assert (status, b"<Code>AccessDenied</Code>" in body) == (403, True)


def test_in_a_notebook_instance_on_aws_its_own_name_is_served_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:notebook-instance/mi-banco"
    metadata = tmp_path / "resource-metadata.json"
    metadata.write_text(json.dumps({"ResourceArn": arn, "ResourceName": "Mi-Banco"}))
    monkeypatch.setenv("MLLAB_INSTANCE_METADATA", str(metadata))
    with served(tmp_path / "home") as aws:
        said = {
            host: requests.get(f"{aws.url}/some-bucket", headers={"Host": host}, timeout=30).text
            for host in (
                "mi-banco.notebook.eu-west-1.sagemaker.aws",
                "Mi-Banco.notebook.eu-west-1.sagemaker.aws:443",
                "other.notebook.eu-west-1.sagemaker.aws",
                "mi-banco.notebook.eu-west-1.sagemaker.aws.example.com",
            )
        }
    assert ["AccessDenied" in text for text in said.values()] == [True, True, False, False]


def test_an_unsigned_control_plane_request_is_refused(connection: Connection) -> None:
    status, body = _raw(connection, "/", {"X-Amz-Target": "SageMaker.ListModels"}, "POST")
    assert status == 403
    assert json.loads(body)["__type"] == "MissingAuthenticationToken"


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("iam", "list_roles", "InvalidClientTokenId"),
        ("logs", "describe_log_groups", "UnrecognizedClientException"),
        ("sagemaker", "list_models", "UnrecognizedClientException"),
    ],
)
def test_an_unknown_key_is_refused_by_every_service_in_its_own_protocol(
    client: Callable[..., Any], service: str, operation: str, code: str
) -> None:
    stranger = client(service, aws_access_key_id="AKIAAAAAAAAAAAAAAAAA")
    with pytest.raises(ClientError) as refused:
        getattr(stranger, operation)()
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "named"),
    [
        ("sagemaker", "list_apps", {}, "ListApps (sagemaker)"),
        ("sagemaker", "create_auto_ml_job_v2", None, "CreateAutoMLJobV2 (sagemaker)"),
        ("lambda", "list_event_source_mappings", {}, "ListEventSourceMappings (lambda)"),
        ("dynamodb", "list_tables", {}, "ListTables (dynamodb)"),
        ("ec2", "describe_instances", {}, "DescribeInstances (ec2)"),
        ("cloudwatch", "describe_anomaly_detectors", {}, "DescribeAnomalyDetectors (monitoring)"),
    ],
)
def test_what_is_not_there_says_so_by_name(
    client: Callable[..., Any], service: str, operation: str, arguments: dict[str, Any] | None, named: str
) -> None:
    if arguments is None:
        arguments = {
            "AutoMLJobName": "a",
            "AutoMLJobInputDataConfig": [{}],
            "OutputDataConfig": {"S3OutputPath": "s3://b"},
            "AutoMLProblemTypeConfig": {"TabularJobConfig": {"TargetAttributeName": "t"}},
            "RoleArn": "arn:aws:iam::123456789012:role/role-name",
        }
    with pytest.raises(ClientError) as refused:
        getattr(client(service), operation)(**arguments)
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert named in refused.value.response["Error"]["Message"]


def test_motos_own_control_panel_is_out_of_reach(connection: Connection) -> None:
    status, _ = _raw(connection, "/moto-api/data.json", {})
    assert status == 403


def test_several_violations_are_reported_together_in_awss_words(client: Callable[..., Any]) -> None:
    with pytest.raises(ClientError) as refused:
        client("sagemaker").create_endpoint(EndpointName="my_name", EndpointConfigName="also_wrong")
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith("2 validation errors detected: ")
    assert "Value 'my_name' at 'endpointName' failed to satisfy constraint" in error["Message"]
    assert "at 'endpointConfigName'" in error["Message"]


def test_a_body_that_is_not_json_is_a_serialisation_error(connection: Connection) -> None:
    target = {"X-Amz-Target": "SageMaker.ListModels"}
    headers = sign(connection, "sagemaker", "POST", "/", b"{not json", target)
    status, answer = send(connection, "POST", "/", b"{not json", headers)
    assert (status, json.loads(answer)["__type"]) == (400, "SerializationException")
