"""Training and processing jobs on a platform of the test's own: waiting, a full disk, shutting down."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from job_kinds import BOTH, PROCESSING, TRAINING, JobKind
from job_platform import ROLE, Jobs, job_platform, served_jobs, until_file
from processes import on_this_machine

from mllab_localaws.caller import Caller, acting_as
from mllab_localaws.moto_backend import Objects
from mllab_localaws.platform import Platform


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with job_platform(tmp_path) as made:
        yield made


@pytest.fixture(params=BOTH, ids=str)
def jobs(request: pytest.FixtureRequest, platform: Platform) -> Iterator[Jobs]:
    with served_jobs(request.param, platform) as jobs:
        yield jobs


def test_a_waiting_job_that_is_stopped_never_starts(jobs: Jobs, tmp_path: Path) -> None:
    jobs.create("first", until_file(tmp_path / "go"))
    jobs.create("second", "pass")
    jobs.stop("second")
    assert jobs.describe("second")[jobs.kind.status] == "Stopped"
    assert not {"TrainingStartTime", "ProcessingStartTime"} & set(jobs.describe("second"))
    (tmp_path / "go").touch()
    assert jobs.finished("first")[jobs.kind.status] == "Completed"


def test_a_job_that_is_stopped_before_its_thread_is_known_does_not_run(
    jobs: Jobs, platform: Platform, tmp_path: Path
) -> None:
    asked = []

    def stop_at_once() -> None:
        if not asked:
            asked.append(True)
            jobs.stop("hasty")

    platform.store.on_change(stop_at_once)
    jobs.create("hasty", until_file(tmp_path / "never"))
    assert jobs.finished("hasty")[jobs.kind.status] == "Stopped"


class FullDisk(Objects):
    """S3 on a disk without room."""

    def write(self, who: Caller, bucket: str, key: str, body: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "spool")


@pytest.mark.parametrize(("kind", "step"), [(TRAINING, "Artifact upload"), (PROCESSING, "Output upload")])
def test_a_full_disk_fails_the_job_and_says_so(platform: Platform, kind: JobKind, step: str) -> None:
    with served_jobs(kind, replace(platform, objects=FullDisk(platform.authorizer))) as jobs:
        write = f"open('{kind.results}/m', 'w').write('x')"
        jobs.create("job", write, **kind.writes("s3://jobs/out"))
        job = jobs.finished("job")
    assert job[kind.status] == "Failed"
    assert job["FailureReason"].startswith(f"ClientError: {step} failed:No space left on this machine")
    assert platform.objects.list(acting_as(ROLE), "jobs", "out/") == []


def test_shutting_down_ends_running_jobs_with_their_children_and_removes_their_directories(
    jobs: Jobs,
) -> None:
    code = (
        "import subprocess, sys, os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('pids', os.getpid(), child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    jobs.create("stubborn", code)
    jobs.create("waiting", "pass")
    said = jobs.lines.wait_for("pids").split()[1:]
    pids = [on_this_machine(int(pid), jobs.directories / "stubborn") for pid in said]
    jobs.service.close()
    assert [pid for pid in pids if _outlives(pid)] == []
    assert list(jobs.directories.iterdir()) == []


def test_shutting_down_ends_a_process_that_left_the_jobs_group(jobs: Jobs) -> None:
    code = (
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "print('child', child.pid, flush=True)\n"
        "child.wait()\n"
    )
    jobs.create("daemonises", code)
    said = jobs.lines.wait_for("child").split()[1]
    child = on_this_machine(int(said), jobs.directories / "daemonises")
    jobs.service.close()
    assert not _outlives(child)


def _outlives(pid: int) -> bool:
    """Return whether a process still does something after five seconds."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        psutil.wait_procs([process], timeout=5)
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False
