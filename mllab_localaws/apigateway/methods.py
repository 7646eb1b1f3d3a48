"""What may be done with a resource: its methods, and the answers that they declare."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mllab_localaws.apigateway import patches
from mllab_localaws.apigateway.errors import bad_request, conflict, not_found, not_part, refuse_others
from mllab_localaws.apigateway.records import RestApiRecords, method_of, resource_of
from mllab_localaws.apigateway.templates import invalid_mapping
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation

HTTP_METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_NAMES = ("restApiId", "resourceId", "httpMethod")
_TAKEN = (
    *_NAMES,
    "authorizationType",
    "apiKeyRequired",
    "operationName",
    "requestParameters",
    "requestModels",
    "requestValidatorId",
)
_PARAMETER = re.compile(r"method\.request\.(header|path|querystring)\.[^\s.]\S*")
_MEMBERS = {
    "/authorizationType": patches.Member(),
    "/apiKeyRequired": patches.Member(patches.boolean),
    "/operationName": patches.Member(operations=patches.OPTIONAL),
    "/requestValidatorId": patches.Member(operations=patches.OPTIONAL),
    "/requestParameters/*": patches.Member(patches.boolean, patches.OPTIONAL),
    "/requestModels/*": patches.Member(operations=patches.OPTIONAL),
}
_RESPONSE_MEMBERS = {
    "/responseParameters/*": patches.Member(patches.boolean, patches.OPTIONAL),
    "/responseModels/*": patches.Member(operations=patches.OPTIONAL),
}


class Methods(Service):
    """Put, get, update and delete methods and method responses."""

    name = "apigateway"

    def __init__(self, records: RestApiRecords) -> None:
        self._records = records

    @operation
    def put_method(self, call: Call) -> Reply:
        """Add a method to a resource; it has no integration yet."""
        params = call.params
        refuse_others(params, _TAKEN, "PutMethod")
        if params["httpMethod"] not in HTTP_METHODS:
            raise bad_request(f"Invalid HttpMethod specified. Valid options are {','.join(HTTP_METHODS)}")

        def change(record: Record) -> Reply:
            methods = resource_of(record, params)["methods"]
            if params["httpMethod"] in methods:
                raise conflict("Method already exists for this resource")
            optional = ("operationName", "requestParameters", "requestModels", "requestValidatorId")
            method = {
                "httpMethod": params["httpMethod"],
                "authorizationType": params["authorizationType"],
                "apiKeyRequired": params.get("apiKeyRequired", False),
                **{name: params[name] for name in optional if params.get(name)},
            }
            _check(record, method)
            methods[params["httpMethod"]] = method
            return method

        return self._records.change(call.region, params["restApiId"], change)

    @operation
    def get_method(self, call: Call) -> Reply:
        """Return a method with its integration and its responses."""
        return method_of(self._records.get(call.region, call.params["restApiId"]), call.params)

    @operation
    def update_method(self, call: Call) -> Reply:
        """Change a method, e.g. whether it needs an API key."""

        def change(record: Record) -> Reply:
            method = method_of(record, call.params)
            patches.apply(method, call.params.get("patchOperations", ()), _MEMBERS)
            _check(record, method)
            return method

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def delete_method(self, call: Call) -> Reply:
        """Delete a method with its integration."""

        def change(record: Record) -> Reply:
            method_of(record, call.params)
            del resource_of(record, call.params)["methods"][call.params["httpMethod"]]
            return {}

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def put_method_response(self, call: Call) -> Reply:
        """Declare an answer: its status, its headers and its models."""

        def change(record: Record) -> Reply:
            method = method_of(record, call.params)
            responses = method.setdefault("methodResponses", {})
            if call.params["statusCode"] in responses:
                raise conflict("Response already exists for this resource")
            optional = ("responseParameters", "responseModels")
            response = {
                "statusCode": call.params["statusCode"],
                **{name: call.params[name] for name in optional if call.params.get(name)},
            }
            _check_response(record, response)
            responses[response["statusCode"]] = response
            return response

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def get_method_response(self, call: Call) -> Reply:
        """Return a declared answer."""
        return _response_of(self._records.get(call.region, call.params["restApiId"]), call)

    @operation
    def update_method_response(self, call: Call) -> Reply:
        """Change what an answer declares."""

        def change(record: Record) -> Reply:
            response = _response_of(record, call)
            patches.apply(response, call.params.get("patchOperations", ()), _RESPONSE_MEMBERS)
            _check_response(record, response)
            return response

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def delete_method_response(self, call: Call) -> Reply:
        """Declare an answer no more."""

        def change(record: Record) -> Reply:
            _response_of(record, call)
            method = method_of(record, call.params)
            del method["methodResponses"][call.params["statusCode"]]
            if not method["methodResponses"]:
                del method["methodResponses"]
            return {}

        return self._records.change(call.region, call.params["restApiId"], change)


def _response_of(record: Record, call: Call) -> Record:
    responses = method_of(record, call.params).get("methodResponses", {})
    response: Record | None = responses.get(call.params["statusCode"])
    if response is None:
        raise not_found("Invalid Response status code specified")
    return response


def _check(record: Record, method: Record) -> None:
    if method["authorizationType"] not in ("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"):
        message = "Invalid authorization type specified. Valid options are "
        raise bad_request(message + "NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS")
    if method["authorizationType"] != "NONE":
        raise not_part(f"authorizationType {method['authorizationType']} of a method")
    if method.get("requestValidatorId", "") not in {"", *record["validators"]}:
        raise bad_request("Invalid Request Validator identifier specified")
    _check_models(record, method.get("requestModels", {}))
    for name in method.get("requestParameters", {}):
        if not _PARAMETER.fullmatch(name):
            raise invalid_mapping(name)


def _check_response(record: Record, response: Record) -> None:
    _check_models(record, response.get("responseModels", {}))
    for name in response.get("responseParameters", {}):
        if not name.startswith("method.response.header."):
            raise invalid_mapping(name)


def _check_models(record: Record, models: Mapping[str, str]) -> None:
    for name in models.values():
        if name not in record["models"]:
            raise bad_request(f"Invalid model identifier specified: {name}")
