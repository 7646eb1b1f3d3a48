"""Start, stop and find the background process; one data directory, at most one local AWS."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from platformdirs import user_data_path

from mllab_localaws import health, quotas
from mllab_localaws.access.record import Entry
from mllab_localaws.access.record import read as read_record
from mllab_localaws.files import (
    ACCESS_FILE,
    KEYS_FILE,
    LOG_FILE,
    OWN_FILES,
    Connection,
    read_connection,
    remove,
)

__all__ = [
    "Connection",
    "ForeignDirectoryError",
    "LocalAwsError",
    "PortInUseError",
    "access",
    "default_home",
    "logs",
    "reset",
    "set_quota",
    "start",
    "status",
    "stop",
]

START_SECONDS = 30.0
STOP_SECONDS = 20.0
_LONGEST_ANSWER = 4096


class LocalAwsError(Exception):
    """The local AWS could not be started or stopped; the text says why."""


class PortInUseError(LocalAwsError):
    """Another program listens on the wanted port."""


class ForeignDirectoryError(LocalAwsError):
    """The directory belongs to something else, which a start would damage.

    Attributes: home: the directory; found: names of some of what it holds.
    """

    def __init__(self, home: Path, found: list[str]) -> None:
        self.home, self.found = home, found
        super().__init__(
            f"{home} is not a data directory of the local AWS: it holds {', '.join(found)} and no keys. "
            "Let MLLAB_LOCAL_HOME name a new or an empty directory."
        )


def default_home() -> Path:
    """Return the data directory: `$MLLAB_LOCAL_HOME`, or `mllab/local-aws` among the user's own data."""
    chosen = os.environ.get("MLLAB_LOCAL_HOME")
    # The background process works elsewhere, where a relative path would mean something else.
    return Path(chosen).absolute() if chosen else user_data_path("mllab", appauthor=False) / "local-aws"


def start(home: Path, port: int = 0) -> Connection:
    """Start the local AWS of a data directory, or find it running.

    Args: port: 0 lets the system choose a free one.
    Raises: PortInUseError, ForeignDirectoryError, LocalAwsError.
    """
    running = status(home)
    if running is not None:
        return running
    _prepare(home)
    with logs(home).open("ab") as log:
        written = log.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", "mllab_localaws.server", "--home", str(home), "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=home,
            # moto uses boto3 inside: a profile or region of the person at the keyboard is not its business.
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        running = status(home)
        if running is not None:
            return running
        if process.poll() is not None:
            return _explain(home, port, written)
        time.sleep(0.02)
    process.kill()
    raise LocalAwsError(f"The local AWS did not answer within {START_SECONDS:.0f} s.")


def status(home: Path) -> Connection | None:
    """Return how to reach the running local AWS of a data directory, or None."""
    connection = read_connection(home)
    if connection is None:
        return None
    question = health.Question.new(connection.secret_key)
    request = urllib.request.Request(connection.endpoint_url + health.PATH, headers=question.headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as answer:
            said = answer.read(_LONGEST_ANSWER)
    except (OSError, ValueError, http.client.HTTPException):
        return None
    return connection if question.is_answered_by(said, connection.incarnation) else None


def stop(home: Path) -> bool:
    """Stop the local AWS and everything that it started; False when none was running.

    Raises: LocalAwsError: it does not end.
    """
    connection = status(home)
    if connection is None:
        return False
    os.kill(connection.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if not _alive(connection.pid):
            return True
        time.sleep(0.02)
    os.kill(connection.pid, signal.SIGKILL)  # its leash ends what it started
    raise LocalAwsError(f"The local AWS (process {connection.pid}) had to be killed.")


def reset(home: Path, port: int = 0) -> Connection:
    """Stop, remove everything that the local AWS keeps (keys included), and start empty.

    Raises: PortInUseError, ForeignDirectoryError, LocalAwsError.
    """
    stop(home)
    _prepare(home)
    for name in OWN_FILES:
        remove(home / name)
    logs(home).touch()  # by which the directory is known as ours, whatever else lies in it
    return start(home, port)


def set_quota(home: Path, name: str, value: int) -> None:
    """Change a quota of the local AWS of a data directory, whether or not it runs.

    Raises: quotas.UnknownQuotaError, ForeignDirectoryError, LocalAwsError.
    """
    _prepare(home)
    quotas.change(home, name, value)


def access(home: Path) -> list[Entry]:
    """Return what was asked of the last local AWS of a data directory and what was decided, each once."""
    return read_record(home / ACCESS_FILE)


def logs(home: Path) -> Path:
    """Return the file that the local AWS writes its own log to."""
    return home / LOG_FILE


def _prepare(home: Path) -> None:
    """Make the data directory when there is none, with a log that can be written.

    Raises: ForeignDirectoryError; LocalAwsError: the system does not let us.
    """
    try:
        _refuse_foreign(home)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        home.chmod(0o700)
        logs(home).touch()
    except OSError as error:
        raise LocalAwsError(f"{home}: {error.strerror}.") from error


def _refuse_foreign(home: Path) -> None:
    """Keep away from a directory of something else: a start empties what it takes for its own.

    Raises: ForeignDirectoryError.
    """
    others = sorted(path.name for path in home.iterdir()) if home.is_dir() else []
    if others and not any((home / name).exists() for name in (KEYS_FILE, LOG_FILE)):
        raise ForeignDirectoryError(home, others[:3])


def _explain(home: Path, port: int, written: int) -> Connection:
    """Return the local AWS that another process started meanwhile, or say why ours did not start."""
    for _ in range(50):
        running = status(home)
        if running is not None:
            return running
        text = logs(home).read_bytes()[written:].decode("utf-8", "replace")
        if "BlockingIOError" not in text:  # the lock: somebody else is starting the same local AWS
            break
        time.sleep(0.1)
    if "Address already in use" in text:
        raise PortInUseError(f"Port {port} is in use by another program; choose another one, or none.")
    last = text.strip().splitlines()[-1:] or ["no message"]
    raise LocalAwsError(f"The local AWS did not start: {last[0]}")


def _alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG) != (0, 0):
            return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
