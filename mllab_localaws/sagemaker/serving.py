"""One serving process of a production variant: prepared, started, pinged, and started again when it dies.

What a container may expect: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from mllab_localaws.caller import acting_as
from mllab_localaws.jobs import Program, Running, python_command
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import model_data
from mllab_localaws.sagemaker.capture_config import Capture
from mllab_localaws.sagemaker.model_data import ModelDataError
from mllab_localaws.sagemaker.roles import check_pull
from mllab_localaws.sagemaker.routes import Upstream
from mllab_localaws.sandbox import ML_ROOT
from mllab_localaws.wire.errors import AwsError

START_SECONDS = 240
PING_SECONDS = 2.0
PING_EVERY_SECONDS = 10.0
ERROR_SECONDS = 1.0
# Longer than any invocation may take: workers that are merely busy are not ended.
UNHEALTHY_SECONDS = 90.0
STOP_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 30.0

_log = logging.getLogger(__name__)


class ServingError(Exception):
    """A serving process did not come into service; the text is the endpoint's FailureReason."""


@dataclass(frozen=True)
class ServingSpec:
    """What one serving process runs.

    Attributes:
        root: a directory of its own that becomes `/opt/ml`.
        socket: where it listens; a Unix socket's path has about a hundred characters at most.
        image_uri: the image as the model names it.
        module: Python module that stands for the image, run with `serve`.
        environment: all that the process sees beyond what every program gets.
        start_seconds: how long until the first successful ping.
        capture: what is kept of its invocations.
    """

    region: str
    endpoint: str
    variant: str
    root: Path
    socket: Path
    image_uri: str
    module: str
    model_data_url: str | None
    role_arn: str
    environment: Mapping[str, str]
    start_seconds: float = START_SECONDS
    capture: Capture | None = None


class ServingProcess:
    """A serving process under supervision, from its construction until `stop`."""

    def __init__(self, platform: Platform, spec: ServingSpec) -> None:
        self.spec = spec
        self.upstream = Upstream(spec.socket)
        self._platform = platform
        self._role = acting_as(spec.role_arn)
        self._stream = f"{spec.variant}/i-{secrets.token_hex(9)[:17]}"
        self._in_service: Future[None] = Future()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._running: Running | None = None
        self._thread = threading.Thread(
            target=self._supervise, name=f"endpoint-{spec.endpoint}-{spec.variant}", daemon=True
        )
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """Process id of what runs at this moment."""
        running = self._running
        return running.pid if running is not None and running.alive() else None

    def wait_in_service(self) -> None:
        """Return when the first ping has succeeded.

        Raises: ServingError: it never will.
        """
        self._in_service.result()

    def stop(self, grace_seconds: float = STOP_SECONDS) -> None:
        """End the process (SIGTERM, SIGKILL after the grace) and remove what it left."""
        with self._lock:
            self._stopping.set()
            running = self._running
        if running is not None:
            running.stop(grace_seconds)
        self._thread.join()
        shutil.rmtree(self.spec.root, ignore_errors=True)
        self.spec.socket.unlink(missing_ok=True)

    def _supervise(self) -> None:
        try:
            self._prepare()
            running = self._launch()
            self._await_ping(running)
        except Exception as error:
            # Whatever it was, somebody waits for this endpoint.
            if not isinstance(error, (ServingError, ModelDataError)):
                _log.exception("serving process of %s failed", self.spec.endpoint)
            self._fail(str(error))
            return
        self._in_service.set_result(None)
        self._keep_running(running)

    def _keep_running(self, running: Running) -> None:
        """Start the process again each time it ends, at once at first, then after growing pauses."""
        pause = 0.0
        while not self._stopping.is_set():
            began = time.monotonic()
            self._watch(running)
            if time.monotonic() - began > LONGEST_PAUSE_SECONDS:
                pause = 0.0
            if self._stopping.wait(pause):
                return
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2 or 0.5)
            with contextlib.suppress(ServingError, OSError):
                running = self._launch()

    def _prepare(self) -> None:
        try:
            check_pull(self._platform, self.spec.role_arn, self.spec.image_uri)
        except AwsError as error:
            raise ServingError(error.message) from error
        model = self.spec.root / "model"
        model.mkdir(parents=True)
        if self.spec.model_data_url is not None:
            objects = self._platform.objects
            model_data.fetch(objects, self.spec.role_arn, self.spec.model_data_url, model)

    def _launch(self) -> Running:
        command = python_command(
            self.spec.module, "serve", "--root", ML_ROOT, "--bind", f"unix:{self.spec.socket}"
        )
        with self._lock:
            if self._stopping.is_set():
                raise ServingError("The endpoint was stopped while it was being created.")
            self.spec.socket.unlink(missing_ok=True)
            program = Program(command, self.spec.environment, self.spec.root)
            self._running = Running(program, self._write_log, self._platform.leash)
            return self._running

    def _await_ping(self, running: Running) -> None:
        deadline = time.monotonic() + self.spec.start_seconds
        while running.alive() and time.monotonic() < deadline and not self._stopping.wait(0.02):
            status = ping(self.spec.socket)
            if status == 200:
                return
            if status is not None:
                # Our images load their model before they listen: an error will not become a success.
                deadline = min(deadline, time.monotonic() + ERROR_SECONDS)
        raise ServingError(
            f"The primary container for production variant {self.spec.variant} did not pass the ping health "
            "check. Please check CloudWatch logs for this endpoint."
        )

    def _watch(self, running: Running) -> None:
        """Return when the process has ended by itself, or has been ended because it no longer answers."""
        healthy = time.monotonic()
        while (code := running.wait(PING_EVERY_SECONDS)) is None:
            if ping(self.spec.socket) == 200:
                healthy = time.monotonic()
            elif time.monotonic() - healthy > UNHEALTHY_SECONDS:
                running.kill()
        if not self._stopping.is_set():
            self._write_log([f"The serving process ended with exit code {code}; it is started again."])

    def _fail(self, reason: str) -> None:
        try:
            if self._running is not None:
                self._running.kill()
                self._running.wait()
            self._write_log([reason])
        finally:
            self._in_service.set_exception(ServingError(reason))

    def _write_log(self, lines: list[str]) -> None:
        group = f"/aws/sagemaker/Endpoints/{self.spec.endpoint}"
        now = self._platform.clock.now()
        try:
            self._platform.logs.append(self._role, self.spec.region, group, self._stream, lines, time=now)
        except Exception:
            # A client may delete the group at this very moment; the endpoint must not be left alone for that.
            _log.exception("%d log lines of %s are lost", len(lines), self.spec.endpoint)


class _UnixConnection(http.client.HTTPConnection):
    """http.client over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PING_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket's path."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ping(path: Path) -> int | None:
    """Return the status of `GET /ping`, None when nothing is answered within two seconds."""
    connection = _UnixConnection(path)
    try:
        connection.request("GET", "/ping", headers={"User-Agent": "AHC/2.0", "Connection": "close"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
