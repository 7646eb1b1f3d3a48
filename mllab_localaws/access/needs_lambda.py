"""What requests to Lambda need.

Sources: the Service Authorization Reference for AWS Lambda; Lambda's guide, "Fine-tuning the Resources and
Conditions sections of policies".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import (
    Context,
    arn,
    pass_roles,
    present,
    tag_keys,
    text,
    texts,
    unknown,
    untag_keys,
)
from mllab_localaws.lambda_.names import spelled_arn
from mllab_localaws.wire import models

_ACTIONS = {"Invoke": "InvokeFunction", "InvokeWithResponseStream": "InvokeFunction"}
_OF_NO_FUNCTION = (
    "CreateEventSourceMapping",
    "GetAccountSettings",
    "ListEventSourceMappings",
    "ListFunctions",
)
_CREATING = ("CreateEventSourceMapping", "CreateFunction")


def needed(request: Request) -> list[Access]:
    """Return what a request to Lambda needs.

    Raises: LookupError: no rule covers the operation.
    """
    operation, params = request.operation, request.params
    resource, keys = _resource(request), _keys(request)
    tags = tag_keys(params.get("Tags"))
    accesses = [Access(f"lambda:{_ACTIONS.get(operation, operation)}", resource, {**keys, **tags})]
    if tags and operation in _CREATING:
        accesses.append(Access("lambda:TagResource", resource, tags))
    return [*accesses, *_code(operation, params), *pass_roles([text(params, "Role")], "lambda.amazonaws.com")]


def _resource(request: Request) -> str:
    params = request.params
    if request.operation in _OF_NO_FUNCTION:
        return "*"
    members = _members(request.operation)
    if "FunctionName" in members and "UUID" not in members:
        return spelled_arn(text(params, "FunctionName"), request.region, text(params, "Qualifier"))
    if "Resource" in members:
        resource = text(params, "Resource")
        return resource if resource.startswith("arn:") else spelled_arn(resource, request.region)
    if "UUID" in members:
        return arn("lambda", request.region, f"event-source-mapping:{text(params, 'UUID')}")
    raise unknown(request)


def _members(operation: str) -> Iterable[str]:
    shape = models.service_model("lambda").operation_model(operation).input_shape
    return shape.members if shape is not None else ()


def _keys(request: Request) -> Context:
    operation, params = request.operation, request.params
    keys = {}
    if operation == "AddPermission":
        keys["lambda:Principal"] = text(params, "Principal")
        keys["lambda:FunctionUrlAuthType"] = text(params, "FunctionUrlAuthType")
    if "EventSourceMapping" in operation and text(params, "FunctionName"):
        keys["lambda:FunctionArn"] = spelled_arn(text(params, "FunctionName"), request.region)
    return {**present(keys), **_placement(params), **untag_keys(params, "TagKeys")}


def _placement(params: Mapping[str, Any]) -> Context:
    network = params.get("VpcConfig")
    network = network if isinstance(network, Mapping) else {}
    keys = {
        "lambda:Layer": texts(params, "Layers"),
        "lambda:SecurityGroupIds": texts(network, "SecurityGroupIds"),
        "lambda:SubnetIds": texts(network, "SubnetIds"),
    }
    return {key: tuple(values) for key, values in keys.items() if values}


def _code(operation: str, params: Mapping[str, Any]) -> list[Access]:
    """What reading a function's code from S3 needs: Lambda reads it in the name of who asks."""
    code = params.get("Code") if operation == "CreateFunction" else params
    if operation not in ("CreateFunction", "UpdateFunctionCode") or not isinstance(code, Mapping):
        return []
    bucket, version = text(code, "S3Bucket"), text(code, "S3ObjectVersion")
    if not bucket:
        return []
    resource = f"arn:aws:s3:::{bucket}/{text(code, 'S3Key')}"
    if version:
        return [Access("s3:GetObjectVersion", resource, {"s3:versionid": (version,)})]
    return [Access("s3:GetObject", resource)]
