"""ASGI's messages as plain values, and back."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from mllab_localaws.access import signatures
from mllab_localaws.access.signatures import Signature
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.http import HttpReply, HttpRequest

# Where the server keeps header names as they were sent; ASGI's are in lower case.
HEADERS_AS_SENT = "mllab.headers_as_sent"
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class ClientGoneError(Exception):
    """The client closed the connection in the middle of its request."""


@dataclass(frozen=True)
class Exchange:
    """One request on its way to an answer; its body has not been read yet.

    Attributes:
        headers: lower-case names.
        signed: what the signature says, None when there is none.
    """

    scope: Message
    receive: Receive
    send: Send
    headers: Mapping[str, str]
    signed: Signature | None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def method(self) -> str:
        """HTTP method, upper case."""
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        """Decoded path."""
        return str(self.scope["path"])

    @property
    def raw_path(self) -> str:
        """Path as it was sent, without the query."""
        return str(self.scope["raw_path"].decode("latin-1"))

    @property
    def headers_as_sent(self) -> list[tuple[bytes, bytes]]:
        """All headers in order, with names in the client's spelling."""
        kept = self.scope.get("extensions", {}).get(HEADERS_AS_SENT, self.scope)
        return list(kept["headers"])

    async def read(self, most: int) -> bytes:
        """Return the whole body; it can be read once.

        A longer one is read to its end and thrown away: a client that is answered while it still sends sees
        a broken connection instead of the error.
        Args: most: bytes.
        Raises: AwsError: `413`, it is longer. ClientGoneError: its end will never come.
        """
        parts, size, more = [], 0, True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            part = message.get("body", b"")
            size += len(part)
            if size <= most:
                parts.append(part)
            more = message.get("more_body", False)
        if size > most:
            raise AwsError("413", f"HTTP content length exceeded {most} bytes.", status=413)
        return b"".join(parts)

    async def gone(self) -> None:
        """Return when the client has closed the connection; its whole request has been read before."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    def request(self, body: bytes) -> HttpRequest:
        """Return the request as a plain value."""
        query_string = self.scope["query_string"].decode("latin-1")
        return HttpRequest(self.method, self.path, query_string, self.headers, body, self.raw_path)

    async def reply(self, reply: HttpReply) -> None:
        """Send the answer."""
        fields = [*reply.headers.items(), *reply.more_headers]
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]
        headers.append((b"content-length", str(len(reply.body)).encode()))
        await self.send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": reply.body})

    def before_reply(self, do: Callable[[], None]) -> Exchange:
        """Return this exchange, with something that is done before the client sees an answer begin."""

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                do()
            await self.send(message)

        return replace(self, send=send)

    async def hand_over(self, application: Application, body: bytes | None = None) -> None:
        """Let another application answer; `body` is what it gets in place of what was read already."""
        if body is None:
            await application(self.scope, self.receive, self.send)
            return
        headers = [(name, value) for name, value in self.scope["headers"] if name != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await application({**self.scope, "headers": headers}, _replay(body), self.send)


def exchange(scope: Message, receive: Receive, send: Send) -> Exchange:
    """Return an HTTP request's exchange."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    signed = signatures.read(headers, scope["query_string"].decode("latin-1"))
    closing = _closing_after_refusals(send) if "expect" in headers else send
    return Exchange(scope, receive, closing, headers, signed)


def _closing_after_refusals(send: Send) -> Send:
    """Return how to answer a client that asked before it sent its body: refused, it never sends it.

    A server that goes on to wait for the body would take the client's next request for it.
    """

    async def send_and_close(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= HTTPStatus.BAD_REQUEST:
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return send_and_close


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
