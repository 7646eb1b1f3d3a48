"""SageMaker SDK v3 builds, starts and follows a retraining pipeline, and deploys what was approved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from small_houses import HYPERPARAMETERS, XGBOOST_IMAGE, Account, algorithm_csv

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # third-party, dozens, none of ours
    pytest.mark.filterwarnings("ignore::UserWarning"),  # that a PipelineSession only writes the definition
]

INSTANCE = "ml.m5.large"
GROUP = "sdk-houses"
EVALUATE = """
import json, pathlib, tarfile
names = tarfile.open("/opt/ml/processing/model/model.tar.gz").getnames()
report = {"metrics": {"artefacts": len(names), "rmse": 80000.5}}
pathlib.Path("/opt/ml/processing/evaluation/evaluation.json").write_text(json.dumps(report))
"""


@pytest.fixture(scope="module")
def sdk(environment_variables: dict[str, str], account: Account) -> Iterator[SimpleNamespace]:
    """A pipeline session on the local AWS, with a bucket of training data and a role."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment_variables.items():
            patched.setenv(name, value)
        patched.setattr(boto3, "DEFAULT_SESSION", None)  # one made earlier has other credentials
        from sagemaker.core.workflow.pipeline_context import PipelineSession

        bucket = account.bucket("sdk-pipeline", train=algorithm_csv())
        role = account.role("sdk-pipeline")
        yield SimpleNamespace(session=PipelineSession(default_bucket=bucket), role=role, bucket=bucket)


def _train(sdk: SimpleNamespace, data: Any) -> Any:
    from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig, StoppingCondition
    from sagemaker.mlops.workflow.steps import TrainingStep
    from sagemaker.train import ModelTrainer

    trainer = ModelTrainer(
        training_image=XGBOOST_IMAGE,
        role=sdk.role,
        base_job_name="houses",
        sagemaker_session=sdk.session,
        hyperparameters=HYPERPARAMETERS,
        compute=Compute(instance_type=INSTANCE, instance_count=1, volume_size_in_gb=5),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{sdk.bucket}/output"),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=300),
    )
    channel = InputData(channel_name="train", data_source=data, content_type="text/csv")
    return TrainingStep(name="Train", step_args=trainer.train(input_data_config=[channel]))


def _evaluate(sdk: SimpleNamespace, model: Any, report: Any, script: str) -> Any:
    from sagemaker.core import image_uris
    from sagemaker.core.processing import ScriptProcessor
    from sagemaker.core.shapes import (
        ProcessingInput,
        ProcessingOutput,
        ProcessingS3Input,
        ProcessingS3Output,
    )
    from sagemaker.mlops.workflow.steps import ProcessingStep

    image = image_uris.retrieve("sklearn", "us-east-1", "1.4-2", instance_type=INSTANCE)
    processor = ScriptProcessor(
        image_uri=image,
        command=["python3"],
        role=sdk.role,
        instance_type=INSTANCE,
        instance_count=1,
        sagemaker_session=sdk.session,
    )
    source = ProcessingS3Input(
        s3_uri=model, local_path="/opt/ml/processing/model", s3_data_type="S3Prefix", s3_input_mode="File"
    )
    target = ProcessingS3Output(
        s3_uri=f"s3://{sdk.bucket}/evaluation",
        local_path="/opt/ml/processing/evaluation",
        s3_upload_mode="EndOfJob",
    )
    arguments = processor.run(
        code=script,
        inputs=[ProcessingInput(input_name="model", s3_input=source)],
        outputs=[ProcessingOutput(output_name="report", s3_output=target)],
    )
    return ProcessingStep(name="Evaluate", step_args=arguments, property_files=[report])


def _register(sdk: SimpleNamespace, model: Any, approval: Any) -> Any:
    from sagemaker.mlops.workflow.model_step import ModelStep
    from sagemaker.serve import ModelBuilder

    builder = ModelBuilder(
        image_uri=XGBOOST_IMAGE,
        s3_model_data_url=model,
        role_arn=sdk.role,
        sagemaker_session=sdk.session,
        instance_type=INSTANCE,
    )
    arguments = builder.register(
        model_package_group_name=GROUP,
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=[INSTANCE],
        transform_instances=[INSTANCE],
        approval_status=approval,
    )
    return ModelStep(name="Register", step_args=arguments)


@pytest.fixture(scope="module")
def pipeline(sdk: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The pipeline of a course, written in the SDK's words."""
    from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
    from sagemaker.core.workflow.functions import JsonGet
    from sagemaker.core.workflow.parameters import ParameterFloat, ParameterString
    from sagemaker.core.workflow.properties import PropertyFile
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline

    script = tmp_path_factory.mktemp("scripts") / "evaluate.py"
    script.write_text(EVALUATE)
    data = ParameterString(name="TrainingData", default_value=f"s3://{sdk.bucket}/train/")
    approval = ParameterString(name="Approval", default_value="PendingManualApproval")
    limit = ParameterFloat(name="Limit", default_value=100_000.0)
    report = PropertyFile(name="Report", output_name="report", path="evaluation.json")
    train = _train(sdk, data)
    model = train.properties.ModelArtifacts.S3ModelArtifacts
    evaluate = _evaluate(sdk, model, report, str(script))
    rmse = JsonGet(step_name=evaluate.name, property_file=report, json_path="metrics.rmse")
    gate = ConditionStep(
        name="Gate",
        conditions=[ConditionLessThanOrEqualTo(left=rmse, right=limit)],
        if_steps=[_register(sdk, model, approval)],
        else_steps=[FailStep(name="TooBad", error_message="the error is too large")],
    )
    made = Pipeline(
        name="sdk-houses",
        parameters=[data, approval, limit],
        steps=[train, evaluate, gate],
        sagemaker_session=sdk.session,
    )
    made.upsert(role_arn=sdk.role)
    return made


def _statuses(execution: Any) -> dict[str, str]:
    return {step["StepName"]: step["StepStatus"] for step in reversed(execution.list_steps())}


def test_an_upserted_pipeline_trains_evaluates_and_registers(
    sdk: SimpleNamespace, pipeline: Any, account: Account
) -> None:
    pipeline.upsert(role_arn=sdk.role)  # the second one updates
    execution = pipeline.start(parameters={"Approval": "Approved"}, execution_display_name="first")
    execution.wait()
    order = ["Train", "Evaluate", "Gate", "Register"]
    assert [name.partition("-")[0] for name in _statuses(execution)] == order
    assert set(_statuses(execution).values()) == {"Succeeded"}
    assert execution.describe()["PipelineExecutionDisplayName"] == "first"
    report = json.loads(account.read(f"s3://{sdk.bucket}/evaluation/evaluation.json"))
    assert report["metrics"]["artefacts"] == 1
    (package,) = account.client("sagemaker").list_model_packages(ModelPackageGroupName=GROUP)[
        "ModelPackageSummaryList"
    ]
    assert package["ModelApprovalStatus"] == "Approved"


def test_an_execution_that_misses_its_limit_fails_and_registers_nothing(
    pipeline: Any, account: Account
) -> None:
    from botocore.exceptions import WaiterError

    sagemaker = account.client("sagemaker")
    before = sagemaker.list_model_packages(ModelPackageType="Versioned")["ModelPackageSummaryList"]
    execution = pipeline.start(parameters={"Limit": 1.5})
    with pytest.raises(WaiterError):
        execution.wait()
    assert _statuses(execution)["TooBad"] == "Failed"
    assert "the error is too large" in execution.describe()["FailureReason"]
    after = sagemaker.list_model_packages(ModelPackageType="Versioned")["ModelPackageSummaryList"]
    assert after == before


def test_model_builder_registers_a_version_in_a_group(sdk: SimpleNamespace, account: Account) -> None:
    from sagemaker.core.helper.session_helper import Session
    from sagemaker.core.resources import ModelPackage, ModelPackageGroup
    from sagemaker.serve import ModelBuilder

    account.client("s3").put_object(Bucket=sdk.bucket, Key="model.tar.gz", Body=b"a model")
    group = ModelPackageGroup.create(
        model_package_group_name="sdk-built", model_package_group_description="d"
    )
    builder = ModelBuilder(
        image_uri=XGBOOST_IMAGE,
        s3_model_data_url=f"s3://{sdk.bucket}/model.tar.gz",
        role_arn=sdk.role,
        sagemaker_session=Session(default_bucket=sdk.bucket),
        instance_type=INSTANCE,
    )
    builder.register(
        model_package_group_name=group.model_package_group_name,
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=[INSTANCE],
        transform_instances=[INSTANCE],
        approval_status="PendingManualApproval",
    )
    sagemaker = account.client("sagemaker")
    (version,) = sagemaker.list_model_packages(ModelPackageGroupName="sdk-built")["ModelPackageSummaryList"]
    package = ModelPackage.get(model_package_name=version["ModelPackageArn"])
    assert package.model_approval_status == "PendingManualApproval"
    assert package.model_package_version == 1
