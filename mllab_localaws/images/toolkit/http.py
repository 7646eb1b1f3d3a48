"""The plain ASGI pieces of a serving process: one request in, one answer out, one access log line.

No framework: a request costs 10 to 40 us here, less than the prediction itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import uvicorn

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CSV = "text/csv"
JSON = "application/json"
HTML = b"text/html; charset=utf-8"
FLUSH_SECONDS = 0.2
PIPE_BUF = 4096  # writes up to this size do not mix with another worker's


class BodyTooLargeError(Exception):
    """The request's body is longer than MAX_CONTENT_LENGTH."""


@dataclass(frozen=True)
class Answer:
    """What a request is answered with."""

    status: int
    body: bytes = b""
    content_type: bytes = HTML


def text(status: int, message: str) -> Answer:
    """Answer with a message, typed as Flask types a plain string."""
    return Answer(status, message.encode())


def header(scope: Scope, name: bytes) -> str | None:
    """Return a request header's value; `name` in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value).decode("latin-1")
    return None


async def read_body(receive: Receive, limit: int) -> bytes:
    """Return the request's body.

    A body that is too long is read to its end and thrown away: answering earlier would make the client
    see a broken connection instead of 413.
    Raises: BodyTooLargeError: more than `limit` bytes.
    """
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        body = await _read_on(body, receive, limit)
    if len(body) > limit:
        raise BodyTooLargeError
    return body


async def _read_on(first: bytes, receive: Receive, limit: int) -> bytes:
    parts, size, more = [first], len(first), True
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= limit:
            parts.append(part)
        more = message.get("more_body", False)
    if size > limit:
        raise BodyTooLargeError
    return b"".join(parts)


async def respond(send: Send, answer: Answer) -> None:
    """Send an answer."""
    headers = [(b"content-length", b"%d" % len(answer.body))]
    if answer.status != 204:
        headers.append((b"content-type", answer.content_type))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


class AccessLog:
    """Lines in nginx's combined format, gathered for a fifth of a second and written together."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._second = 0
        self._stamp = ""

    def note(self, scope: Scope, answer: Answer) -> None:
        """Remember one answered request."""
        now = int(time.time())
        if now != self._second:
            self._second = now
            self._stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now))
        client = scope.get("client")
        agent = header(scope, b"user-agent") or "-"
        referer = header(scope, b"referer") or "-"
        # As it was sent: a decoded %0A would write a line of the client's own.
        path = scope["raw_path"].decode("latin-1")
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self._lines.append(
            f"{client[0] if client else 'unix:'} - - [{self._stamp}] "
            f'"{scope["method"]} {path} HTTP/{scope["http_version"]}" '
            f'{answer.status} {len(answer.body)} "{referer}" "{agent}"\n'
        )

    def flush(self) -> None:
        """Write what has gathered."""
        lines, self._lines = self._lines, []
        for block in _blocks(lines):
            os.write(sys.stdout.fileno(), block)


def _blocks(lines: Iterable[str]) -> Iterable[bytes]:
    block = b""
    for line in lines:
        data = line.encode("utf-8", "replace")
        if block and len(block) + len(data) > PIPE_BUF:
            yield block
            block = b""
        block += data
    if block:
        yield block


def serve(app: App, log: AccessLog, listener: socket.socket) -> None:
    """Answer requests on a listening socket until SIGTERM."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        # Longer than a client keeps an idle connection, so that the client is the one who closes it.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=20,
        backlog=2048,
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # SIGTERM ends the worker before uvicorn takes the signal over, and once more when uvicorn, having shut
    # down, raises it again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        log.flush()


def body_limit() -> int:
    """Return MAX_CONTENT_LENGTH, in bytes; 6 MiB when it is not set."""
    return _positive_number("MAX_CONTENT_LENGTH", 6 * 1024**2)


def worker_count() -> int:
    """Return SAGEMAKER_MODEL_SERVER_WORKERS; one per CPU when it is not set."""
    return _positive_number("SAGEMAKER_MODEL_SERVER_WORKERS", available_cpus())


def available_cpus() -> int:
    """Return how many CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _positive_number(name: str, default: int) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or int(value) < 1:
        raise ValueError(f"environment variable {name} is '{value}', not a whole number above 0")
    return int(value)
