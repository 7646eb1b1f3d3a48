"""A local AWS in a thread of the tests' own process, for what no client can see or do."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3
import uvicorn
from botocore.config import Config
from moto.moto_api._internal import moto_api_backend

from mllab_localaws.files import Keys
from mllab_localaws.server import LocalAws

KEYS = Keys("AKIAIOSFODNN7EXAMPLE", "secret")
Result = TypeVar("Result")


@dataclass(frozen=True)
class InProcess:
    """A served local AWS, its event loop, and clients of it."""

    aws: LocalAws
    url: str
    loop: asyncio.AbstractEventLoop

    def client(self, service: str) -> Any:
        """Return a boto3 client that does not try again."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=KEYS.access_key,
            aws_secret_access_key=KEYS.secret_key,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def run(self, work: Coroutine[Any, Any, Result], seconds: float = 20) -> Result:
        """Return what a coroutine returns in the local AWS's event loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)


@contextmanager
def served(home: Path) -> Iterator[InProcess]:
    """Serve a local AWS until the end of the block; one at a time."""
    home.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        aws = LocalAws(home, url, KEYS)
        server = uvicorn.Server(
            uvicorn.Config(aws.gateway, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
        )
        loop = asyncio.new_event_loop()

        async def serve() -> None:
            aws.changes.attach(loop)
            aws.services.attach(loop)
            await server.serve(sockets=[listener])
            await aws.services.sagemaker.runtime.close()

        thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
        thread.start()
        until(lambda: server.started, "the local AWS is served")
        try:
            yield InProcess(aws, url, loop)
        finally:
            loop.call_soon_threadsafe(aws.services.release)
            server.should_exit = True
            thread.join()
            aws.close()
            loop.close()
            # moto's memory is the process's own: the next local AWS begins with an empty one.
            moto_api_backend.reset()


def until(condition: Any, what: str, seconds: float = 15) -> None:
    """Wait for a condition.

    Raises: AssertionError: it does not come true in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it never came true that {what}"
        time.sleep(0.01)
