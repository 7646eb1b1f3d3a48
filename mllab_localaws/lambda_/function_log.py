"""One process's log stream: what Lambda itself writes there, and what the function writes.

Line forms: "Log and monitor Python Lambda functions" in Lambda's guide, and recordings of AWS.
"""

from __future__ import annotations

import logging
import math
import platform as machine
import secrets
import threading
from collections.abc import Sequence
from datetime import datetime, timezone

from mllab_localaws.caller import LAMBDA, acting_as
from mllab_localaws.lambda_.names import LATEST
from mllab_localaws.lambda_.version import FunctionVersion
from mllab_localaws.platform import Platform

_TAIL_BYTES = 4096
_log = logging.getLogger(__name__)


class FunctionLog:
    """Writes to one stream, from several threads, in the order of the calls."""

    def __init__(self, platform: Platform, function: FunctionVersion) -> None:
        day = datetime.fromtimestamp(platform.clock.now(), timezone.utc)
        self.stream = f"{day:%Y/%m/%d}/[{LATEST}]{secrets.token_hex(16)}"
        self._platform = platform
        self._function = function
        self._role = acting_as(function.role_arn, LAMBDA, function.name)
        self._lock = threading.Lock()
        self._tail = ""

    def write(self, lines: Sequence[str]) -> None:
        """Add lines; each becomes an event that ends as Lambda's do, with a line end."""
        events = [f"{line}\n" for line in lines]
        function = self._function
        with self._lock:
            self._tail = (self._tail + "".join(events))[-_TAIL_BYTES:]
            try:
                now = self._platform.clock.now()
                self._platform.logs.append(
                    self._role, function.region, function.log_group, self.stream, events, time=now
                )
            except Exception:
                # A client may delete the group at this very moment; the invocation must not fail for that.
                _log.exception("%d log lines of %s are lost", len(lines), function.name)

    def init_started(self) -> None:
        """Say which Python a new process has."""
        installed = f"python{'.'.join(machine.python_version_tuple()[:2])}"
        note = "" if self._function.runtime == installed else f"; {self._function.runtime} was asked for"
        version = machine.python_version()
        self.write([f"INIT_START Runtime Version: python:{version} (the lab's own interpreter{note})"])

    def started(self, request_id: str, *, with_start: bool) -> None:
        """Begin an invocation, and its tail.

        Args: with_start: the tail shows the start of the process too, which failed.
        """
        with self._lock:
            self._tail = self._tail if with_start else ""
        self.write([f"START RequestId: {request_id} Version: {LATEST}"])

    def ended(
        self,
        request_id: str,
        milliseconds: float,
        memory_bytes: int,
        init_milliseconds: float | None,
        status: str,
    ) -> bytes:
        """End an invocation and return the last 4 KB of its log.

        Args: status: `timeout` or `error` where Lambda says so, else empty.
        """
        megabytes = math.ceil(memory_bytes / 1024**2)
        fields = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {milliseconds:.2f} ms",
            f"Billed Duration: {math.ceil(milliseconds)} ms",
            f"Memory Size: {self._function.memory} MB",
            f"Max Memory Used: {min(megabytes, self._function.memory)} MB",
        ]
        if init_milliseconds is not None:
            fields.append(f"Init Duration: {init_milliseconds:.2f} ms")
        if status:
            fields.append(f"Status: {status}")
        self.write([f"END RequestId: {request_id}", "\t".join(fields) + "\t"])
        with self._lock:
            return self._tail.encode("utf-8", "replace")[-_TAIL_BYTES:]


def timed_out(request_id: str, seconds: int, now: float) -> str:
    """Return the line of an invocation that took too long."""
    time = datetime.fromtimestamp(now, timezone.utc)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z {request_id} {timeout_text(seconds)}"


def timeout_text(seconds: int) -> str:
    """Return what Lambda says of an invocation that took too long."""
    return f"Task timed out after {seconds:.2f} seconds"
