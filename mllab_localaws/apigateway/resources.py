"""The tree of an API's paths."""

from __future__ import annotations

import re

from mllab_localaws.apigateway import patches
from mllab_localaws.apigateway.errors import bad_request, conflict, not_found, not_part
from mllab_localaws.apigateway.pages import page
from mllab_localaws.apigateway.records import RestApiRecords, new_id, resource_of
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError

_MOST = 300
_PART = re.compile(r"[a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\+?\}")
_MEMBERS = {"/pathPart": patches.Member(), "/parentId": patches.Member()}


class Resources(Service):
    """Create, get, list, update and delete resources."""

    name = "apigateway"

    def __init__(self, records: RestApiRecords) -> None:
        self._records = records

    @operation
    def create_resource(self, call: Call) -> Reply:
        """Add a path below another one."""

        def change(record: Record) -> Reply:
            resources = record["resources"]
            if len(resources) >= _MOST:
                message = f"Maximum number of resources for this API has been reached: {_MOST}."
                raise AwsError("LimitExceededException", message, status=429)
            resource = {
                "id": new_id(6),
                "parentId": call.params["parentId"],
                "pathPart": call.params["pathPart"],
                "methods": {},
            }
            _place(resources, resource)
            resources[resource["id"]] = resource
            return _shown(resource, call)

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def get_resource(self, call: Call) -> Reply:
        """Return a resource; with `embed=methods` its methods too."""
        record = self._records.get(call.region, call.params["restApiId"])
        return _shown(resource_of(record, call.params), call)

    @operation
    def get_resources(self, call: Call) -> Reply:
        """Return the resources of an API, by path."""
        record = self._records.get(call.region, call.params["restApiId"])
        shown = [_shown(resource, call) for resource in record["resources"].values()]
        return page(shown, call.params, lambda resource: resource["path"])

    @operation
    def update_resource(self, call: Call) -> Reply:
        """Rename a resource, or move it with everything below it."""

        def change(record: Record) -> Reply:
            resources, resource = record["resources"], resource_of(record, call.params)
            if "parentId" not in resource:
                raise bad_request("Root resource cannot be updated")
            below = _below(resources, resource["id"])
            patches.apply(resource, call.params.get("patchOperations", ()), _MEMBERS)
            if resource["parentId"] in below:
                raise bad_request("Resource cannot be its own parent, nor have a resource below it as parent")
            _place(resources, resource)
            _rename(resources, resource, below[1:])
            return _shown(resource, call)

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def delete_resource(self, call: Call) -> Reply:
        """Delete a resource and everything below it."""

        def change(record: Record) -> Reply:
            resource = resource_of(record, call.params)
            if "parentId" not in resource:
                raise bad_request("Root resource cannot be removed")
            for resource_id in _below(record["resources"], resource["id"]):
                del record["resources"][resource_id]
            return {}

        return self._records.change(call.region, call.params["restApiId"], change)


def _place(resources: Record, resource: Record) -> None:
    """Check a resource beside its siblings, and set its path.

    Raises: AwsError: as AWS words it.
    """
    parent, part = resources.get(resource["parentId"]), resource["pathPart"]
    if parent is None:
        raise not_found("Invalid Resource identifier specified")
    if not _PART.fullmatch(part):
        raise bad_request(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces "
            "at the beginning and the end."
        )
    if parent["path"].endswith("+}"):
        raise bad_request("Cannot create a child of a resource with a greedy path variable.")
    siblings = [
        other["pathPart"]
        for other in resources.values()
        if other.get("parentId") == parent["id"] and other["id"] != resource["id"]
    ]
    if part in siblings:
        raise conflict(f"Another resource with the same parent already has this name: {part}")
    variable = next((name for name in siblings if name.startswith("{")), None)
    if variable and part.startswith("{"):
        message = f"A sibling ({variable}) of this resource already has a variable path part"
        raise bad_request(f"{message} -- only one is allowed")
    if part.startswith("{") and part.rstrip("}").rstrip("+") + "}" in parent["path"].split("/"):
        raise bad_request(f"The path parameter {part} is there already in {parent['path']}.")
    resource["path"] = f"{parent['path'].rstrip('/')}/{part}"


def _below(resources: Record, resource_id: str) -> list[str]:
    """Return the ids of a resource and of all below it."""
    found = [resource_id]
    for known in found:
        found.extend(other["id"] for other in resources.values() if other.get("parentId") == known)
    return found


def _rename(resources: Record, resource: Record, below: list[str]) -> None:
    """Let the paths below a resource follow it; parents come first in `below`."""
    if below and resource["path"].endswith("+}"):
        raise bad_request("A resource with a greedy path variable cannot have children.")
    for child in (resources[resource_id] for resource_id in below):
        child["path"] = f"{resources[child['parentId']]['path']}/{child['pathPart']}"


def _shown(resource: Record, call: Call) -> Record:
    """Return a resource as its readers see it: methods by name, or whole when they are asked for."""
    embed = call.params.get("embed", [])
    if set(embed) - {"methods"}:
        raise not_part(f"embed={','.join(embed)} of {call.operation}")
    shown = {name: value for name, value in resource.items() if name != "methods"}
    if resource["methods"]:
        methods = resource["methods"].items()
        shown["resourceMethods"] = {name: method if embed else {} for name, method in methods}
    return shown
