"""Keeps every reply as it came over the wire, so that it can be held against AWS's service models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.model import OperationModel
from output_shapes import complaints

from mllab_localaws.wire.call import Service


@dataclass(frozen=True)
class Recorder:
    """Makes clients, and keeps every successful reply of theirs."""

    make: Callable[..., Any]
    replies: list[tuple[OperationModel, bytes]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        """Return a boto3 client whose replies are kept."""
        client = self.make(service)
        client.meta.events.register("after-call", self._keep)
        return client

    def _keep(self, http_response: Any, model: OperationModel, **_: Any) -> None:
        if http_response.status_code < 300:
            self.replies.append((model, http_response.content))

    def names(self) -> set[tuple[str, str]]:
        """Return service and operation of every reply."""
        return {(model.service_model.service_name, model.name) for model, _ in self.replies}

    def complaints(self, service: str, operation: str) -> list[str]:
        """Return what is wrong with the replies of an operation; each must have been asked at least once."""
        replies = [
            (model, body)
            for model, body in self.replies
            if (model.service_model.service_name, model.name) == (service, operation)
        ]
        assert replies, f"{operation} was never called"
        return [complaint for model, body in replies for complaint in complaints(model, body)]


def implemented(*services: type[Service]) -> set[tuple[str, str]]:
    """Return service and operation of everything that these services answer."""
    return {
        (service.name, _method_names(service.name)[method])
        for service in services
        for method in dir(service)
        if getattr(getattr(service, method), "is_operation", False)
    }


@cache
def _method_names(service: str) -> dict[str, str]:
    client = boto3.client(service, region_name="us-east-1")
    names: dict[str, str] = client.meta.method_to_api_mapping
    return names
