"""Jobs of one kind run in threads, at most so many at a time; the others wait for their turn."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol


class Run(Protocol):
    """One job's run, told from other threads what is wanted of it."""

    def execute(self) -> None:
        """Run the job and record how it ended."""

    def stop(self) -> None:
        """Ask for the job's early end; `execute` brings it about."""

    def abandon(self) -> None:
        """End at once and keep nothing, because the local AWS ends."""

    def cancel(self) -> None:
        """Record the end of a job that was stopped before it started."""

    def wait_for_capacity(self) -> None:
        """Record that the job waits until others have ended."""


class JobQueue:
    """Runs jobs, and finds them again by region and name.

    Args:
        most: jobs that run at the same time.
        name: the beginning of the threads' names.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._threads = ThreadPoolExecutor(most, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, str], tuple[Run, Future[None]]] = {}

    def start(self, region: str, name: str, run: Run) -> None:
        """Run a job as soon as there is room for it."""
        with self._lock:
            if len(self._runs) >= self._most:
                run.wait_for_capacity()
            future = self._threads.submit(run.execute)
            self._runs[region, name] = run, future
        future.add_done_callback(lambda done: self._forget(region, name, done))

    def stop(self, region: str, name: str) -> None:
        """Ask for a job's early end; nothing happens when it is over already."""
        with self._lock:
            found = self._runs.get((region, name))
        if found is not None:
            run, future = found
            run.stop()
            if future.cancel():
                run.cancel()

    def close(self) -> None:
        """End every job at once; called when the local AWS ends."""
        with self._lock:
            runs = [run for run, _ in self._runs.values()]
        for run in runs:
            run.abandon()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _forget(self, region: str, name: str, done: Future[None]) -> None:
        with self._lock:
            # The name may belong to a new job already, when the old one was deleted at once.
            if self._runs.get((region, name), (None, None))[1] is done:
                del self._runs[region, name]
