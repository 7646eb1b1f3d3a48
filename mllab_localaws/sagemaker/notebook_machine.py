"""The machine behind a notebook instance: its programs, and the way to its JupyterLab."""

from __future__ import annotations

import contextlib
import http.client
import secrets
import socket
import threading
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mllab_localaws.caller import acting_as
from mllab_localaws.images.notebook.__main__ import JUPYTER_LOG, SCRIPT_FAILED, script_log
from mllab_localaws.jobs import Program, Running, python_command
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.notebook_directory import (
    FOLDER,
    HOME,
    METADATA,
    PYTHON,
    TEMPORARY,
    NotebookDirectory,
)

LOG_GROUP = "/aws/sagemaker/NotebookInstances"
CREDENTIALS_PATH = "/_instances/credentials"
# CreateNotebookInstanceLifecycleConfig: what the scripts find, and how long each may run.
SCRIPT_PATH = "/sbin:/bin:/usr/sbin:/usr/bin"
SCRIPT_SECONDS = 300.0
START_SECONDS = 120.0
_STOP_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_LOOPBACK = "127.0.0.1"
_LONGEST_ANSWER = 4096


class MachineError(Exception):
    """The machine did not come into service; the text is the instance's FailureReason."""


@dataclass(frozen=True)
class MachineSpec:
    """What a machine is started from.

    Attributes:
        root: directory of the instance, which outlives the machine.
        scripts: lifecycle scripts in base64, by hook, in their order.
        script_seconds: how long each may take.
        failed: FailureReason when one does not succeed in that time.
    """

    name: str
    arn: str
    region: str
    role_arn: str
    root: Path
    scripts: Mapping[str, str]
    script_seconds: float
    failed: str


class Machine:
    """A machine that runs, from its construction until `stop`.

    Attributes:
        port: of its JupyterLab, on loopback.
        token: opens its JupyterLab.
        credentials_token: shows to the local AWS that a request for credentials is this machine's.

    Raises: OSError: its programs cannot be started.
    """

    def __init__(self, platform: Platform, spec: MachineSpec) -> None:
        self.spec = spec
        self.port, self.token = _free_port(), secrets.token_hex(24)
        self.credentials_token = secrets.token_urlsafe(32)
        self._platform = platform
        self._stopping = threading.Event()
        directory = NotebookDirectory(spec.root)
        directory.renew(spec.arn, spec.name)
        command = self._command(directory.bin, directory.add_scripts(spec.scripts))
        program = Program(command, self._environment(), spec.root, directory.mounts)
        self._running = Running(program, self._log, platform.leash, _text)

    def wait_in_service(self) -> None:
        """Return when JupyterLab answers.

        Raises: MachineError: it never will.
        """
        deadline = (
            self._platform.clock.now() + START_SECONDS + len(self.spec.scripts) * self.spec.script_seconds
        )
        while not self._answers():
            code = self._running.wait(_LOOK_SECONDS)
            if code == SCRIPT_FAILED:
                raise MachineError(self.spec.failed)
            if code is not None:
                raise MachineError(f"JupyterLab ended (exit code {code}); see the log stream {self._stream}.")
            if self._platform.clock.now() > deadline:
                self.stop()
                raise MachineError(f"JupyterLab does not answer; see the log stream {self._stream}.")

    def wait(self) -> bool:
        """Return when the machine has ended, and whether it was told to."""
        self._running.wait()
        return self._stopping.is_set()

    def stop(self) -> None:
        """Switch the machine off, with everything that runs on it."""
        self._stopping.set()
        self._running.stop(_STOP_SECONDS)

    def kill(self) -> None:
        """Switch it off at once."""
        self._stopping.set()
        self._running.kill()

    @property
    def url(self) -> str:
        """Where its JupyterLab is, without a scheme, as Describe shows it."""
        return f"{_LOOPBACK}:{self.port}"

    @property
    def authorized_url(self) -> str:
        """What opens its JupyterLab in a browser."""
        return f"http://{self.url}/lab?token={self.token}"

    @property
    def _stream(self) -> str:
        return f"{LOG_GROUP} {self.spec.name}/{JUPYTER_LOG}"

    def _command(self, commands: Path, scripts: Mapping[str, Path]) -> list[str]:
        return python_command(
            "mllab_localaws.images.notebook",
            *(f"--script={hook}={path}" for hook, path in scripts.items()),
            f"--script-path={commands}:{SCRIPT_PATH}",
            f"--script-seconds={self.spec.script_seconds}",
            f"--python={PYTHON}/bin/python",
            f"--folder={FOLDER}",
            f"--port={self.port}",
        )

    def _environment(self) -> dict[str, str]:
        endpoint = self._platform.settings.endpoint_url
        return {
            "HOME": HOME,
            "USER": "ec2-user",
            "PATH": f"{PYTHON}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "TMPDIR": TEMPORARY,
            "AWS_REGION": self.spec.region,
            "AWS_DEFAULT_REGION": self.spec.region,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{endpoint}{CREDENTIALS_PATH}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self.credentials_token,
            "JUPYTER_TOKEN": self.token,
            # The kernels of the user before those of the Python that runs JupyterLab, as on AWS.
            "JUPYTER_PREFER_ENV_PATH": "0",
            # For who cannot find it at its own path, where there is no sandbox.
            "MLLAB_INSTANCE_METADATA": METADATA,
        }

    def _log(self, lines: list[str]) -> None:
        known = {JUPYTER_LOG, *(script_log(hook) for hook in self.spec.scripts)}
        for stream, texts in by_stream(lines, known).items():
            now = self._platform.clock.now()
            self._platform.logs.append(
                acting_as(self.spec.role_arn),
                self.spec.region,
                LOG_GROUP,
                f"{self.spec.name}/{stream}",
                texts,
                time=now,
            )

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(_LOOPBACK, self.port, timeout=2)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            # Without the token: while scripts run, somebody else may listen here. This path asks for none.
            connection.request("GET", "/api")
            answer = connection.getresponse()
            return answer.status == 200 and b'"version"' in answer.read(_LONGEST_ANSWER)
        return False


def by_stream(lines: Sequence[str], known: Collection[str]) -> Mapping[str, list[str]]:
    """Return lines by the log stream that each begins with.

    Args: known: the streams that there are; a line of none is what bubblewrap or Python say of a failure, and
        goes whole into JupyterLab's stream, which the instance's FailureReason names.
    """
    streams = defaultdict[str, list[str]](list)
    for line in lines:
        stream, _, text = line.partition(" ")
        if stream in known:
            streams[stream].append(text)
        else:
            streams[JUPYTER_LOG].append(line)
    return streams


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def _free_port() -> int:
    with socket.create_server((_LOOPBACK, 0)) as listener:
        return int(listener.getsockname()[1])
