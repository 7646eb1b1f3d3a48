"""Every operation of pipelines answers in the shape that AWS's service model defines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_recorder import Recorder, implemented
from identities import make_job_role
from pipeline_documents import WRITE_MODEL, compare, condition, document, ended, fail, get, step, training

from mllab_localaws.sagemaker.pipelines.executions import PipelineExecutions
from mllab_localaws.sagemaker.pipelines.pipelines import Pipelines

NAME = "shapes-pipelines"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
OURS = implemented(Pipelines, PipelineExecutions)


def whole(role: str) -> str:
    """Return a definition that leaves every kind of Metadata but a processing job's."""
    model = get("Steps.Train.ModelArtifacts.S3ModelArtifacts")
    specification = {"Containers": [{"Image": IMAGE, "ModelDataUrl": model}]}
    register = {"ModelPackageGroupName": NAME, "InferenceSpecification": specification}
    make = {"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": model}, "ExecutionRoleArn": role}
    names = ["Register", "Make"]
    return document(
        training("Train", role, WRITE_MODEL, NAME, DisplayName="train", Description="trains"),
        step("Register", "RegisterModel", register),
        step("Make", "Model", make),
        condition("Gate", [compare(1, 2)], else_steps=[fail("Stop")], DependsOn=names),
        Parameters=[{"Name": "Rate", "Type": "Float", "DefaultValue": 0.1}],
    )


@pytest.fixture(scope="module")
def recorder(client: Callable[..., Any]) -> Recorder:
    """The replies of one pipeline's whole life."""
    recorder = Recorder(client)
    sagemaker = recorder.client("sagemaker")
    client("s3").create_bucket(Bucket=NAME)
    role = make_job_role(client, NAME)
    pipeline = {"PipelineName": NAME}
    parallel = {"MaxParallelExecutionSteps": 4}
    sagemaker.create_pipeline(**pipeline, PipelineDefinition=whole(role), RoleArn=role)
    sagemaker.describe_pipeline(**pipeline)
    sagemaker.list_pipelines(PipelineNamePrefix=NAME)
    sagemaker.update_pipeline(**pipeline, PipelineDescription="d", ParallelismConfiguration=parallel)
    arn = sagemaker.start_pipeline_execution(**pipeline, PipelineExecutionDescription="d")[
        "PipelineExecutionArn"
    ]
    execution = {"PipelineExecutionArn": arn}
    sagemaker.describe_pipeline_execution(**execution)
    ended(sagemaker, arn)
    steps = sagemaker.list_pipeline_execution_steps(**execution)["PipelineExecutionSteps"]
    assert [each["StepName"] for each in steps] == ["Stop", "Gate", "Make", "Register", "Train"]
    sagemaker.list_pipeline_parameters_for_execution(**execution)
    sagemaker.describe_pipeline_definition_for_execution(**execution)
    slow = document(training("Slow", role, "import time; time.sleep(60)", NAME))
    sagemaker.update_pipeline(**pipeline, PipelineDefinition=slow)
    second = sagemaker.start_pipeline_execution(**pipeline)["PipelineExecutionArn"]
    sagemaker.list_pipeline_executions(**pipeline)
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=second)
    ended(sagemaker, second)
    sagemaker.describe_pipeline(**pipeline)
    sagemaker.list_pipelines(PipelineNamePrefix=NAME)
    sagemaker.delete_pipeline(**pipeline)
    return recorder


def test_the_scenario_calls_every_operation_of_pipelines(recorder: Recorder) -> None:
    assert OURS - recorder.names() == set()


@pytest.mark.parametrize(("service", "operation"), sorted(OURS))
def test_every_reply_has_the_shape_of_awss_model(recorder: Recorder, service: str, operation: str) -> None:
    assert recorder.complaints(service, operation) == []
