"""What a function costs: its cold start, its memory while idle, and what Lambda adds to a call.

Bounds: a function that imports boto3 answers its first call within 0.8 s; its idle process has 60 MB at most;
a warm call takes at most 3 ms more (median) than the same boto3 call to a bare echo server, both called in
turns.

    python -m bench lambda_
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

from bench.functions import create_function
from bench.invoke import client, echo_server
from mllab_localaws import daemon
from mllab_localaws.files import Connection

SOURCE = (
    "import boto3\nclient = boto3.client('sagemaker-runtime')\ndef handler(event, context): return event\n"
)
PAYLOAD = json.dumps({"bedrooms": 3, "sqft_living": 2570, "zipcode": "98125"}).encode()
NAME = "bench"
COLD_STARTS = 5
ROUNDS = 5
CALLS = 100
AT_ONCE = 30


def measure() -> dict[str, float]:
    """Return seconds of first calls (alone, in a burst), MB of an idle process, ms of warm calls."""
    with tempfile.TemporaryDirectory() as directory, echo_server() as echo_url:
        home = Path(directory, "home")
        connection = daemon.start(home)
        try:
            function = client("lambda", connection)
            bare = client("lambda", connection, endpoint_url=echo_url)
            create_function(connection, NAME, SOURCE, Timeout=10)
            cold = [_cold_start(function) for _ in range(COLD_STARTS)]
            megabytes = _idle_megabytes(home)
            _median_ms(function)
            rounds = [(_median_ms(function), _median_ms(bare)) for _ in range(ROUNDS)]
            burst = _burst_seconds(connection)
        finally:
            daemon.stop(home)
    with_function, with_echo = (statistics.median(side) for side in zip(*rounds, strict=True))
    return {
        "cold_seconds": statistics.median(cold),
        "idle_megabytes": megabytes,
        "warm_added_ms": statistics.median(one - other for one, other in rounds),
        "warm_ms": with_function,
        "echo_ms": with_echo,
        "burst_seconds": burst,
    }


def _invoke(function: Any) -> None:
    reply = function.invoke(FunctionName=NAME, Payload=PAYLOAD)
    if json.loads(reply["Payload"].read()) != json.loads(PAYLOAD):
        raise RuntimeError(f"unexpected answer: {reply}")


def _cold_start(function: Any) -> float:
    """Return the seconds of a first call; an update leaves no warm process."""
    function.update_function_configuration(FunctionName=NAME, Description=str(time.time()))
    return _milliseconds(lambda: _invoke(function)) / 1000


def _idle_megabytes(home: Path) -> float:
    """Return the memory of the function's process; bubblewrap's around it is not counted."""
    outermost = next(
        process
        for process in psutil.process_iter(["cmdline"])
        if str(home / "functions" / "runtime") in (process.info["cmdline"] or [])
    )
    family = [outermost, *outermost.children(recursive=True)]
    return float(max(process.memory_info().rss for process in family) / 1024**2)


def _burst_seconds(connection: Connection) -> float:
    """Return how long the slowest of many simultaneous first calls waits."""
    clients: list[Any] = [client("lambda", connection) for _ in range(AT_ONCE)]
    clients[0].update_function_configuration(FunctionName=NAME, Description="burst")
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return max(threads.map(lambda each: _milliseconds(lambda: _invoke(each)), clients)) / 1000


def _median_ms(function: Any) -> float:
    return statistics.median(_milliseconds(lambda: _invoke(function)) for _ in range(CALLS))


def _milliseconds(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
