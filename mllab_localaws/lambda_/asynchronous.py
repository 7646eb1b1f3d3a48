"""Asynchronous invocations: answered at once, run soon, and run again when the function fails.

Rules: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
What a throttled event waits grows from 1 second to 5 minutes; after 6 hours it is discarded.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import uuid

from mllab_localaws.events.deliveries import Delivery
from mllab_localaws.lambda_.execution_environment import InvocationEvent
from mllab_localaws.lambda_.invoker import LONGEST_EVENT, Invoker, check_payload
from mllab_localaws.lambda_.names import KIND
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record
from mllab_localaws.wire.errors import AwsError

# Pauses before the two repetitions; one and two minutes on AWS.
RETRY_SECONDS = (1.0, 2.0)
OLDEST_SECONDS = 6 * 3600.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 300.0
_AT_A_TIME = 16
# What all waiting events may weigh, and what one weighs besides its payload. AWS has no such limit.
MOST_WAITING_BYTES = 64 * 1024**2
_EVENT_BYTES = 4096
_log = logging.getLogger(__name__)


class _DiscardedError(Exception):
    """An event that nothing more is done with; says why."""


class AsynchronousInvocations:
    """Events on their way to functions, kept in memory."""

    def __init__(self, platform: Platform, invoker: Invoker) -> None:
        self._platform = platform
        self._invoker = invoker
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns: asyncio.Semaphore | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._lock = threading.Lock()
        self._waiting_bytes = 0

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run in this event loop."""
        self._loop = loop
        self._turns = asyncio.Semaphore(_AT_A_TIME)

    def put(self, region: str, record: Record, event: InvocationEvent) -> None:
        """Run an event soon; called in the event loop.

        Raises: AwsError: `TooManyRequestsException`, too many wait already.
        """
        self._admit(record, event)
        self._start(region, record, event)

    def receive(self, delivery: Delivery) -> None:
        """Run what a rule, a topic or another service sends; called in any thread.

        Raises: AwsError: no such function, not permitted, a body that is no JSON, or too many wait already.
        """
        region, record = self._invoker.permitted(delivery.target_arn, delivery.principal, delivery.source_arn)
        payload = delivery.body.encode()
        check_payload(payload, LONGEST_EVENT)
        assert self._loop is not None  # whoever delivers has been started by then
        event = InvocationEvent(str(uuid.uuid4()), payload)
        self._admit(record, event)
        self._loop.call_soon_threadsafe(self._start, region, record, event)

    def check(self, delivery: Delivery) -> None:
        """Raise what a delivery would be refused for, before there is one."""
        self._invoker.permitted(delivery.target_arn, delivery.principal, delivery.source_arn)

    def close(self) -> None:
        """Run nothing more; what has not been run is lost."""
        for task in self._tasks:
            task.cancel()

    def _admit(self, record: Record, event: InvocationEvent) -> None:
        """Make room for an event.

        Raises: AwsError: there is none.
        """
        with self._lock:
            if self._waiting_bytes + _weight(event) <= MOST_WAITING_BYTES:
                self._waiting_bytes += _weight(event)
                return
        message = (
            f"The local AWS keeps at most {MOST_WAITING_BYTES} bytes of events for asynchronous invocations; "
            f"this one, for {record['Name']}, is not kept. Those that wait run when their functions may: "
            "look at reserved concurrency, or send more slowly."
        )
        raise AwsError("TooManyRequestsException", message, status=429, members={"Type": "User"})

    def _start(self, region: str, record: Record, event: InvocationEvent) -> None:
        task = asyncio.get_running_loop().create_task(self._run(region, record["Name"], event))
        self._tasks.add(task)

        def over(_: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            with self._lock:
                self._waiting_bytes -= _weight(event)

        task.add_done_callback(over)

    async def _run(self, region: str, name: str, event: InvocationEvent) -> None:
        """Run an event until the function has not failed, three times at most."""
        expires = self._platform.clock.now() + OLDEST_SECONDS
        failure: str | None = None
        try:
            for pause in (0.0, *RETRY_SECONDS):
                await asyncio.sleep(pause)
                failure = await self._attempt(region, name, event, expires)
                if failure is None:
                    return
        except _DiscardedError as error:
            failure = str(error)
        _log.warning("event %s of function %s is given up: %s", event.request_id, name, failure)

    async def _attempt(self, region: str, name: str, event: InvocationEvent, expires: float) -> str | None:
        """Run an event once and return how the function failed; throttling only delays it.

        Raises: _DiscardedError: it cannot be run any more.
        """
        assert self._turns is not None
        pause = _FIRST_PAUSE_SECONDS
        while True:
            # It may have been updated, or deleted, meanwhile.
            record = self._platform.store.get(KIND, region, name)
            if record is None:
                raise _DiscardedError("the function is gone")
            try:
                async with self._turns:
                    done = await self._invoker.run(region, record, event)
            except AwsError as error:
                if self._platform.clock.now() + pause >= expires:
                    raise _DiscardedError(f"it is too old, and was last refused by {error.code}") from error
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            else:
                return _error_type(done.payload) if done.function_error else None


def _weight(event: InvocationEvent) -> int:
    return len(event.payload) + _EVENT_BYTES


def _error_type(payload: bytes) -> str:
    # The message stays in the function's own log: it may hold what the event held.
    try:
        return str(json.loads(payload)["errorType"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return "an error"
