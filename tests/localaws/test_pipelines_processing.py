"""A retraining pipeline as courses build it: prepare, train, evaluate, register what is good enough."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from identities import make_job_role
from pipeline_documents import compare, condition, document, ended, fail, get, step, steps_of, succeeded
from processing_jobs import job_request, results, source
from training_jobs import IMAGE, channel

BUCKET = "pipelines-processing"
PREPARE = (
    "import pathlib\n"
    "rows = pathlib.Path('/opt/ml/processing/input/raw/raw.csv').read_text().split()\n"
    "pathlib.Path('/opt/ml/processing/output/train.csv').write_text('\\n'.join(rows[1:]))\n"
)
# What a real evaluation would compute is the test's to choose.
EVALUATE = (
    "import json, os, pathlib, tarfile\n"
    "tar = tarfile.open('/opt/ml/processing/input/model/model.tar.gz')\n"
    "assert 'xgboost-model' in tar.getnames()[0]\n"
    "report = {'metrics': {'rmse': {'value': float(os.environ['RMSE'])}}}\n"
    "pathlib.Path('/opt/ml/processing/output/evaluation.json').write_text(json.dumps(report))\n"
)
RMSE = {
    "Std:JsonGet": {
        "PropertyFile": get("Steps.Evaluate.PropertyFiles.Report"),
        "Path": "metrics.rmse.value",
    }
}


@pytest.fixture(scope="module")
def aws(client: Callable[..., Any]) -> SimpleNamespace:
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    rows = "\n".join(["price,size", *(f"{10 * n},{n}" for n in range(40))])
    s3.put_object(Bucket=BUCKET, Key="raw/raw.csv", Body=rows.encode())
    role = make_job_role(client, BUCKET)
    return SimpleNamespace(sagemaker=client("sagemaker"), s3=s3, role=role)


def processing(aws: SimpleNamespace, name: str, script: str, **members: Any) -> dict[str, Any]:
    """Return a Processing step that runs a script from S3."""
    key = f"code/{uuid.uuid4().hex}/{name}.py"
    aws.s3.put_object(Bucket=BUCKET, Key=key, Body=script.encode())
    inputs = [source("code", f"s3://{BUCKET}/{key}"), *members.pop("ProcessingInputs")]
    files = members.pop("property_files", [])
    request = job_request("placeholder", aws.role, "", ProcessingInputs=inputs, **members)
    run = ["python3", f"/opt/ml/processing/input/code/{name}.py"]
    request["AppSpecification"]["ContainerEntrypoint"] = run
    return step(name, "Processing", request, PropertyFiles=files)


def retraining(aws: SimpleNamespace, group: str, evaluate: str = EVALUATE) -> str:
    """Return the definition; its execution is told how large the error may be, and how large it is."""
    execution = get("Execution.PipelineExecutionId")
    place = {"Std:Join": {"On": "/", "Values": [f"s3://{BUCKET}", execution, "prepared"]}}
    report = {"Std:Join": {"On": "/", "Values": [f"s3://{BUCKET}", execution, "evaluation"]}}
    prepare = processing(
        aws,
        "Prepare",
        PREPARE,
        ProcessingInputs=[source("raw", get("Parameters.Data"))],
        ProcessingOutputConfig=results(place, "train"),
    )
    train = step(
        "Train",
        "Training",
        {
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": aws.role,
            "HyperParameters": {"num_round": get("Parameters.Rounds")},
            "InputDataConfig": [
                channel("train", get("Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"))
            ],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        },
    )
    model = get("Steps.Train.ModelArtifacts.S3ModelArtifacts")
    score = processing(
        aws,
        "Evaluate",
        evaluate,
        Environment={"RMSE": get("Parameters.Rmse")},
        ProcessingInputs=[source("model", model)],
        ProcessingOutputConfig=results(report, "report"),
        property_files=[
            {"PropertyFileName": "Report", "OutputName": "report", "FilePath": "evaluation.json"}
        ],
    )
    register = step(
        "Register",
        "RegisterModel",
        {
            "ModelPackageGroupName": group,
            "InferenceSpecification": {"Containers": [{"Image": IMAGE, "ModelDataUrl": model}]},
            "CustomerMetadataProperties": {"rmse": RMSE},
        },
    )
    worse = fail("Worse", {"Std:Join": {"On": "", "Values": ["the error is ", RMSE]}})
    gate = condition(
        "Gate",
        [compare(RMSE, get("Parameters.Limit"), "LessThanOrEqualTo")],
        if_steps=[register],
        else_steps=[worse],
    )
    parameters = [
        {"Name": "Data", "Type": "String", "DefaultValue": f"s3://{BUCKET}/raw/"},
        {"Name": "Rounds", "Type": "Integer", "DefaultValue": 3},
        {"Name": "Rmse", "Type": "Float", "DefaultValue": 0.5},
        {"Name": "Limit", "Type": "Float", "DefaultValue": 1.0},
    ]
    return document(prepare, train, score, gate, Parameters=parameters)


def run(aws: SimpleNamespace, definition: str, **parameters: str) -> str:
    name = f"retrain-{uuid.uuid4().hex[:8]}"
    aws.sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition, RoleArn=aws.role)
    given = [{"Name": name, "Value": value} for name, value in parameters.items()]
    started = aws.sagemaker.start_pipeline_execution(PipelineName=name, PipelineParameters=given)
    arn: str = started["PipelineExecutionArn"]
    return arn


def versions(aws: SimpleNamespace, group: str) -> list[str]:
    listed = aws.sagemaker.list_model_packages(ModelPackageGroupName=group)
    return [each["ModelPackageArn"] for each in listed["ModelPackageSummaryList"]]


def test_a_model_that_is_good_enough_is_registered_with_its_metric(aws: SimpleNamespace) -> None:
    group = f"grp-{uuid.uuid4().hex[:8]}"
    arn = run(aws, retraining(aws, group))
    succeeded(aws.sagemaker, arn)
    steps = steps_of(aws.sagemaker, arn)
    assert list(steps) == ["Prepare", "Train", "Evaluate", "Gate", "Register"]
    assert "processing-job/pipelines-" in steps["Evaluate"]["Metadata"]["ProcessingJob"]["Arn"]
    assert steps["Gate"]["Metadata"]["Condition"]["Outcome"] == "True"
    (package,) = versions(aws, group)
    described = aws.sagemaker.describe_model_package(ModelPackageName=package)
    assert described["CustomerMetadataProperties"] == {"rmse": "0.5"}
    assert described["ModelApprovalStatus"] == "PendingManualApproval"


def test_a_model_that_is_worse_is_not_registered_and_the_reason_names_its_error(aws: SimpleNamespace) -> None:
    group = f"grp-{uuid.uuid4().hex[:8]}"
    aws.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    arn = run(aws, retraining(aws, group), Rmse="2.5")
    assert ended(aws.sagemaker, arn)["FailureReason"].endswith("Worse: the error is 2.5")
    assert steps_of(aws.sagemaker, arn)["Gate"]["Metadata"]["Condition"]["Outcome"] == "False"
    assert versions(aws, group) == []


@pytest.mark.parametrize(
    ("evaluate", "text"),
    [
        ("print('forgets its report')", "The specified key does not exist"),
        (
            "open('/opt/ml/processing/output/evaluation.json', 'w').write('{\"metrics\": {}}')",
            "metrics has no 'rmse'; it has nothing",
        ),
    ],
)
def test_an_evaluation_without_its_metric_registers_nothing(
    aws: SimpleNamespace, evaluate: str, text: str
) -> None:
    group = f"grp-{uuid.uuid4().hex[:8]}"
    aws.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    arn = run(aws, retraining(aws, group, evaluate))
    assert ended(aws.sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
    assert text in steps_of(aws.sagemaker, arn)["Gate"]["FailureReason"]
    assert versions(aws, group) == []


def test_data_that_is_not_there_fails_the_first_step(aws: SimpleNamespace) -> None:
    group = f"grp-{uuid.uuid4().hex[:8]}"
    aws.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    arn = run(aws, retraining(aws, group), Data=f"s3://{BUCKET}/nothing-here/")
    assert ended(aws.sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
    steps = steps_of(aws.sagemaker, arn)
    assert list(steps) == ["Prepare"]
    assert "nothing-here" in steps["Prepare"]["FailureReason"]
    assert versions(aws, group) == []
    # The next run goes on.
    succeeded(aws.sagemaker, run(aws, retraining(aws, group)))
