"""Processes whose parent has ended: adopted and reaped here, as a container's init may not do it.

bubblewrap's outer process ends before its inner one, so that every job would leave a zombie there.
"""

from __future__ import annotations

import contextlib
import ctypes
import os

_PR_SET_CHILD_SUBREAPER = 36


def adopt() -> None:
    """Become the parent of what programs leave behind; Linux only, elsewhere init is and reaps."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap(group: int) -> None:
    """Wait for the members of a process group that are ours, once its leader has been waited for."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-group, 0)
