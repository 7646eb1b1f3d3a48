"""Model package groups (contract E.5)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from registry_requests import model_archive, package_request

from mllab_localaws.platform import ACCOUNT

BUCKET = "registry-groups"


@pytest.fixture
def group(sagemaker: Any) -> str:
    name = f"Grp-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model_package_group(
        ModelPackageGroupName=name,
        ModelPackageGroupDescription="houses",
        Tags=[{"Key": "mllab:student", "Value": "ana"}],
    )
    return name


def test_a_group_is_described_by_name_and_by_arn(sagemaker: Any, group: str) -> None:
    described = sagemaker.describe_model_package_group(ModelPackageGroupName=group)
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package-group/{group.lower()}"
    assert described["ModelPackageGroupArn"] == arn
    assert described["ModelPackageGroupName"] == group
    assert described["ModelPackageGroupDescription"] == "houses"
    assert described["ModelPackageGroupStatus"] == "Completed"
    by_arn = sagemaker.describe_model_package_group(ModelPackageGroupName=arn)
    assert by_arn["CreationTime"] == described["CreationTime"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "mllab:student", "Value": "ana"}]


def test_a_groups_name_is_taken_whatever_its_case(sagemaker: Any, group: str) -> None:
    with pytest.raises(ClientError, match="Model Package Group already exists") as refused:
        sagemaker.create_model_package_group(ModelPackageGroupName=group.upper())
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_groups_are_listed_by_name(sagemaker: Any, group: str) -> None:
    listed = sagemaker.list_model_package_groups(NameContains=group, SortBy="Name")
    assert [each["ModelPackageGroupName"] for each in listed["ModelPackageGroupSummaryList"]] == [group]


def test_a_group_with_versions_is_not_deleted(client: Callable[..., Any], sagemaker: Any, group: str) -> None:
    client("s3").create_bucket(Bucket=BUCKET)
    client("s3").put_object(Bucket=BUCKET, Key="model.tar.gz", Body=model_archive())
    request = package_request(group, f"s3://{BUCKET}/model.tar.gz")
    version = sagemaker.create_model_package(**request)["ModelPackageArn"]
    with pytest.raises(sagemaker.exceptions.ConflictException, match="versions 1"):
        sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    sagemaker.delete_model_package(ModelPackageName=version)
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_model_package_group(ModelPackageGroupName=group)


@pytest.mark.parametrize(
    "ask", ["describe_model_package_group", "delete_model_package_group", "list_model_packages"]
)
def test_a_group_that_does_not_exist_is_named(sagemaker: Any, ask: str) -> None:
    with pytest.raises(ClientError, match=r"Model Package Group .*/nobody does not exist") as refused:
        getattr(sagemaker, ask)(ModelPackageGroupName="nobody")
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_name_that_aws_would_refuse_is_refused(sagemaker: Any) -> None:
    with pytest.raises(ClientError, match="regular expression pattern") as refused:
        sagemaker.create_model_package_group(ModelPackageGroupName="my_models")
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_managed_group_is_refused_by_name(sagemaker: Any) -> None:
    with pytest.raises(ClientError, match="ManagedConfiguration of CreateModelPackageGroup is not part"):
        sagemaker.create_model_package_group(
            ModelPackageGroupName="managed", ManagedConfiguration={"ManagedStorageType": "Restricted"}
        )
