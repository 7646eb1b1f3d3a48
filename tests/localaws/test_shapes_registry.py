"""Every operation of the model registry answers in the shape that AWS's service model defines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_recorder import Recorder, implemented
from registry_requests import model_archive, package_request

from mllab_localaws.sagemaker.registry_groups import ModelPackageGroups
from mllab_localaws.sagemaker.registry_packages import ModelPackages

NAME = "shapes-registry"
OURS = implemented(ModelPackageGroups, ModelPackages)


@pytest.fixture(scope="module")
def recorder(client: Callable[..., Any]) -> Recorder:
    """The replies of one group's whole life."""
    recorder = Recorder(client)
    sagemaker, s3 = recorder.client("sagemaker"), client("s3")
    s3.create_bucket(Bucket=NAME)
    s3.put_object(Bucket=NAME, Key="model.tar.gz", Body=model_archive())
    group = {"ModelPackageGroupName": NAME}
    sagemaker.create_model_package_group(**group, ModelPackageGroupDescription="d")
    sagemaker.describe_model_package_group(**group)
    sagemaker.list_model_package_groups(NameContains=NAME)
    metric = {"ContentType": "application/json", "S3Uri": f"s3://{NAME}/evaluation.json"}
    requests: list[dict[str, Any]] = [
        {},
        {
            "ModelPackageDescription": "d",
            "ModelMetrics": {"ModelQuality": {"Statistics": metric}},
            "MetadataProperties": {"CommitId": "c"},
            "CustomerMetadataProperties": {"rmse": "1"},
            "Domain": "MACHINE_LEARNING",
            "Task": "REGRESSION",
            "SamplePayloadUrl": f"s3://{NAME}/payload.tar.gz",
            "SkipModelValidation": "All",
        },
    ]
    for request in requests:
        url = f"s3://{NAME}/model.tar.gz"
        arn = sagemaker.create_model_package(**package_request(NAME, url, **request))["ModelPackageArn"]
        sagemaker.describe_model_package(ModelPackageName=arn)
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
        sagemaker.describe_model_package(ModelPackageName=arn)
    sagemaker.list_model_packages(**group, MaxResults=1)
    for version in (1, 2):
        sagemaker.delete_model_package(ModelPackageName=f"{NAME}/{version}")
    sagemaker.delete_model_package_group(**group)
    return recorder


def test_the_scenario_calls_every_operation_of_the_registry(recorder: Recorder) -> None:
    assert OURS - recorder.names() == set()


@pytest.mark.parametrize(("service", "operation"), sorted(OURS))
def test_every_reply_has_the_shape_of_awss_model(recorder: Recorder, service: str, operation: str) -> None:
    assert recorder.complaints(service, operation) == []
