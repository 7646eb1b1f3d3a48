"""Runs the images as processes in a temporary /opt/ml, as the platform runs them."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

CSV_CHANNEL = {
    "ContentType": "text/csv",
    "TrainingInputMode": "File",
    "S3DistributionType": "FullyReplicated",
    "RecordWrapperType": "None",
}
DEADLINE_SECONDS = 20.0


@dataclass
class Container:
    """One /opt/ml and what is run in it."""

    root: Path
    image: str = "xgboost"
    environment: dict[str, str] = field(default_factory=dict)

    def describe(
        self, hyperparameters: Mapping[str, str], channels: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        """Write the job's configuration files."""
        config = self.root / "input" / "config"
        config.mkdir(parents=True, exist_ok=True)
        (config / "hyperparameters.json").write_text(json.dumps(dict(hyperparameters)))
        given = {"train": CSV_CHANNEL} if channels is None else channels
        (config / "inputdataconfig.json").write_text(json.dumps(given))

    def put(self, path: str, content: str | bytes) -> Path:
        """Write a file below /opt/ml."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return target

    def command(self, verb: str, *more: str) -> list[str]:
        module = f"mllab_localaws.images.{self.image}"
        return [sys.executable, "-m", module, verb, "--root", str(self.root), *more]

    def variables(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **self.environment}

    def train(self) -> Finished:
        """Run a training job to its end."""
        done = subprocess.run(
            self.command("train"),
            env=self.variables(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        failure = self.root / "output" / "failure"
        return Finished(
            done.returncode, done.stdout + done.stderr, failure.read_text() if failure.exists() else None
        )

    @contextlib.contextmanager
    def served(self, *, workers: int = 1, ready: int = 200) -> Iterator[Server]:
        """Serve until the block ends; /ping has then answered with the status `ready`."""
        with tempfile.TemporaryDirectory(prefix="mllab-") as short:
            path = f"{short}/model.sock"
            process = subprocess.Popen(
                self.command("serve", "--bind", f"unix:{path}"),
                env={**self.variables(), "SAGEMAKER_MODEL_SERVER_WORKERS": str(workers)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            server = Server(path, process)
            try:
                eventually(lambda: server.ping() == ready)
                yield server
            finally:
                server.stop()


@dataclass(frozen=True)
class Finished:
    """How a training job ended."""

    code: int
    log: str
    failure: str | None


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    text: str
    content_type: str | None


class Server:
    """A running serving process and its log."""

    def __init__(self, path: str, process: subprocess.Popen[bytes]) -> None:
        self.path = path
        self.process = process
        self._log: list[bytes] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def log(self) -> str:
        return b"".join(self._log).decode()

    def workers(self) -> list[int]:
        """Return the workers' process ids."""
        try:
            return [child.pid for child in psutil.Process(self.process.pid).children()]
        except psutil.Error:
            return []

    def ping(self) -> int | None:
        try:
            return self.request("GET", "/ping").status
        except OSError:
            return None

    def invoke(
        self, body: str | bytes, content_type: str | None = "text/csv", accept: str | None = None
    ) -> Reply:
        headers = {"Content-Type": content_type, "Accept": accept}
        return self.request("POST", "/invocations", body, {k: v for k, v in headers.items() if v is not None})

    def request(
        self,
        method: str,
        path: str,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        connection = http.client.HTTPConnection("model", timeout=DEADLINE_SECONDS)
        connection.sock = socket.socket(socket.AF_UNIX)
        try:
            connection.sock.connect(self.path)
            connection.request(
                method, path, body.encode() if isinstance(body, str) else body, dict(headers or {})
            )
            answer = connection.getresponse()
            return Reply(answer.status, answer.read().decode(), answer.getheader("content-type"))
        finally:
            connection.close()

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=DEADLINE_SECONDS)
        self._reader.join(timeout=DEADLINE_SECONDS)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            while chunk := output.read1():
                self._log.append(chunk)


def eventually(condition: Any) -> None:
    """Wait until a condition holds; fails after the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.01)


def table(rows: int, seed: int = 0, features: int = 4) -> np.ndarray[Any, Any]:
    """Return a label column and features that explain it."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(rows, features)).round(3)
    return np.column_stack([inputs @ np.arange(1, features + 1), inputs])


def as_csv(numbers: np.ndarray[Any, Any]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in numbers.tolist())
