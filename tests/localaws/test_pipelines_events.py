"""New data starts a pipeline: an upload, a rule, an execution with the object's key as its parameter."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from identities import make_job_role
from pipeline_documents import document, ended, fail, get
from registry_requests import model_archive, package_request

BUCKET = "pipelines-events"


@pytest.fixture(scope="module")
def aws(client: Callable[..., Any]) -> SimpleNamespace:
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    role = make_job_role(client, BUCKET, "events.amazonaws.com")
    return SimpleNamespace(sagemaker=client("sagemaker"), s3=s3, events=client("events"), role=role)


def started_by(aws: SimpleNamespace, pattern: dict[str, Any], parameter: str) -> str:
    """Make a pipeline that an event starts, with a part of the event as its parameter; return its name."""
    name = f"on-event-{uuid.uuid4().hex[:8]}"
    definition = document(
        fail("Say", get("Parameters.What")), Parameters=[{"Name": "What", "Type": "String"}]
    )
    arn = aws.sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition, RoleArn=aws.role)
    aws.events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    target = {
        "Id": "pipeline",
        "Arn": arn["PipelineArn"],
        "RoleArn": aws.role,
        "SageMakerPipelineParameters": {"PipelineParameterList": [{"Name": "What", "Value": parameter}]},
    }
    assert aws.events.put_targets(Rule=name, Targets=[target])["FailedEntryCount"] == 0
    return name


def said(aws: SimpleNamespace, pipeline: str, seconds: float = 20) -> str:
    """Return what the pipeline's only execution was told."""
    deadline, found = time.monotonic() + seconds, []
    while not found:
        assert time.monotonic() < deadline, "nothing has started the pipeline"
        listed = aws.sagemaker.list_pipeline_executions(PipelineName=pipeline)
        found = listed["PipelineExecutionSummaries"]
        time.sleep(0.01)
    reason: str = ended(aws.sagemaker, found[0]["PipelineExecutionArn"])["FailureReason"]
    return reason.rpartition("Say: ")[2]


def test_an_upload_starts_the_pipeline_with_its_key(aws: SimpleNamespace) -> None:
    prefix = uuid.uuid4().hex
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [BUCKET]}, "object": {"key": [{"prefix": prefix}]}},
    }
    pipeline = started_by(aws, pattern, "$.detail.object.key")
    aws.s3.put_object(Bucket=BUCKET, Key="elsewhere.csv", Body=b"1")
    aws.s3.put_object(Bucket=BUCKET, Key=f"{prefix}/april.csv", Body=b"1")
    assert said(aws, pipeline) == f"{prefix}/april.csv"


def test_an_approval_starts_the_pipeline_with_the_versions_arn(aws: SimpleNamespace) -> None:
    group = f"grp-{uuid.uuid4().hex[:8]}"
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [group], "ModelApprovalStatus": ["Approved"]},
    }
    pipeline = started_by(aws, pattern, "$.detail.ModelPackageArn")
    aws.s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=model_archive())
    aws.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    request = package_request(group, f"s3://{BUCKET}/model.tar.gz")
    first, second = (aws.sagemaker.create_model_package(**request)["ModelPackageArn"] for _ in range(2))
    aws.sagemaker.update_model_package(ModelPackageArn=first, ModelApprovalStatus="Rejected")
    aws.sagemaker.update_model_package(ModelPackageArn=second, ModelApprovalStatus="Approved")
    assert said(aws, pipeline) == second
