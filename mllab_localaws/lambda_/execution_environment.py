"""One process of a function from its start to its end: events in, outcomes out, within time and memory.

Everything here happens in the gateway's event loop, but for the two threads that read the process's output
and wait for its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from mllab_localaws.jobs import Running
from mllab_localaws.lambda_ import function_log, outcome
from mllab_localaws.lambda_.function_log import FunctionLog
from mllab_localaws.lambda_.memory import MemoryMeter
from mllab_localaws.lambda_.outcome import Outcome
from mllab_localaws.lambda_.process import Launcher
from mllab_localaws.lambda_.version import FunctionVersion

# AWS gives a start 10 s, and then once more the function's timeout.
INIT_SECONDS = 10.0
LOOK_SECONDS = 0.05
# A process that has answered and never asks again would be in the way for ever.
RETURN_SECONDS = 10.0
_KILLED, _CANNOT_RUN, _OUT_OF_TIME = 128 + 9, 126, -1
# How a start or an event went: well, with an outcome, or with the process's end (its exit code).
_Word = Outcome | int | None
_log = logging.getLogger(__name__)


class State(enum.Enum):
    """What a process is doing."""

    STARTING = enum.auto()
    IDLE = enum.auto()
    BUSY = enum.auto()
    # It has answered, and asks for its next event at any moment.
    RETURNING = enum.auto()
    # It will serve nobody any more; one that failed to start still says why to one caller.
    FAILED = enum.auto()
    ENDED = enum.auto()


@dataclass(frozen=True)
class InvocationEvent:
    """One invocation on its way into a process.

    Attributes: client_context: JSON of ASCII characters, None without.
    """

    request_id: str
    payload: bytes
    client_context: str | None = None


@dataclass(frozen=True)
class Finished:
    """An outcome and what its log says of it.

    Attributes:
        milliseconds: what the invocation took.
        log_tail: the last 4 KB of its log.
    """

    outcome: Outcome
    milliseconds: float
    log_tail: bytes


class ExecutionEnvironment:
    """A process that runs one version of a function, one event at a time.

    Args:
        changed: called whenever the state has changed.
    """

    def __init__(
        self, launcher: Launcher, function: FunctionVersion, changed: Callable[[ExecutionEnvironment], None]
    ) -> None:
        self.function = function
        self.state = State.STARTING
        self.run_id = secrets.token_hex(24)
        self.idle_since = 0.0
        self._launcher = launcher
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._log = FunctionLog(launcher.platform, function)
        self._began = time.monotonic()
        self._init_milliseconds: float | None = None
        self._running: Running | None = None
        self._meter: MemoryMeter | None = None
        self._next: asyncio.Future[InvocationEvent | None] | None = None
        self._ready: asyncio.Future[_Word] = self._loop.create_future()
        self._answer: asyncio.Future[_Word] | None = None
        self._event: InvocationEvent | None = None
        self._failure: _Word = None
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._supervision = self._loop.create_task(self._start())

    # What the Runtime API calls.

    async def next_event(self) -> InvocationEvent | None:
        """Wait for an event; None when there will be none."""
        if self.state in (State.FAILED, State.ENDED):
            return None
        if self._next is not None and not self._next.done():
            self._next.set_result(None)  # it has asked twice, and an event goes to the last one who asks
        self._next = self._loop.create_future()
        if not self._ready.done():
            self._ready.set_result(None)
        elif self.state is State.RETURNING:
            self._become(State.IDLE)
        return await self._next

    def deadline_milliseconds(self) -> int:
        """Return when an event that is handed over now has to be answered, since the epoch."""
        return int((self._launcher.platform.clock.now() + self.function.timeout) * 1000)

    def masked(self, text: str) -> str:
        """Return a text of the process with paths as they are on AWS."""
        return self._launcher.masked(self.function, text)

    def answer(self, request_id: str, result: Outcome) -> bool:
        """Take an event's outcome; False when nobody waits for one of this id."""
        if self._event is None or self._event.request_id != request_id or self._answer is None:
            return False
        if self._answer.done():
            return False
        self._answer.set_result(result)
        return True

    def fail_to_start(self, result: Outcome) -> bool:
        """Take the reason why the function cannot be started."""
        if self._ready.done():
            return False
        self._ready.set_result(result)
        return True

    # What the pool calls.

    def claim(self) -> None:
        """Promise an idle or failed process to one event, which `run` brings next."""
        self.state = State.BUSY

    async def run(self, event: InvocationEvent) -> Finished:
        """Give a process an event, or learn from one that failed to start why it did."""
        began = time.monotonic()
        init, self._init_milliseconds = self._init_milliseconds, None
        if init is not None:
            self._drain()  # what the start wrote stands before the first event
        self._log.started(event.request_id, with_start=self._failure is not None)
        result = await self._serve(event) if self._failure is None else self._explain(self._failure, event)
        milliseconds = (time.monotonic() - began) * 1000
        if self._failure is not None and init is not None:
            milliseconds = init  # AWS starts it once more, for this event
        if result.line:
            self._log.write([result.line])
        memory = self._meter.sum_up() if self._meter else 0
        tail = self._log.ended(event.request_id, milliseconds, memory, init, result.status)
        self._settle()
        return Finished(result, milliseconds, tail)

    def end(self) -> None:
        """End the process; what it is doing is lost."""
        if self.state is not State.ENDED:
            self._become(State.ENDED)
            if self._next is not None and not self._next.done():
                self._next.set_result(None)
            threading.Thread(target=self.kill, name=f"end-{self.function.name}", daemon=True).start()

    def kill(self) -> None:
        """End the process at once, from any thread."""
        if self._running is not None:
            self._running.kill()

    def await_end(self, seconds: float) -> None:
        """Wait, outside of the event loop, for the end of a process that was killed."""
        if self._running is not None:
            self._running.wait(seconds)

    # How it works.

    async def _start(self) -> None:
        self._log.init_started()
        try:
            self._running = await asyncio.to_thread(
                self._launcher.start, self.function, self.run_id, self._log.stream, self._log.write
            )
        except Exception:
            # Whatever it was, somebody waits for this process.
            _log.exception("no process for function %s", self.function.name)
            self._ready.set_result(_CANNOT_RUN)
            self._gone.set_result(None)
        else:
            self._meter = MemoryMeter(self._running)
            threading.Thread(target=self._watch, name=f"function-{self.function.name}", daemon=True).start()
            if self.state is State.ENDED:
                self.kill()
        began = await self._within(self._ready, INIT_SECONDS + self.function.timeout)
        self._init_milliseconds = (time.monotonic() - self._began) * 1000
        if self.state is State.ENDED:
            return
        if began is None:
            self._become(State.IDLE)
        else:
            self._failure = began
            await self._stop()
            self._become(State.FAILED)

    async def _serve(self, event: InvocationEvent) -> Outcome:
        assert self._next is not None  # an idle process has asked for its next event
        if self._next.done():  # it has ended between promise and event
            return outcome.exited(event.request_id, _KILLED)
        self._event, self._answer = event, self._loop.create_future()
        self._next.set_result(event)
        result = self._explain(await self._within(self._answer, self.function.timeout), event)
        self._drain()
        return result

    def _drain(self) -> None:
        if self._running is not None and not self._gone.done():
            self._running.drain()

    async def _within(self, future: asyncio.Future[_Word], seconds: float) -> _Word:
        """Return a future's result; in case of too much time (-1) or memory the process is ended first."""
        deadline = self._loop.time() + seconds
        while not future.done():
            left = deadline - self._loop.time()
            if left <= 0:
                await self._stop()
                return _OUT_OF_TIME
            await asyncio.wait([future], timeout=min(left, LOOK_SECONDS))
            if not future.done() and self._meter and self._meter.look() > self.function.memory * 1024**2:
                await self._stop()
                return _KILLED
        return future.result()

    def _explain(self, result: _Word, event: InvocationEvent) -> Outcome:
        """Return an outcome; a number is the process's exit code."""
        if isinstance(result, Outcome):
            return result
        if result is None or result == _OUT_OF_TIME:
            now, seconds = self._launcher.platform.clock.now(), self.function.timeout
            line = function_log.timed_out(event.request_id, seconds, now)
            return outcome.timed_out(event.request_id, seconds, line)
        return outcome.exited(event.request_id, result)

    def _settle(self) -> None:
        """Be ready for the next event, unless the process has not asked for one yet, or is gone."""
        self._event = self._answer = None
        if self._failure is not None or self._gone.done():
            self._become(State.ENDED)
        elif self._next is not None and not self._next.done():
            self._become(State.IDLE)
        else:
            self._become(State.RETURNING)
            self._loop.call_later(RETURN_SECONDS, self._end_unless_returned, self._next)

    def _end_unless_returned(self, last: asyncio.Future[InvocationEvent | None] | None) -> None:
        if self.state is State.RETURNING and self._next is last:
            self.end()

    async def _stop(self) -> None:
        await asyncio.to_thread(self.kill)
        await self._gone

    def _watch(self) -> None:
        assert self._running is not None
        code = self._running.wait()
        shutil.rmtree(self._launcher.directory(self.run_id), ignore_errors=True)
        with contextlib.suppress(RuntimeError):  # the local AWS has ended meanwhile
            self._loop.call_soon_threadsafe(self._ended, _KILLED if code is None else code)

    def _ended(self, code: int) -> None:
        """Tell whoever waits that the process has ended, whatever they wait for."""
        self._gone.set_result(None)
        if self._next is not None and not self._next.done():
            self._next.set_result(None)
        if not self._ready.done():
            self._ready.set_result(code)
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(code)
        elif self.state in (State.IDLE, State.RETURNING):
            self._become(State.ENDED)
        self._changed(self)

    def _become(self, state: State) -> None:
        if self.state is State.ENDED:
            return
        self.state = state
        self.idle_since = self._loop.time()
        self._changed(self)
