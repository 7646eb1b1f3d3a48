"""Objects of S3 into a job's directory, and files of a job's directory into S3."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from mllab_localaws.caller import Caller, acting_as
from mllab_localaws.moto_backend import Objects
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.s3_uri import parse_s3_uri
from mllab_localaws.wire.errors import AwsError, validation_error


def download(objects: Objects, role_arn: str, uri: str, directory: Path) -> int:
    """Copy what is at a key or below a prefix; key names are kept below the prefix.

    Returns: the number of objects.
    Raises:
        AwsError: the bucket or an object is gone, or the role may not read it.
        ValueError: a key would lie outside the directory.
        OSError: the disk is full, or one key is a directory of another.
    """
    directory.mkdir(parents=True, exist_ok=True)
    role, (bucket, prefix) = acting_as(role_arn), parse_s3_uri(uri)
    keys = [stored.key for stored in objects.list(role, bucket, prefix)]
    files = [key for key in keys if not key.endswith("/")]  # what consoles create to show an empty folder
    for key in files:
        path = directory / _below(prefix, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_read(objects, role, bucket, key))
    return len(files)


def upload(objects: Objects, role_arn: str, directory: Path, uri: str) -> None:
    """Copy a directory's files to keys below a prefix; links, pipes and empty directories stay behind.

    Raises: AwsError: the bucket is gone, or the role may not write there. OSError: a file cannot be read.
    """
    role, (bucket, prefix) = acting_as(role_arn), parse_s3_uri(uri)
    for parent, _, names in os.walk(directory):
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file() and not path.is_symlink():
                relative = path.relative_to(directory).as_posix()
                key = f"{prefix.rstrip('/')}/{relative}" if prefix.strip("/") else relative
                objects.write(role, bucket, key, path.read_bytes())


def check_input(platform: Platform, role_arn: str, uri: str, region: str) -> None:
    """Refuse an input without objects, or whose objects the role may not list, in AWS's words.

    Raises: AwsError: `ValidationException`.
    """
    bucket, prefix = parse_s3_uri(uri)
    if not _found(platform.objects, role_arn, bucket, prefix):
        raise validation_error(
            f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the '
            f"bucket exists in the selected region ({region}), that objects exist under that S3 prefix, and "
            f'that the role "{role_arn}" has "s3:ListBucket" permissions on bucket "{bucket}".'
        )


def check_output(platform: Platform, uri: str, member: str) -> None:
    """Refuse an output location whose bucket is missing.

    Args: member: of the request, e.g. `OutputDataConfig.S3OutputPath`.
    Raises: AwsError: `ValidationException`.
    """
    bucket, _ = parse_s3_uri(uri)
    if not platform.objects.exists(bucket):
        raise validation_error(
            f'The bucket of {member} "{uri}" does not exist. Create bucket "{bucket}" first.'
        )


def _read(objects: Objects, role: Caller, bucket: str, key: str) -> bytes:
    try:
        return objects.read(role, bucket, key)
    except AwsError as error:
        text = f"Unable to download object s3://{bucket}/{key} ({error})"
        raise AwsError(error.code, text, status=error.status) from error


def _found(objects: Objects, role_arn: str, bucket: str, prefix: str) -> bool:
    try:
        return bool(objects.list(acting_as(role_arn), bucket, prefix))
    except AwsError:
        return False


def _below(prefix: str, key: str) -> PurePosixPath:
    """Return where a key lies below a prefix that is a folder, a whole key, or a part of a file's name."""
    rest = key[len(prefix) :]
    is_folder = prefix.endswith("/") or rest.startswith("/") or not prefix
    relative = PurePosixPath((rest if is_folder else key[prefix.rfind("/") + 1 :]).lstrip("/"))
    if ".." in relative.parts:
        raise ValueError(f'Key "{key}" would lie outside its channel.')
    return relative
