"""`make lab` after installation: all notebooks of one edition, quietest of three runs.

Bound: 200 s on two cores.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3


def measure() -> dict[str, float]:
    """Return the seconds of the quietest run."""
    seconds = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as directory:
            began = time.perf_counter()
            subprocess.run(
                [Path(sys.executable).with_name("mllab"), "run", "--backend", "local", "--output", directory],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            seconds.append(time.perf_counter() - began)
    return {"seconds": min(seconds)}
