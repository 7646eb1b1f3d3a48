"""Describe may wait: a poller is answered when there is something new, not at its next thirtieth second.

boto3's waiters sleep 30 or 120 s between polls. They mark themselves in the User-Agent, and such a Describe
is held until a terminal state, or 50 s (below botocore's read timeout of 60 s). Any other Describe is held at
most 2 s, only while the same client is shown a state it has already seen; a SageMaker SDK's look at an
endpoint also the first time, because it sleeps 30 s after one that is not ready. `MLLAB_DESCRIBE_HOLD=0`
switches it off.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mllab_localaws.wire.call import Call, Reply

WAITER_SECONDS = 50.0
POLLER_SECONDS = 2.0
REMEMBERED_POLLERS = 1000

_MOVING = frozenset(
    {
        "InProgress",
        "Stopping",
        "Creating",
        "Updating",
        "Deleting",
        "SystemUpdating",
        "RollingBack",
        "Pending",
        "Executing",
    }
)
_SDK = "AWS-SageMaker-Python-SDK"
_FEATURES = re.compile(r"(?:^|\s)m/([\w,+-]+)")


class Changes:
    """Wakes coroutines when the store changes, whichever thread wrote."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self._numbers = itertools.count(1)
        self.latest = 0

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver to this event loop."""
        self._loop = loop

    def notify(self) -> None:
        """Say that something changed; called from any thread."""
        self.latest = next(self._numbers)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    async def wait(self, seconds: float, since: int) -> None:
        """Return when something has changed, or after `seconds`.

        Args: since: `latest` from before the caller looked; what has changed meanwhile is not slept over.
        """
        if self.latest != since:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await asyncio.wait_for(future, seconds)
        except asyncio.TimeoutError:
            return
        finally:
            self._waiting.discard(future)

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)


class Holder:
    """Decides how long a Describe waits, and waits."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._seen: OrderedDict[bytes, bytes] = OrderedDict()
        self._enabled = os.environ.get("MLLAB_DESCRIBE_HOLD", "1") != "0"

    async def answer(self, call: Call, user_agent: str, ask: Callable[[], Awaitable[Reply]]) -> Reply:
        """Return the answer of `ask`, held back while it says nothing new."""
        since = self._changes.latest
        reply = await ask()
        if not self._enabled or not call.operation.startswith("Describe") or not _moving(reply):
            return reply
        poller = _digest(call.caller.access_key, user_agent, call.operation, sorted(call.params.items()))
        if _is_waiter(user_agent):
            reply = await self._until_settled(ask, reply, since, WAITER_SECONDS)
        elif _SDK in user_agent and call.operation == "DescribeEndpoint":
            reply = await self._until_settled(ask, reply, since, POLLER_SECONDS)
        elif self._seen.get(poller) == _digest(reply):
            await self._changes.wait(POLLER_SECONDS, since)
            reply = await ask()
        self._remember(poller, _digest(reply))
        return reply

    async def _until_settled(
        self, ask: Callable[[], Awaitable[Reply]], reply: Reply, since: int, seconds: float
    ) -> Reply:
        deadline = time.monotonic() + seconds
        while _moving(reply) and (left := deadline - time.monotonic()) > 0:
            await self._changes.wait(left, since)
            since = self._changes.latest
            reply = await ask()
        return reply

    def _remember(self, poller: bytes, reply: bytes) -> None:
        self._seen[poller] = reply
        self._seen.move_to_end(poller)
        while len(self._seen) > REMEMBERED_POLLERS:
            self._seen.popitem(last=False)


def _digest(*values: object) -> bytes:
    # A description may have hundreds of kilobytes, and a thousand of them are remembered.
    return hashlib.blake2b(repr(values).encode("utf-8", "replace"), digest_size=16).digest()


def _is_waiter(user_agent: str) -> bool:
    features = _FEATURES.search(user_agent)
    return features is not None and "B" in features.group(1).split(",")


def _moving(reply: Mapping[str, Any]) -> bool:
    statuses = (value for name, value in reply.items() if name.endswith("Status"))
    return any(isinstance(status, str) and status in _MOVING for status in statuses)
