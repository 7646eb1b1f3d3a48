"""Runs one program in one `/opt/ml` directory: process group, output as log lines, exit code.

Training jobs and serving processes are both such programs. Nothing here knows what they compute.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from mllab_localaws import orphans, sandbox
from mllab_localaws.leash import Leash

LogSink = Callable[[list[str]], None]

# CloudWatch Logs' largest event; a longer line arrives in pieces.
LONGEST_EVENT_BYTES = 256 * 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """What to run.

    Attributes:
        command: argument vector; `/opt/ml` in it means `root`.
        environment: everything the process sees, besides a PATH, a HOME and a locale of its own.
        root: the directory that is the program's `/opt/ml`.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    root: Path


class Running:
    """A started program.

    Args:
        log: receives the output's lines, stdout and stderr together, in batches.
    """

    def __init__(self, program: Program, log: LogSink, leash: Leash) -> None:
        command, environment = sandbox.wrap(program.command, _environment(program), program.root)
        self._leash = leash
        self._lock = threading.Lock()
        self._ended = False
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=program.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        leash.hold(self.pid)
        self._pump = threading.Thread(target=self._ship, args=(log,), name=f"log-{self.pid}", daemon=True)
        self._pump.start()

    @property
    def pid(self) -> int:
        """The process group's id."""
        return self._process.pid

    def alive(self) -> bool:
        """Say whether the program still runs."""
        return self._process.poll() is None

    def wait(self, seconds: float | None = None) -> int | None:
        """Return the exit code (128 + n for signal n) once all output is shipped; None after `seconds`."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._end_group()
        self._pump.join(timeout=5)
        return code if code >= 0 else 128 - code

    def stop(self, grace_seconds: float) -> int:
        """Send SIGTERM, SIGKILL after the grace, and return the exit code."""
        program = None
        while program is None and self.alive():  # bubblewrap may not have started its child yet
            program = self._program()
            time.sleep(0.0 if program else 0.01)
        if program is not None:
            with contextlib.suppress(psutil.Error):
                program.send_signal(signal.SIGTERM)
        code = self.wait(grace_seconds)
        if code is None:
            self.kill()
            code = self.wait()
        return code if code is not None else 128 + signal.SIGKILL

    def kill(self) -> None:
        """End the whole group at once."""
        with self._lock:
            # Once the group is gone, its id may be somebody else's.
            if not self._ended:
                strays = self._descendants()  # those that left the group are found while it lives
                self._kill_group()
                for stray in strays:
                    with contextlib.suppress(psutil.Error):
                        stray.kill()

    def _descendants(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            if self.alive():
                return psutil.Process(self.pid).children(recursive=True)
        return []

    def _program(self) -> psutil.Process | None:
        """Whom SIGTERM is meant for: not bubblewrap, which ignores it or leaves without waiting.

        With process ids of its own there are two of it, and the second one adopts what the program leaves
        behind: the program itself is its oldest child.
        """
        with contextlib.suppress(psutil.Error, ValueError):
            process = psutil.Process(self.pid)
            while process.name() == "bwrap":
                process = min(process.children(), key=lambda child: (child.create_time(), child.pid))
            return process
        return None

    def _end_group(self) -> None:
        # A program that has ended leaves nobody behind, as in a container.
        with self._lock:
            if not self._ended:
                self._ended = True
                self._kill_group()
                self._leash.release(self.pid)
                orphans.reap(self.pid)

    def _kill_group(self) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)

    def _ship(self, log: LogSink) -> None:
        assert self._process.stdout is not None
        rest = b""
        with self._process.stdout as output:
            while chunk := os.read(output.fileno(), 65536):
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > LONGEST_EVENT_BYTES:
                    lines, rest = [*lines, rest], b""
                _deliver(lines, log)
        _deliver([rest] if rest else [], log)


def python_command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of this environment's own Python."""
    return [sys.executable, "-m", module, *arguments]


def _deliver(lines: list[bytes], log: LogSink) -> None:
    if not lines:
        return
    try:
        log([_text(line) for line in lines])
    except Exception:
        # Without a reader the pipe fills up, and the program would stand still for ever.
        _log.exception("%d log lines are lost", len(lines))


def _text(line: bytes) -> str:
    # CloudWatch Logs receives control characters as syslog writes them: a TAB arrives as "#011".
    return line.decode("utf-8", "replace").rstrip("\r").replace("\t", "#011")


def _environment(program: Program) -> dict[str, str]:
    """Start from nothing: no credentials, configuration or home directory of the person at the keyboard."""
    home = program.root / ".home"
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **program.environment,
    }
