"""What this machine has of what the lab needs, and what to do about the rest.

Each check is a function that returns one finding. Nothing is changed, and nothing is started.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from mllab_helpers.doctor.findings import OK, STOP, WARNING, Finding
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.requirements import Requirement

OLDEST_PYTHON, NEWEST_PYTHON = (3, 10), (3, 13)
# Measured: the notebooks with the local AWS, a job and an endpoint take about 1.5 GB together.
MEMORY_GB = 2.0
# Data, executed notebooks and models take a few hundred MB; the rest is air.
DISK_GB = 1.0

_PINNED = re.compile(r"^(\S+==[^\\\n]+)", re.MULTILINE)


def check_python(version: tuple[int, int] | None = None) -> Finding:
    """Check the version of the Python that runs this.

    Args: version: (major, minor); None for the running one.
    """
    found = version or (sys.version_info.major, sys.version_info.minor)
    text = say("doctor.python", version=".".join(map(str, found)))
    if OLDEST_PYTHON <= found <= NEWEST_PYTHON:
        return Finding(OK, text)
    return Finding(STOP, text, say("doctor.python_advice"))


def check_packages(lock: Path | None = None) -> Finding:
    """Compare the installed packages with the lock, or, without one, with what the project asks for.

    Args: lock: a requirements file; None for the repository's.
    """
    lock = lock or Path(__file__).parents[2] / "requirements.lock"
    pinned = _pinned_here(lock.read_text(encoding="utf-8")) if lock.exists() else {}
    installed = {_plain(found.name): found.version for found in metadata.distributions()}
    missing = sorted(name for name in _direct_dependencies() if _plain(name) not in installed)
    if missing:
        names = ", ".join(missing)
        return Finding(STOP, say("doctor.packages_missing", names=names), say("doctor.packages_advice"))
    different = [
        f"{name} {installed[_plain(name)]} ({version})"
        for name, version in pinned.items()
        if installed.get(_plain(name), version) != version
    ]
    if different:
        text = say("doctor.packages_differ", names=", ".join(different))
        return Finding(WARNING, text, say("doctor.packages_advice"))
    return Finding(OK, say("doctor.packages"))


def check_disk(free_gb: float | None = None) -> Finding:
    """Check the free space where the lab keeps its data: in a notebook instance, where it outlives a stop.

    Args: free_gb: None for what the disk really has.
    """
    folder = Path.home() / "SageMaker"
    place = folder if folder.is_dir() else Path.home()
    free = shutil.disk_usage(place).free / 1e9 if free_gb is None else free_gb
    text = say("doctor.disk", free=f"{free:.1f}")
    if free >= DISK_GB:
        return Finding(OK, text)
    return Finding(STOP, text, say("doctor.disk_advice", need=DISK_GB))


def check_memory(free_gb: float | None = None) -> Finding:
    """Check the memory that programs can still get.

    Args: free_gb: None for what the machine really has.
    """
    if free_gb is None:
        import psutil

        free_gb = psutil.virtual_memory().available / 1e9
    text = say("doctor.memory", free=f"{free_gb:.1f}")
    if free_gb >= MEMORY_GB:
        return Finding(OK, text)
    return Finding(WARNING, text, say("doctor.memory_advice", need=MEMORY_GB))


def check_sandbox() -> Finding:
    """Check whether jobs can get an /opt/ml of their own."""
    from mllab_localaws import sandbox

    if sandbox.available():
        return Finding(OK, say("doctor.sandbox"))
    return Finding(WARNING, say("doctor.no_sandbox"), say("doctor.sandbox_advice"))


def local_aws_runs() -> bool:
    """Say whether the local AWS of this user runs."""
    from mllab_localaws import daemon

    return daemon.status(daemon.default_home()) is not None


def check_local_aws() -> Finding:
    """Check whether the local AWS runs, or whether its data directory can be written."""
    from mllab_localaws import daemon

    home = daemon.default_home()
    running = daemon.status(home)
    if running is not None:
        return Finding(OK, say("doctor.local_aws_runs", endpoint=running.endpoint_url))
    parent = next(folder for folder in (home, *home.parents) if folder.exists())
    if not os.access(parent, os.W_OK):
        return Finding(STOP, say("doctor.home_not_writable", home=home), say("doctor.home_advice"))
    return Finding(OK, say("doctor.local_aws_stopped"))


def _direct_dependencies() -> list[str]:
    """Return the packages that the project itself asks for on this platform, without its extras."""
    try:
        required = metadata.requires("mllab") or []
    except metadata.PackageNotFoundError:
        return []
    return [need.name for need in _needed_here(required)]


def _pinned_here(lock: str) -> dict[str, str]:
    """Return the versions that a universal lock pins for this Python and platform."""
    needs = _needed_here(_PINNED.findall(lock))
    return {need.name: str(need.specifier).removeprefix("==") for need in needs}


def _needed_here(lines: Iterable[str]) -> list[Requirement]:
    from packaging.requirements import Requirement

    needs = [Requirement(line.strip()) for line in lines]
    return [need for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]


def _plain(name: str) -> str:
    """Write a package's name the one way in which names compare (PyPA specification, name normalisation)."""
    return re.sub(r"[-_.]+", "-", name).lower()
