"""All processes of all functions: reused while warm, started when needed, bounded in number.

Everything here happens in the gateway's event loop, so nothing is locked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from mllab_localaws.lambda_.execution_environment import (
    ExecutionEnvironment,
    Finished,
    InvocationEvent,
    State,
)
from mllab_localaws.lambda_.process import Launcher
from mllab_localaws.lambda_.version import FunctionVersion
from mllab_localaws.wire.errors import AwsError

IDLE_SECONDS = 300.0
# AWS would start more processes. 30 first calls at once are all answered within 0.6 s (`bench/lambda_.py`);
# what lasts longer are functions that take a second each, which 30 callers at once may wait for.
PATIENCE_SECONDS = 5.0
_CLOSE_SECONDS = 2.0

Revision = tuple[str, str, str]


@dataclass(eq=False)
class _Waiter:
    """An invocation that waits for a process."""

    function: FunctionVersion
    environment: asyncio.Future[ExecutionEnvironment] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Pool:
    """Runs events in processes.

    Args:
        most: processes of all functions together.
        forget_code: called with the id of code that no process runs any more.
    """

    def __init__(self, launcher: Launcher, most: int, forget_code: Callable[[str], None]) -> None:
        self._launcher = launcher
        self._most = most
        self._forget_code = forget_code
        self._environments: dict[str, ExecutionEnvironment] = {}
        self._waiters: list[_Waiter] = []
        self._in_flight: Counter[tuple[str, str]] = Counter()
        self._past: set[Revision] = set()
        self._past_code: set[str] = set()
        self._ending = False
        self._timer: asyncio.TimerHandle | None = None

    def environment(self, run_id: str) -> ExecutionEnvironment | None:
        """Return a process by its secret."""
        return self._environments.get(run_id)

    def in_flight(self, function: FunctionVersion) -> int:
        """Return how many invocations of a function there are at this moment."""
        return self._in_flight[function.region, function.name]

    async def run(
        self, function: FunctionVersion, event: InvocationEvent, *, reserved: int | None, patience: float
    ) -> Finished:
        """Run one event in a warm process, or in a new one.

        Args:
            reserved: how many invocations of this function may run at a time.
            patience: seconds to wait while all processes are busy.
        Raises: AwsError: `TooManyRequestsException`.
        """
        if self._ending:
            raise _ending()
        if reserved is not None and self.in_flight(function) >= reserved:
            raise throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
        name = function.region, function.name
        self._in_flight[name] += 1
        try:
            environment = await self._environment_for(function, patience)
            return await environment.run(event)
        finally:
            self._in_flight[name] -= 1

    def retire(self, function: FunctionVersion, code_is_past: bool) -> None:
        """End the processes of a past revision: idle ones now, others when they have answered."""
        self._past.add(function.key)
        if code_is_past:
            self._past_code.add(function.code_id)
        for environment in self._of(function.key, State.IDLE):
            environment.end()
        self._forget_past_code()

    def end_idle(self) -> None:
        """End processes that nobody has needed for a while."""
        now = asyncio.get_running_loop().time()
        for environment in list(self._environments.values()):
            if environment.state is State.IDLE and now - environment.idle_since >= IDLE_SECONDS:
                environment.end()
        self._timer = None
        self._look_again()

    def end_all(self) -> None:
        """End every process and start no more, so that nobody waits for an answer any longer."""
        self._ending = True
        for waiter in self._waiters:
            waiter.environment.set_exception(_ending())
        self._waiters.clear()
        for environment in list(self._environments.values()):
            environment.end()

    def close(self) -> None:
        """See that no process is left, once the event loop has ended."""
        environments = list(self._environments.values())
        for environment in environments:
            environment.kill()
        for environment in environments:
            environment.await_end(_CLOSE_SECONDS)

    async def _environment_for(self, function: FunctionVersion, patience: float) -> ExecutionEnvironment:
        waiter = _Waiter(function)
        self._waiters.append(waiter)
        self._balance()
        try:
            while not waiter.environment.done():
                await asyncio.wait([waiter.environment], timeout=patience)
                # Who waits for a process that is on its way is not turned away.
                if not waiter.environment.done() and not self._of(function.key, State.STARTING):
                    raise throttled("ConcurrentInvocationLimitExceeded")
            return waiter.environment.result()
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def _balance(self) -> None:
        """Hand free processes to those who wait, first come first served, and start what is missing."""
        for waiter in list(self._waiters):
            free = [
                *self._of(waiter.function.key, State.FAILED),
                # The latest first: the others may end.
                *sorted(self._of(waiter.function.key, State.IDLE), key=lambda each: -each.idle_since),
            ]
            if free:
                self._waiters.remove(waiter)
                free[0].claim()
                waiter.environment.set_result(free[0])
        coming = Counter(
            each.function.key for each in [*self._in(State.STARTING), *self._in(State.RETURNING)]
        )
        for waiter in self._waiters:
            if coming[waiter.function.key] > 0:
                coming[waiter.function.key] -= 1
            elif self._make_room():
                self._start(waiter.function)
        for environment in self._in(State.FAILED):  # and nobody is there who asks why
            environment.end()

    def _make_room(self) -> bool:
        """Say whether one more process may be started; an idle one of another function may end for it."""
        if len(self._environments) < self._most:
            return True
        idle = sorted(self._in(State.IDLE), key=lambda each: each.idle_since)
        if idle:
            self._environments.pop(idle[0].run_id)
            idle[0].end()
        return bool(idle)

    def _start(self, function: FunctionVersion) -> None:
        environment = ExecutionEnvironment(self._launcher, function, self._changed)
        self._environments[environment.run_id] = environment
        self._look_again()

    def _changed(self, environment: ExecutionEnvironment) -> None:
        key = environment.function.key
        wanted = key not in self._past or any(waiter.function.key == key for waiter in self._waiters)
        if environment.state is State.IDLE and not wanted:
            environment.end()
            return
        if environment.state is State.ENDED:
            self._environments.pop(environment.run_id, None)
            self._forget_past_code()
        # Not at once: it may be balancing itself that ends a process.
        asyncio.get_running_loop().call_soon(self._balance)

    def _look_again(self) -> None:
        if self._timer is None and self._environments:
            self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS / 4, self.end_idle)

    def _forget_past_code(self) -> None:
        used = {each.function.code_id for each in self._environments.values()}
        used |= {waiter.function.code_id for waiter in self._waiters}
        for code_id in self._past_code - used:
            self._past_code.discard(code_id)
            asyncio.get_running_loop().run_in_executor(None, self._forget_code, code_id)

    def _in(self, state: State) -> list[ExecutionEnvironment]:
        return [each for each in self._environments.values() if each.state is state]

    def _of(self, key: Revision, state: State) -> list[ExecutionEnvironment]:
        return [each for each in self._in(state) if each.function.key == key]


def _ending() -> AwsError:
    return AwsError("ServiceException", "The local AWS is being stopped.", status=500)


def throttled(reason: str) -> AwsError:
    """Say that too many invocations run already."""
    members = {"Type": "User", "Reason": reason}
    return AwsError("TooManyRequestsException", "Rate Exceeded.", status=429, members=members)
