"""Processes of a serving image: workers are replaced, and nobody outlives the parent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import psutil
import pytest
from image_containers import Container, eventually

from mllab_localaws.images.toolkit.supervisor import Address, parse_address

ROW = "0.5,-1,2.25,0"


def gone(pids: list[int]) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)


def test_as_many_workers_run_as_asked_for(trained: Container) -> None:
    with trained.served(workers=3) as server:
        eventually(lambda: len(server.workers()) == 3)


def test_a_killed_worker_is_replaced_and_the_port_keeps_answering(trained: Container) -> None:
    with trained.served(workers=2) as server:
        eventually(lambda: len(server.workers()) == 2)
        before = server.workers()
        os.kill(before[0], signal.SIGKILL)
        eventually(lambda: len(server.workers()) == 2 and before[0] not in server.workers())
        assert before[1] in server.workers()
        assert server.invoke(ROW).status == 200
    assert f"Worker {before[0]} ended with code -9; another one takes its place." in server.log


def test_sigterm_ends_all_cleanly_and_removes_the_socket(trained: Container) -> None:
    with trained.served(workers=2) as server:
        workers = server.workers()
        assert server.stop() == 0
        assert not Path(server.path).exists()
    assert gone(workers)


def test_no_worker_outlives_a_killed_parent(trained: Container) -> None:
    with trained.served(workers=2) as server:
        eventually(lambda: len(server.workers()) == 2)
        workers = server.workers()
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        eventually(lambda: gone(workers))


def test_an_address_in_use_is_refused_by_name(trained: Container) -> None:
    with trained.served() as server:
        second = subprocess.run(
            trained.command("serve", "--bind", f"unix:{server.path}"),
            env=trained.variables(),
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        assert server.invoke(ROW).status == 200
    assert second.returncode == 1
    assert f"another process already listens on {server.path}" in second.stderr


def test_the_socket_of_a_killed_server_is_taken_over(trained: Container, tmp_path: Path) -> None:
    with trained.served() as server:
        workers = server.workers()
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        eventually(lambda: gone(workers))
        assert Path(server.path).exists()
        again = subprocess.Popen(
            trained.command("serve", "--bind", f"unix:{server.path}"), env=trained.variables()
        )
        eventually(lambda: server.ping() == 200)
        again.terminate()
        assert again.wait(timeout=20) == 0


def test_a_port_is_served_too(trained: Container) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        trained.command("serve"),
        env={**trained.variables(), "SAGEMAKER_BIND_TO_PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )

    def answers() -> bool:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)):
                return False
            client.sendall(b"GET /ping HTTP/1.1\r\nHost: model\r\n\r\n")
            return client.recv(100).startswith(b"HTTP/1.1 200")

    eventually(answers)
    process.terminate()
    assert process.wait(timeout=20) == 0


@pytest.mark.parametrize(
    ("name", "value"), [("SAGEMAKER_MODEL_SERVER_WORKERS", "two"), ("MAX_CONTENT_LENGTH", "-1")]
)
def test_a_bad_setting_is_refused_by_name(trained: Container, name: str, value: str) -> None:
    done = subprocess.run(
        trained.command("serve", "--bind", "127.0.0.1:0"),
        env={**trained.variables(), name: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )

    assert done.returncode == 1
    assert f"environment variable {name} is '{value}', not a whole number above 0" in done.stderr


def test_addresses_are_paths_or_ports() -> None:
    assert parse_address("unix:/run/model.sock") == Address(path="/run/model.sock")
    assert parse_address("127.0.0.1:8080") == Address(path=None, host="127.0.0.1", port=8080)
    with pytest.raises(ValueError, match="is neither unix:/path"):
        parse_address("8080")
