"""What requests to API Gateway need: the HTTP method is the action, the path is the resource.

Sources: the Service Authorization Reference for Amazon API Gateway Management; API Gateway's guide, "How API
Gateway works with IAM" and "Use tags to control access".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import (
    Context,
    pass_roles,
    structures,
    tag_keys,
    text,
    untag_keys,
)
from mllab_localaws.wire import models

_SERVICE = "apigateway.amazonaws.com"
# Patches of these paths hand over a role.
_ROLE_PATHS = ("/cloudwatchRoleArn", "/credentials", "/authorizerCredentials")
_ROLE_MEMBERS = ("credentials", "authorizerCredentials")


def needed(request: Request) -> list[Access]:
    """Return what a request to API Gateway needs."""
    method, path = _asked(request)
    params = request.params
    tags = tag_keys(params.get("tags"))
    keys: Context = {**tags, **untag_keys(params, "tagKeys")}
    accesses = [Access(f"apigateway:{method}", _arn(request.region, path), keys)]
    if request.operation == "TagResource":
        # Not in the reference: AWS asks for a change of what is tagged as well.
        accesses.append(Access("apigateway:PATCH", text(params, "resourceArn"), keys))
    elif tags:
        accesses.append(Access("apigateway:PUT", _tags_to_come(request.region, path), tags))
    if _changes_policy(request):
        accesses.append(Access("apigateway:UpdateRestApiPolicy", _arn(request.region, path)))
    return [*accesses, *pass_roles(_roles(params), _SERVICE)]


def _asked(request: Request) -> tuple[str, str]:
    """Return a request's method and path; API Gateway's resources are its paths, ARNs in them encoded."""
    operation = models.service_model("apigateway").operation_model(request.operation)
    shape = operation.input_shape
    members = shape.members if shape is not None else {}
    labels = {
        each.serialization["name"]: text(request.params, name)
        for name, each in members.items()
        if each.serialization.get("location") == "uri"
    }
    path = operation.http["requestUri"].partition("?")[0]
    filled = re.sub(r"\{(\w+)\+?\}", lambda found: quote(labels.get(found[1], ""), safe="$-._~{}+"), path)
    return str(operation.http["method"]), filled


def _arn(region: str, path: str) -> str:
    """Return the ARN of a path; API Gateway's name no account."""
    return f"arn:aws:apigateway:{region}::{path}"


def _tags_to_come(region: str, path: str) -> str:
    """Return the ARN of the tags of what a request creates, whose id nobody knows yet.

    Not in the reference; AWS's denials of tagged creations name it.
    """
    return _arn(region, f"/tags/{quote(_arn(region, path) + '/', safe='')}*")


def _changes_policy(request: Request) -> bool:
    patched = any(path.startswith("/policy") for path in _patched(request.params))
    return request.operation in ("CreateRestApi", "UpdateRestApi") and (
        patched or bool(text(request.params, "policy"))
    )


def _patched(params: Mapping[str, Any]) -> dict[str, str]:
    return {text(each, "path"): text(each, "value") for each in structures(params, "patchOperations")}


def _roles(params: Mapping[str, Any]) -> list[str]:
    """Return the roles that API Gateway will act in; `arn:aws:iam::*:user/*` means the caller's identity."""
    named = [text(params, member) for member in _ROLE_MEMBERS]
    patched = [value for path, value in _patched(params).items() if path in _ROLE_PATHS]
    return [role for role in (*named, *patched) if ":role/" in role]
