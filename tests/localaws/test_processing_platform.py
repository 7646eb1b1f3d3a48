"""Processing jobs on a platform of the test's own: capacity, temporary files, events, no sandbox."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from job_kinds import PROCESSING
from job_platform import ROLE, Jobs, job_platform, served_jobs, until_file
from processing_jobs import ANALYZER, job_request, results, source

from mllab_localaws import sandbox
from mllab_localaws.caller import acting_as
from mllab_localaws.events.bus import Event
from mllab_localaws.platform import Platform


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with job_platform(tmp_path) as made:
        yield made


@pytest.fixture
def jobs(platform: Platform) -> Iterator[Jobs]:
    with served_jobs(PROCESSING, platform) as jobs:
        yield jobs


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


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_paths_of_the_request_still_lead_to_the_jobs_directory(
    jobs: Jobs, platform: Platform
) -> None:
    platform.objects.write(
        acting_as(ROLE),
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
    assert platform.objects.read(acting_as(ROLE), "jobs", "out/data.csv") == b"1,2"


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
    assert b'"_c1"' in platform.objects.read(acting_as(ROLE), "jobs", "out/statistics.json")


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_a_literal_path_in_the_message_says_what_to_do(jobs: Jobs) -> None:
    code = "open('output/message', 'w').write('no /opt' + '/ml/x'); raise SystemExit(1)"
    jobs.create("job", code)
    assert "pass the script its paths as ContainerArguments" in jobs.finished("job")["FailureReason"]
