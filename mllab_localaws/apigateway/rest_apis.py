"""REST APIs themselves: created, described, changed, deleted."""

from __future__ import annotations

from collections.abc import Callable

from mllab_localaws.apigateway import patches
from mllab_localaws.apigateway.errors import bad_request, not_part, refuse_others
from mllab_localaws.apigateway.pages import page
from mllab_localaws.apigateway.records import RestApiRecords, new_id
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation

_TAKEN = (
    "name",
    "description",
    "version",
    "binaryMediaTypes",
    "apiKeySource",
    "endpointConfiguration",
    "tags",
)
_MEMBERS = {
    "/name": patches.Member(),
    "/description": patches.Member(),
    "/version": patches.Member(),
    "/apiKeySource": patches.Member(patches.one_of("HEADER")),
    "/binaryMediaTypes/*": patches.Member(operations=("add", "remove"), has_value=False),
}
# What every new API has; a model named Empty accepts everything.
_MODELS = {
    "Empty": (
        "This is a default empty schema model",
        '{\n  "$schema": "http://json-schema.org/draft-04/schema#",\n  "title" : "Empty Schema",\n'
        '  "type" : "object"\n}',
    ),
    "Error": (
        "This is a default error schema model",
        '{\n  "$schema" : "http://json-schema.org/draft-04/schema#",\n  "title" : "Error Schema",\n'
        '  "type" : "object",\n  "properties" : {\n    "message" : { "type" : "string" }\n  }\n}',
    ),
}


class RestApis(Service):
    """Create, get, list, update and delete REST APIs.

    Args: on_delete: called with region and id of each API that is gone.
    """

    name = "apigateway"

    def __init__(
        self, platform: Platform, records: RestApiRecords, on_delete: Callable[[str, str], None]
    ) -> None:
        self._clock = platform.clock
        self._records = records
        self._on_delete = on_delete

    @operation
    def create_rest_api(self, call: Call) -> Reply:
        """Create an API that has a root resource and nothing else."""
        params = call.params
        refuse_others(params, _TAKEN, "CreateRestApi")
        if not params["name"].strip():
            raise bad_request("API name cannot be empty")
        if params.get("apiKeySource", "HEADER") != "HEADER":
            raise not_part("apiKeySource AUTHORIZER of CreateRestApi")
        types = params.get("endpointConfiguration", {}).get("types") or ["EDGE"]
        if "PRIVATE" in types:
            raise not_part("A PRIVATE endpoint")
        api_id, root_id = new_id(), new_id()
        api = {
            "id": api_id,
            "name": params["name"],
            "createdDate": self._clock.now(),
            "apiKeySource": "HEADER",
            "endpointConfiguration": {"types": types, "ipAddressType": "ipv4"},
            "disableExecuteApiEndpoint": False,
            "rootResourceId": root_id,
            **{member: params[member] for member in ("description", "version", "tags") if params.get(member)},
        }
        if params.get("binaryMediaTypes"):
            api["binaryMediaTypes"] = list(dict.fromkeys(params["binaryMediaTypes"]))
        root = {"id": root_id, "path": "/", "methods": {}}
        self._records.insert(call.region, _empty(api, root))
        return api

    @operation
    def get_rest_api(self, call: Call) -> Reply:
        """Return an API."""
        api: Reply = self._records.get(call.region, call.params["restApiId"])["api"]
        return api

    @operation
    def get_rest_apis(self, call: Call) -> Reply:
        """Return APIs, oldest first."""
        apis = [record["api"] for record in self._records.list(call.region)]
        return page(apis, call.params, lambda api: f"{api['createdDate']:.3f} {api['id']}")

    @operation
    def update_rest_api(self, call: Call) -> Reply:
        """Change name, description, version or binary media types; the last needs a deployment to be live."""

        def change(record: Record) -> Reply:
            api: Record = record["api"]
            # A patch names elements of this list: /binaryMediaTypes/image~1png.
            types = api["binaryMediaTypes"] = dict.fromkeys(api.get("binaryMediaTypes", ()))
            patches.apply(api, call.params.get("patchOperations", ()), _MEMBERS)
            if not api["name"].strip():
                raise bad_request("API name cannot be empty")
            api["binaryMediaTypes"] = list(types)
            if not types:
                del api["binaryMediaTypes"]
            return api

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def delete_rest_api(self, call: Call) -> Reply:
        """Delete an API with everything in it; its callers get 403 from now on."""
        self._records.delete(call.region, call.params["restApiId"])
        self._on_delete(call.region, call.params["restApiId"])
        return {}


def _empty(api: Record, root: Record) -> Record:
    models = {
        name: {
            "id": new_id(6),
            "name": name,
            "description": description,
            "schema": schema,
            "contentType": "application/json",
        }
        for name, (description, schema) in _MODELS.items()
    }
    return {
        "api": api,
        "resources": {root["id"]: root},
        "models": models,
        "validators": {},
        "gatewayResponses": {},
        "deployments": {},
        "stages": {},
    }
