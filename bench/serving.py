"""The serving process against a plain prediction loop: requests per second, one row each.

Bound: two workers behind 16 connections answer at least 0.8 times as many one-row requests per second as one
process makes `Booster.inplace_predict` calls. Both are measured in one run, in turns.

    python bench/serving.py
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

import numpy as np

CONNECTIONS = 16
WORKERS = 2
FEATURES = 12
TREES = 100
SECONDS = 1.0
ROUNDS = 3
BODY = b"3,2.25,2570,7242,2,0,0,3,7,2170,400,1951"
assert BODY.count(b",") == FEATURES - 1
REQUEST = (
    b"POST /invocations HTTP/1.1\r\nHost: model\r\nContent-Type: text/csv\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)


def measure() -> dict[str, float]:
    """Return requests and calls per second, their ratio, and the server's start in seconds."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        _save_model(root / "model" / "xgboost-model")
        socket = str(root / "socket")
        started = time.monotonic()
        server = _start(root, socket)
        try:
            asyncio.run(_answered(socket))
            start_seconds = time.monotonic() - started
            rounds = [(_requests_per_second(socket), _calls_per_second(root)) for _ in range(ROUNDS)]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()
    requests, calls = (statistics.median(side) for side in zip(*rounds, strict=True))
    return {
        "serving_requests_per_second": requests,
        "inplace_predict_calls_per_second": calls,
        "serving_over_inplace_predict": statistics.median(one / other for one, other in rounds),
        "serving_start_seconds": start_seconds,
    }


def _save_model(path: Path) -> None:
    import xgboost

    random = np.random.default_rng(1)
    rows = random.normal(size=(5000, FEATURES))
    data = xgboost.DMatrix(rows, label=rows @ np.arange(FEATURES) + rows[:, 0] * rows[:, 1])
    path.parent.mkdir()
    path.write_bytes(xgboost.train({"max_depth": 6, "nthread": 1}, data, TREES).save_raw("ubj"))


def _start(root: Path, socket: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "mllab_localaws.images.xgboost", "serve"]
    return subprocess.Popen(
        [*command, "--root", str(root), "--bind", f"unix:{socket}"],
        env={**os.environ, "SAGEMAKER_MODEL_SERVER_WORKERS": str(WORKERS)},
        stdout=subprocess.DEVNULL,
    )


def _requests_per_second(socket: str) -> float:
    # In a process of its own: load generator and prediction loop must not share an interpreter.
    command = [sys.executable, __file__, "load", socket]
    return float(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))


def _calls_per_second(root: Path) -> float:
    command = [sys.executable, __file__, "loop", str(root / "model" / "xgboost-model")]
    return float(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))


def _loop(model: str) -> float:
    import xgboost

    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(Path(model).read_bytes()))
    booster.set_param({"nthread": 1})
    row = np.array([BODY.split(b",")], dtype=np.float32)
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        booster.inplace_predict(row)
        calls += 1
    return calls / (time.perf_counter() - start)


class _Client(asyncio.Protocol):
    """One connection that sends its next request when the last one is answered."""

    def __init__(self) -> None:
        self.answered = 0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports write, but are not registered as asyncio.WriteTransport.
        self._write = cast(asyncio.WriteTransport, transport).write
        self._write(REQUEST)

    def data_received(self, data: bytes) -> None:
        # Headers and body may arrive apart; a one-row body is complete at its line end.
        self._received += data
        _, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or not body.endswith(b"\n"):
            return
        if not self._received.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"unexpected answer: {self._received[:200]!r}")
        self.answered += 1
        self._received = b""
        self._write(REQUEST)


async def _load(socket: str) -> float:
    loop = asyncio.get_running_loop()
    clients = [(await loop.create_unix_connection(_Client, socket))[1] for _ in range(CONNECTIONS)]
    await asyncio.sleep(SECONDS / 5)  # the first answers warm caches and connections up
    before, start = sum(client.answered for client in clients), time.perf_counter()
    await asyncio.sleep(SECONDS)
    rate = (sum(client.answered for client in clients) - before) / (time.perf_counter() - start)
    if not all(client.answered for client in clients):
        raise RuntimeError("a connection was never answered")
    return rate


async def _answered(socket: str) -> None:
    """Wait until the server answers one request."""
    while True:
        try:
            reader, writer = await asyncio.open_unix_connection(socket)
        except OSError:
            await asyncio.sleep(0.005)
            continue
        writer.write(REQUEST)
        status = await reader.readline()
        writer.close()
        if status.startswith(b"HTTP/1.1 200"):
            return
        raise RuntimeError(f"the server answers {status!r}")


def _main() -> None:
    match sys.argv[1:]:
        case ["load", socket]:
            import uvloop

            print(uvloop.run(_load(socket)))
        case ["loop", model]:
            print(_loop(model))
        case _:
            for name, value in measure().items():
                print(f"{name:36} {value:10.2f}")


if __name__ == "__main__":
    _main()
