"""The native part of AWS's runtime interface client in plain Python, where AWS builds none (not Linux).

`awslambdaric` imports it under this name. Interface: `runtime_client.cpp` in
aws/aws-lambda-python-runtime-interface-client; contract: "Lambda runtime API" in Lambda's guide.
"""

from __future__ import annotations

import http.client
import os

_VERSION = "2018-06-01"
_connections: list[http.client.HTTPConnection] = []
_headers: dict[str, str] = {}
_ACCEPTED = (200, 202)
# As the client looks for them; HTTP does not care about their case.
_OF_AN_EVENT = (
    "Content-Type",
    "Lambda-Runtime-Aws-Request-Id",
    "Lambda-Runtime-Aws-Tenant-Id",
    "Lambda-Runtime-Client-Context",
    "Lambda-Runtime-Cognito-Identity",
    "Lambda-Runtime-Deadline-Ms",
    "Lambda-Runtime-Invocation-Id",
    "Lambda-Runtime-Invoked-Function-Arn",
    "Lambda-Runtime-Trace-Id",
)


def initialize_client(user_agent: str) -> None:
    """Say who asks."""
    _headers["User-Agent"] = user_agent


def next() -> tuple[bytes, dict[str, str]]:  # AWS's name for it
    """Wait for an event and return it with its headers.

    Raises: RuntimeError: the Runtime API has none, now or ever.
    """
    response = _ask("GET", "invocation/next")
    body = response.read()
    if response.status != 200:
        raise RuntimeError("Failed to get next")
    return body, {name: response.headers[name] for name in _OF_AN_EVENT if name in response.headers}


def post_invocation_result(
    invoke_id: str, result: bytes, content_type: str, invocation_id: str | None = None
) -> None:
    """Say what the function returned.

    Raises: RuntimeError: it was not accepted.
    """
    del invocation_id  # of functions that work on several events at a time
    _post(f"invocation/{invoke_id}/response", result, {"Content-Type": content_type})


def post_error(invoke_id: str, error: str, xray_cause: str, invocation_id: str | None = None) -> None:
    """Say how the function failed.

    Raises: RuntimeError: it was not accepted.
    """
    del invocation_id
    headers = {
        "Content-Type": "application/json",
        "Lambda-Runtime-Function-Error-Type": "Unhandled",
        "Lambda-Runtime-Function-XRay-Error-Cause": xray_cause.encode("ascii", "backslashreplace").decode(),
    }
    _post(f"invocation/{invoke_id}/error", error.encode(), headers)


def _post(path: str, body: bytes, headers: dict[str, str]) -> None:
    response = _ask("POST", path, body, headers)
    response.read()
    if response.status not in _ACCEPTED:
        raise RuntimeError("Failed to post invocation response")


def _ask(
    method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> http.client.HTTPResponse:
    host, _, prefix = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
    if not _connections:
        _connections.append(http.client.HTTPConnection(host))
    try:
        _connections[0].request(
            method,
            f"/{prefix}/{_VERSION}/runtime/{path}".replace("//", "/"),
            body,
            {**_headers, **(headers or {})},
        )
        return _connections[0].getresponse()
    except (OSError, http.client.HTTPException) as error:
        _connections.pop().close()
        raise RuntimeError(f"The Runtime API cannot be reached: {error}") from error
