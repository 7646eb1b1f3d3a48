"""Runs one program in directories of its own: process group, output as log lines, exit code.

Training jobs, serving processes and functions are such programs. Nothing here knows what they compute.
"""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
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
_PORTIONS_OF_A_PIPE = 16
_TEMPORARY = ".tmp"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """What to run.

    Attributes:
        command: argument vector; paths in it are the program's, e.g. `/opt/ml`.
        environment: everything the process sees, besides a PATH, a HOME, a TMPDIR and a locale of its own.
        root: the program's working directory, with its HOME in it.
        mounts: what the program sees elsewhere than it is; by default `root` at `/opt/ml`.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    root: Path
    mounts: Sequence[sandbox.Mount] = ()


class Running:
    """A started program.

    Args:
        log: receives the output's lines, stdout and stderr together, in batches.
        text: turns a line's bytes into what the log shows.
    """

    def __init__(
        self,
        program: Program,
        log: LogSink,
        leash: Leash,
        text: Callable[[bytes], str] | None = None,
    ) -> None:
        mounts = program.mounts or sandbox.ml_root(program.root)
        command, environment = sandbox.wrap(program.command, _environment(program), mounts)
        self._leash = leash
        self._log, self._text = log, text or as_syslog_writes
        self._output_lock = threading.Lock()
        self._rest = b""
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
        assert self._process.stdout is not None  # it was asked for as a pipe
        self._output = self._process.stdout
        os.set_blocking(self._output.fileno(), False)
        self._pump = threading.Thread(target=self._ship, name=f"log-{self.pid}", daemon=True)
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
            program = self.program()
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

    def drain(self) -> None:
        """Ship what the program has written so far, an unfinished line included."""
        with self._output_lock:
            # A pipe holds one portion, or a few; a program that never stops writing must not hold us.
            for _ in range(_PORTIONS_OF_A_PIPE):
                if not self._read():
                    break
            self._flush()

    def program(self) -> psutil.Process | None:
        """Return the program itself, not bubblewrap around it; None while it is not there.

        bubblewrap ignores SIGTERM, or leaves without waiting.

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

    def _ship(self) -> None:
        more: bool | None = True
        with selectors.DefaultSelector() as readable:
            readable.register(self._output, selectors.EVENT_READ)
            while more is not None:
                readable.select()
                with self._output_lock:
                    more = self._read()
        with self._output_lock:
            self._flush()
            self._output.close()

    def _read(self) -> bool | None:
        """Ship one portion of output; False when there is none just now, None when there will be no more."""
        if self._output.closed:
            return None
        try:
            chunk = os.read(self._output.fileno(), 65536)
        except BlockingIOError:
            return False
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > LONGEST_EVENT_BYTES:
            lines, self._rest = [*lines, self._rest], b""
        self._deliver(lines)
        return True if chunk else None

    def _flush(self) -> None:
        lines, self._rest = [self._rest] if self._rest else [], b""
        self._deliver(lines)

    def _deliver(self, lines: list[bytes]) -> None:
        if not lines:
            return
        try:
            self._log([self._text(line) for line in lines])
        except Exception:
            # Without a reader the pipe fills up, and the program would stand still for ever.
            _log.exception("%d log lines are lost", len(lines))


def python_command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of this environment's own Python."""
    return [sys.executable, "-m", module, *arguments]


def as_syslog_writes(line: bytes) -> str:
    """Return a line as SageMaker's logs show it: control characters escaped, a TAB as `#011`."""
    return line.decode("utf-8", "replace").rstrip("\r").replace("\t", "#011")


def _environment(program: Program) -> dict[str, str]:
    """Start from nothing: no credentials, configuration or home directory of the person at the keyboard."""
    home = program.root / ".home"
    home.mkdir(parents=True, exist_ok=True)
    own = {}
    # As in a container, temporary files are the program's own, and end with it. Where the path is not short,
    # sockets in it would have no name.
    if not program.mounts and sandbox.available():
        (program.root / _TEMPORARY).mkdir(exist_ok=True)
        own["TMPDIR"] = f"{sandbox.ML_ROOT}/{_TEMPORARY}"
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **own,
        **program.environment,
    }
