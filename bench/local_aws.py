"""The local AWS itself: from start to its first S3 answer, and its memory when nobody asks anything.

Bounds: 2 s; 200 MB.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import psutil

from bench.invoke import client
from mllab_localaws import daemon

ROUNDS = 3
MEGABYTE = 1e6


def measure() -> dict[str, float]:
    """Return seconds to the first S3 answer (median), and megabytes of memory when idle.

    Memory is the proportional share (PSS) of the local AWS and the process that watches over it.
    """
    seconds, megabytes = zip(*(_start_once() for _ in range(ROUNDS)), strict=True)
    return {"seconds": statistics.median(seconds), "megabytes": statistics.median(megabytes)}


def _start_once() -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory, "home")
        began = time.perf_counter()
        connection = daemon.start(home)
        s3 = client("s3", connection)
        s3.list_buckets()
        seconds = time.perf_counter() - began
        try:
            process = psutil.Process(connection.pid)
            family = [process, *process.children(recursive=True)]
            return seconds, sum(member.memory_full_info().pss for member in family) / MEGABYTE
        finally:
            daemon.stop(home)
