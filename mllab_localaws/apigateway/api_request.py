"""A request to a deployed API, as its caller sent it."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl

from mllab_localaws.asgi import Exchange
from mllab_localaws.wire.errors import AwsError

PREFIX = "/_execute-api/"
MAX_BODY_BYTES = 10 * 1024**2

# These describe the connection to API Gateway, and go no further.
_DROPPED = frozenset(
    {
        "connection",
        "content-length",
        "content-md5",
        "expect",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
    }
)
# API Gateway spells these in its own way, and all others as the caller did.
_SPELLED = {"user-agent": "User-Agent", "authorization": "Authorization", "host": "Host"}


@dataclass(frozen=True)
class ApiRequest:
    """One request.

    Attributes:
        path: what follows the stage, encoded as it was sent; begins with a slash.
        query: decoded, in order.
        headers: names as the caller spelled them, without those of the connection.
        body: None when it was longer than 10 MB.
        host: the address that the caller used, port included.
        time: seconds since the epoch.
    """

    api_id: str
    stage: str
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: list[tuple[str, str]]
    body: bytes | None
    host: str
    source_ip: str
    protocol: str
    request_id: str
    extended_id: str
    trace_id: str
    time: float

    @cached_property
    def by_name(self) -> Mapping[str, str]:
        """The last value of each header, by lower-case name."""
        return {name.lower(): value for name, value in self.headers}

    @property
    def content_type(self) -> str:
        """Media type of the body, without parameters; JSON unless the caller says otherwise."""
        stated = self.by_name.get("content-type", "").partition(";")[0].strip().lower()
        return stated or "application/json"


async def read(asked: Exchange, now: float) -> ApiRequest:
    """Read a whole request.

    Raises: ClientGoneError: the caller closed the connection.
    """
    api_id, _, rest = asked.raw_path.removeprefix(PREFIX).partition("/")
    stage, _, path = rest.partition("/")
    try:
        body = await asked.read(MAX_BODY_BYTES)
    except AwsError:
        body = None
    client = asked.scope.get("client") or ("127.0.0.1", 0)
    return ApiRequest(
        api_id=api_id,
        stage=stage,
        method=asked.method,
        path="/" + path,
        query=parse_qsl(asked.scope["query_string"].decode("latin-1"), keep_blank_values=True),
        headers=_headers(asked),
        body=body,
        host=asked.headers.get("host", ""),
        source_ip=client[0],
        protocol=f"HTTP/{asked.scope.get('http_version', '1.1')}",
        request_id=str(uuid.uuid4()),
        extended_id=base64.urlsafe_b64encode(secrets.token_bytes(11)).decode(),
        trace_id=_trace_id(asked.headers.get("x-amzn-trace-id", ""), now),
        time=now,
    )


def _headers(asked: Exchange) -> list[tuple[str, str]]:
    kept = []
    for raw_name, value in asked.headers_as_sent:
        name = raw_name.decode("latin-1")
        if name.lower() not in _DROPPED:
            kept.append((_SPELLED.get(name.lower(), name), value.decode("latin-1")))
    return kept


def _trace_id(sent: str, now: float) -> str:
    return sent if sent.startswith("Root=") else f"Root=1-{int(now):08x}-{secrets.token_hex(12)}"
