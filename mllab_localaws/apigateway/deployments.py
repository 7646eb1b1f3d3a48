"""Deployments: an API as it was at one moment. Only these are live, each on the stages that point to it."""

from __future__ import annotations

import copy

from mllab_localaws.apigateway import patches
from mllab_localaws.apigateway.errors import bad_request, not_found, not_part, refuse_others
from mllab_localaws.apigateway.pages import page
from mllab_localaws.apigateway.records import RestApiRecords, new_id
from mllab_localaws.apigateway.stages import check_variables, new_stage
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation

_TAKEN = ("restApiId", "stageName", "stageDescription", "description", "variables")
_MEMBERS = {"/description": patches.Member(operations=patches.OPTIONAL)}
_FROZEN = ("resources", "models", "validators", "gatewayResponses")


class Deployments(Service):
    """Create, get, list, update and delete deployments."""

    name = "apigateway"

    def __init__(self, platform: Platform, records: RestApiRecords) -> None:
        self._clock = platform.clock
        self._records = records

    @operation
    def create_deployment(self, call: Call) -> Reply:
        """Freeze the API as it is now, and let a stage point to that when one is named."""
        params = call.params
        refuse_others(params, _TAKEN, "CreateDeployment")

        def change(record: Record) -> Reply:
            _check_complete(record)
            now = self._clock.now()
            deployment = {
                "id": new_id(6),
                "createdDate": now,
                **({"description": params["description"]} if params.get("description") else {}),
            }
            definition = {name: copy.deepcopy(record[name]) for name in _FROZEN}
            definition["binaryMediaTypes"] = list(record["api"].get("binaryMediaTypes", ()))
            record["deployments"][deployment["id"]] = {"deployment": deployment, "definition": definition}
            if params.get("stageName"):
                _point(record, call, deployment["id"], now)
            return deployment

        return self._records.change(call.region, params["restApiId"], change)

    @operation
    def get_deployment(self, call: Call) -> Reply:
        """Return a deployment; with `embed=apisummary` the methods that it froze."""
        held = _held(self._records.get(call.region, call.params["restApiId"]), call)
        embed = call.params.get("embed", [])
        if set(embed) - {"apisummary"}:
            raise not_part(f"embed={','.join(embed)} of GetDeployment")
        deployment: Record = held["deployment"]
        return deployment | {"apiSummary": _summary(held["definition"])} if embed else deployment

    @operation
    def get_deployments(self, call: Call) -> Reply:
        """Return the deployments of an API, oldest first."""
        record = self._records.get(call.region, call.params["restApiId"])
        deployments = [held["deployment"] for held in record["deployments"].values()]
        return page(deployments, call.params, lambda each: f"{each['createdDate']:.3f} {each['id']}")

    @operation
    def update_deployment(self, call: Call) -> Reply:
        """Change a deployment's description; what it froze stays."""

        def change(record: Record) -> Reply:
            deployment: Record = _held(record, call)["deployment"]
            patches.apply(deployment, call.params.get("patchOperations", ()), _MEMBERS)
            return deployment

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def delete_deployment(self, call: Call) -> Reply:
        """Delete a deployment that no stage points to."""

        def change(record: Record) -> Reply:
            deployment_id = _held(record, call)["deployment"]["id"]
            if any(stage["deploymentId"] == deployment_id for stage in record["stages"].values()):
                raise bad_request("Active stages pointing to this deployment must be moved or deleted")
            del record["deployments"][deployment_id]
            return {}

        return self._records.change(call.region, call.params["restApiId"], change)


def _check_complete(record: Record) -> None:
    methods = [method for resource in record["resources"].values() for method in resource["methods"].values()]
    if not methods:
        raise bad_request("The REST API doesn't contain any methods")
    if any("methodIntegration" not in method for method in methods):
        raise bad_request("No integration defined for method")


def _point(record: Record, call: Call, deployment_id: str, now: float) -> None:
    """Let the stage of a request point to a new deployment; it comes into being when it is not there."""
    params, name = call.params, call.params["stageName"]
    stage = record["stages"].get(name)
    if stage is None:
        stage = new_stage(record, name, deployment_id, now)
    stage |= {"deploymentId": deployment_id, "lastUpdatedDate": now}
    if params.get("stageDescription"):
        stage["description"] = params["stageDescription"]
    if params.get("variables"):
        stage["variables"] = stage.get("variables", {}) | params["variables"]
        check_variables(stage)


def _held(record: Record, call: Call) -> Record:
    held: Record | None = record["deployments"].get(call.params["deploymentId"])
    if held is None:
        raise not_found("Invalid Deployment identifier specified")
    return held


def _summary(definition: Record) -> Record:
    return {
        resource["path"]: {
            name: {
                "authorizationType": method["authorizationType"],
                "apiKeyRequired": method["apiKeyRequired"],
            }
            for name, method in resource["methods"].items()
        }
        for resource in definition["resources"].values()
        if resource["methods"]
    }
