"""`import mllab_helpers`: its time, and what it must not bring along.

Bound: 0.5 s more than an empty interpreter, without pandas, matplotlib, moto or the SageMaker SDK.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 5
HEAVY = ("pandas", "matplotlib", "moto", "sagemaker")
CODE = "import sys, mllab_helpers; print(*sys.modules)"


def measure() -> dict[str, float]:
    """Return the added seconds (median) and how many of the heavy packages were imported."""
    empty = statistics.median(_run("pass")[0] for _ in range(ROUNDS))
    runs = [_run(CODE) for _ in range(ROUNDS)]
    brought = set(runs[0][1].split()).intersection(HEAVY)
    return {"seconds": statistics.median(seconds for seconds, _ in runs) - empty, "heavy": len(brought)}


def _run(code: str) -> tuple[float, str]:
    began = time.perf_counter()
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return time.perf_counter() - began, answer.stdout
