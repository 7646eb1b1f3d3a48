"""What answers a method: a Lambda function (AWS_PROXY) or API Gateway itself (MOCK)."""

from __future__ import annotations

import re

from mllab_localaws.apigateway import patches
from mllab_localaws.apigateway.errors import bad_request, not_found, not_part, refuse_others
from mllab_localaws.apigateway.records import RestApiRecords, method_of
from mllab_localaws.apigateway.templates import check_mappings, check_templates, invalid_mapping
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation

LAMBDA_URI = re.compile(
    r"arn:aws:apigateway:[a-z0-9-]+:lambda:path/2015-03-31/functions/(?P<function>\S+)/invocations"
)
_FUNCTION = re.compile(
    r"arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_$-]+)?|\S*\$\{stageVariables\.\S+"
)
_TAKEN = (
    "restApiId",
    "resourceId",
    "httpMethod",
    "type",
    "integrationHttpMethod",
    "uri",
    "connectionType",
    "requestTemplates",
    "passthroughBehavior",
    "cacheNamespace",
    "contentHandling",
    "timeoutInMillis",
)
_PASSTHROUGH = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
_MEMBERS = {
    "/uri": patches.Member(),
    "/httpMethod": patches.Member(),
    "/timeoutInMillis": patches.Member(patches.integer),
    "/passthroughBehavior": patches.Member(),
    "/requestTemplates/*": patches.Member(operations=patches.OPTIONAL),
}
_RESPONSE_MEMBERS = {
    "/selectionPattern": patches.Member(operations=patches.OPTIONAL),
    "/responseParameters/*": patches.Member(operations=patches.OPTIONAL),
    "/responseTemplates/*": patches.Member(operations=patches.OPTIONAL),
}


class Integrations(Service):
    """Put, get, update and delete integrations and integration responses."""

    name = "apigateway"

    def __init__(self, records: RestApiRecords) -> None:
        self._records = records

    @operation
    def put_integration(self, call: Call) -> Reply:
        """Say what answers a method, instead of what was said before."""
        params = call.params
        if params["type"] in ("HTTP", "HTTP_PROXY", "AWS"):
            raise not_part(f"An integration of type {params['type']}")
        refuse_others(params, _TAKEN, "PutIntegration")
        if params.get("connectionType", "INTERNET") != "INTERNET":
            raise not_part(f"connectionType {params['connectionType']} of an integration")
        if params.get("contentHandling", "CONVERT_TO_TEXT") != "CONVERT_TO_TEXT":
            raise not_part(f"contentHandling {params['contentHandling']} of an integration")

        def change(record: Record) -> Reply:
            method = method_of(record, params)
            optional = ("uri", "requestTemplates", "contentHandling")
            integration = {
                "type": params["type"],
                "passthroughBehavior": params.get("passthroughBehavior", "WHEN_NO_MATCH"),
                "timeoutInMillis": params.get("timeoutInMillis", 29000),
                "cacheNamespace": params.get("cacheNamespace", params["resourceId"]),
                "cacheKeyParameters": [],
                **{name: params[name] for name in optional if params.get(name)},
            }
            if params.get("integrationHttpMethod"):
                integration["httpMethod"] = params["integrationHttpMethod"]
            _check(integration)
            method["methodIntegration"] = integration
            return integration

        return self._records.change(call.region, params["restApiId"], change)

    @operation
    def get_integration(self, call: Call) -> Reply:
        """Return what answers a method."""
        return _integration_of(self._records.get(call.region, call.params["restApiId"]), call)

    @operation
    def update_integration(self, call: Call) -> Reply:
        """Change what answers a method, e.g. how long it may take."""

        def change(record: Record) -> Reply:
            integration = _integration_of(record, call)
            patches.apply(integration, call.params.get("patchOperations", ()), _MEMBERS)
            _check(integration)
            return integration

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def delete_integration(self, call: Call) -> Reply:
        """Let nothing answer a method; it cannot be deployed then."""

        def change(record: Record) -> Reply:
            _integration_of(record, call)
            del method_of(record, call.params)["methodIntegration"]
            return {}

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def put_integration_response(self, call: Call) -> Reply:
        """Say how an integration's answer becomes the caller's; a proxy's function answers by itself."""
        params = call.params
        if params.get("contentHandling", "CONVERT_TO_TEXT") != "CONVERT_TO_TEXT":
            raise not_part(f"contentHandling {params['contentHandling']} of an integration response")

        def change(record: Record) -> Reply:
            responses = _integration_of(record, call).setdefault("integrationResponses", {})
            optional = ("selectionPattern", "responseParameters", "responseTemplates", "contentHandling")
            response = {
                "statusCode": params["statusCode"],
                **{name: params[name] for name in optional if params.get(name)},
            }
            _check_response(method_of(record, params), response)
            responses[response["statusCode"]] = response
            return response

        return self._records.change(call.region, params["restApiId"], change)

    @operation
    def get_integration_response(self, call: Call) -> Reply:
        """Return how an integration's answer becomes the caller's."""
        return _response_of(self._records.get(call.region, call.params["restApiId"]), call)

    @operation
    def update_integration_response(self, call: Call) -> Reply:
        """Change how an integration's answer becomes the caller's."""

        def change(record: Record) -> Reply:
            response = _response_of(record, call)
            patches.apply(response, call.params.get("patchOperations", ()), _RESPONSE_MEMBERS)
            _check_response(method_of(record, call.params), response)
            return response

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def delete_integration_response(self, call: Call) -> Reply:
        """Forget an answer's way to the caller."""

        def change(record: Record) -> Reply:
            _response_of(record, call)
            integration = _integration_of(record, call)
            del integration["integrationResponses"][call.params["statusCode"]]
            if not integration["integrationResponses"]:
                del integration["integrationResponses"]
            return {}

        return self._records.change(call.region, call.params["restApiId"], change)


def _integration_of(record: Record, call: Call) -> Record:
    integration: Record | None = method_of(record, call.params).get("methodIntegration")
    if integration is None:
        raise not_found("Invalid Integration identifier specified")
    return integration


def _response_of(record: Record, call: Call) -> Record:
    responses = _integration_of(record, call).get("integrationResponses", {})
    response: Record | None = responses.get(call.params["statusCode"])
    if response is None:
        raise not_found("Invalid Response status code specified")
    return response


def _check(integration: Record) -> None:
    if integration["passthroughBehavior"] not in _PASSTHROUGH:
        raise bad_request(f"Invalid passthroughBehavior. Valid options are {', '.join(_PASSTHROUGH)}")
    if not 50 <= integration["timeoutInMillis"] <= 29000:
        raise bad_request("Timeout should be between 50 ms and 29000 ms")
    if integration["type"] == "AWS_PROXY":
        _check_lambda(integration)
    else:
        check_templates(integration.get("requestTemplates", {}), "a MOCK integration")


def _check_lambda(integration: Record) -> None:
    if not integration.get("httpMethod"):
        raise bad_request("Enumeration value for HttpMethod must be non-empty")
    uri = integration.get("uri", "")
    if not uri.startswith("arn:"):
        raise bad_request("Invalid ARN specified in the request")
    if ":firehose:" in uri:
        raise not_part("An integration with Firehose")
    function = LAMBDA_URI.fullmatch(uri)
    if function is None:
        raise bad_request(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream "
            "invocations."
        )
    if not _FUNCTION.fullmatch(function["function"]):
        raise bad_request("Invalid Lambda function ARN in the integration's URI")


def _check_response(method: Record, response: Record) -> None:
    declared = method.get("methodResponses", {}).get(response["statusCode"])
    if declared is None:
        raise not_found("Invalid Response status code specified")
    if response.get("selectionPattern"):
        try:
            re.compile(response["selectionPattern"])
        except re.error as error:
            raise bad_request(f"Invalid selection pattern specified: {error}") from error
    mappings = response.get("responseParameters", {})
    check_mappings(mappings, "method.response.header.", ("context.",))
    for name in mappings:
        if name not in declared.get("responseParameters", {}):
            raise invalid_mapping(name)
    check_templates(response.get("responseTemplates", {}), "an integration response")
