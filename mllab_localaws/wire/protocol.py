"""From bytes to parameters and from a reply to bytes; moto's model-driven parsers do the work.

This module is the only one that imports `moto.core`'s parsers and serialisers.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, NoReturn
from xml.sax.saxutils import escape

from botocore.utils import parse_timestamp
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.serialize import SerializationContext, get_serializer_class
from werkzeug.datastructures import Headers, MultiDict

from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.http import HttpReply, HttpRequest
from mllab_localaws.wire.models import spoken_protocol

_UNREADABLE = (RequestParserError, ValueError, TypeError, AttributeError)


def decoded(request: HttpRequest, most: int) -> HttpRequest:
    """Return a request whose body is not compressed; SDKs compress large ones, e.g. PutMetricData.

    Args: most: bytes that the body may have.
    Raises: AwsError: it has more, or is not what its header says.
    """
    if request.headers.get("content-encoding", "").lower() != "gzip":
        return request
    try:
        inflate = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        body = inflate.decompress(request.body, most)
    except zlib.error as error:
        raise AwsError("SerializationException", f"The body is not gzip: {error}") from error
    if not inflate.eof:
        message = f"The body is cut short, or longer than {most} bytes when it is not compressed."
        raise AwsError("SerializationException", message)
    return replace(request, body=body)


_NO_CONTENT = 204


def parse(operation: OperationModel, request: HttpRequest, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return an operation's parameters from a request.

    Raises: AwsError: `SerializationException`, the body is not what the protocol says.
    """
    spoken = spoken_protocol(operation.service_model, request)
    parser = PROTOCOL_PARSERS[spoken](operation, timestamp_parser=_timestamp)
    try:
        # moto's parser takes an unreadable body for an empty one.
        if "json" in spoken and _has_json_body(operation) and request.body:
            _check_json(request.body)
        parsed: dict[str, Any] = parser.parse(
            {
                "body": request.body,
                "headers": Headers(list(request.headers.items())),
                "method": request.method,
                "url_params": dict(labels),
                "url_path": request.path,
                "values": MultiDict(request.query or list(request.form.items())),
            }
        )
    # RecursionError: too many brackets; RuntimeError: a time that no calendar has.
    except (*_UNREADABLE, RecursionError, RuntimeError, OverflowError) as error:
        raise AwsError("SerializationException", f"The request's body cannot be read: {error}") from error
    return parsed


def _timestamp(value: Any) -> datetime:
    # moto's own parser leaves the zone out, and such a time means another one wherever it is not UTC.
    parsed: datetime = parse_timestamp(value)
    return parsed.astimezone(timezone.utc)


def _check_json(body: bytes) -> None:
    """Raise an error for anything but a JSON object; NaN and Infinity are Python's JSON, nobody else's."""
    if not isinstance(json.loads(body, parse_constant=_refuse_constant), dict):
        raise TypeError("it is no JSON object")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _has_json_body(operation: OperationModel) -> bool:
    """Whether the body is JSON rather than one member's own bytes."""
    shape = operation.input_shape
    payload = shape.serialization.get("payload") if shape else None
    return payload is None or shape.members[payload].type_name == "structure"


def serialise(
    operation: OperationModel, reply: Mapping[str, Any], request_id: str, protocol: str | None = None
) -> HttpReply:
    """Return an operation's reply in a protocol, by default its service's first."""
    model = operation.service_model
    spoken = protocol or model.protocol
    serializer = get_serializer_class(model.service_name, spoken)(
        operation, context=SerializationContext(request_id=request_id)
    )
    response = serializer.serialize(reply)
    if spoken == "json":
        version = model.metadata.get("jsonVersion", "1.1")
        response["headers"]["Content-Type"] = f"application/x-amz-json-{version}"
    status = _status(operation, reply) or response["status_code"]
    # None where a payload is not set. A body that 204 does not have would begin the connection's next answer.
    body = b"" if status == _NO_CONTENT else response["body"] or b""
    return HttpReply(
        status,
        body.encode() if isinstance(body, str) else body,
        {**response["headers"], "x-amzn-requestid": request_id},
    )


def _status(operation: OperationModel, reply: Mapping[str, Any]) -> int | None:
    """Return the status that a member of the reply stands for, which moto's serialisers leave out."""
    members = operation.output_shape.members if operation.output_shape else {}
    named = (name for name, shape in members.items() if shape.serialization.get("location") == "statusCode")
    return next((int(reply[name]) for name in named if name in reply), None)


def serialise_error(
    error: AwsError, protocol: str, request_id: str, query_code: str | None = None
) -> HttpReply:
    """Return an error in the form that clients of a protocol look for.

    JSON carries the code in `__type`, REST-JSON in a header, the XML protocols in an element; the first two
    are sent together because both kinds of client ignore the other's.

    Args: query_code: what the error is called in the query protocol, for a service that has moved from there.
    """
    if protocol in ("rest-xml", "query", "ec2"):
        return _xml_error(error, query_code or error.code, protocol, request_id)
    body = {"__type": error.code, "message": error.message, "Message": error.message, **error.members}
    headers = {
        "Content-Type": "application/x-amz-json-1.1" if protocol == "json" else "application/json",
        "x-amzn-errortype": error.code,
        "x-amzn-requestid": request_id,
    }
    if query_code is not None:
        headers["x-amzn-query-error"] = f"{query_code};{'Sender' if error.status < 500 else 'Receiver'}"
    return HttpReply(error.status, json.dumps(body).encode(), headers)


def _xml_error(error: AwsError, code: str, protocol: str, request_id: str) -> HttpReply:
    inner = f"<Code>{escape(code)}</Code><Message>{escape(error.message)}</Message>"
    if protocol == "rest-xml":
        text = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    else:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'
    return HttpReply(error.status, body.encode(), {"Content-Type": "text/xml"})
