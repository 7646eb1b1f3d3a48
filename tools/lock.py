"""Pin every dependency: `requirements.lock` from `pyproject.toml`, and `environment.yml` from the lock.

conda installs what stands below `pip:` with one call of pip. pip refuses hashed requirements and the project
itself in one call, so `environment.yml` repeats the lock's versions and markers without the hashes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PYTHON_OF_THE_EDITIONS = "3.11"

HEADER = f"""\
# Written by `make lock` from requirements.lock: the same versions for conda.
#   conda env create -f environment.yml && conda activate mllab && mllab run
name: mllab
channels:
  - conda-forge
dependencies:
  - python={PYTHON_OF_THE_EDITIONS}
  - pip
  - pip:
      - -e .
"""


def main() -> int:
    """Write both files; the exit code is uv's."""
    compiled = subprocess.run(
        [
            Path(sys.executable).with_name("uv"),
            *("pip", "compile", "pyproject.toml", "-o", "requirements.lock", "--quiet"),
            *("--universal", "--python-version", "3.10", "--all-extras", "--generate-hashes"),
            # The lock must not name the index of whoever wrote it.
            *("--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "make lock"),
        ],
        cwd=PROJECT,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        check=False,
    )
    if compiled.returncode == 0:
        lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
        (PROJECT / "environment.yml").write_text(conda_environment(lock), encoding="utf-8")
    return compiled.returncode


def conda_environment(lock: str) -> str:
    """Return the text of `environment.yml` for a lock."""
    return HEADER + "".join(f'      - "{requirement}"\n' for requirement in pinned(lock))


def pinned(lock: str) -> list[str]:
    """Return the lock's requirements, each with version and marker, without hashes."""
    return [
        line.strip() for line in re.findall(r"^([a-z0-9][^\\\n]*==[^\\\n]*?) *\\?$", lock, flags=re.MULTILINE)
    ]


if __name__ == "__main__":
    sys.exit(main())
