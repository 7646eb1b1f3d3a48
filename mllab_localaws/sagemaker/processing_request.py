"""CreateProcessingJob's checks before anything runs, and what DescribeProcessingJob echoes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.images import ANALYZER, resolve_for_processing
from mllab_localaws.sagemaker.roles import check_execution_role
from mllab_localaws.sagemaker.transfer import check_input, check_output
from mllab_localaws.store import Record
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

Params = Mapping[str, Any]

DEFAULT_MAX_RUNTIME_SECONDS = 86400
DATA_ROOT = PurePosixPath("/opt/ml/processing")

_ECHOED = (
    "ProcessingInputs",
    "ProcessingOutputConfig",
    "ProcessingJobName",
    "ProcessingResources",
    "AppSpecification",
    "Environment",
    "NetworkConfig",
    "RoleArn",
    "ExperimentConfig",
)
_KNOWN = (*_ECHOED, "StoppingCondition", "Tags")
_KNOWN_CLUSTER = ("InstanceCount", "InstanceType", "VolumeSizeInGB", "VolumeKmsKeyId")
_KNOWN_S3_INPUT = (
    "S3Uri",
    "LocalPath",
    "S3DataType",
    "S3InputMode",
    "S3DataDistributionType",
    "S3CompressionType",
)
# The local AWS does only what the first column says; one instance makes all distributions the same.
_PLAIN = {"S3DataType": "S3Prefix", "S3InputMode": "File", "S3CompressionType": "None"}


def check(params: Params, platform: Platform, region: str) -> None:
    """Refuse what AWS refuses at once, and what the local AWS cannot do.

    Raises: AwsError: `ValidationException`.
    """
    refuse_others(params, _KNOWN, "CreateProcessingJob")
    _check_program(params["AppSpecification"])
    _check_resources(params)
    check_execution_role(platform, params["RoleArn"])
    inputs = params.get("ProcessingInputs", [])
    outputs = params.get("ProcessingOutputConfig", {}).get("Outputs", [])
    for each in inputs:
        _check_input(each, params["RoleArn"], platform, region)
    for each in outputs:
        _check_output(each, platform)
    _check_unique("ProcessingInputs", [each["InputName"] for each in inputs])
    _check_unique("ProcessingOutputConfig.Outputs", [each["OutputName"] for each in outputs])


def new_record(params: Params, arn: str, now: float) -> Record:
    """Return what DescribeProcessingJob knows at once; times are seconds since the epoch."""
    return {
        **{member: params[member] for member in _ECHOED if params.get(member) not in (None, {}, [])},
        "StoppingCondition": {
            "MaxRuntimeInSeconds": DEFAULT_MAX_RUNTIME_SECONDS,
            **params.get("StoppingCondition", {}),
        },
        "ProcessingJobArn": arn,
        "ProcessingJobStatus": "InProgress",
        "CreationTime": now,
        "LastModifiedTime": now,
    }


def _check_program(specification: Params) -> None:
    image = resolve_for_processing(specification["ImageUri"])
    if image.repository != ANALYZER and "ContainerEntrypoint" not in specification:
        raise validation_error(
            f"Image {image.repository} has no entry point for processing: give AppSpecification a "
            'ContainerEntrypoint, e.g. ["python3", "/opt/ml/processing/input/code/script.py"].'
        )
    if "ContainerArguments" in specification and "ContainerEntrypoint" not in specification:
        raise _later("ContainerArguments without ContainerEntrypoint")


def _check_resources(params: Params) -> None:
    cluster = params["ProcessingResources"]["ClusterConfig"]
    refuse_others(cluster, _KNOWN_CLUSTER, "ClusterConfig")
    if "InstanceType" not in cluster or not cluster.get("InstanceCount"):
        raise validation_error("ClusterConfig must give an InstanceType and an InstanceCount of at least 1.")
    if cluster["InstanceCount"] > 1:
        raise _later(f"Processing on {cluster['InstanceCount']} instances (use InstanceCount 1)")
    network = params.get("NetworkConfig", {})
    refuse_others(network, ("EnableInterContainerTrafficEncryption",), "NetworkConfig")


def _check_input(each: Params, role_arn: str, platform: Platform, region: str) -> None:
    where = f'processing input "{each["InputName"]}"'
    refuse_others(each, ("InputName", "AppManaged", "S3Input"), where)
    source = each.get("S3Input")
    if source is None or each.get("AppManaged"):
        raise _later(f"An input that the platform does not copy from S3 ({where})")
    refuse_others(source, _KNOWN_S3_INPUT, where)
    for member, plain in _PLAIN.items():
        if source.get(member, plain) != plain:
            raise _later(f"{member} {source[member]} ({where}; use {plain})")
    _check_local_path(source, where)
    check_input(platform, role_arn, source["S3Uri"], region)


def _check_output(each: Params, platform: Platform) -> None:
    where = f'processing output "{each["OutputName"]}"'
    refuse_others(each, ("OutputName", "AppManaged", "S3Output"), where)
    target = each.get("S3Output")
    if target is None or each.get("AppManaged"):
        raise _later(f"An output that the platform does not copy to S3 ({where})")
    if target["S3UploadMode"] != "EndOfJob":
        raise _later(f"S3UploadMode {target['S3UploadMode']} ({where}; use EndOfJob)")
    _check_local_path(target, where)
    check_output(platform, target["S3Uri"], f"S3Uri of {where}")


def _check_local_path(location: Params, where: str) -> None:
    path = PurePosixPath(location.get("LocalPath", ""))
    if not path.is_relative_to(DATA_ROOT) or path == DATA_ROOT or ".." in path.parts:
        raise validation_error(
            f'LocalPath "{location.get("LocalPath", "")}" of {where} must be a directory below {DATA_ROOT}.'
        )


def _check_unique(member: str, names: list[str]) -> None:
    if len(set(names)) < len(names):
        raise validation_error(f"The names of {member} must be unique; the request has {', '.join(names)}.")


def _later(what: str) -> AwsError:
    return validation_error(
        f"{what} is not part of the local AWS's processing jobs; docs/local-aws.md lists what is."
    )
