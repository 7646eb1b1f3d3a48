"""The background process: one per data directory, private, and gone without a trace."""

from __future__ import annotations

import http.server
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from boto_clients import make_client

from mllab_localaws import daemon, files
from mllab_localaws.leash import Leash


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "home"
    yield path
    daemon.stop(path)


def _eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def test_starting_twice_finds_the_same_process(home: Path) -> None:
    first = daemon.start(home)
    assert daemon.start(home) == first == daemon.status(home)


def test_two_that_start_at_once_share_one_process(home: Path) -> None:
    code = f"""
from pathlib import Path
from typing import Any
from mllab_localaws import daemon
print(daemon.start(Path({str(home)!r})).pid)
"""
    starters = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    pids = {starter.communicate(timeout=60)[0].strip() for starter in starters}
    assert len(pids) == 1
    assert pids != {""}


def test_only_the_owner_reads_keys_and_connection_and_the_server_listens_on_loopback_only(home: Path) -> None:
    connection = daemon.start(home)
    for name in ("keys.json", "connection.json"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    listening = [
        c for c in psutil.Process(connection.pid).net_connections() if c.status == psutil.CONN_LISTEN
    ]
    assert {c.laddr.ip for c in listening} == {"127.0.0.1"}


def test_stopping_ends_the_process_and_starting_again_forgets_everything_but_the_keys(home: Path) -> None:
    first = daemon.start(home)
    make_client(first, "s3").create_bucket(Bucket="forgotten-bucket")
    assert daemon.stop(home) is True
    assert not psutil.pid_exists(first.pid)
    assert daemon.status(home) is None
    second = daemon.start(home)
    assert make_client(second, "s3").list_buckets()["Buckets"] == []
    assert second.access_key == first.access_key
    assert second.incarnation != first.incarnation


def test_stopping_what_does_not_run_says_so(home: Path) -> None:
    assert daemon.stop(home) is False


def test_reset_makes_new_keys(home: Path) -> None:
    first = daemon.start(home)
    assert daemon.reset(home).access_key != first.access_key


def test_a_port_in_use_is_named(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(daemon.PortInUseError, match=f"Port {port} is in use"):
            daemon.start(home, port)


def test_a_killed_local_aws_is_not_reported_as_running_and_can_be_started_again(home: Path) -> None:
    first = daemon.start(home)
    os.kill(first.pid, signal.SIGKILL)
    assert _eventually(lambda: daemon.status(home) is None)
    assert daemon.start(home).incarnation != first.incarnation


def test_an_old_connection_file_does_not_pass_for_a_running_one(home: Path) -> None:
    connection = daemon.start(home)
    daemon.stop(home)
    files.write_connection(connection)
    assert daemon.status(home) is None


def test_a_damaged_connection_file_counts_as_none(home: Path) -> None:
    home.mkdir()
    (home / "connection.json").write_text('{"endpoint_url": ')
    assert daemon.status(home) is None


def test_a_directory_of_something_else_is_neither_used_nor_emptied(home: Path) -> None:
    (home / "jobs").mkdir(parents=True)
    (home / "jobs" / "thesis.txt").write_text("years of work")
    for begin in (daemon.start, daemon.reset):
        with pytest.raises(daemon.ForeignDirectoryError, match=r"not a data directory .*: it holds jobs"):
            begin(home)
    assert (home / "jobs" / "thesis.txt").read_text() == "years of work"


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = tmp_path / "file" / "home"
    for begin in (daemon.start, daemon.reset):
        with pytest.raises(daemon.LocalAwsError, match=f"{home}: Not a directory"):
            begin(home)


def test_a_relative_data_directory_is_one_of_where_it_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLLAB_LOCAL_HOME", "mine")
    assert daemon.default_home() == tmp_path / "mine"


def test_resetting_what_was_never_started_starts_it(home: Path) -> None:
    assert daemon.reset(home) == daemon.status(home)


def test_resetting_removes_only_what_the_local_aws_keeps(home: Path) -> None:
    daemon.start(home)
    (home / "notes.txt").write_text("mine")
    daemon.reset(home)
    assert (home / "notes.txt").read_text() == "mine"


def test_a_squatter_on_the_old_port_learns_no_secret_and_does_not_pass_for_the_local_aws(home: Path) -> None:
    heard: list[bytes] = []

    class Squatter(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(bytes(self.headers.as_bytes()))
            body = b'{"incarnation": "known", "proof": ""}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    home.mkdir()
    with http.server.HTTPServer(("127.0.0.1", 0), Squatter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        files.write_connection(files.Connection(url, "AKIA", "the-secret", "known", os.getpid(), home))
        assert daemon.status(home) is None
        server.shutdown()
    assert heard
    assert b"the-secret" not in heard[0]


@pytest.mark.parametrize("content", ["5", "{}", '{"home": "x"}', "null"])
def test_a_connection_file_of_another_form_counts_as_none(home: Path, content: str) -> None:
    home.mkdir()
    (home / "connection.json").write_text(content)
    assert daemon.status(home) is None


def test_the_environment_needs_no_other_setting_for_a_client(home: Path) -> None:
    connection = daemon.start(home)
    code = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    clean = {"PATH": os.environ["PATH"], "HOME": str(home), **connection.environment()}
    answer = subprocess.run(
        [sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip().endswith("user/administrator")


def test_the_leash_ends_what_a_killed_parent_left_behind(tmp_path: Path) -> None:
    directory = tmp_path / "sockets"
    directory.mkdir()
    code = f"""
import subprocess, sys, time
from pathlib import Path
from typing import Any
from mllab_localaws.leash import Leash
leash = Leash(Path({str(directory)!r}))
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
leash.hold(child.pid)
print(child.pid, flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert psutil.pid_exists(child)
    parent.kill()
    parent.wait()
    assert _eventually(lambda: not psutil.pid_exists(child))
    assert _eventually(lambda: not directory.exists())


def test_the_leash_finds_what_was_started_a_moment_before_its_parent_was_killed(tmp_path: Path) -> None:
    """Between the start and the line that tells of it; what is another local AWS's is left alone."""
    home = tmp_path / "home"
    code = f"""
import subprocess, sys, time
from pathlib import Path
from mllab_localaws.leash import Leash
leash = Leash(Path({str(tmp_path / "sockets")!r}), Path({str(home)!r}))
for where in ({str(home / "jobs")!r}, {str(tmp_path / "home-of-others")!r}):
    print(subprocess.Popen(["sleep", "600"], start_new_session=True, env={{"HOME": where}}).pid, flush=True)
time.sleep(600)
"""
    _kill_and_see_only_the_first_child_end(code)


def test_the_leash_finds_a_program_by_the_directories_that_bubblewrap_binds_for_it(tmp_path: Path) -> None:
    """A function's HOME is `/tmp`, an instance's `/home/ec2-user`; whoever edits a file is no program."""
    home = tmp_path / "home"
    code = f"""
import subprocess, sys, time
from pathlib import Path
from mllab_localaws.leash import Leash
leash = Leash(Path({str(tmp_path / "sockets")!r}), Path({str(home)!r}))
for name in ("/usr/bin/bwrap", "editor"):
    command = [name, "-c", "import time; time.sleep(600)", {str(home / "functions")!r}]
    started = subprocess.Popen(
        command, executable=sys.executable, start_new_session=True, env={{"HOME": "/tmp"}}
    )
    print(started.pid, flush=True)
time.sleep(600)
"""
    _kill_and_see_only_the_first_child_end(code)


def _kill_and_see_only_the_first_child_end(code: str) -> None:
    """Run a program that prints the ids of two children, and kill it: the leash ends the first one alone."""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child, other = int(parent.stdout.readline()), int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    assert _eventually(lambda: not psutil.pid_exists(child))
    assert psutil.pid_exists(other)
    psutil.Process(other).kill()


def test_the_leash_leaves_alone_what_was_released(tmp_path: Path) -> None:
    leash = Leash(tmp_path / "none")
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as child:
        leash.hold(child.pid)
        leash.release(child.pid)
        leash.close()
        assert child.poll() is None
        child.kill()
