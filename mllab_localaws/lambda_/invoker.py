"""Runs a function for somebody: checks the payload, finds a process, counts what happened."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass

import orjson

from mllab_localaws.lambda_ import version
from mllab_localaws.lambda_.execution_environment import Finished, InvocationEvent
from mllab_localaws.lambda_.functions import Invocation
from mllab_localaws.lambda_.names import find, invalid
from mllab_localaws.lambda_.policy import check_permission
from mllab_localaws.lambda_.pool import PATIENCE_SECONDS, Pool
from mllab_localaws.lambda_.version import FunctionVersion
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record
from mllab_localaws.wire.errors import AwsError

LONGEST_PAYLOAD, LONGEST_EVENT = 6291456, 1024**2
NAMESPACE = "AWS/Lambda"


@dataclass(frozen=True)
class DetailedInvocation(Invocation):
    """An invocation with the end of its log."""

    log_tail: bytes


class Invoker:
    """Invokes functions; the `Functions` that other services know."""

    def __init__(self, platform: Platform, pool: Pool) -> None:
        self._platform = platform
        self._pool = pool
        self._tasks: set[asyncio.Task[DetailedInvocation]] = set()

    async def invoke(self, arn: str, payload: bytes, *, principal: str, source_arn: str) -> Invocation:
        """Run a function in the name of a service, as `Functions` says.

        Raises: AwsError: no such function, not permitted, too many requests, or a payload that is no JSON.
        """
        region, record = self.permitted(arn, principal, source_arn)
        check_payload(payload, LONGEST_PAYLOAD)
        return await self.run(region, record, InvocationEvent(str(uuid.uuid4()), payload))

    def permitted(self, arn: str, principal: str, source_arn: str) -> tuple[str, Record]:
        """Return region and record of a function that a service may invoke.

        Raises: AwsError: no such function, or not permitted.
        """
        parts = arn.split(":")
        if len(parts) < 7 or parts[2] != "lambda":
            raise invalid(f"{arn!r} is no function's ARN.")
        record = find(self._platform.store, parts[3], arn)
        check_permission(record, principal, source_arn)
        return parts[3], record

    async def run(
        self, region: str, record: Record, event: InvocationEvent, patience: float = PATIENCE_SECONDS
    ) -> DetailedInvocation:
        """Run a function as it is now; it runs on when its caller waits no longer.

        Args: patience: seconds to wait while all processes are busy.
        Raises: AwsError: `TooManyRequestsException`.
        """
        function = version.of_record(region, record)
        task = asyncio.get_running_loop().create_task(
            self._run(function, event, record["Reserved"], patience)
        )
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    def _forget(self, task: asyncio.Task[DetailedInvocation]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # its caller may be gone; nobody else has to hear of it

    async def _run(
        self, function: FunctionVersion, event: InvocationEvent, reserved: int | None, patience: float
    ) -> DetailedInvocation:
        try:
            done = await self._pool.run(function, event, reserved=reserved, patience=patience)
        except AwsError:
            self._measure(function, {"Throttles": (1.0, "Count")})
            raise
        self._count(function, done)
        error = "Unhandled" if done.outcome.failed else None
        return DetailedInvocation(done.outcome.payload, error, event.request_id, done.log_tail)

    def _count(self, function: FunctionVersion, done: Finished) -> None:
        self._measure(
            function,
            {
                "Invocations": (1.0, "Count"),
                "Errors": (float(done.outcome.failed), "Count"),
                "Throttles": (0.0, "Count"),
                "Duration": (done.milliseconds, "Milliseconds"),
                # This one has been counted out already.
                "ConcurrentExecutions": (self._pool.in_flight(function) + 1.0, "Count"),
            },
        )

    def _measure(self, function: FunctionVersion, values: dict[str, tuple[float, str]]) -> None:
        now = self._platform.clock.now()
        by_function = {"FunctionName": function.name}
        for dimensions in ({}, by_function, {**by_function, "Resource": function.name}):
            self._platform.metrics.record(function.region, NAMESPACE, dimensions, values, now)


def check_payload(payload: bytes, most: int) -> None:
    """Refuse what no function is given.

    Raises: AwsError: `RequestTooLargeException` or `InvalidRequestContentException`.
    """
    if len(payload) > most:
        message = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
        raise AwsError("RequestTooLargeException", message, status=413, members={"Type": "User"})
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        message = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", message, members={"Type": "User"}) from error
