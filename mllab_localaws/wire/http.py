"""A request and a reply, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class HttpRequest:
    """One HTTP request.

    Attributes:
        path: decoded, as the ASGI server gives it.
        headers: lower-case names.
        raw_path: as it was sent; in a decoded one a slash inside a label looks like any other.
    """

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    raw_path: str = ""

    @property
    def query(self) -> list[tuple[str, str]]:
        """Query parameters in order, valueless ones included."""
        return parse_qsl(self.query_string, keep_blank_values=True)

    @property
    def form(self) -> dict[str, str]:
        """Members of a form body, empty for any other content type."""
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True)
class HttpReply:
    """One HTTP reply; lengths and connection headers are the server's business.

    Attributes:
        more_headers: what does not fit into a mapping, because a name is there twice.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    more_headers: Sequence[tuple[str, str]] = ()
