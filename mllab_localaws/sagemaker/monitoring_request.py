"""What a monitoring job is asked for: inline in a schedule, or by a data quality job definition.

Both are brought into the form of a `MonitoringJobDefinition`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.images import ANALYZER, resolve_for_processing
from mllab_localaws.sagemaker.monitoring_records import DATA_QUALITY
from mllab_localaws.sagemaker.roles import check_execution_role
from mllab_localaws.sagemaker.s3_uri import parse_s3_uri
from mllab_localaws.sagemaker.transfer import check_output
from mllab_localaws.wire.errors import validation_error
from mllab_localaws.wire.validation import refuse_others

Params = Mapping[str, Any]

_KNOWN = (
    "BaselineConfig",
    "MonitoringInputs",
    "MonitoringOutputConfig",
    "MonitoringResources",
    "MonitoringAppSpecification",
    "StoppingCondition",
    "Environment",
    "NetworkConfig",
    "RoleArn",
)
_KNOWN_ENDPOINT_INPUT = ("EndpointName", "LocalPath", "S3InputMode", "S3DataDistributionType")


def of_definition(record: Params) -> dict[str, Any]:
    """Return a data quality job definition as a MonitoringJobDefinition."""
    specification = dict(record["DataQualityAppSpecification"])
    environment = specification.pop("Environment", {})
    definition = {
        "BaselineConfig": record.get("DataQualityBaselineConfig", {}),
        "MonitoringInputs": [record["DataQualityJobInput"]],
        "MonitoringOutputConfig": record["DataQualityJobOutputConfig"],
        "MonitoringResources": record["JobResources"],
        "MonitoringAppSpecification": specification,
        "Environment": environment,
        "RoleArn": record["RoleArn"],
    }
    others = {name: record[name] for name in ("StoppingCondition", "NetworkConfig") if record.get(name)}
    return {**definition, **others}


def check(definition: Params, platform: Platform) -> None:
    """Refuse what the local AWS cannot monitor.

    Raises: AwsError: `ValidationException`.
    """
    refuse_others(definition, _KNOWN, "MonitoringJobDefinition")
    check_execution_role(platform, definition["RoleArn"])
    specification = definition["MonitoringAppSpecification"]
    image = resolve_for_processing(specification["ImageUri"])
    if image.repository != ANALYZER and "ContainerEntrypoint" not in specification:
        raise validation_error(
            f"Image {image.repository} does not monitor; use {ANALYZER}, or give a ContainerEntrypoint."
        )
    _check_input(definition["MonitoringInputs"][0])
    output = definition["MonitoringOutputConfig"]["MonitoringOutputs"][0]["S3Output"]
    check_output(platform, output["S3Uri"], "MonitoringOutputs.S3Output.S3Uri")
    for resource in ("ConstraintsResource", "StatisticsResource"):
        uri = definition.get("BaselineConfig", {}).get(resource, {}).get("S3Uri")
        if uri is not None:
            parse_s3_uri(uri)


def check_type(config: Params) -> None:
    """Refuse monitoring of another kind than data quality.

    Raises: AwsError: `ValidationException`.
    """
    kind = config.get("MonitoringType", DATA_QUALITY)
    if kind != DATA_QUALITY:
        raise validation_error(f"MonitoringType {kind} is not part of the local AWS; it has {DATA_QUALITY}.")


def endpoint_of(definition: Params) -> str:
    """Return the name of the endpoint that is watched."""
    return str(definition["MonitoringInputs"][0]["EndpointInput"]["EndpointName"])


def without_empty(value: Any) -> Any:
    """Return a request's structure without empty members, which AWS does not give back either."""
    if not isinstance(value, Mapping):
        return value
    kept = {name: without_empty(member) for name, member in value.items()}
    return {name: member for name, member in kept.items() if member not in ({}, [], None)}


def _check_input(given: Params) -> None:
    refuse_others(given, ("EndpointInput",), "MonitoringInputs")
    if not given.get("EndpointInput"):
        raise validation_error("MonitoringInputs must give an EndpointInput.")
    refuse_others(given["EndpointInput"], _KNOWN_ENDPOINT_INPUT, "EndpointInput")
    if given["EndpointInput"].get("S3InputMode", "File") != "File":
        raise validation_error("EndpointInput with S3InputMode Pipe is not part of the local AWS; use File.")
