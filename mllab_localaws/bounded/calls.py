"""Calls that end: a regular expression that backtracks holds Python's lock, so no thread could end it."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import TypeVar, cast

SECONDS = 1.0
Result = TypeVar("Result")


class TookTooLongError(Exception):
    """A call used up its time, and its process with it."""


class BoundedCalls:
    """Calls functions of modules in processes of their own, started when first needed and then kept.

    Args: most: processes, and with them calls at a time; further ones wait.
    """

    def __init__(self, most: int) -> None:
        self._turns = threading.Semaphore(most)
        # Their own: while they wait for slow calls, nobody else has to.
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="bounded")
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closed = False

    def call(self, function: Callable[..., Result], *arguments: object, seconds: float = SECONDS) -> Result:
        """Return what a function returns.

        Args:
            function: of a module; it, its arguments and its result can be pickled.
            seconds: CPU time that it may use.
        Raises: TookTooLongError: it used more. RuntimeError: its process ended otherwise.
            Whatever the function raises.
        """
        with self._turns:
            worker = self._take()
            try:
                result, failure = worker.ask(function, arguments, seconds)
            except BaseException:
                # An answer that is still to come would be taken for the next call's.
                self._end(worker)
                raise
            self._give_back(worker)
        if failure is not None:
            raise failure
        return cast(Result, result)

    async def answer(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Do the same without keeping an event loop waiting."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self.call, function, *arguments)

    def prepare(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function soon, so that its module is there when it is needed; its result is thrown away."""
        if not self._closed:
            self._threads.submit(self.call, function, *arguments)

    def close(self) -> None:
        """End every process; calls under way fail."""
        with self._lock:
            self._closed = True
            workers = list(self._all)
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.end()

    def _take(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise RuntimeError("no further calls: the local AWS ends")
            while self._idle:
                worker = self._idle.pop()
                if worker.alive():
                    return worker
                self._all.discard(worker)
                worker.end()
            worker = _Worker()
            self._all.add(worker)
            return worker

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(worker)
                return
        self._end(worker)

    def _end(self, worker: _Worker) -> None:
        with self._lock:
            self._all.discard(worker)
        worker.end()


class _Worker:
    """One process, and the pipes to and from it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "mllab_localaws.bounded.worker"],
            env={"LANG": "C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in a terminal is not meant for it
        )
        assert self._process.stdin is not None  # asked for as pipes
        assert self._process.stdout is not None
        self._requests = Connection(os.dup(self._process.stdin.fileno()), readable=False)
        self._answers = Connection(os.dup(self._process.stdout.fileno()), writable=False)
        self._process.stdin.close()
        self._process.stdout.close()

    def alive(self) -> bool:
        """Say whether it can be asked."""
        return self._process.poll() is None

    def ask(
        self, function: Callable[..., object], arguments: tuple[object, ...], seconds: float
    ) -> tuple[object, Exception | None]:
        """Return what a function returns or raises.

        Raises: TookTooLongError, RuntimeError: as `BoundedCalls.call`.
        """
        try:
            self._requests.send_bytes(pickle.dumps((function, arguments, seconds)))
            answer = self._answers.recv_bytes()
        except (EOFError, OSError) as error:
            code = self._process.wait()
            if code == -signal.SIGPROF:
                message = f"{function.__name__} took more than {seconds:g} s of CPU time"
                raise TookTooLongError(message) from error
            raise RuntimeError(f"the process that called {function.__name__} ended with {code}") from error
        told: tuple[object, Exception | None] = pickle.loads(answer)
        return told

    def end(self) -> None:
        """End it and everything about it; once more does nothing."""
        self._process.kill()
        self._process.wait()
        self._requests.close()
        self._answers.close()
