"""A serving process under supervision: a tiny program of the tests' own stands for the image."""

from __future__ import annotations

import io
import json
import os
import signal
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from platforms import make_platform
from processes import on_this_machine

from mllab_localaws import sandbox
from mllab_localaws.leash import Leash
from mllab_localaws.platform import Platform, Settings
from mllab_localaws.sagemaker import serving
from mllab_localaws.sagemaker.fleet import vcpus
from mllab_localaws.sagemaker.serving import ServingError, ServingProcess, ServingSpec, ping

ROLE = "arn:aws:iam::123456789012:role/r"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
URL = "s3://artefacts/model.tar.gz"

TINY_SERVER = """
import http.server, json, os, pathlib, socketserver, sys

if os.environ.get("EXIT"):
    print("no model here")
    sys.exit(int(os.environ["EXIT"]))

class Handler(http.server.BaseHTTPRequestHandler):
    address_string = lambda self: "unix"
    def do_GET(self):
        self.send_response(int(os.environ.get("PING", "200")))
        self.end_headers()

_, _, _, root, _, address = sys.argv
print(json.dumps({
    "pid": os.getpid(),
    "root": root,
    "files": sorted(str(path.relative_to(root)) for path in pathlib.Path(root, "model").rglob("*")),
    "environment": sorted(os.environ),
}))
socketserver.ThreadingUnixStreamServer(address.removeprefix("unix:"), Handler).serve_forever()
"""


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    sockets = tmp_path / "s"
    sockets.mkdir()
    leash = Leash(sockets)
    made = make_platform(Settings(tmp_path, sockets, "http://127.0.0.1:1", cores=2), leash)
    yield made
    leash.close()
    made.store.close()


Launch = Callable[..., ServingProcess]


@pytest.fixture
def launch(platform: Platform, tmp_path: Path) -> Iterator[Launch]:
    """`launch(EXIT="3")`: a started serving process; keyword arguments are environment or `artefact`."""
    (tmp_path / "tiny_server.py").write_text(TINY_SERVER)
    started: list[ServingProcess] = []

    def start(
        artefact: bytes | None = None, start_seconds: float = 20.0, **environment: str
    ) -> ServingProcess:
        if artefact is not None:
            _put(artefact)
        spec = ServingSpec(
            region="us-east-1",
            endpoint=f"e{tmp_path.name}",
            variant="AllTraffic",
            root=tmp_path / f"root-{len(started)}",
            socket=platform.settings.sockets / f"{len(started)}.sock",
            image_uri=IMAGE,
            module="tiny_server",
            model_data_url=None if artefact is None else URL,
            role_arn=ROLE,
            environment={"PYTHONPATH": str(tmp_path), **environment},
            start_seconds=start_seconds,
        )
        started.append(ServingProcess(platform, spec))
        return started[-1]

    yield start
    for process in started:
        process.stop(grace_seconds=2)


def _put(body: bytes) -> None:
    from moto.s3.models import s3_backends

    backend = s3_backends["123456789012"]["aws"]
    if "artefacts" not in backend.buckets:
        backend.create_bucket("artefacts", "us-east-1")
    backend.put_object("artefacts", "model.tar.gz", value=body)


def _archive(*members: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for member in members:
            info, body = (
                (member, b"")
                if isinstance(member, tarfile.TarInfo)
                else (tarfile.TarInfo(member[0]), member[1])
            )
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


def _link(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


def _log(process: ServingProcess) -> list[str]:
    from moto.logs.models import logs_backends

    group = logs_backends["123456789012"]["us-east-1"].groups.get(
        f"/aws/sagemaker/Endpoints/{process.spec.endpoint}"
    )
    streams = group.streams.values() if group else ()
    return [event.message for stream in streams for event in stream.events]


def _wait_for(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.01)
    raise AssertionError("did not happen in time")


def _introductions(process: ServingProcess) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _log(process) if line.startswith("{")]


def test_the_program_finds_its_model_and_nothing_of_the_persons_environment(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "secret")
    process = launch(_archive(("xgboost-model", b"m"), ("code/inference.py", b"")))
    process.wait_in_service()
    said = _wait_for(lambda: _introductions(process))[0]
    assert said["files"] == ["model/code", "model/code/inference.py", "model/xgboost-model"]
    assert "MY_TOKEN" not in said["environment"]


def test_a_killed_process_is_started_again_and_the_log_says_so(launch: Launch) -> None:
    process = launch()
    process.wait_in_service()
    pid = _wait_for(lambda: _introductions(process))[0]["pid"]
    os.kill(_of_this_machine(process, pid), signal.SIGKILL)
    _wait_for(lambda: len(_introductions(process)) == 2)
    _wait_for(lambda: ping(process.spec.socket) == 200)
    assert "The serving process ended with exit code 137; it is started again." in _log(process)


def test_a_process_that_no_longer_answers_is_started_again(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "PING_EVERY_SECONDS", 0.05)
    monkeypatch.setattr(serving, "PING_SECONDS", 0.1)
    monkeypatch.setattr(serving, "UNHEALTHY_SECONDS", 0.3)
    process = launch()
    process.wait_in_service()
    pid = _wait_for(lambda: _introductions(process))[0]["pid"]
    os.kill(_of_this_machine(process, pid), signal.SIGSTOP)
    _wait_for(lambda: len(_introductions(process)) == 2)


def _of_this_machine(process: ServingProcess, pid: int) -> int:
    found = on_this_machine(pid, process.spec.root)
    assert "tiny_server" in " ".join(psutil.Process(found).cmdline())
    return found


def test_without_a_sandbox_the_program_is_told_where_its_directory_is(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "isolation", lambda: None)
    process = launch(_archive(("xgboost-model", b"m")))
    process.wait_in_service()
    said = _wait_for(lambda: _introductions(process))[0]
    assert said["root"] == str(process.spec.root)
    assert said["files"] == ["model/xgboost-model"]
    process.stop()
    assert not psutil.pid_exists(said["pid"])


@pytest.mark.parametrize("environment", [{"EXIT": "3"}, {"EXIT": "0"}])
def test_a_process_that_exits_before_it_answers_fails_at_once(
    launch: Launch, environment: dict[str, str]
) -> None:
    process = launch(**environment)
    with pytest.raises(ServingError) as raised:
        process.wait_in_service()
    assert str(raised.value) == (
        "The primary container for production variant AllTraffic did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )
    assert "no model here" in _log(process)


def test_a_ping_that_answers_an_error_fails_without_waiting_four_minutes(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "ERROR_SECONDS", 0.1)
    with pytest.raises(ServingError, match="did not pass the ping health check"):
        launch(PING="500").wait_in_service()


def test_the_time_to_start_is_limited(launch: Launch) -> None:
    with pytest.raises(ServingError, match="did not pass the ping health check"):
        launch(start_seconds=0.01).wait_in_service()


@pytest.mark.parametrize(
    ("artefact", "reason"),
    [
        (b"no archive", "Failed to extract model data archive"),
        (_archive(("m", b"x" * 5000))[:-20], "Failed to extract model data archive"),
        (_archive(("../outside", b"x")), "../outside is not a plain file"),
        (_archive(("/outside", b"x")), "/outside is not a plain file"),
        (_archive(_link("model", "/etc/passwd")), "model is not a plain file"),
    ],
    ids=["text", "truncated", "parent", "absolute", "link"],
)
def test_a_bad_artefact_fails_with_a_reason_in_the_log_too(
    launch: Launch, tmp_path: Path, artefact: bytes, reason: str
) -> None:
    process = launch(artefact)
    with pytest.raises(ServingError, match=r"(?s)Failed to extract.*valid tar\.gz archive") as raised:
        process.wait_in_service()
    assert reason in str(raised.value)
    assert str(raised.value) in _log(process)
    assert not list(tmp_path.rglob("outside"))


def test_a_missing_artefact_fails_with_aws_own_words(platform: Platform, launch: Launch) -> None:
    from moto.s3.models import s3_backends

    _put(b"")
    s3_backends["123456789012"]["aws"].delete_object("artefacts", "model.tar.gz")
    spec = launch().spec
    process = ServingProcess(
        platform, ServingSpec(**{**vars(spec), "root": spec.root / "second", "model_data_url": URL})
    )
    with pytest.raises(ServingError) as raised:
        process.wait_in_service()
    process.stop()
    assert str(raised.value) == (
        f'Failed to download model data for container "container_1" from URL: "{URL}". Please ensure that '
        "there is an object located at the URL and that the role passed to CreateModel has permissions to "
        "download the object."
    )


def test_stopping_leaves_no_process_no_directory_no_socket_and_no_thread(launch: Launch) -> None:
    process = launch()
    process.wait_in_service()
    pid = _of_this_machine(process, _wait_for(lambda: _introductions(process))[0]["pid"])
    process.stop()
    assert not psutil.pid_exists(pid)
    assert not process.spec.root.exists()
    assert not process.spec.socket.exists()
    assert not [thread for thread in threading.enumerate() if process.spec.endpoint in thread.name]


def test_stopping_while_it_starts_ends_the_wait(launch: Launch) -> None:
    process = launch()
    process.stop()
    with pytest.raises(ServingError):
        process.wait_in_service()


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [("ml.t2.medium", 2), ("ml.m5.large", 2), ("ml.m4.xlarge", 4), ("ml.m5.4xlarge", 16)],
)
def test_vcpus_follow_the_size_of_the_instance(instance_type: str, expected: int) -> None:
    assert vcpus(instance_type) == expected
