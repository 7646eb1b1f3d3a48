"""A small process that ends what the local AWS started when the local AWS itself is killed.

It reads `+<group>` and `-<group>` lines; at the end of its input, which the kernel brings about however the
parent died, it ends every process group still on its list and removes the given directory. A program whose
parent was killed before it could write the line is found by its HOME below the data directory, or by the
bubblewrap around it, which binds directories from there: inside, HOME may be `/tmp` or `/home/ec2-user`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

GRACE_SECONDS = 2.0


class Leash:
    """The parent's end: `hold` a process group, `release` it when it has ended.

    Args:
        directory: removed when the parent is gone (sockets of serving processes live there).
        home: the data directory, in which each program has its directories; None where nobody looks for them.
    """

    def __init__(self, directory: Path, home: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-E", str(Path(__file__)), str(directory), str(home or "")],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def hold(self, group: int) -> None:
        """End this process group if the parent dies."""
        self._write(f"+{group}\n")

    def release(self, group: int) -> None:
        """Forget a process group that has ended."""
        self._write(f"-{group}\n")

    def close(self) -> None:
        """Let the small process do its work and wait for it."""
        with contextlib.suppress(OSError):
            self._stdin.close()
        self._process.wait()

    def _write(self, line: str) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._stdin.write(line)
            self._stdin.flush()

    @property
    def _stdin(self) -> IO[str]:
        assert self._process.stdin is not None  # it was asked for as a pipe
        return self._process.stdin


def _watch(directory: str, home: str) -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    # The end of input means that no child is between fork and exec any more: each would hold the pipe open.
    groups |= _left_behind(home) if home else set()
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        groups = {group for group in groups if _send(group, signal_number)}
        deadline = time.monotonic() + GRACE_SECONDS
        while groups and signal_number == signal.SIGTERM and time.monotonic() < deadline:
            time.sleep(0.05)
            groups = {group for group in groups if _send(group, 0)}
    shutil.rmtree(directory, ignore_errors=True)


def _left_behind(home: str) -> set[int]:
    """Return the process groups whose leader is a program of a data directory and no local AWS's child."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            pid, parent = int(process.name), _parent(process)
            if os.getpgid(pid) == pid and _belongs(pid, home) and b"mllab_localaws" not in _command(parent):
                found.add(pid)
    return found


def _belongs(pid: int, home: str) -> bool:
    """Say whether a process is a program of a data directory, or bubblewrap around one.

    Raises: OSError: it is gone, or somebody else's.
    """
    name, _, arguments = _command(pid).partition(b"\0")
    # Of bubblewrap alone: an editor may have such a path among its arguments, too.
    if Path(os.fsdecode(name)).name == "bwrap" and os.fsencode(f"\0{home}{os.sep}") in b"\0" + arguments:
        return True
    variables = Path("/proc", str(pid), "environ").read_bytes()
    return os.fsencode(f"\0HOME={home}{os.sep}") in b"\0" + variables


def _parent(process: Path) -> int:
    """Return a process's parent; its own name, in brackets, may hold anything."""
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])


def _command(pid: int) -> bytes:
    try:
        return Path("/proc", str(pid), "cmdline").read_bytes()
    except OSError:
        return b""


def _send(group: int, signal_number: int) -> bool:
    try:
        os.killpg(group, signal_number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    # Ctrl-C in a terminal reaches the whole foreground group; this process must outlive its parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _watch(*sys.argv[1:])
