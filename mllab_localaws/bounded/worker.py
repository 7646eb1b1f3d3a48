"""The process of `calls.BoundedCalls`: one call after the other, until nobody asks any more.

The limit is one of CPU time, so that a busy machine does not make an honest call a slow one. Nothing
catches SIGPROF: the kernel ends the process in the middle of whatever it computes, its parent alive or not.
"""

from __future__ import annotations

import contextlib
import pickle
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


def main() -> None:
    """Answer calls from standard input on standard output."""
    requests = Connection(sys.stdin.fileno(), writable=False)
    answers = Connection(sys.stdout.fileno(), readable=False)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            function, arguments, seconds = pickle.loads(requests.recv_bytes())
            answers.send_bytes(_answer(function, arguments, seconds))


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> bytes:
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return pickle.dumps((function(*arguments), None))
    except Exception as error:
        return pickle.dumps((None, error))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


if __name__ == "__main__":
    main()
