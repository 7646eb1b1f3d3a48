"""Which operation of S3 a request means: by method, sub-resource, required parameters and headers.

What moto, which answers them, would take for another operation is refused by name: it answers a sub-resource
that it does not know with the whole object, and deletes a bucket for any setting that it cannot delete.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from moto.core.model import OperationModel

from mllab_localaws.wire.errors import AwsError, not_implemented
from mllab_localaws.wire.http import HttpRequest
from mllab_localaws.wire.models import service_model

_BUCKET = re.compile(r"[A-Za-z0-9._-]*")
# What moto tells apart by its query parameter, by level and method.
_OF_BUCKETS = (
    "lifecycle policy tagging website cors publicAccessBlock encryption replication ownershipControls"
)
_KNOWN_TO_MOTO = {
    ("Bucket", "GET"): f"{_OF_BUCKETS} object-lock uploads location versioning policyStatus acl logging "
    "notification accelerate inventory versions list-type",
    ("Bucket", "PUT"): f"{_OF_BUCKETS} object-lock versioning acl logging notification accelerate inventory",
    ("Bucket", "DELETE"): _OF_BUCKETS,
    ("Bucket", "POST"): "delete",
    ("Key", "GET"): "acl tagging legal-hold attributes",
    ("Key", "PUT"): "retention legal-hold acl tagging",
    ("Key", "DELETE"): "tagging",
    ("Key", "POST"): "uploads restore select select-type",
}
_NOT_NAMES = {"x-id", "list-type", "select-type"}


class _Shape(NamedTuple):
    """What makes a request one operation's: its level, method, and what has to be there."""

    level: str
    method: str
    query: frozenset[tuple[str, str]]
    required: frozenset[str]
    operation: OperationModel


def find_s3_operation(request: HttpRequest) -> tuple[OperationModel, dict[str, str]]:
    """Return the operation that a request to S3 names, and the labels in its path.

    Raises: AwsError: it names none, several, or one that is not here.
    """
    bucket, _, key = (request.raw_path or request.path).removeprefix("/").partition("/")
    if not _BUCKET.fullmatch(bucket) or (key and not bucket):
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.")
    labels = {name: unquote(text) for name, text in (("Bucket", bucket), ("Key", key)) if text}
    level = "Key" if key else "Bucket" if bucket else ""
    _refuse_ambiguous(request, level)
    query = set(request.query)
    present = {name for name, _ in query} | set(request.headers)
    candidates = [
        shape
        for shape in _shapes()
        if (shape.level, shape.method) == (level, request.method)
        and shape.query <= query
        and shape.required <= present
    ]
    if not candidates:
        raise not_implemented("s3", f"{request.method} {request.path}")
    chosen = max(candidates, key=lambda shape: (len(shape.query), len(shape.required)))
    known = _KNOWN_TO_MOTO.get((level, request.method), "").split()
    if any(name not in known for name, _ in chosen.query):
        raise not_implemented("s3", chosen.operation.name)
    return chosen.operation, labels


def _refuse_ambiguous(request: HttpRequest, level: str) -> None:
    names = Counter(name for name, _ in request.query)
    repeated = [name for name, times in names.items() if times > 1]
    if repeated:
        raise AwsError("InvalidArgument", f"The query parameter {repeated[0]} is there more than once.")
    meant = sorted(_sub_resources(level) & set(names))
    if len(meant) > 1:
        raise AwsError("InvalidArgument", f"Conflicting query string parameters: {', '.join(meant)}")


@cache
def _sub_resources(level: str) -> frozenset[str]:
    named = {name for shape in _shapes() if shape.level == level for name, _ in shape.query}
    return frozenset(named | ({"uploadId"} if level == "Key" else set())) - _NOT_NAMES


@cache
def _shapes() -> tuple[_Shape, ...]:
    model = service_model("s3")
    operations = [model.operation_model(name) for name in model.operation_names]
    # Directory buckets are another service, under the same paths.
    ours = [each for each in operations if not each.deprecated and each.name != "ListDirectoryBuckets"]
    return tuple(_shape(operation) for operation in ours)


def _shape(operation: OperationModel) -> _Shape:
    path, _, query = operation.http["requestUri"].partition("?")
    members = operation.input_shape.members if operation.input_shape else {}
    required = {
        members[name].serialization["name"].lower()
        if members[name].serialization["location"] == "header"
        else members[name].serialization["name"]
        for name in (operation.input_shape.required_members if operation.input_shape else ())
        if members[name].serialization.get("location") in ("header", "querystring")
    }
    level = "Key" if "{Key+}" in path else "Bucket" if "{Bucket}" in path else ""
    pairs = frozenset(parse_qsl(query, keep_blank_values=True))
    return _Shape(level, operation.http["method"], pairs, frozenset(required), operation)
