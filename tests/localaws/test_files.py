"""What is removed from a data directory, whatever programs have left there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mllab_localaws import files

NOBODY = 65534


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory of somebody's who is not root, whom permissions do not concern."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(NOBODY)
    try:
        with tempfile.TemporaryDirectory() as path:
            yield Path(path)
    finally:
        os.seteuid(own)


def test_directories_without_write_permission_are_removed(directory: Path) -> None:
    deep = directory / "home" / "locked" / "deeper"
    deep.mkdir(parents=True)
    (deep / "file").touch()
    for path, mode in ((deep, 0o555), (deep.parent, 0o000)):
        path.chmod(mode)
    files.remove(directory / "home")
    assert not (directory / "home").exists()


def test_what_a_link_leads_to_stays_as_it_is(directory: Path) -> None:
    outside = directory / "outside"
    outside.mkdir()
    outside.chmod(0o555)
    (directory / "home").mkdir()
    (directory / "home" / "link").symlink_to(outside)
    files.remove(directory / "home")
    assert outside.stat().st_mode & 0o777 == 0o555
