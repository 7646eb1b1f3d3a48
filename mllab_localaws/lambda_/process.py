"""How a function's process is started: command, environment, directories.

Variables: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mllab_localaws import sandbox
from mllab_localaws.jobs import LogSink, Program, Running
from mllab_localaws.lambda_ import runtime_directory
from mllab_localaws.lambda_.code import CodeStore
from mllab_localaws.lambda_.names import LATEST
from mllab_localaws.lambda_.version import FunctionVersion
from mllab_localaws.platform import Platform
from mllab_localaws.sandbox import Mount

TASK_ROOT, RUNTIME_ROOT = "/var/task", "/var/runtime"
# The lines of one error; the client ends them so that they stay one event.
_WITHIN_EVENT = "\r"


@dataclass(frozen=True)
class Launcher:
    """Starts processes.

    Attributes:
        runtime: what becomes `/var/runtime`.
        runs: where each process has a directory of its own.
    """

    platform: Platform
    code: CodeStore
    runtime: Path
    runs: Path

    def start(self, function: FunctionVersion, run_id: str, stream: str, log: LogSink) -> Running:
        """Start a process that asks the Runtime API for events.

        Args: run_id: secret; what tells the process from others at the Runtime API.
        Raises: OSError: the system does not let us.
        """
        root = self.directory(run_id)
        temporary = root / "tmp"
        temporary.mkdir(parents=True)
        program = Program(
            [sys.executable, "-S", "-s", f"{RUNTIME_ROOT}/bootstrap.py"],
            {**self._environment(function, run_id, stream), "HOME": _seen(temporary)},
            root,
            (
                Mount(temporary, sandbox.TEMPORARY),
                *runtime_directory.mounts_below_tmp(self.runtime),
                Mount(self.code.directory(function.code_id), TASK_ROOT, writable=False),
                Mount(self.runtime, RUNTIME_ROOT, writable=False),
            ),
        )
        return Running(program, log, self.platform.leash, self.text(function))

    def directory(self, run_id: str) -> Path:
        """Return a process's own directory; a part of its secret names it."""
        return self.runs / run_id[:12]

    def text(self, function: FunctionVersion) -> Callable[[bytes], str]:
        """Return what makes a log event of a line of a function's output."""
        return lambda line: self.masked(function, line.decode("utf-8", "replace")).replace(
            _WITHIN_EVENT, "\n"
        )

    def masked(self, function: FunctionVersion, text: str) -> str:
        """Return a text with the function's paths as they are on AWS, where no sandbox has seen to that."""
        if sandbox.available():
            return text
        code = str(self.code.directory(function.code_id))
        return text.replace(code, TASK_ROOT).replace(str(self.runtime), RUNTIME_ROOT)

    def _environment(self, function: FunctionVersion, run_id: str, stream: str) -> dict[str, str]:
        settings = self.platform.settings
        return {
            "TZ": ":UTC",
            "PYTHONPATH": RUNTIME_ROOT,
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ENDPOINT_URL": settings.endpoint_url,
            **function.variables,
            **self.platform.roles.session(function.role_arn, function.name, function.region),
            "_HANDLER": function.handler,
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_FUNCTION_VERSION": LATEST,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_LAMBDA_LOG_FORMAT": "Text",
            "AWS_LAMBDA_RUNTIME_API": f"{settings.endpoint_url.removeprefix('http://')}/_lambda/{run_id}",
            "LAMBDA_TASK_ROOT": TASK_ROOT,
            "LAMBDA_RUNTIME_DIR": RUNTIME_ROOT,
        }


def _seen(temporary: Path) -> str:
    return sandbox.TEMPORARY if sandbox.available() else str(temporary)
