"""Model packages: registered, described, listed, approved, deleted, deployed (contract E.5)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from identities import make_job_role
from registry_requests import IMAGE, model_archive, package_request

from mllab_localaws.platform import ACCOUNT

BUCKET = "registry"
URL = f"s3://{BUCKET}/model.tar.gz"
NOTES = "CustomerMetadataProperties"


@pytest.fixture(scope="module")
def sagemaker(client: Callable[..., Any]) -> Any:
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=model_archive())
    return client("sagemaker")


@pytest.fixture(scope="module")
def role(client: Callable[..., Any]) -> str:
    return make_job_role(client, BUCKET)


@pytest.fixture
def group(sagemaker: Any) -> str:
    name = f"Houses-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model_package_group(ModelPackageGroupName=name)
    return name


def register(sagemaker: Any, group: str, **members: Any) -> str:
    arn: str = sagemaker.create_model_package(**package_request(group, URL, **members))["ModelPackageArn"]
    return arn


def describe(sagemaker: Any, arn: str) -> dict[str, Any]:
    described: dict[str, Any] = sagemaker.describe_model_package(ModelPackageName=arn)
    return described


def versions(sagemaker: Any, group: str, **filters: Any) -> list[int]:
    listed = sagemaker.list_model_packages(ModelPackageGroupName=group, **filters)
    return [each["ModelPackageVersion"] for each in listed["ModelPackageSummaryList"]]


def test_versions_are_counted_and_a_number_is_never_used_twice(sagemaker: Any, group: str) -> None:
    first, second = register(sagemaker, group), register(sagemaker, group)
    prefix = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/{group.lower()}"
    assert [first, second] == [f"{prefix}/1", f"{prefix}/2"]
    sagemaker.delete_model_package(ModelPackageName=second)
    assert register(sagemaker, group) == f"{prefix}/3"
    assert versions(sagemaker, group) == [1, 3]


def test_a_new_version_waits_for_approval_and_keeps_what_was_registered(sagemaker: Any, group: str) -> None:
    statistics = {"ContentType": "application/json", "S3Uri": "s3://registry/evaluation.json"}
    members = {
        "ModelPackageDescription": "May",
        "ModelMetrics": {"ModelQuality": {"Statistics": statistics}},
        "MetadataProperties": {"CommitId": "abc", "GeneratedBy": "me"},
        NOTES: {"rmse": "80000"},
        "SkipModelValidation": "All",
    }
    described = describe(sagemaker, register(sagemaker, group, **members))
    assert described["ModelApprovalStatus"] == "PendingManualApproval"
    assert described["ModelPackageStatus"] == "Completed"
    assert described["ModelPackageGroupName"] == group
    assert described["ModelPackageVersion"] == 1
    assert {member: described[member] for member in members} == members
    assert described["InferenceSpecification"]["Containers"] == [{"Image": IMAGE, "ModelDataUrl": URL}]


@pytest.mark.parametrize("status", ["Approved", "Rejected", "PendingManualApproval"])
def test_a_version_may_be_registered_with_a_decision(sagemaker: Any, group: str, status: str) -> None:
    arn = register(sagemaker, group, ModelApprovalStatus=status)
    assert describe(sagemaker, arn)["ModelApprovalStatus"] == status


def test_a_version_is_found_by_arn_and_by_group_and_number(sagemaker: Any, group: str) -> None:
    arn = register(sagemaker, group)
    by_number = describe(sagemaker, f"{group}/1")
    assert by_number["ModelPackageArn"] == describe(sagemaker, arn)["ModelPackageArn"] == arn


def test_a_repeated_client_token_registers_once(sagemaker: Any, group: str) -> None:
    arns = {register(sagemaker, group, ClientToken="the-same") for _ in range(2)}
    assert len(arns) == 1
    assert versions(sagemaker, group) == [1]


def test_approval_and_notes_are_changed_and_everything_else_stays(sagemaker: Any, group: str) -> None:
    arn = register(sagemaker, group, **{NOTES: {"rmse": "80000", "gone": "1"}})
    before = describe(sagemaker, arn)
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="better on May",
        CustomerMetadataProperties={"by": "ana"},
        CustomerMetadataPropertiesToRemove=["gone"],
    )
    after = describe(sagemaker, arn)
    assert after["ModelApprovalStatus"] == "Approved"
    assert after["ApprovalDescription"] == "better on May"
    assert after[NOTES] == {"rmse": "80000", "by": "ana"}
    assert after["LastModifiedTime"] >= before["CreationTime"]
    same = ("InferenceSpecification", "CreationTime", "ModelPackageVersion")
    assert [after[member] for member in same] == [before[member] for member in same]


def test_listing_filters_by_approval_sorts_and_pages(sagemaker: Any, group: str) -> None:
    for number in range(11):
        register(sagemaker, group, ModelApprovalStatus="Approved" if number % 2 else "Rejected")
    assert versions(sagemaker, group, MaxResults=100) == list(range(1, 12))
    assert versions(sagemaker, group, ModelApprovalStatus="Approved") == [2, 4, 6, 8, 10]
    latest = {"SortBy": "CreationTime", "SortOrder": "Descending"}
    assert versions(sagemaker, group, ModelApprovalStatus="Approved", MaxResults=1, **latest) == [10]
    by_name = sagemaker.list_model_packages(ModelPackageGroupName=group, SortBy="Name", MaxResults=9)
    rest = sagemaker.list_model_packages(
        ModelPackageGroupName=group, SortBy="Name", NextToken=by_name["NextToken"]
    )
    assert [each["ModelPackageVersion"] for each in rest["ModelPackageSummaryList"]] == [10, 11]
    assert "NextToken" not in rest


def test_without_a_group_versions_are_listed_only_when_asked_for(sagemaker: Any, group: str) -> None:
    register(sagemaker, group)
    assert sagemaker.list_model_packages()["ModelPackageSummaryList"] == []
    everything = sagemaker.list_model_packages(ModelPackageType="Versioned", NameContains=group)
    assert [each["ModelPackageGroupName"] for each in everything["ModelPackageSummaryList"]] == [group]


def test_a_version_can_be_tagged_through_its_group_only(sagemaker: Any, group: str) -> None:
    with pytest.raises(ClientError, match="tag the model package group") as refused:
        register(sagemaker, group, Tags=[{"Key": "a", "Value": "b"}])
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert sagemaker.list_tags(ResourceArn=register(sagemaker, group))["Tags"] == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"ModelPackageName": "alone"}, "Both ModelPackageName and ModelPackageGroupName are provided"),
        ({"ModelPackageGroupName": "nobody"}, "Model Package Group .*/nobody does not exist"),
        ({"ModelPackageGroupName": None}, "Missing ARN"),
        ({"ModelPackageGroupName": None, "ModelPackageName": "alone"}, "without a group"),
        ({"InferenceSpecification": None}, "needs an InferenceSpecification"),
        ({"CertifyForMarketplace": True}, "CertifyForMarketplace of CreateModelPackage is not part"),
        ({"ModelLifeCycle": {"Stage": "Dev", "StageStatus": "Ok"}}, "ModelLifeCycle of CreateModelPackage"),
    ],
)
def test_a_request_that_cannot_be_kept_is_refused(
    sagemaker: Any, group: str, change: dict[str, Any], text: str
) -> None:
    request = {**package_request(group, URL), **change}
    with pytest.raises(ClientError, match=text) as refused:
        sagemaker.create_model_package(**{name: value for name, value in request.items() if value})
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert versions(sagemaker, group) == []


@pytest.mark.parametrize(
    ("container", "text"),
    [
        ({"Image": IMAGE, "ModelDataUrl": "s3://registry/gone.tar.gz"}, "Could not find model data at s3://"),
        (
            {"Image": IMAGE, "ModelDataUrl": "s3://no-such-bucket-here/m"},
            "Could not access model data at s3://",
        ),
        ({"Image": IMAGE, "ModelDataUrl": "https://example.com/m"}, "is not an S3 location"),
        ({"Image": IMAGE}, "needs a ModelDataUrl"),
        ({"ModelDataUrl": URL}, "needs an Image"),
        ({"Image": "example.com/mine:1", "ModelDataUrl": URL}, "has no program for image"),
    ],
)
def test_a_container_that_could_not_be_deployed_is_refused(
    sagemaker: Any, group: str, container: dict[str, str], text: str
) -> None:
    request = {"ModelPackageGroupName": group, "InferenceSpecification": {"Containers": [container]}}
    with pytest.raises(ClientError, match=text) as refused:
        sagemaker.create_model_package(**request)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert versions(sagemaker, group) == []


@pytest.mark.parametrize("missing", ["{group}/7", "{group}", "nobody/1", "{arn}9"])
def test_a_version_that_does_not_exist_is_named(sagemaker: Any, group: str, missing: str) -> None:
    name = missing.format(group=group, arn=register(sagemaker, group))
    for ask in (sagemaker.describe_model_package, sagemaker.delete_model_package):
        with pytest.raises(ClientError, match=f"Model Package {name} does not exist") as refused:
            ask(ModelPackageName=name)
        assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_an_approved_version_becomes_a_model_with_its_image_artefact_and_environment(
    sagemaker: Any, group: str, role: str
) -> None:
    request = package_request(group, URL, ModelApprovalStatus="Approved")
    request["InferenceSpecification"]["Containers"][0]["Environment"] = {"A": "registered", "B": "kept"}
    arn = sagemaker.create_model_package(**request)["ModelPackageArn"]
    container = {"ModelPackageName": arn, "Environment": {"A": "now"}}
    sagemaker.create_model(ModelName=group, Containers=[container], ExecutionRoleArn=role)
    (described,) = sagemaker.describe_model(ModelName=group)["Containers"]
    assert described["ModelPackageName"] == arn
    assert (described["Image"], described["ModelDataUrl"]) == (IMAGE, URL)
    assert described["Environment"] == {"A": "now", "B": "kept"}


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_a_version_that_nobody_approved_is_not_deployed(
    sagemaker: Any, group: str, role: str, status: str
) -> None:
    arn = register(sagemaker, group, ModelApprovalStatus=status)
    with pytest.raises(ClientError, match=f"has the approval status {status}") as refused:
        sagemaker.create_model(
            ModelName=group, PrimaryContainer={"ModelPackageName": arn}, ExecutionRoleArn=role
        )
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_an_approved_version_whose_artefact_is_gone_is_not_deployed(
    client: Callable[..., Any], sagemaker: Any, group: str, role: str
) -> None:
    client("s3").put_object(Bucket=BUCKET, Key="short-lived.tar.gz", Body=b"model")
    url = f"s3://{BUCKET}/short-lived.tar.gz"
    request = package_request(group, url, ModelApprovalStatus="Approved")
    arn = sagemaker.create_model_package(**request)["ModelPackageArn"]
    client("s3").delete_object(Bucket=BUCKET, Key="short-lived.tar.gz")
    with pytest.raises(ClientError, match=f"Could not find model data at {url}"):
        sagemaker.create_model(
            ModelName=group, PrimaryContainer={"ModelPackageName": arn}, ExecutionRoleArn=role
        )


def test_a_packaged_container_brings_its_own_image(sagemaker: Any, group: str, role: str) -> None:
    arn = register(sagemaker, group, ModelApprovalStatus="Approved")
    with pytest.raises(ClientError, match="Image of a container of CreateModel with a ModelPackageName"):
        sagemaker.create_model(
            ModelName=group,
            PrimaryContainer={"ModelPackageName": arn, "Image": IMAGE},
            ExecutionRoleArn=role,
        )
