"""Brings a learner's source directory to where it runs.

AWS's toolkit installs requirements.txt with pip. The local AWS promises no network and shares the lab's own
Python environment, so here the requirements are only checked, and a missing one is named.
"""

from __future__ import annotations

import importlib.metadata
import logging
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from mllab_localaws.images.toolkit.errors import UserError
from mllab_localaws.images.toolkit.layout import Layout

ARCHIVE = "sourcedir.tar.gz"

# Python 3.10 knows the filter since 3.10.12; the archive is the learner's own.
_SAFE: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}

logger = logging.getLogger(__name__)


def prepare(layout: Layout, submit_directory: str | None, program: str) -> Path:
    """Return the directory that holds the program, unpacked if it was an archive.

    Args:
        submit_directory: an S3 URI of an archive, an archive's or directory's path in the container, or None.
        program: file name of the script.
    Raises: UserError: no such source, a broken archive, no such program in it, a missing requirement.
    """
    directory = _directory(layout, submit_directory)
    if not (directory / program).is_file():
        there = ", ".join(sorted(path.name for path in directory.glob("*"))) or "nothing"
        raise UserError(f"The program '{program}' is not in the source directory, which holds {there}.")
    check_requirements(directory / "requirements.txt")
    return directory


def check_requirements(path: Path) -> None:
    """Refuse a requirements.txt that the lab's Python environment does not already satisfy."""
    if not path.is_file():
        return
    missing = [
        line for line in map(_requirement, path.read_text().splitlines()) if line and not _satisfied(line)
    ]
    if missing:
        raise UserError(
            f"requirements.txt asks for {', '.join(missing)}. The local AWS installs no packages: jobs run "
            "in the lab's own Python environment. Install it there with pip and start again "
            "(docs/local-aws.md)."
        )
    logger.info("requirements.txt: all of it is installed already.")


def _requirement(line: str) -> str:
    return line.partition("#")[0].strip()


def _satisfied(line: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return False
    if requirement.marker and not requirement.marker.evaluate():
        return True
    try:
        installed = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(installed, prereleases=True)


def _directory(layout: Layout, submit_directory: str | None) -> Path:
    if submit_directory is None:
        return next((path for path in (layout.model / "code", layout.code) if path.is_dir()), layout.code)
    if submit_directory.startswith("s3://"):
        return _from_s3(layout, submit_directory)
    path = layout.resolve(submit_directory.removeprefix("file://"))
    if path.is_dir():
        return path
    if path.is_file():
        return _unpack(path, layout.code)
    raise UserError(f"The source directory {submit_directory} does not exist.")


def _from_s3(layout: Layout, uri: str) -> Path:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    delivered = layout.channel("code") / (key.rpartition("/")[2] or ARCHIVE)
    if delivered.is_file():
        return _unpack(delivered, layout.code)
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    with tempfile.TemporaryDirectory() as directory:
        archive = Path(directory, ARCHIVE)
        try:
            boto3.client("s3").download_file(bucket, key, str(archive))
        except (BotoCoreError, ClientError) as error:
            raise UserError(f"The source archive {uri} could not be downloaded: {error}") from error
        return _unpack(archive, layout.code)


def _unpack(archive: Path, target: Path) -> Path:
    target.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(target, **_SAFE)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise UserError(f"The source archive {archive.name} cannot be unpacked: {error}") from error
    return target
