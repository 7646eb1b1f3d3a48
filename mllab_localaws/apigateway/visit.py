"""One request on its way through a stage, with what has been found out about it so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mllab_localaws.apigateway.access import ApiKey
from mllab_localaws.apigateway.api_request import ApiRequest
from mllab_localaws.apigateway.execution_log import ExecutionLog
from mllab_localaws.apigateway.live import Method, Settings, Stage
from mllab_localaws.apigateway.proxy_event import request_context


@dataclass
class Visit:
    """The request, the stage, and what routing and keys have added.

    Attributes:
        method: None until the request has found one.
        path_parameters: as they were sent.
        key: None where no key is asked for.
        integration_ms: how long the integration took; None when it was not asked.
    """

    request: ApiRequest
    stage: Stage
    method: Method | None = None
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    key: ApiKey | None = None
    integration_ms: float | None = None
    log: ExecutionLog = field(init=False)

    def __post_init__(self) -> None:
        self.log = ExecutionLog(self.request)

    @property
    def settings(self) -> Settings:
        """What the stage sets for the method."""
        return self.stage.settings_of(self.method)

    def context(self) -> dict[str, Any]:
        """Return `requestContext`, which templates know as `$context`."""
        return request_context(self.request, self.stage, self.method, self.key)

    def variables(self) -> dict[str, str]:
        """Return what templates and mappings may name."""
        request = self.request
        return {
            **{f"method.request.header.{name}": value for name, value in request.headers},
            **{f"method.request.querystring.{name}": value for name, value in request.query},
            **{f"method.request.path.{name}": value for name, value in self.path_parameters.items()},
            **{f"stageVariables.{name}": value for name, value in self.stage.variables.items()},
            **dict(_flat("context", self.context())),
        }


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _flat(f"{prefix}.{name}", member)
    elif value is not None:
        yield prefix, str(value)
