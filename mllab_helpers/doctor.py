"""`mllab doctor`: what this machine has of what the lab needs, and what to do about the rest.

Each check is a function that returns one finding. Nothing is changed, and nothing is started.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from mllab_helpers import connection, texts
from mllab_helpers.errors import LabError
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.requirements import Requirement

OK, WARNING, STOP = "ok", "warning", "stop"

OLDEST_PYTHON, NEWEST_PYTHON = (3, 10), (3, 13)
# Measured: the notebooks with the local AWS, a job and an endpoint take about 1.5 GB together.
MEMORY_GB = 2.0
# Data, executed notebooks and models take a few hundred MB; the rest is air.
DISK_GB = 1.0

_PINNED = re.compile(r"^(\S+==[^\\\n]+)", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """What a check found: `ok`, `warning` (the lab runs, but ...) or `stop`, and what to do."""

    level: str
    text: str
    advice: str = ""

    def __str__(self) -> str:
        mark = {OK: say("doctor.ok"), WARNING: say("doctor.warning"), STOP: say("doctor.stop")}[self.level]
        return f"[{mark}] {self.text}" + (f"\n    {self.advice}" if self.advice else "")


def run_doctor(backend: str, region: str | None, language: str | None) -> int:
    """Do what `mllab doctor` does; the exit code is 0 unless something stops the lab."""
    if language:
        texts.use(language)
    findings = examine(connection.choose_backend(backend), region)
    for finding in findings:
        print(finding)
    stopped = any(finding.level == STOP for finding in findings)
    print(say("doctor.cannot_work") if stopped else say("doctor.can_work"))
    return int(stopped)


def examine(backend: str, region: str | None) -> list[Finding]:
    """Run the checks that matter for a backend, `local` or `aws`.

    Args: region: whose endpoints to ask on AWS; None for the environment's.
    """
    findings = [check_python(), check_packages(), check_disk(), check_memory()]
    if backend == "aws":
        return [*findings, check_credentials(region)]
    return [*findings, check_sandbox(), check_local_aws()]


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
    lock = lock or Path(__file__).parents[1] / "requirements.lock"
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
    """Check the free space where the lab keeps its data.

    Args: free_gb: None for what the disk really has.
    """
    free = shutil.disk_usage(Path.home()).free / 1e9 if free_gb is None else free_gb
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


def check_credentials(region: str | None) -> Finding:
    """Check whether AWS knows the caller."""
    import boto3

    from mllab_helpers.aws_errors import translate

    try:
        with translate():
            session = boto3.Session(region_name=region or connection.DEFAULT_REGION)
            identity = session.client("sts").get_caller_identity()
    except LabError as error:
        return Finding(STOP, say("doctor.no_credentials"), str(error))
    return Finding(OK, say("doctor.credentials", arn=identity["Arn"], account=identity["Account"]))


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
