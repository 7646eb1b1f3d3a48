"""A stage's execution log: what API Gateway did with a request, where the stage's settings ask for it."""

from __future__ import annotations

from mllab_localaws.apigateway.api_request import ApiRequest
from mllab_localaws.apigateway.live import Method, Settings, Stage
from mllab_localaws.caller import Caller
from mllab_localaws.moto_backend import Logs

_LONGEST = 1024  # bytes of a body that a line shows


class ExecutionLog:
    """The lines of one request, written together at its end."""

    def __init__(self, request: ApiRequest) -> None:
        self._request = request
        self._lines: list[tuple[bool, str]] = []

    def started(self, method: Method) -> None:
        """Say that a method was found."""
        self.info(f"Extended Request Id: {self._request.extended_id}")
        self.info(f"Starting execution for request: {self._request.request_id}")
        self.info(f"HTTP Method: {self._request.method}, Resource Path: {method.resource_path}")

    def info(self, line: str) -> None:
        """Add a line for the level INFO."""
        self._lines.append((False, line))

    def failed(self, line: str) -> None:
        """Add a line for the levels INFO and ERROR."""
        self._lines.append((True, line))

    def data(self, what: str, content: bytes, settings: Settings) -> None:
        """Add what was sent or returned, where the stage traces data."""
        if settings.data_trace:
            text = content[:_LONGEST].decode("utf-8", "replace")
            self.info(f"{what}: {text}{' [TRUNCATED]' if len(content) > _LONGEST else ''}")

    def write(self, logs: Logs, writer: Caller | None, stage: Stage, settings: Settings, time: float) -> None:
        """Write what the stage's level asks for, in the name of the account's role."""
        if settings.log_level == "OFF" or writer is None:
            return
        lines = [
            f"({self._request.request_id}) {line}"
            for is_error, line in self._lines
            if is_error or settings.log_level == "INFO"
        ]
        if lines:
            group = f"API-Gateway-Execution-Logs_{stage.api_id}/{stage.name}"
            logs.append(writer, stage.region, group, stage.log_stream, lines, time=time)
