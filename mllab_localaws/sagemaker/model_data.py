"""A model's artefact: fetched as the execution role, unpacked where the container expects it."""

from __future__ import annotations

import io
import tarfile
import zlib
from pathlib import Path
from typing import Any

from mllab_localaws.caller import acting_as
from mllab_localaws.moto_backend import Objects
from mllab_localaws.sagemaker.s3_uri import parse_s3_uri
from mllab_localaws.wire.errors import AwsError

# Python 3.10 has this filter since 3.10.12; `_check` refuses all that matters of it before that.
_FILTER: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


class ModelDataError(Exception):
    """The artefact cannot be used; the text is the endpoint's FailureReason."""


def fetch(objects: Objects, role_arn: str, url: str, directory: Path) -> None:
    """Unpack `s3://bucket/key`, a gzipped tar, into a directory.

    Raises: ModelDataError: the role may not read it, it is missing, no such archive, or holds something else
        than files below it.
    """
    bucket, key = parse_s3_uri(url)
    try:
        archive = objects.read(acting_as(role_arn), bucket, key)
    except AwsError as error:
        raise ModelDataError(
            f'Failed to download model data for container "container_1" from URL: "{url}". Please ensure '
            "that there is an object located at the URL and that the role passed to CreateModel has "
            "permissions to download the object."
        ) from error
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            _check(tar)
            tar.extractall(directory, **_FILTER)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ModelDataError(
            f'Failed to extract model data archive for container "container_1" from URL "{url}". Please '
            f"ensure that the object located at the URL is a valid tar.gz archive. ({error})"
        ) from error


def _check(tar: tarfile.TarFile) -> None:
    """Accept plain files and directories only: AWS cannot extract links either."""
    for member in tar:
        path = Path(member.name)
        if path.is_absolute() or ".." in path.parts or not (member.isreg() or member.isdir()):
            raise tarfile.TarError(f"{member.name} is not a plain file below the archive's root")
