"""Archives: what is in them, and the same bytes each time."""

from __future__ import annotations

import io
import tarfile
import time

from mllab_helpers import archives


def test_the_same_content_makes_the_same_bytes_whenever_it_is_packed(monkeypatch):
    first = archives.tar_gz({"code/a.py": b"1", "b": b""})
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert archives.tar_gz({"code/a.py": b"1", "b": b""}) == first


def test_the_content_comes_out_as_it_went_in():
    packed = archives.tar_gz({"code/a.py": b"print(1)"})
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        assert archive.extractfile("code/a.py").read() == b"print(1)"
