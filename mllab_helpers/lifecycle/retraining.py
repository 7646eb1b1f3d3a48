"""The retraining pipeline: prepare, train, evaluate, and register what is better than the champion.

A pipeline is a JSON document that SageMaker executes. Its schema:
https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mllab_helpers import carried, texts
from mllab_helpers.aws_errors import error_code, translate
from mllab_helpers.training import training

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

INCOMING = "incoming/"  # new data arrive below this prefix
KNOWN = "training/train/"
VALIDATION = "training/validation/"
COMPARISON = "comparison/"  # sales that neither champion nor challenger has seen
_CODE = "code/retraining/"
_IN, _OUT = "/opt/ml/processing/input", "/opt/ml/processing/output"


@translate()
def ensure_pipeline(
    lab: Lab,
    name: str,
    *,
    champion: str,
    package_group: str,
    hyperparameters: Mapping[str, object],
    instance_type: str = "ml.m5.large",
) -> str:
    """Upload the steps' code and create the pipeline, or give it its present definition.

    Args:
        name: from `lab.name`.
        champion: `s3://` address of the model.tar.gz in service, which a new model has to beat.
        package_group: where better models are registered.
        hyperparameters: of the training step.
    Returns: the pipeline's ARN.
    """
    upload_code(lab)
    definition = pipeline_definition(
        lab,
        champion=champion,
        package_group=package_group,
        hyperparameters=hyperparameters,
        instance_type=instance_type,
    )
    request = {
        "PipelineName": name,
        "PipelineDefinition": json.dumps(definition),
        "RoleArn": lab.role_arn,
    }
    sagemaker = lab.client("sagemaker")
    lab.note_creating("pipeline", name)
    try:
        created = sagemaker.create_pipeline(**request, Tags=lab.tags)
    except sagemaker.exceptions.ClientError as error:
        if error_code(error) not in ("ValidationException", "ResourceInUse") or not _exists(lab, name):
            raise
        created = sagemaker.update_pipeline(**request)
    return str(created["PipelineArn"])


def step_name(lab: Lab, step: str) -> str:
    """Return the name of a step, e.g. `ana-Train`.

    SageMaker names the jobs of a step after it, `pipelines-<execution>-<step>-<10 characters>`: with the
    student's name in it, policies can tell whose jobs and logs they are.
    """
    return f"{lab.student}-{step}"


@translate()
def upload_code(lab: Lab) -> None:
    """Put the scripts of the processing steps, and what they import of this package, into the bucket."""
    files = {f"{script}.py": carried.program("scripts", script) for script in ("prepare", "evaluate")}
    files |= carried.modules(carried.CLEANING_MODULES)
    for key, content in files.items():
        lab.client("s3").put_object(Bucket=lab.bucket, Key=_CODE + key, Body=content)


def pipeline_definition(
    lab: Lab,
    *,
    champion: str,
    package_group: str,
    hyperparameters: Mapping[str, object],
    instance_type: str = "ml.m5.large",
) -> dict[str, Any]:
    """Return the pipeline as a document; arguments as for `ensure_pipeline`.

    Its parameters: `NewDataKey`, which object in the bucket brought the new sales; `ChampionModel`; and
    `WorstRatio`, the largest RMSE of the new model over the champion's with which it is still registered.
    """
    return {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [
            {"Name": "NewDataKey", "Type": "String", "DefaultValue": f"{INCOMING}2015-04.csv"},
            {"Name": "ChampionModel", "Type": "String", "DefaultValue": champion},
            {"Name": "WorstRatio", "Type": "Float", "DefaultValue": 1.0},
        ],
        "Steps": [
            _prepare(lab, instance_type),
            _train(lab, hyperparameters, instance_type),
            _evaluate(lab, instance_type),
            _is_better(lab, package_group),
        ],
    }


def _of_step(lab: Lab, step: str, what: str) -> dict[str, str]:
    return {"Get": f"Steps.{step_name(lab, step)}.{what}"}


def _prepare(lab: Lab, instance_type: str) -> dict[str, Any]:
    new = {"Std:Join": {"On": "/", "Values": [f"s3://{lab.bucket}", {"Get": "Parameters.NewDataKey"}]}}
    inputs = {"new": new, "known": f"s3://{lab.bucket}/{KNOWN}"}
    arguments = [
        *(part for name in inputs for part in (f"--{name}", f"{_IN}/{name}")),
        *("--output", f"{_OUT}/train", "--message-folder", "/opt/ml/output"),
        *("--language", texts.language()),
    ]
    return _processing(
        lab,
        "Prepare",
        "prepare.py",
        arguments=arguments,
        inputs=inputs,
        output="train",
        instance_type=instance_type,
    )


def _train(lab: Lab, hyperparameters: Mapping[str, object], instance_type: str) -> dict[str, Any]:
    request = training.training_request(
        lab,
        lab.name("step"),
        channels={"train": "s3://-", "validation": f"s3://{lab.bucket}/{VALIDATION}"},
        hyperparameters=hyperparameters,
        output_prefix="models/retraining",
        instance_type=instance_type,
    )
    del request["TrainingJobName"]  # SageMaker names the jobs of a pipeline
    prepared = _of_step(lab, "Prepare", "ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri")
    request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = prepared
    return {"Name": step_name(lab, "Train"), "Type": "Training", "Arguments": request}


def _evaluate(lab: Lab, instance_type: str) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        "challenger": _of_step(lab, "Train", "ModelArtifacts.S3ModelArtifacts"),
        "champion": {"Get": "Parameters.ChampionModel"},
        "data": f"s3://{lab.bucket}/{COMPARISON}",
    }
    arguments = [part for name in inputs for part in (f"--{name}", f"{_IN}/{name}")]
    arguments += ["--output", f"{_OUT}/report"]
    step = _processing(
        lab,
        "Evaluate",
        "evaluate.py",
        arguments=arguments,
        inputs=inputs,
        output="report",
        instance_type=instance_type,
    )
    report = {"PropertyFileName": "Evaluation", "OutputName": "report", "FilePath": "evaluation.json"}
    return {**step, "PropertyFiles": [report]}


def _is_better(lab: Lab, package_group: str) -> dict[str, Any]:
    evaluation = _of_step(lab, "Evaluate", "PropertyFiles.Evaluation")
    ratio = {"Std:JsonGet": {"PropertyFile": evaluation, "Path": "ratio"}}
    condition = {
        "Type": "LessThanOrEqualTo",
        "LeftValue": ratio,
        "RightValue": {"Get": "Parameters.WorstRatio"},
    }
    return {
        "Name": step_name(lab, "IsBetter"),
        "Type": "Condition",
        "Arguments": {
            "Conditions": [condition],
            "IfSteps": [_register(lab, package_group)],
            "ElseSteps": [],
        },
    }


def _register(lab: Lab, package_group: str) -> dict[str, Any]:
    report = _of_step(lab, "Evaluate", "ProcessingOutputConfig.Outputs['report'].S3Output.S3Uri")
    address = {"Std:Join": {"On": "/", "Values": [report, "evaluation.json"]}}
    container = {
        "Image": training.image_uri(lab),
        "ModelDataUrl": _of_step(lab, "Train", "ModelArtifacts.S3ModelArtifacts"),
    }
    specification = {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
    }
    statistics = {"ContentType": "application/json", "S3Uri": address}
    arguments = {
        "ModelPackageGroupName": package_group,
        "InferenceSpecification": specification,
        "ModelApprovalStatus": "PendingManualApproval",
        "ModelMetrics": {"ModelQuality": {"Statistics": statistics}},
    }
    return {"Name": step_name(lab, "Register"), "Type": "RegisterModel", "Arguments": arguments}


def _processing(
    lab: Lab,
    name: str,
    script: str,
    *,
    arguments: Sequence[str],
    inputs: Mapping[str, Any],
    output: str,
    instance_type: str,
) -> dict[str, Any]:
    """Return a step that runs one of the scripts; inputs and output lie in folders of their names."""
    everything = {"code": f"s3://{lab.bucket}/{_CODE}", **inputs}
    # A folder per execution: two of them at the same time must not write over each other.
    execution = {"Get": "Execution.PipelineExecutionId"}
    folder = f"s3://{lab.bucket}/retraining"
    address = {"Std:Join": {"On": "/", "Values": [folder, execution, name, output]}}
    return {
        "Name": step_name(lab, name),
        "Type": "Processing",
        "Arguments": {
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": instance_type, "InstanceCount": 1, "VolumeSizeInGB": 5}
            },
            "AppSpecification": {
                "ImageUri": training.image_uri(lab),
                "ContainerEntrypoint": ["python3", f"{_IN}/code/{script}"],
                "ContainerArguments": list(arguments),
            },
            "RoleArn": lab.role_arn,
            "ProcessingInputs": [_input(name, uri) for name, uri in everything.items()],
            "ProcessingOutputConfig": {"Outputs": [_output(output, address)]},
            "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
        },
    }


def _input(name: str, uri: Any) -> dict[str, Any]:
    source = {
        "S3Uri": uri,
        "LocalPath": f"{_IN}/{name}",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": "FullyReplicated",
        "S3CompressionType": "None",
    }
    return {"InputName": name, "AppManaged": False, "S3Input": source}


def _output(name: str, uri: Any) -> dict[str, Any]:
    target = {"S3Uri": uri, "LocalPath": f"{_OUT}/{name}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "AppManaged": False, "S3Output": target}


def _exists(lab: Lab, name: str) -> bool:
    sagemaker = lab.client("sagemaker")
    try:
        sagemaker.describe_pipeline(PipelineName=name)
    except sagemaker.exceptions.ResourceNotFound:
        return False
    return True
