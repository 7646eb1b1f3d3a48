"""Models and request validators: what a method asks of its callers' requests."""

from __future__ import annotations

import re

from mllab_localaws.apigateway import patches
from mllab_localaws.apigateway.errors import bad_request, conflict, not_found, not_part
from mllab_localaws.apigateway.pages import page
from mllab_localaws.apigateway.records import RestApiRecords, new_id
from mllab_localaws.apigateway.schemas import check_schema
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation

_NAME = re.compile(r"[a-zA-Z0-9]+")
_MODEL_MEMBERS = {"/schema": patches.Member(), "/description": patches.Member()}
_VALIDATOR_MEMBERS = {
    "/name": patches.Member(),
    "/validateRequestBody": patches.Member(patches.boolean),
    "/validateRequestParameters": patches.Member(patches.boolean),
}


class RequestModels(Service):
    """Create, get, list, update and delete models."""

    name = "apigateway"

    def __init__(self, records: RestApiRecords) -> None:
        self._records = records

    @operation
    def create_model(self, call: Call) -> Reply:
        """Add a JSON schema under a name."""
        params = call.params
        if not _NAME.fullmatch(params["name"]):
            raise bad_request("Model name must be alphanumeric: " + params["name"])
        check_schema(params.get("schema", "{}"))

        def change(record: Record) -> Reply:
            if params["name"] in record["models"]:
                raise conflict("Model name already exists for this REST API")
            model = {
                "id": new_id(6),
                "name": params["name"],
                "contentType": params["contentType"],
                "schema": params.get("schema", "{}"),
                **({"description": params["description"]} if params.get("description") else {}),
            }
            record["models"][params["name"]] = model
            return model

        return self._records.change(call.region, params["restApiId"], change)

    @operation
    def get_model(self, call: Call) -> Reply:
        """Return a model."""
        if call.params.get("flatten"):
            raise not_part("flatten of GetModel")
        return _model_of(self._records.get(call.region, call.params["restApiId"]), call)

    @operation
    def get_models(self, call: Call) -> Reply:
        """Return the models of an API, by name."""
        record = self._records.get(call.region, call.params["restApiId"])
        return page(list(record["models"].values()), call.params, lambda model: model["name"])

    @operation
    def update_model(self, call: Call) -> Reply:
        """Change a model's schema or description."""

        def change(record: Record) -> Reply:
            model = _model_of(record, call)
            patches.apply(model, call.params.get("patchOperations", ()), _MODEL_MEMBERS)
            check_schema(model["schema"])
            return model

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def delete_model(self, call: Call) -> Reply:
        """Delete a model that no method uses."""

        def change(record: Record) -> Reply:
            name = _model_of(record, call)["name"]
            for resource in record["resources"].values():
                for method in resource["methods"].values():
                    if name in method.get("requestModels", {}).values():
                        where = f"{method['httpMethod']} {resource['path']}"
                        raise conflict(
                            f"Cannot delete model '{name}', is referenced in method request: {where}"
                        )
            del record["models"][name]
            return {}

        return self._records.change(call.region, call.params["restApiId"], change)


class RequestValidators(Service):
    """Create, get, list, update and delete request validators."""

    name = "apigateway"

    def __init__(self, records: RestApiRecords) -> None:
        self._records = records

    @operation
    def create_request_validator(self, call: Call) -> Reply:
        """Say which parts of a request are checked: body, parameters, both or none."""

        def change(record: Record) -> Reply:
            validator = {
                "id": new_id(6),
                "name": call.params.get("name", ""),
                "validateRequestBody": call.params.get("validateRequestBody", False),
                "validateRequestParameters": call.params.get("validateRequestParameters", False),
            }
            record["validators"][validator["id"]] = validator
            return validator

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def get_request_validator(self, call: Call) -> Reply:
        """Return a request validator."""
        return _validator_of(self._records.get(call.region, call.params["restApiId"]), call)

    @operation
    def get_request_validators(self, call: Call) -> Reply:
        """Return the request validators of an API."""
        record = self._records.get(call.region, call.params["restApiId"])
        return page(list(record["validators"].values()), call.params, lambda validator: validator["id"])

    @operation
    def update_request_validator(self, call: Call) -> Reply:
        """Change what a request validator checks."""

        def change(record: Record) -> Reply:
            validator = _validator_of(record, call)
            patches.apply(validator, call.params.get("patchOperations", ()), _VALIDATOR_MEMBERS)
            return validator

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def delete_request_validator(self, call: Call) -> Reply:
        """Delete a request validator that no method uses."""

        def change(record: Record) -> Reply:
            validator_id = _validator_of(record, call)["id"]
            for resource in record["resources"].values():
                for method in resource["methods"].values():
                    if method.get("requestValidatorId") == validator_id:
                        where = f"{method['httpMethod']} {resource['path']}"
                        raise conflict(
                            f"Cannot delete request validator '{validator_id}', is used by {where}"
                        )
            del record["validators"][validator_id]
            return {}

        return self._records.change(call.region, call.params["restApiId"], change)


def _model_of(record: Record, call: Call) -> Record:
    model: Record | None = record["models"].get(call.params["modelName"])
    if model is None:
        raise not_found(f"Invalid model name specified: {call.params['modelName']}")
    return model


def _validator_of(record: Record, call: Call) -> Record:
    validator: Record | None = record["validators"].get(call.params["requestValidatorId"])
    if validator is None:
        raise not_found("Invalid Request Validator identifier specified")
    return validator
