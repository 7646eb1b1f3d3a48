"""From a request to the operation that it means and its parameters, whoever answers it.

moto reads requests in its own way: what it might read otherwise than we do is refused, or a caller could be
allowed one thing and do another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from moto.core.model import OperationModel

from mllab_localaws.wire import models, protocol
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.http import HttpRequest
from mllab_localaws.wire.s3 import find_s3_operation

# moto hands out keys that nobody owns, and believes any identity of elsewhere.
_NOT_HERE = (
    *("GetSessionToken", "GetFederationToken", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"),
    "AssumeRoot",
)
_FORM = "application/x-www-form-urlencoded"


class Found(NamedTuple):
    """What a request asks for."""

    operation: OperationModel
    params: dict[str, Any]


def read(
    service_name: str, request: HttpRequest, is_ours: Callable[[str], bool], *, has_moto: bool
) -> Found | None:
    """Return what a request asks of a service; None when nobody here answers it.

    Args: is_ours: whether we answer an operation; has_moto: whether moto answers the others.
    Raises: AwsError: it cannot be read, or in more ways than one.
    """
    found = models.find_operation(models.service_model(service_name), request)
    if found is None:
        return None
    operation, labels = found
    if not is_ours(operation.name):
        if not has_moto or operation.name in _NOT_HERE:
            return None
        _refuse_ambiguous(request)
    params = protocol.parse(operation, request, labels)
    if service_name == "sqs" and "QueueUrl" in _members(operation):
        # The old protocol names the queue in the path alone, if it likes.
        params.setdefault("QueueUrl", request.path)
    return Found(operation, params)


def read_s3(request: HttpRequest) -> Found:
    """Return what a request asks of S3; the body of a request about an object is not there.

    Raises: AwsError: it means no operation, or its body is no XML.
    """
    operation, labels = find_s3_operation(request)
    shape = operation.input_shape
    payload = shape.serialization.get("payload") if shape else None
    if payload and shape.members[payload].type_name != "structure":
        request = replace(request, body=b"")  # a policy's own text, say
    try:
        return Found(operation, protocol.parse(operation, request, labels))
    except AwsError as error:
        message = "The XML you provided was not well-formed or did not validate against our published schema"
        raise AwsError("MalformedXML", message) from error


def _refuse_ambiguous(request: HttpRequest) -> None:
    is_form = request.headers.get("content-type", "").startswith(_FORM)
    has_target = "x-amz-target" in request.headers
    form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True) if is_form else []
    names = Counter(name for name, _ in [*request.query, *form])
    if (
        max(names.values(), default=0) > 1
        or (request.query and request.body)
        or (has_target and "Action" in names)
        or (request.body and not is_form and not has_target)
        or request.headers.get("content-type", "").startswith("multipart/")
    ):
        raise AwsError("MalformedQueryString", "The query string contains a syntax error.")


def _members(operation: OperationModel) -> Mapping[str, Any]:
    return operation.input_shape.members if operation.input_shape else {}
