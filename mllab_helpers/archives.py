"""Archives that AWS unpacks: the same content makes the same bytes, whoever packs it and when."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping

_EPOCH_OF_ZIP = (1980, 1, 1, 0, 0, 0)


def tar_gz(members: Mapping[str, bytes]) -> bytes:
    """Pack a model or a script as SageMaker takes it.

    Args: members: content by path inside the archive.
    """
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def zip_archive(members: Mapping[str, bytes]) -> bytes:
    """Pack a function's files as Lambda takes them.

    Args: members: content by path inside the archive.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(members.items()):
            member = zipfile.ZipInfo(name, _EPOCH_OF_ZIP)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16  # without it Lambda may not read the file
            archive.writestr(member, content)
    return packed.getvalue()
