"""Virtual environments for other people's clients: made from a hashed lock when first needed, then reused."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE.parents[1] / ".venvs"


def environment(name: str) -> Path:
    """Return the programs' directory of a client's environment, on the Python that runs the tests.

    Args: name: of the lock beside this file, without `.lock`.
    Raises: AssertionError: it cannot be made; the text is what pip said.
    """
    lock = HERE / f"{name}.lock"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    directory = ENVIRONMENTS / f"{name}-{python}-{digest}"
    ENVIRONMENTS.mkdir(exist_ok=True)
    # Test runs beside each other would otherwise write into one half-made environment.
    with (ENVIRONMENTS / f"{directory.name}.busy").open("w") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        complete = directory / "complete"
        if not complete.exists():
            _make(directory, lock)
            complete.touch()
    return directory / "bin"


def _make(directory: Path, lock: Path) -> None:
    _run(sys.executable, "-m", "venv", "--clear", str(directory))
    pip = (str(directory / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet")
    _run(*pip, "install", "--require-hashes", "--no-deps", "-r", str(lock))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
