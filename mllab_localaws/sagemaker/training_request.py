"""CreateTrainingJob's checks before anything runs, and what DescribeTrainingJob echoes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import metrics
from mllab_localaws.sagemaker.images import Image, resolve
from mllab_localaws.sagemaker.roles import check_execution_role
from mllab_localaws.sagemaker.s3_uri import parse_s3_uri
from mllab_localaws.sagemaker.transfer import check_input, check_output
from mllab_localaws.store import Record
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

Params = Mapping[str, Any]

DEFAULT_MAX_RUNTIME_SECONDS = 86400

_ECHOED = (
    "HyperParameters",
    "RoleArn",
    "ResourceConfig",
    "Environment",
    "DebugHookConfig",
    "ProfilerConfig",
    "ProfilerRuleConfigurations",
    "ExperimentConfig",
    "InfraCheckConfig",
    # From a tuning job, in process; no request over the wire can carry it.
    "TuningJobArn",
)
_KNOWN = (
    *_ECHOED,
    "TrainingJobName",
    "AlgorithmSpecification",
    "InputDataConfig",
    "OutputDataConfig",
    "StoppingCondition",
    "Tags",
    "EnableInterContainerTrafficEncryption",
)
_KNOWN_SPECIFICATION = (
    "TrainingImage",
    "TrainingInputMode",
    "MetricDefinitions",
    "EnableSageMakerMetricsTimeSeries",
    "ContainerEntrypoint",
    "ContainerArguments",
)
_KNOWN_RESOURCES = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId")
_KNOWN_CHANNEL = (
    "ChannelName",
    "DataSource",
    "ContentType",
    "CompressionType",
    "RecordWrapperType",
    "InputMode",
)
_KNOWN_S3_SOURCE = ("S3DataType", "S3Uri", "S3DataDistributionType")


def check(params: Params, platform: Platform, region: str) -> Image:
    """Refuse what AWS refuses at once, and what the local AWS cannot do.

    Returns: the image that will run.
    Raises: AwsError: `ValidationException`.
    """
    _check_features(params)
    image = resolve(params["AlgorithmSpecification"]["TrainingImage"])
    _check_metric_definitions(params, image)
    check_execution_role(platform, params["RoleArn"])
    _check_output(params, platform)
    names = [channel["ChannelName"] for channel in params.get("InputDataConfig", [])]
    if len(set(names)) < len(names):
        raise validation_error(f"Channel names must be unique; the request has {', '.join(names)}.")
    for channel in params.get("InputDataConfig", []):
        _check_channel(channel, params, platform, region)
    return image


def is_script_mode(params: Params) -> bool:
    """Say whether the learner's own code trains, in the toolkit's way or in SDK v3's."""
    specification = params["AlgorithmSpecification"]
    return "ContainerEntrypoint" in specification or "sagemaker_program" in params.get("HyperParameters", {})


def new_record(params: Params, image: Image, arn: str, now: float) -> Record:
    """Return the members of DescribeTrainingJob that are known at once; times are seconds since the epoch."""
    name = params["TrainingJobName"]
    output = params["OutputDataConfig"]
    specification = dict(params["AlgorithmSpecification"])
    if not specification.get("MetricDefinitions") and "xgboost" in image.repository:
        specification["MetricDefinitions"] = metrics.xgboost_definitions(params.get("HyperParameters", {}))
    record = {member: params[member] for member in _ECHOED if params.get(member) not in (None, {}, [])}
    if params.get("InputDataConfig"):
        defaults = {"CompressionType": "None", "RecordWrapperType": "None"}
        record["InputDataConfig"] = [{**defaults, **channel} for channel in params["InputDataConfig"]]
    if "ProfilerConfig" in record:
        is_off = record["ProfilerConfig"].get("DisableProfiler")
        record["ProfilingStatus"] = "Disabled" if is_off else "Enabled"
    return {
        **record,
        "TrainingJobName": name,
        "TrainingJobArn": arn,
        "ModelArtifacts": {"S3ModelArtifacts": f"{_output_prefix(output, name)}/model.tar.gz"},
        "TrainingJobStatus": "InProgress",
        "AlgorithmSpecification": {"EnableSageMakerMetricsTimeSeries": False, **specification},
        "OutputDataConfig": {"KmsKeyId": "", "CompressionType": "GZIP", **output},
        "StoppingCondition": {
            "MaxRuntimeInSeconds": DEFAULT_MAX_RUNTIME_SECONDS,
            **params.get("StoppingCondition", {}),
        },
        "CreationTime": now,
        "LastModifiedTime": now,
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": params.get("EnableInterContainerTrafficEncryption", False),
        "EnableManagedSpotTraining": False,
        "SecondaryStatusTransitions": [],
    }


def output_location(record: Record) -> tuple[str, str]:
    """Return bucket and key prefix (without a slash at its end) of a job's output."""
    return parse_s3_uri(_output_prefix(record["OutputDataConfig"], record["TrainingJobName"]))


def _output_prefix(output: Mapping[str, str], name: str) -> str:
    return f"{output['S3OutputPath'].rstrip('/')}/{name}/output"


def _check_features(params: Params) -> None:
    refuse_others(params, _KNOWN, "CreateTrainingJob")
    specification = params["AlgorithmSpecification"]
    refuse_others(specification, _KNOWN_SPECIFICATION, "AlgorithmSpecification")
    if "TrainingImage" not in specification:
        raise validation_error("AlgorithmSpecification must give a TrainingImage.")
    if specification["TrainingInputMode"] != "File":
        raise _later(f"TrainingInputMode {specification['TrainingInputMode']} (use File)")
    if "ContainerArguments" in specification and "ContainerEntrypoint" not in specification:
        raise _later("ContainerArguments without ContainerEntrypoint")
    resources = params.get("ResourceConfig", {})
    refuse_others(resources, _KNOWN_RESOURCES, "ResourceConfig")
    if "InstanceType" not in resources or not resources.get("InstanceCount"):
        raise validation_error("ResourceConfig must give an InstanceType and an InstanceCount of at least 1.")
    if resources["InstanceCount"] > 1:
        raise _later(f"Training on {resources['InstanceCount']} instances (use InstanceCount 1)")


def _check_metric_definitions(params: Params, image: Image) -> None:
    definitions = params["AlgorithmSpecification"].get("MetricDefinitions", [])
    if definitions and "xgboost" in image.repository and not is_script_mode(params):
        raise validation_error(
            "You can't override the metric definitions for Amazon SageMaker algorithms. "
            "Please retry the request without specifying metric definitions."
        )
    metrics.check(definitions)


def _check_output(params: Params, platform: Platform) -> None:
    output = params["OutputDataConfig"]
    if output.get("CompressionType", "GZIP") != "GZIP":
        raise _later("OutputDataConfig.CompressionType NONE")
    check_output(platform, output["S3OutputPath"], "OutputDataConfig.S3OutputPath")


def _check_channel(channel: Params, params: Params, platform: Platform, region: str) -> None:
    where = f'channel "{channel["ChannelName"]}"'
    if not channel["ChannelName"].strip("."):
        raise validation_error(f"The name of {where} cannot be a directory's.")
    refuse_others(channel, _KNOWN_CHANNEL, where)
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        raise _later(f"A data source other than S3 ({where})")
    refuse_others(source, _KNOWN_S3_SOURCE, where)
    if source["S3DataType"] != "S3Prefix":
        raise _later(f"S3DataType {source['S3DataType']} ({where})")
    if channel.get("InputMode", "File") != "File":
        raise _later(f"InputMode {channel['InputMode']} ({where}; use File)")
    for member, plain in (("CompressionType", "None"), ("RecordWrapperType", "None")):
        if channel.get(member, plain) != plain:
            raise _later(f"{member} {channel[member]} ({where})")
    check_input(platform, params["RoleArn"], source["S3Uri"], region)


def _later(what: str) -> AwsError:
    return validation_error(
        f"{what} is not part of the local AWS's training jobs; docs/local-aws.md lists what is."
    )
