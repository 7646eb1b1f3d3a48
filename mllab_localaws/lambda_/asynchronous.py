"""Asynchronous invocations: answered at once, run soon, and run again when the function fails.

Rules: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import asyncio
import json
import logging
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
_THROTTLED_SECONDS = 1.0
_AT_A_TIME = 16
_log = logging.getLogger(__name__)


class AsynchronousInvocations:
    """Events on their way to functions, kept in memory."""

    def __init__(self, platform: Platform, invoker: Invoker) -> None:
        self._platform = platform
        self._invoker = invoker
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns: asyncio.Semaphore | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run in this event loop."""
        self._loop = loop
        self._turns = asyncio.Semaphore(_AT_A_TIME)

    def put(self, region: str, record: Record, event: InvocationEvent) -> None:
        """Run an event soon; called in the event loop."""
        task = asyncio.get_running_loop().create_task(self._run(region, record["Name"], event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def receive(self, delivery: Delivery) -> None:
        """Run what a rule, a topic or another service sends; called in any thread.

        Raises: AwsError: no such function, not permitted, or a body that is no JSON.
        """
        region, record = self._invoker.permitted(delivery.target_arn, delivery.principal, delivery.source_arn)
        payload = delivery.body.encode()
        check_payload(payload, LONGEST_EVENT)
        assert self._loop is not None  # whoever delivers has been started by then
        self._loop.call_soon_threadsafe(self.put, region, record, InvocationEvent(str(uuid.uuid4()), payload))

    def check(self, delivery: Delivery) -> None:
        """Raise what a delivery would be refused for, before there is one."""
        self._invoker.permitted(delivery.target_arn, delivery.principal, delivery.source_arn)

    def close(self) -> None:
        """Run nothing more; what has not been run is lost."""
        for task in self._tasks:
            task.cancel()

    async def _run(self, region: str, name: str, event: InvocationEvent) -> None:
        """Run an event until the function has not failed, three times at most."""
        for pause in (0.0, *RETRY_SECONDS):
            await asyncio.sleep(pause)
            failure = await self._attempt(region, name, event)
            if failure is None:
                return
        _log.warning("event %s of function %s is given up: %s", event.request_id, name, failure)

    async def _attempt(self, region: str, name: str, event: InvocationEvent) -> str | None:
        """Run an event once and return how the function failed; throttling only delays it."""
        assert self._turns is not None
        oldest = self._platform.clock.now() + OLDEST_SECONDS
        while self._platform.clock.now() < oldest:
            # It may have been updated, or deleted, meanwhile.
            record = self._platform.store.get(KIND, region, name)
            if record is None:
                return "the function is gone"
            try:
                async with self._turns:
                    done = await self._invoker.run(region, record, event)
            except AwsError:
                await asyncio.sleep(_THROTTLED_SECONDS)
                continue
            return _error_type(done.payload) if done.function_error else None
        return "it has been throttled for too long"


def _error_type(payload: bytes) -> str:
    # The message stays in the function's own log: it may hold what the event held.
    try:
        return str(json.loads(payload)["errorType"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return "an error"
