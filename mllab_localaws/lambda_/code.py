"""Deployment packages: a zip from the request or from S3, checked and unpacked.

Limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import base64
import hashlib
import io
import secrets
import shutil
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mllab_localaws.caller import Caller
from mllab_localaws.lambda_.names import invalid
from mllab_localaws.moto_backend import Objects
from mllab_localaws.wire.errors import AwsError

MOST_ZIPPED, MOST_UNZIPPED = 50 * 1024**2, 262144000
_BROKEN = "Could not unzip uploaded file. Please check your file, then try to upload again."
_PORTION = 1024**2
# What a zip may list before anything of it is believed: its directory, and the names on all paths in it. AWS
# counts bytes only; an honest package of 250 MB has some ten thousand files.
MOST_DIRECTORY, MOST_NAMES = 8 * 1024**2, 250_000
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class Package:
    """An unpacked deployment package.

    Attributes:
        code_id: names its files among those of all functions.
        sha256: base64, as `CodeSha256` shows it.
        size: of the zip, in bytes.
    """

    code_id: str
    sha256: str
    size: int


class CodeStore:
    """The packages of all functions: `<id>.zip`, and unpacked `<id>`.

    Args: root: a directory of its own, made when first needed.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def directory(self, code_id: str) -> Path:
        """Return where a package is unpacked; its `/var/task`."""
        return self._root / code_id

    def archive(self, code_id: str) -> bytes | None:
        """Return a package's zip, None when there is none of this id."""
        path = self._root / f"{code_id}.zip"
        return path.read_bytes() if code_id.isalnum() and path.is_file() else None

    def add(self, body: bytes) -> Package:
        """Unpack a zip.

        Raises: AwsError: `InvalidParameterValueException`, it is broken, too large or hostile.
        """
        package = Package(
            secrets.token_hex(16), base64.b64encode(hashlib.sha256(body).digest()).decode(), len(body)
        )
        directory = self.directory(package.code_id)
        directory.mkdir(parents=True)
        try:
            _unpack(body, directory)
            (self._root / f"{package.code_id}.zip").write_bytes(body)
        except BaseException:
            self.remove(package.code_id)
            raise
        return package

    def remove(self, code_id: str) -> None:
        """Forget a package."""
        shutil.rmtree(self.directory(code_id), ignore_errors=True)
        (self._root / f"{code_id}.zip").unlink(missing_ok=True)


def fetch(objects: Objects, caller: Caller, code: Mapping[str, Any]) -> bytes:
    """Return a request's zip.

    Args: caller: of the request, who reads it; code: members `ZipFile`, or `S3Bucket` and `S3Key`.
    Raises: AwsError: nothing to be read there, both, or neither.
    """
    from_s3 = [code.get(name) for name in ("S3Bucket", "S3Key")]
    if bool(code.get("ZipFile")) == any(from_s3):
        raise invalid("Please provide either ZipFile, or S3Bucket and S3Key.")
    if code.get("ZipFile"):
        body: bytes = code["ZipFile"]
        if len(body) > MOST_ZIPPED:
            raise AwsError(
                "RequestEntityTooLargeException",
                f"A zip in the request may have {MOST_ZIPPED} bytes, not {len(body)}; put it into S3.",
                status=413,
            )
        return body
    bucket, key = from_s3
    if not bucket or not key:
        raise invalid("S3Bucket and S3Key go together.")
    try:
        size = objects.size(caller, bucket, key)
        stored = objects.read(caller, bucket, key) if size <= MOST_UNZIPPED else b""
    except AwsError as error:
        raise invalid(
            f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
        ) from error
    if size > MOST_UNZIPPED:
        raise _too_large()
    return stored


class _Archive(io.BytesIO):
    """A zip's bytes, of which only who reads its whole directory wants many at once."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as any file does.

        Raises: AwsError: that would be a directory of too many files.
        """
        left = self.getbuffer().nbytes - self.tell()
        if (left if size is None or size < 0 else min(size, left)) > MOST_DIRECTORY:
            raise _too_many()
        return super().read(size)


def _unpack(body: bytes, directory: Path) -> None:
    try:
        with zipfile.ZipFile(_Archive(body)) as archive:
            members = archive.infolist()
            if not members:
                raise invalid("Uploaded file must be a non-empty zip")
            if sum(member.filename.count("/") + 1 for member in members) > MOST_NAMES:
                raise _too_many()
            left = MOST_UNZIPPED
            for member in members:
                left -= _extract(archive, member, directory, left)
    # RuntimeError: it is encrypted; NotImplementedError: an unknown compression; OSError: impossible names.
    except (
        zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError
    ) as error:  # fmt: skip
        raise invalid(_BROKEN) from error


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, directory: Path, left: int) -> int:
    """Write one member and return its bytes; what a member says of its own size is not believed."""
    path = PurePosixPath(member.filename)
    if path.is_absolute() or ".." in path.parts:
        raise invalid(f"{_BROKEN} ({member.filename!r} leads out of it)")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise invalid(f"{member.filename!r} is a symbolic link, which the local AWS does not unpack.")
    # Others are no part of Lambda, and Python unpacks them without asking how much comes out.
    if member.compress_type not in _COMPRESSIONS:
        raise invalid(f"{_BROKEN} ({member.filename!r} is neither stored nor deflated)")
    target = directory / path
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(member) as source, target.open("wb") as file:
        while portion := source.read(_PORTION):
            written += len(portion)
            if written > left:
                raise _too_large()
            file.write(portion)
    return written


def _too_large() -> AwsError:
    return invalid(f"Unzipped size must be smaller than {MOST_UNZIPPED} bytes")


def _too_many() -> AwsError:
    return invalid(
        f"The local AWS unpacks at most {MOST_NAMES} files and directories; "
        "leave out what the function does not need."
    )
