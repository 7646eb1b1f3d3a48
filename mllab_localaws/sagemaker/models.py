"""Models: which artefact, in which image, with which role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.caller import acting_as
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.images import resolve
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.model_containers import check_model_data, with_model_data_url
from mllab_localaws.sagemaker.named import MODEL
from mllab_localaws.sagemaker.registry_packages import approved_container
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

_LISTING = Listing(name="ModelName", sort_order="Descending")
_MEMBERS = ("ModelName", "PrimaryContainer", "Containers", "ExecutionRoleArn", "Tags")
_CONTAINER_MEMBERS = ("ContainerHostname", "Image", "ModelDataUrl", "ModelDataSource", "Environment")
# Beside a model package's name: what it registers, nobody else may choose.
_PACKAGED_MEMBERS = ("ContainerHostname", "ModelPackageName", "Environment")


class Models(Service):
    """CreateModel, DescribeModel, ListModels, DeleteModel."""

    name = "sagemaker"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @operation
    def create_model(self, call: Call) -> Reply:
        """Check that image, role and artefact are there and remember the model."""
        params, name = call.params, call.params["ModelName"]
        refuse_others(params, _MEMBERS, "CreateModel")
        member, container = _only_container(params)
        if container.get("ModelPackageName"):
            container = self._packaged(container, call.region)
        resolve(container["Image"])
        role = params.get("ExecutionRoleArn")
        if not role:
            raise validation_error("CreateModel needs an ExecutionRoleArn.")
        self._check_artefact(container, role, call.region)
        described = {"Mode": "SingleModel", **container}
        arn = MODEL.arn(call.region, name)
        record = {
            "ModelName": name,
            member: described if member == "PrimaryContainer" else [described],
            "ExecutionRoleArn": role,
            "CreationTime": self._platform.clock.now(),
            "ModelArn": arn,
            "EnableNetworkIsolation": False,
        }
        MODEL.insert(self._platform.store, call.region, name, record, params.get("Tags", ()))
        return {"ModelArn": arn}

    @operation
    def describe_model(self, call: Call) -> Reply:
        """Return a model."""
        return MODEL.get(self._platform.store, call.region, call.params["ModelName"])

    @operation
    def list_models(self, call: Call) -> Reply:
        """Return models, latest first."""
        page, token = _LISTING.page(self._platform.store.list(MODEL.kind, call.region), call.params)
        members = ("ModelName", "ModelArn", "CreationTime")
        return {"Models": [{member: record[member] for member in members} for record in page], **token}

    @operation
    def delete_model(self, call: Call) -> Reply:
        """Forget a model; its artefact stays, and endpoints that run it go on."""
        MODEL.delete(self._platform.store, call.region, call.params["ModelName"])
        return {}

    def _packaged(self, container: Mapping[str, Any], region: str) -> dict[str, Any]:
        """Return the container of a model package, with the request's environment on top of its own."""
        refuse_others(container, _PACKAGED_MEMBERS, "a container of CreateModel with a ModelPackageName")
        registered = approved_container(self._platform.store, region, container["ModelPackageName"])
        kept = {member: registered[member] for member in _CONTAINER_MEMBERS if registered.get(member)}
        environment = {**kept.pop("Environment", {}), **container.get("Environment", {})}
        return {**kept, **container, **({"Environment": environment} if environment else {})}

    def _check_artefact(self, container: Mapping[str, Any], role: str, region: str) -> None:
        url = container.get("ModelDataUrl")
        if url is None:
            return
        try:
            check_model_data(self._platform.objects, acting_as(role), url)
        except AwsError as error:
            if error.code not in ("AccessDenied", "NoSuchBucket"):
                raise
            raise validation_error(
                f'Could not access model data at {url}. Please ensure that the role "{role}" exists and that '
                'its trust relationship policy allows the action "sts:AssumeRole" for the service principal '
                '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and '
                f"that the object is located in {region}."
            ) from error


def container_of(model: Record) -> Record:
    """Return a model's only container."""
    container: Record = model.get("PrimaryContainer") or model["Containers"][0]
    return container


def _only_container(params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the container, its artefact under `ModelDataUrl`, and the request's member that holds it."""
    containers = params.get("Containers", [])
    if len(containers) > 1:
        raise validation_error(
            "Inference pipelines and multi-container endpoints (several Containers) are not part of the "
            "local AWS; docs/local-aws.md lists what is."
        )
    if bool(containers) == bool(params.get("PrimaryContainer")):
        raise validation_error("CreateModel needs either a PrimaryContainer or Containers.")
    container = dict(containers[0] if containers else params["PrimaryContainer"])
    if container.pop("Mode", "SingleModel") == "MultiModel":
        raise validation_error(
            "Multi-model endpoints (Mode MultiModel) are not part of the local AWS; docs/local-aws.md lists "
            "what is."
        )
    refuse_others(container, (*_CONTAINER_MEMBERS, "ModelPackageName"), "a container of CreateModel")
    if container.get("ModelPackageName"):
        return ("Containers" if containers else "PrimaryContainer"), container
    if not container.get("Image"):
        raise validation_error("A container of CreateModel needs an Image or a ModelPackageName.")
    return ("Containers" if containers else "PrimaryContainer"), with_model_data_url(container)
