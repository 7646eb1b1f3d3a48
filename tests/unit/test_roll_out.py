"""Roll-out: what the function does with an approval, and what it may do."""

from __future__ import annotations

import importlib
import json

import boto3
import pytest
from botocore.stub import Stubber

from mllab_helpers.identity import roles
from mllab_helpers.lifecycle import roll_out

PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/mllab-ana-houses/3"
EVENT = {"detail": {"ModelPackageArn": PACKAGE, "ModelApprovalStatus": "Approved"}}
VARIANT = {"VariantName": "AllTraffic", "ModelName": "old", "InstanceType": "ml.m5.large"}
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://b/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
CONFIG = {
    "EndpointConfigName": "c1",
    "EndpointConfigArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/c1",
    "ProductionVariants": [VARIANT],
    "DataCaptureConfig": CAPTURE,
    "CreationTime": 1,
}
ENDPOINT = {
    "EndpointName": "houses",
    "EndpointArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint/houses",
    "EndpointConfigName": "c1",
    "EndpointStatus": "InService",
    "CreationTime": 1,
    "LastModifiedTime": 1,
}


@pytest.fixture
def function(monkeypatch):
    """The function's module, its client answered by a script."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("ENDPOINT", "houses")
    monkeypatch.setenv("ROLE_ARN", "arn:aws:iam::123456789012:role/r")
    monkeypatch.setenv("TAGS", "[]")
    module = importlib.import_module("mllab_helpers.lambda_src.roll_out")
    client = boto3.Session("k", "s", region_name="us-east-1").client("sagemaker")
    monkeypatch.setattr(module, "sagemaker", client)
    return module


@pytest.fixture
def sagemaker(function):
    with Stubber(function.sagemaker) as scripted:
        scripted.add_response("describe_endpoint", ENDPOINT, {"EndpointName": "houses"})
        scripted.add_response("describe_endpoint_config", CONFIG, {"EndpointConfigName": "c1"})
        yield scripted
        scripted.assert_no_pending_responses()


CREATED_MODEL = {"ModelArn": "arn:aws:sagemaker:us-east-1:123456789012:model/houses-v3"}
CREATED_CONFIG = {"EndpointConfigArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/houses-v3"}


def expect_the_rest(sagemaker):
    """Expect a configuration like the old one, with the new model, and the endpoint to move there."""
    wanted = {
        "EndpointConfigName": "houses-v3",
        "ProductionVariants": [{**VARIANT, "ModelName": "houses-v3"}],
        "DataCaptureConfig": CAPTURE,
        "Tags": [],
    }
    sagemaker.add_response("create_endpoint_config", CREATED_CONFIG, wanted)
    moved = {"EndpointName": "houses", "EndpointConfigName": "houses-v3"}
    sagemaker.add_response("update_endpoint", {"EndpointArn": ENDPOINT["EndpointArn"]}, moved)


def test_an_approved_version_gets_a_model_and_the_endpoint_moves_with_its_capture(function, sagemaker):
    wanted = {
        "ModelName": "houses-v3",
        "PrimaryContainer": {"ModelPackageName": PACKAGE},
        "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
        "Tags": [],
    }
    sagemaker.add_response("create_model", CREATED_MODEL, wanted)
    expect_the_rest(sagemaker)
    assert function.lambda_handler(EVENT, None) == {"endpoint": "houses", "config": "houses-v3"}


def test_a_retry_finds_what_the_first_attempt_made(function, sagemaker):
    sagemaker.add_client_error(
        "create_model", "ValidationException", 'Cannot create already existing model "x".'
    )
    expect_the_rest(sagemaker)
    assert function.lambda_handler(EVENT, None)["config"] == "houses-v3"


def test_an_artefact_that_is_gone_leaves_the_endpoint_alone(function, sagemaker):
    sagemaker.add_client_error(
        "create_model", "ValidationException", "Could not find model data at s3://b/x."
    )
    with pytest.raises(function.sagemaker.exceptions.ClientError, match="model data"):
        function.lambda_handler(EVENT, None)


def test_only_approvals_of_this_group_call_the_function():
    pattern = roll_out.approval_pattern("mllab-ana-houses")
    assert pattern["detail"] == {
        "ModelPackageGroupName": ["mllab-ana-houses"],
        "ModelApprovalStatus": ["Approved"],
    }


def test_the_function_may_touch_this_students_things_only(lab):
    document = roles.policy(lab, "roll_out")
    for statement in document["Statement"]:
        named = statement["Resource"]
        assert all("mllab-ana-" in resource for resource in (named if isinstance(named, list) else [named]))
    assert "*" not in json.dumps([statement["Action"] for statement in document["Statement"]])
