"""What a Lambda function returned, as the caller's answer.

Source: API Gateway Developer Guide, "Output format of a Lambda function for proxy integration", and answers
recorded from AWS.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mllab_localaws.apigateway.proxy_event import matches
from mllab_localaws.apigateway.templates import header_text, is_header_name, is_header_value
from mllab_localaws.wire.http import HttpReply

_MEMBERS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
_DROPPED = frozenset({"transfer-encoding"})
# API Gateway's own; the function's come under another name.
_REMAPPED = {
    "connection": "x-amzn-Remapped-Connection",
    "content-length": "x-amzn-Remapped-Content-Length",
    "date": "x-amzn-Remapped-Date",
    "server": "x-amzn-Remapped-Server",
    "x-amzn-requestid": "x-amzn-Remapped-x-amzn-RequestId",
}
_WITHOUT_BODY = (204, 304)
Headers = list[tuple[str, str]]


class MalformedResponseError(Exception):
    """The function did not return what a proxy integration takes; the text says which part."""


def http_reply(payload: bytes, accept: str, binary_media_types: Sequence[str]) -> HttpReply:
    """Return the answer that a function's payload stands for.

    Args:
        accept: of the caller; its first media type decides whether a base64 body is decoded.
    Raises: MalformedResponseError.
    """
    try:
        returned = orjson.loads(payload)
    except ValueError as error:
        raise MalformedResponseError("no JSON") from error
    if not isinstance(returned, dict) or not returned:
        raise MalformedResponseError("not an object with at least one member")
    unknown = sorted(set(returned) - _MEMBERS)
    if unknown:
        raise MalformedResponseError(f"unknown members: {', '.join(unknown)}")
    status = _status(returned.get("statusCode"))
    headers = _merge(_single(returned.get("headers")), _multiple(returned.get("multiValueHeaders")))
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    media_type = accept.partition(",")[0].partition(";")[0].strip() or "*/*"
    decode = returned.get("isBase64Encoded") is True and matches(media_type, binary_media_types)
    body = b"" if status in _WITHOUT_BODY else _body(returned.get("body"), decode)
    return HttpReply(status, body, more_headers=headers)


def _status(value: Any) -> int:
    if value is None:
        return 200
    if isinstance(value, str) and value.isascii() and value.isdigit():
        status = int(value[:4])
    else:
        status = value if isinstance(value, int) and not isinstance(value, bool) else -1
    if not 200 <= status <= 599:
        raise MalformedResponseError(f"statusCode {value!r} is no status")
    return status


def _body(value: Any, decode: bool) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, str):
        raise MalformedResponseError("body is not a string")
    if not decode:
        return value.encode("utf-8", "replace")
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise MalformedResponseError("body is not base64") from error


def _single(value: Any) -> Headers:
    if value is None:
        return []
    if not isinstance(value, Mapping):
        raise MalformedResponseError("headers is not an object")
    return [(name, _text(item)) for name, item in value.items() if item is not None]


def _multiple(value: Any) -> Headers:
    if value is None:
        return []
    if not isinstance(value, Mapping) or not all(isinstance(items, list) for items in value.values()):
        raise MalformedResponseError("multiValueHeaders is not an object of lists")
    return [(name, _text(item)) for name, items in value.items() for item in items if item is not None]


def _text(value: Any) -> str:
    """Return a header's value as it goes over the wire."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise MalformedResponseError("a header is neither text nor a number")
    text = str(value)
    if not is_header_value(text):
        raise MalformedResponseError("a header has more than one line, or other control characters")
    return header_text(text)


def _merge(single: Headers, multiple: Headers) -> Headers:
    """Join both maps: values of a name that is in both follow those of the lists, in the lists' spelling."""
    spelled = {name.lower(): name for name, _ in multiple}
    merged = []
    for name, value in [*multiple, *((spelled.get(name.lower(), name), value) for name, value in single)]:
        if not is_header_name(name):
            raise MalformedResponseError(f"{name!r} is no header name")
        if name.lower() not in _DROPPED:
            merged.append((_REMAPPED.get(name.lower(), name), value))
    return merged
