"""What capturing and measuring every invocation costs an endpoint in requests per second.

Bound: at most 15 %. Two local AWS run side by side and are asked in turns by the same client over plain HTTP:
one as it is, its endpoint capturing everything, and one that captures nothing and whose metrics go nowhere.

    python bench/capture.py
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import aiohttp
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.invoke import BODY, NAME, client, create_endpoint
from mllab_localaws import daemon
from mllab_localaws.files import Connection

ROUNDS = 7
SECONDS = 2.0
CONNECTIONS = 16

# The same server, with a memory of metrics that forgets at once.
UNMEASURED = """
import sys
from mllab_localaws import server
from mllab_localaws.cloudwatch.metric_store import MetricStore
MetricStore.record = lambda *_: None
server.main()
"""


def measure() -> dict[str, float]:
    """Return requests per second (median) both ways, and the share that is lost in percent."""
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        plain = stack.enter_context(_unmeasured(Path(directory, "plain")))
        kept = stack.enter_context(_started(Path(directory, "kept")))
        create_endpoint(plain)
        client("s3", kept).create_bucket(Bucket="captured")
        capture = {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": "s3://captured/data",
            "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        }
        create_endpoint(kept, DataCaptureConfig=capture)
        rounds = [(_rate(plain), _rate(kept)) for _ in range(ROUNDS + 1)][1:]
        _check_captured(kept)
    plain_rate, kept_rate = (statistics.median(side) for side in zip(*rounds, strict=True))
    lost = statistics.median(1 - with_both / without for without, with_both in rounds)
    return {"plain_per_second": plain_rate, "captured_per_second": kept_rate, "lost_percent": 100 * lost}


@contextmanager
def _started(home: Path) -> Iterator[Connection]:
    yield daemon.start(home)
    daemon.stop(home)


@contextmanager
def _unmeasured(home: Path) -> Iterator[Connection]:
    daemon.start(home)
    daemon.stop(home)  # it has made its keys
    process = subprocess.Popen(
        [sys.executable, "-c", UNMEASURED, "--home", str(home)], stderr=subprocess.DEVNULL, cwd=home
    )
    try:
        deadline = time.monotonic() + 30
        while (connection := daemon.status(home)) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert connection is not None
        yield connection
    finally:
        process.terminate()
        process.wait()


def _rate(connection: Connection) -> float:
    """Return the requests per second that sixteen connections get answered."""
    return asyncio.run(_ask(connection))


async def _ask(connection: Connection) -> float:
    url = f"{connection.endpoint_url}/endpoints/{NAME}/invocations"
    request = AWSRequest("POST", url, data=BODY, headers={"Content-Type": "text/csv"})
    credentials = Credentials(connection.access_key, connection.secret_key)
    SigV4Auth(credentials, "sagemaker", connection.region).add_auth(request)
    headers, answered = dict(request.headers.items()), 0
    end = time.perf_counter() + SECONDS

    async def keep_asking(session: aiohttp.ClientSession) -> None:
        nonlocal answered
        while time.perf_counter() < end:
            async with session.post(url, data=BODY, headers=headers) as answer:
                await answer.read()
                assert answer.status == 200
            answered += 1

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(keep_asking(session) for _ in range(CONNECTIONS)))
    return answered / SECONDS


def _check_captured(connection: Connection) -> None:
    """Refuse to report a rate at which nothing was captured."""
    deadline = time.monotonic() + 10
    while not client("s3", connection).list_objects_v2(Bucket="captured")["KeyCount"]:
        assert time.monotonic() < deadline, "nothing was captured"
        time.sleep(0.1)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
