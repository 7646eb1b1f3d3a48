"""CreateModelPackage's checks, and what DescribeModelPackage echoes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.caller import Caller
from mllab_localaws.moto_backend import Objects
from mllab_localaws.sagemaker.images import resolve
from mllab_localaws.sagemaker.model_containers import check_model_data, with_model_data_url
from mllab_localaws.store import Record
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

_ECHOED = (
    "ModelPackageDescription",
    "ModelApprovalStatus",
    "MetadataProperties",
    "ModelMetrics",
    "Domain",
    "Task",
    "SamplePayloadUrl",
    "CustomerMetadataProperties",
    "DriftCheckBaselines",
    "SkipModelValidation",
    "SourceUri",
)
_MEMBERS = (*_ECHOED, "ModelPackageGroupName", "InferenceSpecification", "ClientToken", "Tags")
_SPECIFICATION_MEMBERS = (
    "Containers",
    "SupportedTransformInstanceTypes",
    "SupportedRealtimeInferenceInstanceTypes",
    "SupportedContentTypes",
    "SupportedResponseMIMETypes",
)
# What is accepted beyond the first five describes the container, and changes nothing about it.
_CONTAINER_MEMBERS = (
    "ContainerHostname",
    "Image",
    "ModelDataUrl",
    "ModelDataSource",
    "Environment",
    "ModelInput",
    "Framework",
    "FrameworkVersion",
    "NearestModelName",
)


def check(params: Mapping[str, Any], objects: Objects, caller: Caller) -> Record:
    """Refuse what AWS refuses, and what the local AWS would have to ignore.

    Args: caller: of the request, who has to be able to read the artefacts.
    Returns: the members of DescribeModelPackage that the request gives.
    Raises: AwsError: `ValidationException`.
    """
    _check_names(params)
    refuse_others(params, _MEMBERS, "CreateModelPackage")
    if params.get("Tags"):
        raise validation_error(
            "Tags cannot be given to a model package that belongs to a group; tag the model package group."
        )
    specification = params.get("InferenceSpecification")
    if not specification:
        raise validation_error("CreateModelPackage needs an InferenceSpecification with a container.")
    record = {member: params[member] for member in _ECHOED if params.get(member)}
    return {**record, "InferenceSpecification": _specification(specification, objects, caller)}


def _check_names(params: Mapping[str, Any]) -> None:
    if params.get("ModelPackageName") and params.get("ModelPackageGroupName"):
        raise validation_error(
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine "
            "which one to use."
        )
    if params.get("ModelPackageName"):
        raise validation_error(
            "A model package without a group (ModelPackageName) is not part of the local AWS; register a "
            "version with ModelPackageGroupName."
        )
    if not params.get("ModelPackageGroupName"):
        raise validation_error("Missing ARN. CreateModelPackage needs a ModelPackageGroupName.")


def _specification(specification: Mapping[str, Any], objects: Objects, caller: Caller) -> Record:
    refuse_others(specification, _SPECIFICATION_MEMBERS, "InferenceSpecification")
    if len(specification["Containers"]) > 1:
        raise validation_error(
            "Model packages with several containers are not part of the local AWS; docs/local-aws.md lists "
            "what is."
        )
    given = {member: value for member, value in specification.items() if value}
    containers = [_container(each, objects, caller) for each in specification["Containers"]]
    return {**given, "Containers": containers}


def _container(container: Mapping[str, Any], objects: Objects, caller: Caller) -> Record:
    refuse_others(container, _CONTAINER_MEMBERS, "a container of InferenceSpecification")
    if not container.get("Image"):
        raise validation_error("A container of InferenceSpecification needs an Image.")
    resolve(container["Image"])
    container = with_model_data_url(container)
    if not container.get("ModelDataUrl"):
        raise validation_error("A container of InferenceSpecification needs a ModelDataUrl.")
    _check_artefact(objects, caller, container["ModelDataUrl"])
    return {member: value for member, value in container.items() if value}


def _check_artefact(objects: Objects, caller: Caller, url: str) -> None:
    try:
        check_model_data(objects, caller, url)
    except AwsError as error:
        if error.code not in ("AccessDenied", "NoSuchBucket"):
            raise
        raise validation_error(f"Could not access model data at {url}. {error.message}") from error
