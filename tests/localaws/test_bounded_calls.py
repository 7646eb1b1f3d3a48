"""Calls in processes of their own: they return, raise, or end with their process."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from in_process import until

from mllab_localaws.bounded.calls import BoundedCalls, TookTooLongError
from mllab_localaws.bounded.log_search import first_groups

ENDLESS = ("(a+)+$", ["a" * 60 + "b"])


@pytest.fixture
def calls() -> Iterator[BoundedCalls]:
    calls = BoundedCalls(2)
    yield calls
    calls.close()


def workers(parent: int) -> list[psutil.Process]:
    """Return the processes that answer a process's calls."""
    found = []
    for process in psutil.Process(parent).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if process.cmdline()[-1:] == ["mllab_localaws.bounded.worker"]:
                found.append(process)
    return found


def test_a_call_returns_what_the_function_returns_and_raises_what_it_raises(calls: BoundedCalls) -> None:
    assert calls.call(first_groups, "a=([0-9]+)", ["a=1", "b", "a=22"]) == ["1", None, "22"]
    with pytest.raises(re.error, match="unterminated"):
        calls.call(first_groups, "(", [])
    assert calls.call(os.getpid) == calls.call(os.getpid) != os.getpid()


def test_a_call_that_takes_too_long_ends_and_the_next_one_is_answered(calls: BoundedCalls) -> None:
    with pytest.raises(TookTooLongError, match=r"first_groups took more than 0\.1 s of CPU time"):
        calls.call(first_groups, *ENDLESS, seconds=0.1)
    assert calls.call(first_groups, "(b)", ["b"], seconds=0.1) == ["b"]


def test_what_only_waits_uses_no_time(calls: BoundedCalls) -> None:
    assert calls.call(time.sleep, 0.3, seconds=0.1) is None


def test_a_process_that_somebody_ended_is_replaced(calls: BoundedCalls) -> None:
    first = calls.call(os.getpid)
    psutil.Process(first).kill()
    until(lambda: psutil.Process(first).status() == psutil.STATUS_ZOMBIE, "it has ended")
    assert calls.call(os.getpid) != first


def test_a_process_that_ends_by_itself_is_not_called_slow(calls: BoundedCalls) -> None:
    with pytest.raises(RuntimeError, match="ended with 7"):
        calls.call(os._exit, 7)


def test_a_slow_call_does_not_keep_others_waiting(calls: BoundedCalls) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(calls.call, first_groups, *ENDLESS)
        until(lambda: workers(os.getpid()), "the slow call is under way")
        assert calls.call(first_groups, "(b)", ["b"]) == ["b"]
        assert not slow.done()
        assert isinstance(slow.exception(), TookTooLongError)


def test_after_the_end_no_call_is_answered_and_no_process_is_left() -> None:
    calls = BoundedCalls(1)
    process = psutil.Process(calls.call(os.getpid))
    calls.close()
    assert not process.is_running()
    with pytest.raises(RuntimeError, match="no further calls"):
        calls.call(os.getpid)


def test_a_process_in_the_middle_of_a_call_does_not_outlive_its_killed_parent() -> None:
    program = (
        "from mllab_localaws.bounded.calls import BoundedCalls\n"
        "from mllab_localaws.bounded.log_search import first_groups\n"
        f"BoundedCalls(1).call(first_groups, *{ENDLESS!r})\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program])
    until(lambda: any(each.cpu_times().user > 0.1 for each in workers(parent.pid)), "it is under way")
    (worker,) = workers(parent.pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, "it has ended")
