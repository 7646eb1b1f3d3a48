"""Processing jobs on a platform of the test's own: capacity, a full disk, no sandbox, shutting down."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from moto import mock_aws
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from platforms import make_platform
from processes import on_this_machine
from processing_jobs import ANALYZER, TERMINAL, job_request, results, source

from mllab_localaws import sandbox
from mllab_localaws.caller import Caller
from mllab_localaws.events.bus import Event
from mllab_localaws.leash import Leash
from mllab_localaws.moto_backend import Objects
from mllab_localaws.platform import ACCOUNT, Platform, Settings
from mllab_localaws.sagemaker.processing import Processing
from mllab_localaws.wire.call import Call

ROLE = f"arn:aws:iam::{ACCOUNT}:role/jobs"
REGION = "us-east-1"


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with mock_aws():
        s3_backends[ACCOUNT]["aws"].create_bucket("jobs", REGION)
        s3_backends[ACCOUNT]["aws"].put_object("jobs", "in/data.csv", b"1,2")
        iam_backends[ACCOUNT]["aws"].create_role("jobs", "{}", "/", None, "", [], "3600")
        leash = Leash(tmp_path / "sockets")
        settings = Settings(tmp_path, tmp_path / "sockets", "http://127.0.0.1:1", cores=1)
        made = make_platform(settings, leash)
        yield made
        leash.close()
        made.store.close()


class Jobs:
    """Processing operations called directly, and waiting for what the store says."""

    def __init__(self, platform: Platform) -> None:
        self.service = Processing(platform)
        self._changed = threading.Condition()
        platform.store.on_change(self._notify)

    def __call__(self, operation: str, **params: Any) -> Any:
        caller = Caller("arn:aws:iam::123456789012:user/administrator", ACCOUNT, "AKIA")
        return getattr(self.service, operation)(Call(operation, params, caller, REGION))

    def create(self, name: str, code: str, **members: Any) -> None:
        self("create_processing_job", **job_request(name, ROLE, code, **members))

    def describe(self, name: str) -> Any:
        return self("describe_processing_job", ProcessingJobName=name)

    def until(self, name: str, condition: Callable[[Any], bool]) -> Any:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.describe(name)), 15), self.describe(name)
        return self.describe(name)

    def finished(self, name: str) -> Any:
        return self.until(name, lambda job: job["ProcessingJobStatus"] in TERMINAL)

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()


@pytest.fixture
def jobs(platform: Platform) -> Iterator[Jobs]:
    jobs = Jobs(platform)
    yield jobs
    jobs.service.close()


def until_file(path: Path) -> str:
    return f"import os, time\nwhile not os.path.exists({str(path)!r}): time.sleep(0.01)\n"


def appears(path: Path) -> None:
    deadline = time.monotonic() + 15
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.01)


def test_jobs_beyond_the_machines_cores_start_when_one_ends(jobs: Jobs, tmp_path: Path) -> None:
    jobs.create("first", until_file(tmp_path / "go"))
    jobs.create("second", "pass")
    jobs.until("first", lambda job: "ProcessingStartTime" in job)
    assert "ProcessingStartTime" not in jobs.describe("second")
    (tmp_path / "go").touch()
    assert jobs.finished("second")["ProcessingStartTime"] >= jobs.describe("first")["ProcessingEndTime"]


def test_a_waiting_job_that_is_stopped_never_starts(jobs: Jobs, tmp_path: Path) -> None:
    jobs.create("first", until_file(tmp_path / "go"))
    jobs.create("second", "pass")
    jobs("stop_processing_job", ProcessingJobName="second")
    assert jobs.describe("second")["ProcessingJobStatus"] == "Stopped"
    assert "ProcessingStartTime" not in jobs.describe("second")
    (tmp_path / "go").touch()
    assert jobs.finished("first")["ProcessingJobStatus"] == "Completed"


@pytest.mark.skipif(not sandbox.available(), reason="without bubblewrap jobs share the machine's /tmp")
def test_temporary_files_are_a_jobs_own_and_end_with_it(
    jobs: Jobs, platform: Platform, tmp_path: Path
) -> None:
    # Named in full by renaming, so that the file is there with all of its text.
    tell = f"""
import os, pathlib, tempfile
name = os.path.basename(tempfile.mkdtemp())
pathlib.Path({str(tmp_path / "half")!r}).write_text(name)
os.rename({str(tmp_path / "half")!r}, {str(tmp_path / "name")!r})
"""
    jobs.create("job", tell + until_file(tmp_path / "go"))
    appears(tmp_path / "name")
    name = (tmp_path / "name").read_text()
    assert len(list((platform.settings.home / "jobs").rglob(name))) == 1
    assert not Path(tempfile.gettempdir(), name).exists()
    (tmp_path / "go").touch()
    assert jobs.finished("job")["ProcessingJobStatus"] == "Completed"
    assert not list((platform.settings.home / "jobs").rglob(name))


def test_each_status_is_said_on_the_event_bus(jobs: Jobs, platform: Platform) -> None:
    heard: list[Event] = []
    platform.bus.subscribe(heard.append)
    jobs.create("job", "pass")
    job = jobs.finished("job")
    jobs.service.close()  # the event follows the record
    assert [event.detail["ProcessingJobStatus"] for event in heard] == ["InProgress", "Completed"]
    assert {event.detail_type for event in heard} == {"SageMaker Processing Job State Change"}
    assert heard[-1].resources == (job["ProcessingJobArn"],)
    assert heard[-1].detail["ProcessingEndTime"] == str(round(job["ProcessingEndTime"] * 1000))


class FullDisk(Objects):
    """S3 on a disk without room."""

    def write(self, role_arn: str, bucket: str, key: str, body: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "spool")


def test_a_full_disk_fails_the_job_and_says_so(platform: Platform) -> None:
    jobs = Jobs(replace(platform, objects=FullDisk()))
    write = "open('/opt/ml/processing/output/x', 'w').write('x')"
    jobs.create("job", write, ProcessingOutputConfig=results("s3://jobs/out"))
    job = jobs.finished("job")
    jobs.service.close()
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Output upload failed: No space left on this machine")


def test_shutting_down_ends_running_jobs_and_removes_their_directories(
    jobs: Jobs, platform: Platform, tmp_path: Path
) -> None:
    said = tmp_path / "pid"
    code = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"open({str(said)!r} + '.new', 'w').write(str(os.getpid()))\n"
        f"os.rename({str(said)!r} + '.new', {str(said)!r})\n"
        "time.sleep(60)\n"
    )
    jobs.create("stubborn", code)
    appears(said)
    root = platform.settings.home / "jobs" / f"{REGION}.processing" / "stubborn"
    process = psutil.Process(on_this_machine(int(said.read_text()), root))
    jobs.service.close()
    _, alive = psutil.wait_procs([process], timeout=5)
    assert alive == []
    assert not root.exists()


@pytest.fixture
def no_sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A machine without bubblewrap."""
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.isolation.cache_clear()
    yield
    sandbox.isolation.cache_clear()


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_paths_of_the_request_still_lead_to_the_jobs_directory(
    jobs: Jobs, platform: Platform
) -> None:
    platform.objects.write(
        ROLE,
        "jobs",
        "code/copy.py",
        b"import os, shutil, sys\nshutil.copy(sys.argv[1] + '/data.csv', os.environ['OUT'])\n",
    )
    entry = ["python3", "/opt/ml/processing/input/code/copy.py"]
    jobs.create(
        "job",
        "",
        AppSpecification={
            "ContainerEntrypoint": entry,
            "ContainerArguments": ["/opt/ml/processing/input/data"],
        },
        Environment={"OUT": "/opt/ml/processing/output"},
        ProcessingInputs=[
            source("data", "s3://jobs/in/", S3CompressionType="None"),
            source("code", "s3://jobs/code/"),
        ],
        ProcessingOutputConfig=results("s3://jobs/out"),
    )
    assert jobs.finished("job")["ProcessingJobStatus"] == "Completed"
    assert platform.objects.read(ROLE, "jobs", "out/data.csv") == b"1,2"


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_the_analyzer_finds_its_data(jobs: Jobs, platform: Platform) -> None:
    request = job_request("baseline", ROLE, "", ProcessingInputs=[source("data", "s3://jobs/in/")])
    request["AppSpecification"] = {"ImageUri": ANALYZER}
    request["ProcessingOutputConfig"] = results("s3://jobs/out")
    request["Environment"] = {
        "dataset_format": '{"csv": {"header": false}}',
        "dataset_source": "/opt/ml/processing/input/data",
        "output_path": "/opt/ml/processing/output",
    }
    jobs("create_processing_job", **request)
    assert jobs.finished("baseline")["ProcessingJobStatus"] == "Completed", jobs.describe("baseline")
    assert b'"_c1"' in platform.objects.read(ROLE, "jobs", "out/statistics.json")


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_a_literal_path_in_the_message_says_what_to_do(jobs: Jobs) -> None:
    code = "open('output/message', 'w').write('no /opt' + '/ml/x'); raise SystemExit(1)"
    jobs.create("job", code)
    assert "pass the script its paths as ContainerArguments" in jobs.finished("job")["FailureReason"]
