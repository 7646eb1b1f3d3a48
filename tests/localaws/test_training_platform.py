"""Training jobs on a platform of the test's own: capacity, a full disk, no sandbox, shutting down."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
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
from training_jobs import TERMINAL, channel, job_request

from mllab_localaws import sandbox
from mllab_localaws.caller import Caller
from mllab_localaws.leash import Leash
from mllab_localaws.moto_backend import Logs, Objects
from mllab_localaws.platform import ACCOUNT, Platform, Settings
from mllab_localaws.sagemaker.training import Training
from mllab_localaws.wire.call import Call
from mllab_localaws.wire.errors import AwsError

ROLE = f"arn:aws:iam::{ACCOUNT}:role/jobs"
REGION = "us-east-1"


class Lines(Logs):
    """Log lines of all streams, to be waited for."""

    def __init__(self) -> None:
        super().__init__(lambda: None)
        self.seen: list[str] = []
        self.changed = threading.Condition()

    def append(self, region: str, group: str, stream: str, lines: Any, time: float) -> None:
        with self.changed:
            self.seen += lines
            self.changed.notify_all()

    def wait_for(self, text: str) -> str:
        with self.changed:
            assert self.changed.wait_for(lambda: any(text in line for line in self.seen), 15), self.seen
        return next(line for line in self.seen if text in line)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with mock_aws():
        # In process: a boto3 session made before the mock began would speak past it.
        s3_backends[ACCOUNT]["aws"].create_bucket("jobs", REGION)
        iam_backends[ACCOUNT]["aws"].create_role("jobs", "{}", "/", None, "", [], "3600")
        leash = Leash(tmp_path / "sockets")
        settings = Settings(tmp_path, tmp_path / "sockets", "http://127.0.0.1:1", cores=1)
        made = make_platform(settings, leash, logs=Lines())
        yield made
        leash.close()
        made.store.close()


class Jobs:
    """Training operations called directly, and waiting for what the store says."""

    def __init__(self, platform: Platform) -> None:
        self.service = Training(platform)
        self._store = platform.store
        self._changed = threading.Condition()
        self._store.on_change(self._notify)

    def __call__(self, operation: str, **params: Any) -> Any:
        caller = Caller("arn:aws:iam::123456789012:user/administrator", ACCOUNT, "AKIA")
        return getattr(self.service, operation)(Call(operation, params, caller, REGION))

    def create(self, name: str, code: str, **members: Any) -> None:
        self("create_training_job", **job_request(name, ROLE, code, **members))

    def describe(self, name: str) -> Any:
        return self("describe_training_job", TrainingJobName=name)

    def until(self, name: str, condition: Callable[[Any], bool]) -> Any:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.describe(name)), 15), self.describe(name)
        return self.describe(name)

    def finished(self, name: str) -> Any:
        return self.until(name, lambda job: job["TrainingJobStatus"] in TERMINAL)

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


def test_jobs_beyond_the_machines_cores_are_pending_until_one_ends(jobs: Jobs, tmp_path: Path) -> None:
    jobs.create("first", until_file(tmp_path / "go"))
    jobs.create("second", "pass")
    assert jobs.describe("second")["SecondaryStatus"] == "Pending"
    assert jobs.until("first", lambda job: job["SecondaryStatus"] == "Training")
    (tmp_path / "go").touch()
    second = jobs.finished("second")
    assert [each["Status"] for each in second["SecondaryStatusTransitions"]][:3] == [
        "Starting",
        "Pending",
        "Starting",
    ]
    first_end = jobs.describe("first")["TrainingEndTime"]
    assert second["TrainingStartTime"] >= first_end


def test_a_pending_job_that_is_stopped_never_starts(jobs: Jobs, tmp_path: Path) -> None:
    jobs.create("first", until_file(tmp_path / "go"))
    jobs.create("second", "pass")
    jobs("stop_training_job", TrainingJobName="second")
    assert jobs.describe("second")["TrainingJobStatus"] == "Stopped"
    assert "TrainingStartTime" not in jobs.describe("second")
    (tmp_path / "go").touch()
    assert jobs.finished("first")["TrainingJobStatus"] == "Completed"


class FullDisk(Objects):
    """S3 on a disk without room."""

    def write(self, role_arn: str, bucket: str, key: str, body: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "spool")


def test_a_full_disk_fails_the_job_and_says_so(platform: Platform) -> None:
    jobs = Jobs(replace(platform, objects=FullDisk()))
    jobs.create("job", "open('/opt/ml/model/m', 'w').write('x')")
    job = jobs.finished("job")
    jobs.service.close()
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(
        "ClientError: Artifact upload failed: No space left on this machine"
    )
    assert platform.objects.list(ROLE, "jobs", "out/") == []


def test_shutting_down_ends_running_jobs_with_their_children(jobs: Jobs, platform: Platform) -> None:
    code = (
        "import subprocess, sys, os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('pids', os.getpid(), child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    jobs.create("stubborn", code)
    jobs.create("waiting", "pass")
    said = platform.logs.wait_for("pids").split()[1:]  # type: ignore[attr-defined]
    root = platform.settings.home / "jobs" / REGION / "stubborn"
    pids = [on_this_machine(int(pid), root) for pid in said]
    jobs.service.close()
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in pids if _is_alive(pid)], timeout=5)
    assert alive == []
    assert list((platform.settings.home / "jobs" / REGION).iterdir()) == []


def test_a_job_that_is_stopped_before_its_thread_is_known_does_not_run(
    jobs: Jobs, platform: Platform, tmp_path: Path
) -> None:
    asked = []

    def stop_at_once() -> None:
        if not asked:
            asked.append(True)
            jobs("stop_training_job", TrainingJobName="hasty")

    platform.store.on_change(stop_at_once)
    jobs.create("hasty", until_file(tmp_path / "never"))
    assert jobs.finished("hasty")["TrainingJobStatus"] == "Stopped"


def test_a_pipe_in_place_of_the_failure_file_does_not_hold_the_job_for_ever(jobs: Jobs) -> None:
    jobs.create("pipe", "import os\nos.mkfifo('output/failure')\nraise SystemExit(3)")
    assert jobs.finished("pipe")["FailureReason"] == "AlgorithmError: , exit code: 3"


@pytest.mark.parametrize("name", [".", "..", "..."])
def test_a_channel_cannot_be_named_like_a_directory_above_it(jobs: Jobs, name: str) -> None:
    s3_backends[ACCOUNT]["aws"].put_object("jobs", "in/data.csv", b"1,2")
    with pytest.raises(AwsError, match="cannot be a directory's"):
        jobs.create("above", "pass", InputDataConfig=[channel(name, "s3://jobs/in/")])


def test_a_path_of_the_requests_own_does_not_hide_the_sandbox(jobs: Jobs, platform: Platform) -> None:
    request = job_request("own-path", ROLE, Environment={"PATH": "/nowhere"})
    request["AlgorithmSpecification"]["ContainerEntrypoint"] = [sys.executable, "-c", "print('it runs')"]
    jobs("create_training_job", **request)
    assert jobs.finished("own-path")["TrainingJobStatus"] == "Completed"


def test_shutting_down_ends_a_process_that_left_the_jobs_group(jobs: Jobs, platform: Platform) -> None:
    code = (
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "print('child', child.pid, flush=True)\n"
        "child.wait()\n"
    )
    jobs.create("daemonises", code)
    inner = platform.logs.wait_for("child").split()[1]  # type: ignore[attr-defined]
    root = platform.settings.home / "jobs" / REGION / "daemonises"
    child = psutil.Process(on_this_machine(int(inner), root))
    jobs.service.close()
    psutil.wait_procs([child], timeout=5)
    assert not _is_alive(child.pid)


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


@pytest.fixture
def no_sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A machine without bubblewrap."""
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.isolation.cache_clear()
    yield
    sandbox.isolation.cache_clear()


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_the_sdks_own_scripts_and_the_request_still_find_opt_ml(
    jobs: Jobs, platform: Platform
) -> None:
    script = (
        b"echo from /opt/ml\ncat /opt/ml/input/config/hyperparameters.json\necho model > /opt/ml/model/m\n"
    )
    platform.objects.write(ROLE, "jobs", "drivers/sm_train.sh", script)
    specification = {
        "ContainerEntrypoint": ["/bin/bash"],
        "ContainerArguments": ["-c", "bash $DRIVERS/sm_train.sh"],
    }
    jobs.create(
        "sdk",
        "",
        AlgorithmSpecification=specification,
        InputDataConfig=[channel("sm_drivers", "s3://jobs/drivers/")],
        Environment={"DRIVERS": "/opt/ml/input/data/sm_drivers"},
        HyperParameters={"depth": "3"},
    )
    job = jobs.finished("sdk")
    assert job["TrainingJobStatus"] == "Completed", platform.logs.seen  # type: ignore[attr-defined]
    assert '{"depth": "3"}' in "".join(platform.logs.seen)  # type: ignore[attr-defined]
    assert [each.key for each in platform.objects.list(ROLE, "jobs", "out/")] == [
        "out/sdk/output/model.tar.gz"
    ]


@pytest.mark.usefixtures("no_sandbox")
def test_an_entry_point_that_is_not_there_fails_the_job(jobs: Jobs) -> None:
    jobs.create("nothing", "", AlgorithmSpecification={"ContainerEntrypoint": ["/no/such/program"]})
    reason = jobs.finished("nothing")["FailureReason"]
    assert reason.startswith("AlgorithmError: The container's entry point cannot be run: ")
    assert reason.endswith("'/no/such/program', exit code: 127")


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_a_literal_opt_ml_in_a_learners_script_is_explained(
    jobs: Jobs, platform: Platform
) -> None:
    script = b"open('/opt/' + 'ml/output/failure', 'w')"
    platform.objects.write(ROLE, "jobs", "code/train.py", script)
    specification = {
        "ContainerEntrypoint": ["/bin/bash", "-c"],
        "ContainerArguments": [
            "python /opt/ml/input/data/code/train.py 2> /opt/ml/output/error || "
            "{ cp /opt/ml/output/error /opt/ml/output/failure; exit 1; }"
        ],
    }
    data = [channel("code", "s3://jobs/code/")]
    jobs.create("literal", "", AlgorithmSpecification=specification, InputDataConfig=data)
    reason = jobs.finished("literal")["FailureReason"]
    assert "No such file or directory: '/opt/ml/output/failure'" in reason
    assert "[/opt/ml does not exist on this machine: use SM_* variables, or install bubblewrap]" in reason
