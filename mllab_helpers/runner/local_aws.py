"""A local AWS of a run's own: fresh, in a directory that nobody else uses, and gone afterwards.

A run must never sweep the lesson that a learner has open, so it does not share the learner's local AWS.
Nothing is started here: the first notebook that opens the lab does that, in the directory named by
`MLLAB_LOCAL_HOME`.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mllab_helpers.texts import say


def create_home() -> Path:
    """Return a new directory for one local AWS.

    The name is short: Unix sockets live below it, and their paths may not exceed about 100 characters.
    """
    return Path(tempfile.mkdtemp(prefix="mllab-"))


def kernel_environment(home: Path | None) -> dict[str, str]:
    """Return the environment of a notebook's kernel in a headless run.

    Args: home: the directory of the local AWS to use; None for the one that the environment already names.
    """
    environment = {**os.environ, "MLLAB_PROGRESS": "plain"}
    if home is not None:
        environment["MLLAB_LOCAL_HOME"] = str(home)
    return environment


def close(home: Path) -> Path | None:
    """Stop the local AWS of a directory and remove the directory.

    Returns: the log of a local AWS that had died, whose directory is therefore kept; otherwise None.
    """
    log = None
    if any(home.iterdir()):
        from mllab_localaws import daemon

        with _not_interrupted():
            if daemon.status(home) is None:
                log = daemon.logs(home)
            else:
                # It raises when it had to kill; the local AWS is gone then as well, which is what counts.
                with suppress(daemon.LocalAwsError):
                    daemon.stop(home)
    if log is None:
        shutil.rmtree(home, ignore_errors=True)
    return log


@contextmanager
def fresh_local_aws() -> Iterator[dict[str, str]]:
    """Give a kernel environment whose local AWS is fresh, and stop that local AWS at the end."""
    home = create_home()
    try:
        yield kernel_environment(home)
    finally:
        if (log := close(home)) is not None:
            print(say("runner.local_aws_died", log=log), file=sys.stderr)


@contextmanager
def _not_interrupted() -> Iterator[None]:
    """Hold back Ctrl-C: an impatient second one must not leave processes behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
