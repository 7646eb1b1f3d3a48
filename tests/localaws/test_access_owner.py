"""What the local AWS keeps is its owner's alone, whoever else works on the machine."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mllab_localaws.access import record
from mllab_localaws.access.record import AccessRecord, Entry
from mllab_localaws.files import ACCESS_FILE, KEYS_FILE, Connection, read_keys

SOMEBODY_ELSE = 54_321
# Tries everything in a directory as another user, and prints what it was let do.
INTRUDER = """
import os, sys
home, uid = sys.argv[1], int(sys.argv[2])
names = sorted(os.listdir(home))
os.setgroups([])
os.setegid(uid)
os.seteuid(uid)
for name in names:
    try:
        with open(os.path.join(home, name), "rb"):
            print("read", name)
    except OSError:
        pass
for attempt in (lambda: os.listdir(home), lambda: open(os.path.join(home, "planted"), "w")):
    try:
        attempt()
        print("entered", home)
    except OSError:
        pass
"""
ENTRY = Entry("arn:aws:iam::123456789012:user/ana", "s3:GetObject", "arn:aws:s3:::b/k", "allowed")


def test_files_and_directory_are_their_owners(connection: Connection) -> None:
    home = connection.home
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for name in (KEYS_FILE, "connection.json"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can work as somebody else")
def test_another_user_of_the_machine_reads_nothing(connection: Connection) -> None:
    home = connection.home
    for above in list(home.parents)[:-1]:
        if above.owner() == "root" and str(above).startswith("/tmp/pytest-of"):
            above.chmod(0o755)  # pytest's own directories would already keep him out
    command = [sys.executable, "-c", INTRUDER, str(home), str(SOMEBODY_ELSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    # The same intruder gets into a directory that is open, so his failures above mean something.
    home.chmod(0o755)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    finally:
        home.chmod(0o700)
    assert f"entered {home}" in done.stdout
    assert KEYS_FILE not in done.stdout
    assert "connection.json" not in done.stdout


def test_the_key_is_never_readable_by_others_even_before_it_is_whole(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        read_keys(tmp_path)
        entries = AccessRecord(tmp_path / ACCESS_FILE)
        entries.add(ENTRY)
        entries.close()
    finally:
        os.umask(before)
    for name in (KEYS_FILE, ACCESS_FILE):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_decision_is_written_once_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / ACCESS_FILE
    assert record.read(path) == []
    entries = AccessRecord(path)
    other = ENTRY._replace(resource="arn:aws:s3:::b/año\n2", decision="implicitDeny")
    for entry in (ENTRY, other, ENTRY):
        entries.add(entry)
    entries.close()
    assert record.read(path) == [ENTRY, other]


def test_a_record_that_cannot_be_written_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entries = AccessRecord(tmp_path / "gone" / ACCESS_FILE)
    entries.add(ENTRY)
    entries.close()
    assert "cannot be written" in caplog.text


def test_the_record_of_an_endless_reader_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "MOST_ENTRIES", 2)
    entries = AccessRecord(tmp_path / ACCESS_FILE)
    for number in range(5):
        entries.add(ENTRY._replace(resource=f"arn:aws:s3:::b/{number}"))
    entries.close()
    assert len(record.read(tmp_path / ACCESS_FILE)) == 2
