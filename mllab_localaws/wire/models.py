"""botocore's service models: which operation is meant, by target header, query action or path."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from botocore.loaders import create_loader
from moto.core.model import OperationModel, ServiceModel

from mllab_localaws.wire.http import HttpRequest


class Route(NamedTuple):
    """A REST operation: its method, its path as a pattern, and how specific that path is."""

    method: str
    pattern: re.Pattern[str]
    literal_length: int
    operation: OperationModel


@cache
def service_model(service_name: str) -> ServiceModel:
    """Return the model of a boto3 client's service; large ones take a third of a second the first time."""
    return ServiceModel(create_loader().load_service_model(service_name, "service-2"), service_name)


def find_operation(model: ServiceModel, request: HttpRequest) -> tuple[OperationModel, dict[str, str]] | None:
    """Return the operation that a request names and the labels in its path, or None."""
    target = request.headers.get("x-amz-target")
    if target:
        name = target.rpartition(".")[2]
        return (model.operation_model(name), {}) if name in model.operation_names else None
    action = dict(request.query).get("Action") or request.form.get("Action")
    if action:
        return (model.operation_model(action), {}) if action in model.operation_names else None
    return _find_by_path(model, request)


def _find_by_path(model: ServiceModel, request: HttpRequest) -> tuple[OperationModel, dict[str, str]] | None:
    for route in _routes(model.service_name):
        match = route.pattern.fullmatch(request.path.rstrip("/") or "/")
        if match and route.method == request.method:
            labels = match.groupdict()
            return route.operation, {_label(route.operation, group): text for group, text in labels.items()}
    return None


@cache
def _routes(service_name: str) -> list[Route]:
    model = service_model(service_name)
    routes = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        uri = operation.http["requestUri"].partition("?")[0].rstrip("/") or "/"
        literal = re.sub(r"\{[^}]*\}", "", uri)
        routes.append(Route(operation.http["method"], _compile(uri), len(literal), operation))
    return sorted(routes, key=lambda route: -route.literal_length)


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
