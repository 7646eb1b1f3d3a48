"""A function's `/var/runtime`: what AWS's Python runtimes bring along, linked from the lab's own packages.

So `import boto3` works in a function and `import pandas` does not, as on AWS.
"""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path

from mllab_localaws.sandbox import TEMPORARY, Mount

_DISTRIBUTIONS = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")
_CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
_HERE = Path(__file__).parent


def missing() -> list[str]:
    """Return which of the packages are not installed; AWS's client is a dependency on Linux only."""
    return [name for name in (*_DISTRIBUTIONS, *_CLIENT) if not _is_installed(name)]


def build(directory: Path) -> None:
    """Fill an empty directory with links to what is installed."""
    directory.mkdir(parents=True)
    for distribution in filter(_is_installed, (*_DISTRIBUTIONS, *_CLIENT)):
        for path in _top_level(distribution):
            (directory / path.name).symlink_to(path)
    (directory / "bootstrap.py").symlink_to(_HERE / "runtime" / "bootstrap.py")
    if not any(directory.glob("runtime_client.*")):
        (directory / "runtime_client.py").symlink_to(_HERE / "stand_in" / "runtime_client.py")


def mounts_below_tmp(runtime: Path) -> list[Mount]:
    """Return what has to be seen again by a process that has a `/tmp` of its own: Python and the packages."""
    homes = {sys.prefix, sys.base_prefix, *(str(link.readlink().parent) for link in runtime.iterdir())}
    below = sorted(home for home in homes if home.startswith(f"{TEMPORARY}/"))
    return [Mount(Path(home), home, writable=False) for home in below]


def _is_installed(distribution: str) -> bool:
    try:
        metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


def _top_level(distribution: str) -> list[Path]:
    """Return a distribution's packages and modules."""
    found = metadata.distribution(distribution)
    names = {
        file.parts[0] for file in found.files or [] if len(file.parts) > 1 or file.suffix in (".py", ".so")
    }
    kept = (
        name for name in names if name not in (os.pardir, "__pycache__") and not name.endswith(".dist-info")
    )
    return sorted(Path(str(found.locate_file(name))) for name in kept)
