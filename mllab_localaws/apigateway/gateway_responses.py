"""What API Gateway answers by itself: AWS's table, and each API's own changes to it.

Source: API Gateway Developer Guide, "Gateway response types".
"""

from __future__ import annotations

from typing import NamedTuple

from mllab_localaws.apigateway import patches
from mllab_localaws.apigateway.errors import bad_request, not_found
from mllab_localaws.apigateway.pages import page
from mllab_localaws.apigateway.records import RestApiRecords
from mllab_localaws.apigateway.templates import check_mappings, check_templates
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation

DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'


class Default(NamedTuple):
    """How API Gateway answers when nobody says otherwise.

    Attributes: error: of the header `x-amzn-ErrorType`.
    """

    status: int
    message: str
    error: str


_INTERNAL = "Internal server error"
DEFAULTS = {
    "ACCESS_DENIED": Default(403, "User is not authorized to access this resource", "AccessDeniedException"),
    "API_CONFIGURATION_ERROR": Default(500, _INTERNAL, "InternalServerErrorException"),
    "AUTHORIZER_CONFIGURATION_ERROR": Default(500, _INTERNAL, "InternalServerErrorException"),
    "AUTHORIZER_FAILURE": Default(500, _INTERNAL, "InternalServerErrorException"),
    "BAD_REQUEST_BODY": Default(400, "Invalid request body", "BadRequestException"),
    "BAD_REQUEST_PARAMETERS": Default(400, "Missing required request parameters", "BadRequestException"),
    "EXPIRED_TOKEN": Default(
        403, "The security token included in the request is expired", "ExpiredTokenException"
    ),
    "INTEGRATION_FAILURE": Default(504, _INTERNAL, "InternalServerErrorException"),
    "INTEGRATION_TIMEOUT": Default(504, "Endpoint request timed out", "InternalServerErrorException"),
    "INVALID_API_KEY": Default(403, "Forbidden", "ForbiddenException"),
    "INVALID_SIGNATURE": Default(403, "The request signature is not valid", "InvalidSignatureException"),
    "MISSING_AUTHENTICATION_TOKEN": Default(
        403, "Missing Authentication Token", "MissingAuthenticationTokenException"
    ),
    "QUOTA_EXCEEDED": Default(429, "Limit Exceeded", "LimitExceededException"),
    "REQUEST_TOO_LARGE": Default(413, "Request Too Long", "RequestTooLargeException"),
    "RESOURCE_NOT_FOUND": Default(404, "Not Found", "NotFoundException"),
    "THROTTLED": Default(429, "Too Many Requests", "TooManyRequestsException"),
    "UNAUTHORIZED": Default(401, "Unauthorized", "UnauthorizedException"),
    "UNSUPPORTED_MEDIA_TYPE": Default(415, "Unsupported Media Type", "BadRequestException"),
    "WAF_FILTERED": Default(403, "Forbidden", "ForbiddenException"),
}
TYPES = ("DEFAULT_4XX", "DEFAULT_5XX", *DEFAULTS)
_SOURCES = (
    "method.request.header.",
    "method.request.querystring.",
    "method.request.path.",
    "context.",
    "stageVariables.",
)
_MEMBERS = {
    "/statusCode": patches.Member(lambda text: str(int(text)), patches.OPTIONAL),
    "/responseParameters/*": patches.Member(operations=patches.OPTIONAL),
    "/responseTemplates/*": patches.Member(operations=patches.OPTIONAL),
}


class GatewayResponses(Service):
    """Put, get, list, update and delete gateway responses; a deployment makes them live."""

    name = "apigateway"

    def __init__(self, records: RestApiRecords) -> None:
        self._records = records

    @operation
    def put_gateway_response(self, call: Call) -> Reply:
        """Change how API Gateway answers, e.g. with CORS headers on every error."""

        def change(record: Record) -> Reply:
            members = ("statusCode", "responseParameters", "responseTemplates")
            own = {name: call.params[name] for name in members if call.params.get(name)}
            own.setdefault("responseTemplates", {"application/json": DEFAULT_TEMPLATE})
            _check(own)
            record["gatewayResponses"][call.params["responseType"]] = own
            return shown(record, call.params["responseType"])

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def get_gateway_response(self, call: Call) -> Reply:
        """Return how API Gateway answers, be it AWS's way or the API's own."""
        return shown(self._records.get(call.region, call.params["restApiId"]), call.params["responseType"])

    @operation
    def get_gateway_responses(self, call: Call) -> Reply:
        """Return all types, those that the API has not changed included."""
        record = self._records.get(call.region, call.params["restApiId"])
        everything = [shown(record, response_type) for response_type in TYPES]
        return page(everything, call.params, lambda response: response["responseType"])

    @operation
    def update_gateway_response(self, call: Call) -> Reply:
        """Change a part of how API Gateway answers."""

        def change(record: Record) -> Reply:
            response_type = call.params["responseType"]
            own = record["gatewayResponses"].setdefault(
                response_type, {"responseTemplates": {"application/json": DEFAULT_TEMPLATE}}
            )
            patches.apply(own, call.params.get("patchOperations", ()), _MEMBERS)
            _check(own)
            return shown(record, response_type)

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def delete_gateway_response(self, call: Call) -> Reply:
        """Answer in AWS's way again."""

        def change(record: Record) -> Reply:
            if record["gatewayResponses"].pop(call.params["responseType"], None) is None:
                raise not_found("Gateway response type not defined on api")
            return {}

        return self._records.change(call.region, call.params["restApiId"], change)


def shown(record: Record, response_type: str) -> Record:
    """Return a gateway response as its readers see it."""
    own = record["gatewayResponses"].get(response_type)
    default = DEFAULTS.get(response_type)
    status = {"statusCode": str(default.status)} if default else {}
    templates = {"responseTemplates": {"application/json": DEFAULT_TEMPLATE}}
    return {
        "responseType": response_type,
        "defaultResponse": own is None,
        **(status | own if own is not None else status | templates),
    }


def _check(own: Record) -> None:
    check_mappings(own.get("responseParameters", {}), "gatewayresponse.header.", _SOURCES)
    check_templates(own.get("responseTemplates", {}), "a gateway response")
    if not 200 <= int(own.get("statusCode", 200)) <= 599:
        raise bad_request(f"A gateway response's status is from 200 to 599, not {own['statusCode']}.")
