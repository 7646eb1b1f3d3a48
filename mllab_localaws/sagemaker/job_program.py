"""A job's program: started, watched, ended early when somebody or the clock asks for it, and how it ended.

Training and processing jobs share this; which steps they take before and after is their own.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mllab_localaws import sandbox
from mllab_localaws.jobs import LogSink, Program, Running
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.images import Image
from mllab_localaws.sagemaker.roles import check_pull
from mllab_localaws.wire.errors import AwsError

HOST = "algo-1"
STOP_GRACE_SECONDS = 120.0
LONGEST_FAILURE = 1024
_LOOK_SECONDS = 0.1
_KILLED = 128 + signal.SIGKILL
_CANNOT_RUN = 127
_WAYS_OUT = {
    "training": "use SM_* variables",
    "processing": "pass the script its paths as ContainerArguments or Environment of the request",
}

_log = logging.getLogger(__name__)


class JobFailedError(Exception):
    """The job ends as Failed; the text is its FailureReason."""


@dataclass(frozen=True)
class Exit:
    """How the program ended: its exit code, and what cut it short (`Stopped`, `MaxRuntimeExceeded`)."""

    code: int
    cut_short: str | None


class JobProgram:
    """The one program of one job."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._stopped = threading.Event()
        self._abandoned = threading.Event()
        self._running: Running | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether the job was told to stop."""
        return self._stopped.is_set()

    @property
    def is_abandoned(self) -> bool:
        """Whether the local AWS ends."""
        return self._abandoned.is_set()

    def stop(self) -> None:
        """Ask for the end that AWS promises: SIGTERM, two minutes, SIGKILL."""
        self._stopped.set()

    def abandon(self) -> None:
        """End at once."""
        self._abandoned.set()
        self._stopped.set()
        if self._running is not None:
            self._running.kill()

    def run(self, program: Program, log: LogSink, deadline: float, on_stopping: Callable[[], object]) -> Exit:
        """Run the program until it ends.

        Args:
            deadline: when its time is over, in seconds since the epoch.
            on_stopping: called before an early end.
        Raises: JobFailedError: it cannot be started.
        """
        try:
            self._running = Running(program, log, self._platform.leash)
        except (OSError, ValueError) as error:
            reason = f"The container's entry point cannot be run: {error}, exit code: {_CANNOT_RUN}"
            raise JobFailedError(f"AlgorithmError: {reason}") from error
        if self.is_abandoned:
            self._running.kill()
        while (code := self._running.wait(_LOOK_SECONDS)) is None:
            out_of_time = self._platform.clock.now() >= deadline
            if out_of_time or self.is_stopped:
                on_stopping()
                cut_short = "Stopped" if self.is_stopped else "MaxRuntimeExceeded"
                return Exit(self._running.stop(STOP_GRACE_SECONDS), cut_short)
        return Exit(code, "Stopped" if self.is_stopped else None)


def outcome(what: str, name: str, run: Callable[[], str], root: Path) -> tuple[str, str | None]:
    """Run a job in this thread; its directory is gone afterwards, whatever happens.

    Args:
        what: `training` or `processing`.
        run: returns the last status of a job that does not fail.
        root: the job's directory.
    Returns: the job's last status, and its FailureReason when that is Failed.
    """
    threading.current_thread().name = f"{what}-{name}"
    try:
        return run(), None
    except JobFailedError as error:
        return "Failed", str(error)
    except Exception:
        _log.exception("%s job %s", what, name)
        return "Failed", "InternalServerError: The local AWS failed; see `mllab local logs`."
    finally:
        shutil.rmtree(root, ignore_errors=True)


def environment(
    platform: Platform, region: str, role_arn: str, image: Image, requested: dict[str, str]
) -> dict[str, str]:
    """Return a job's variables: the request's own, and its role's session, which cannot be overridden."""
    return {
        **requested,
        **platform.roles.session(role_arn, "SageMaker", region),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": platform.settings.endpoint_url,
        "SAGEMAKER_IMAGE_TAG": image.tag,
    }


def output_text(path: Path, longest: int = LONGEST_FAILURE) -> str:
    """Return what a container wrote to a file of `/opt/ml/output`, empty when nothing."""
    if path.is_symlink() or not path.is_file():  # opening a pipe would wait for ever
        return ""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(longest)
    except OSError:
        return ""


def failure_reason(text: str, code: int, what: str) -> str:
    """Return the FailureReason of a program that ended by itself with an exit code other than 0.

    Args: text: the container's own words; what: `training` or `processing`.
    """
    if not text and code == _KILLED:
        text = f"The {what} process was killed (SIGKILL), by hand or because memory ran out."
    elif not text and what == "processing":
        text = "See job logs for more information"
    if sandbox.ML_ROOT in text and not sandbox.available():
        text += f" [/opt/ml does not exist on this machine: {_WAYS_OUT[what]}, or install bubblewrap]"
    start, end = "AlgorithmError: ", f", exit code: {code}"
    return start + text[: LONGEST_FAILURE - len(start) - len(end)] + end


def pull(platform: Platform, role_arn: str, image_uri: str) -> None:
    """Ask for a job's image in the name of its role.

    Raises: JobFailedError: the role may not pull it.
    """
    try:
        check_pull(platform, role_arn, image_uri)
    except AwsError as error:
        raise JobFailedError(f"ClientError: {error.message}") from error


@contextlib.contextmanager
def failing_as(what: str) -> Iterator[None]:
    """Turn what S3 or the disk refuses into the job's failure."""
    try:
        yield
    except (AwsError, ValueError) as error:
        text = error.message if isinstance(error, AwsError) else str(error)
        raise JobFailedError(f"ClientError: {what}:{text}"[:LONGEST_FAILURE]) from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        cause = "No space left on this machine's disk; make room and start a new job." if full else str(error)
        raise JobFailedError(f"ClientError: {what}:{cause}"[:LONGEST_FAILURE]) from error
