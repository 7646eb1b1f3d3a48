"""API Gateway: a REST API in front of the Lambda, with CORS, and a deployment per change.

What is built is a draft; clients see the last deployment. https://docs.aws.amazon.com/apigateway/latest/developerguide/
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers.aws_errors import error_code, translate

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

STAGE = "prod"
PATH = "predict"
# What a body must be before the Lambda is woken. Which fields are missing the Lambda says, and better.
BODY_MODEL = "HouseObject"
_BODY_SCHEMA = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": BODY_MODEL,
    "type": "object",
    "minProperties": 1,
}
_VALIDATOR = "check-body"
_EXISTS = "ConflictException"
_ABSENT = "NotFoundException"
_ALLOWED_HEADERS = "'Content-Type,X-Api-Key'"
_CORS_HEADERS = (
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin",
)


@translate()
def ensure_route(lab: Lab, api: str, path: str, function: str) -> str:
    """Make `POST /<path>` reach a function, or complete what is there: key, body check, CORS, permission.

    Args: path: one level, without slash; function: the Lambda's ARN.
    Returns: the id of the API's resource.
    """
    gateway = lab.client("apigateway")
    resource = ensure_resource(lab, api, path)
    if "POST" not in methods(lab, api, resource):
        gateway.put_method(
            restApiId=api,
            resourceId=resource,
            httpMethod="POST",
            authorizationType="NONE",
            apiKeyRequired=True,
            requestValidatorId=ensure_body_check(lab, api),
            requestModels={"application/json": BODY_MODEL},
        )
        gateway.put_integration(
            restApiId=api,
            resourceId=resource,
            httpMethod="POST",
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=integration_uri(lab, function),
        )
    allow_gateway(lab, api, path, function)
    allow_browsers(lab, api, resource)
    return resource


def api_name(lab: Lab) -> str:
    """Return the name of the lab's API. AWS allows it twice; the lab makes it once."""
    return lab.name("houses-api")


@translate()
def find_api(lab: Lab) -> str | None:
    """Return the id of the lab's API, or None when it does not exist."""
    return next((str(api["id"]) for api in list_apis(lab) if api["name"] == api_name(lab)), None)


def list_apis(lab: Lab) -> Iterator[dict[str, Any]]:
    """List every REST API of the account and region."""
    for page in lab.client("apigateway").get_paginator("get_rest_apis").paginate():
        yield from page["items"]


@translate()
def ensure_resource(lab: Lab, api: str, path: str) -> str:
    """Create the resource `/<path>`, or find it again; return its id."""
    found = {resource["path"]: str(resource["id"]) for resource in _resources(lab, api)}
    if f"/{path}" in found:
        return found[f"/{path}"]
    created = lab.client("apigateway").create_resource(restApiId=api, parentId=found["/"], pathPart=path)
    return str(created["id"])


@translate()
def methods(lab: Lab, api: str, resource: str) -> set[str]:
    """Return the HTTP methods that a resource has."""
    found = lab.client("apigateway").get_resource(restApiId=api, resourceId=resource)
    return set(found.get("resourceMethods", {}))


def integration_uri(lab: Lab, function: str) -> str:
    """Return how API Gateway addresses a function: the path of Lambda's own Invoke operation.

    Args: function: the Lambda's ARN.
    """
    return f"arn:aws:apigateway:{lab.region}:lambda:path/2015-03-31/functions/{function}/invocations"


@translate()
def ensure_body_check(lab: Lab, api: str) -> str:
    """Make the check that a body is a JSON object, or find it again; return the validator's id."""
    gateway = lab.client("apigateway")
    schema = json.dumps(_BODY_SCHEMA)
    _unless_exists(
        lambda: gateway.create_model(
            restApiId=api, name=BODY_MODEL, contentType="application/json", schema=schema
        )
    )
    for validator in gateway.get_request_validators(restApiId=api)["items"]:
        if validator["name"] == _VALIDATOR:
            return str(validator["id"])
    created = gateway.create_request_validator(
        restApiId=api, name=_VALIDATOR, validateRequestBody=True, validateRequestParameters=False
    )
    return str(created["id"])


@translate()
def allow_gateway(lab: Lab, api: str, path: str, function: str) -> None:
    """Let this API, this method and this path invoke a function; nothing else of API Gateway may.

    Args: function: the Lambda's ARN.
    """
    source = f"arn:aws:execute-api:{lab.region}:{lab.account}:{api}/*/POST/{path}"
    _unless_exists(
        lambda: lab.client("lambda").add_permission(
            FunctionName=function,
            StatementId=f"{api}-post-{path}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=source,
        )
    )


@translate()
def allow_browsers(lab: Lab, api: str, resource: str) -> None:
    """Answer a browser's question before its POST (CORS), and mark API Gateway's own errors as readable.

    The answers of the Lambda carry their header themselves: a proxy integration adds none.
    """
    gateway = lab.client("apigateway")
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        gateway.put_gateway_response(
            restApiId=api,
            responseType=kind,
            responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
        )
    if "OPTIONS" in methods(lab, api, resource):
        return
    place = {"restApiId": api, "resourceId": resource, "httpMethod": "OPTIONS"}
    gateway.put_method(**place, authorizationType="NONE")
    gateway.put_method_response(
        **place,
        statusCode="200",
        responseParameters={f"method.response.header.{name}": False for name in _CORS_HEADERS},
    )
    gateway.put_integration(
        **place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
    )
    values = (_ALLOWED_HEADERS, "'POST,OPTIONS'", "'*'")
    gateway.put_integration_response(
        **place,
        statusCode="200",
        responseParameters={
            f"method.response.header.{name}": value for name, value in zip(_CORS_HEADERS, values, strict=True)
        },
    )


# --- deployments


@translate()
def draft_version(lab: Lab, api: str) -> str:
    """Return a fingerprint of what is built, to be compared with `deployed_version`."""
    gateway = lab.client("apigateway")
    draft = [
        sorted(_resources(lab, api), key=lambda resource: resource["path"]),
        _items(gateway.get_gateway_responses(restApiId=api), "responseType"),
        _items(gateway.get_models(restApiId=api), "name"),
        _items(gateway.get_request_validators(restApiId=api), "name"),
    ]
    return hashlib.sha256(json.dumps(draft, sort_keys=True, default=str).encode()).hexdigest()[:12]


@translate()
def deployed_version(lab: Lab, api: str, stage: str = STAGE) -> str | None:
    """Return the fingerprint of what a stage shows to clients; None when there is no such stage yet."""
    gateway = lab.client("apigateway")
    try:
        shown = gateway.get_stage(restApiId=api, stageName=stage)["deploymentId"]
        deployment = gateway.get_deployment(restApiId=api, deploymentId=shown)
    except ClientError as error:
        if error_code(error) == _ABSENT:
            return None
        raise
    return str(deployment.get("description", ""))


# --- removal


@translate()
def delete_apis(lab: Lab, name: str) -> None:
    """Delete the APIs of a name, or the one of an id, with stages and execution logs; silent when gone."""
    logs = lab.client("logs")
    for api in [found["id"] for found in list_apis(lab) if name in (found["name"], found["id"])]:
        lab.client("apigateway").delete_rest_api(restApiId=api)
        prefix = f"API-Gateway-Execution-Logs_{api}/"
        for group in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])


def _resources(lab: Lab, api: str) -> list[dict[str, Any]]:
    pages = lab.client("apigateway").get_paginator("get_resources").paginate(restApiId=api, embed=["methods"])
    return [resource for page in pages for resource in page["items"]]


def _items(page: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return sorted(page["items"], key=lambda item: str(item[key]))


def _unless_exists(call: Any) -> None:
    try:
        call()
    except ClientError as error:
        if error_code(error) not in (_EXISTS, "ResourceConflictException"):
            raise
