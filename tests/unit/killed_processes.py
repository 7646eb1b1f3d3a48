"""Work that is killed in the middle, in a process of its own: SIGKILL leaves nobody time to tidy up."""

from __future__ import annotations

import os
import signal
import traceback
import warnings
from collections.abc import Callable
from typing import Any


def die(**_: Any) -> None:
    """Kill this process; also a handler of botocore's events."""
    os.kill(os.getpid(), signal.SIGKILL)


def was_killed(work: Callable[[], object]) -> bool:
    """Do some work in a forked process, and tell whether it was killed: False when it came to its end.

    Raises: AssertionError: it failed otherwise.
    """
    with warnings.catch_warnings():
        # Of threads at a fork: the child uses none of the parent's.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    assert os.WEXITSTATUS(status) == 0, "the work failed by itself"
    return False
