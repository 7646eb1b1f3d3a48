"""Archives that AWS unpacks: the same content makes the same bytes, whoever packs it and when."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping


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
