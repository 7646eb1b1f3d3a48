"""botocore's service models: which operation is meant, by target header, query action or path."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from botocore.loaders import create_loader
from moto.core.model import OperationModel, ServiceModel

from mllab_localaws.wire.errors import not_implemented
from mllab_localaws.wire.http import HttpRequest


class Route(NamedTuple):
    """A REST operation: its method, its path as a pattern, and how specific that path is.

    Attributes: query: the parameters that name it, e.g. `mode=import`; most have none.
    """

    method: str
    pattern: re.Pattern[str]
    literal_length: int
    query: frozenset[tuple[str, str]]
    operation: OperationModel


@cache
def service_model(service_name: str) -> ServiceModel:
    """Return the model of a boto3 client's service; large ones take a third of a second the first time."""
    return ServiceModel(create_loader().load_service_model(service_name, "service-2"), service_name)


def find_operation(model: ServiceModel, request: HttpRequest) -> tuple[OperationModel, dict[str, str]] | None:
    """Return the operation that a request names and the labels in its path, or None.

    Raises: AwsError: the request speaks a protocol that is not here.
    """
    if "smithy-protocol" in request.headers:
        # Its clients could not even read a refusal in JSON; the status tells them.
        raise not_implemented(model.service_name, f"protocol {request.headers['smithy-protocol']}")
    target = request.headers.get("x-amz-target")
    if target:
        name = target.rpartition(".")[2]
        return (model.operation_model(name), {}) if name in model.operation_names else None
    action = dict(request.query).get("Action") or request.form.get("Action")
    if action:
        return (model.operation_model(action), {}) if action in model.operation_names else None
    # Elsewhere every operation has the path `/`, and a request that names none means none.
    return _find_by_path(model, request) if model.protocol.startswith("rest-") else None


def spoken_protocol(model: ServiceModel, request: HttpRequest) -> str:
    """Return the protocol that a request speaks, of those that the service knows.

    A current boto3 speaks JSON to CloudWatch, the AWS CLI v1 and older SDKs speak query.
    """
    protocols: list[str] = model.metadata.get("protocols", [model.protocol])
    if "json" in protocols and "x-amz-target" in request.headers:
        return "json"
    if "query" in protocols and (request.form or "Action" in dict(request.query)):
        return "query"
    return str(model.protocol)


def query_code(model: ServiceModel, code: str) -> str | None:
    """Return what an error's shape is called in the query protocol; None for a service that never spoke it.

    Codes that are no shapes are called the same everywhere.
    """
    if "awsQueryCompatible" not in model.metadata and model.protocol != "query":
        return None
    if code not in model.shape_names:
        return code
    return str(model.shape_for(code).metadata.get("error", {}).get("code", code))


def _find_by_path(model: ServiceModel, request: HttpRequest) -> tuple[OperationModel, dict[str, str]] | None:
    # A label may hold a slash (an ARN, say), which only its encoded form tells from those between labels.
    path = (request.raw_path or request.path).rstrip("/") or "/"
    query = set(request.query)
    for route in _routes(model.service_name):
        match = route.pattern.fullmatch(path)
        if match and route.method == request.method and route.query <= query:
            labels = match.groupdict()
            return route.operation, {
                _label(route.operation, group): unquote(t) for group, t in labels.items()
            }
    return None


@cache
def _routes(service_name: str) -> list[Route]:
    model = service_model(service_name)
    routes = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        uri, _, query_string = operation.http["requestUri"].partition("?")
        uri = uri.rstrip("/") or "/"
        query = frozenset(parse_qsl(query_string, keep_blank_values=True))
        literal = re.sub(r"\{[^}]*\}", "", uri)
        routes.append(Route(operation.http["method"], _compile(uri), len(literal), query, operation))
    return sorted(routes, key=lambda route: (-route.literal_length, -len(route.query)))


def _compile(uri: str) -> re.Pattern[str]:
    pattern = ""
    for part in re.split(r"(\{[^}]*\})", uri):
        if part.startswith("{"):
            greedy = part.endswith("+}")
            name = re.sub(r"\W", "_", part.strip("{}+"))
            pattern += f"(?P<{name}>{'.+' if greedy else '[^/]+'})"
        else:
            pattern += re.escape(part)
    return re.compile(pattern)


def _label(operation: OperationModel, group: str) -> str:
    for label in re.findall(r"\{([^}+]*)\+?\}", operation.http["requestUri"]):
        if re.sub(r"\W", "_", label) == group:
            return str(label)
    return group
