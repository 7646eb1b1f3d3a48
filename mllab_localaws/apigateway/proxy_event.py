"""The event that a Lambda function gets from a REST API.

Source: API Gateway Developer Guide, "Input format of a Lambda function for proxy integration".
"""

from __future__ import annotations

import base64
import fnmatch
import time
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mllab_localaws.apigateway.access import ApiKey
from mllab_localaws.apigateway.api_request import ApiRequest
from mllab_localaws.apigateway.live import Method, Stage
from mllab_localaws.platform import ACCOUNT

_NOBODY = (
    "cognitoIdentityPoolId",
    "accountId",
    "cognitoIdentityId",
    "caller",
    "principalOrgId",
    "accessKey",
    "cognitoAuthenticationType",
    "cognitoAuthenticationProvider",
    "userArn",
    "user",
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def request_context(
    request: ApiRequest, stage: Stage, method: Method | None, key: ApiKey | None
) -> dict[str, Any]:
    """Return what API Gateway knows about a request beside what its caller sent."""
    identity: dict[str, str | None] = dict.fromkeys(_NOBODY)
    identity |= {"sourceIp": request.source_ip, "userAgent": request.by_name.get("user-agent")}
    if key is not None:
        identity |= {"apiKey": key.value, "apiKeyId": key.id}
    return {
        "resourceId": method.resource_id if method else None,
        "resourcePath": method.resource_path if method else None,
        "httpMethod": request.method,
        "extendedRequestId": request.extended_id,
        "requestTime": _request_time(request.time),
        "path": f"/{stage.name}{request.path}",
        "accountId": ACCOUNT,
        "protocol": request.protocol,
        "stage": stage.name,
        "domainPrefix": stage.api_id,
        "requestTimeEpoch": int(request.time * 1000),
        "requestId": request.request_id,
        "identity": identity,
        "domainName": request.host,
        "deploymentId": stage.deployment.id,
        "apiId": stage.api_id,
    }


def proxy_event(
    request: ApiRequest,
    stage: Stage,
    method: Method,
    path_parameters: Mapping[str, str],
    context: Mapping[str, Any],
) -> bytes:
    """Return the event as JSON."""
    headers = [*request.headers, *_forwarded(request)]
    body, is_base64 = _body(request, stage.deployment.binary_media_types)
    return orjson.dumps(
        {
            "resource": method.resource_path,
            "path": request.path,
            "httpMethod": request.method,
            "headers": dict(headers) or None,
            "multiValueHeaders": _lists(headers),
            "queryStringParameters": dict(request.query) or None,
            "multiValueQueryStringParameters": _lists(request.query),
            "pathParameters": dict(path_parameters) or None,
            "stageVariables": dict(stage.variables) or None,
            "requestContext": context,
            "body": body,
            "isBase64Encoded": is_base64,
        }
    )


def matches(media_type: str, binary_media_types: Sequence[str]) -> bool:
    """Say whether a media type is one of those that an API treats as binary, e.g. `image/*`."""
    return any(fnmatch.fnmatchcase(media_type.lower(), known.lower()) for known in binary_media_types)


def _body(request: ApiRequest, binary_media_types: Sequence[str]) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    if binary_media_types and matches(request.content_type, binary_media_types):
        return base64.b64encode(request.body).decode(), True
    return request.body.decode("utf-8", "replace"), False


def _forwarded(request: ApiRequest) -> list[tuple[str, str]]:
    """Return the headers that API Gateway adds; each replaces what the caller sent under its name."""
    before = request.by_name.get("x-forwarded-for")
    _, _, port = request.host.rpartition(":")
    return [
        ("X-Amzn-Trace-Id", request.trace_id),
        ("X-Forwarded-For", f"{before}, {request.source_ip}" if before else request.source_ip),
        ("X-Forwarded-Port", port if port.isdigit() else "80"),
        ("X-Forwarded-Proto", "http"),
    ]


def _lists(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]] | None:
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return lists or None


def _request_time(now: float) -> str:
    # Not strftime: its months are the locale's.
    then = time.gmtime(now)
    return f"{then.tm_mday:02}/{_MONTHS[then.tm_mon - 1]}/{time.strftime('%Y:%H:%M:%S +0000', then)}"
