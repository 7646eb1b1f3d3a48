"""Training jobs on a platform of the test's own: capacity, odd files and paths, no sandbox."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from job_kinds import TRAINING
from job_platform import ROLE, Jobs, job_platform, served_jobs, until_file
from training_jobs import channel, job_request

from mllab_localaws.caller import acting_as
from mllab_localaws.platform import Platform
from mllab_localaws.wire.errors import AwsError


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with job_platform(tmp_path) as made:
        yield made


@pytest.fixture
def jobs(platform: Platform) -> Iterator[Jobs]:
    with served_jobs(TRAINING, platform) as jobs:
        yield jobs


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


def test_a_pipe_in_place_of_the_failure_file_does_not_hold_the_job_for_ever(jobs: Jobs) -> None:
    jobs.create("pipe", "import os\nos.mkfifo('output/failure')\nraise SystemExit(3)")
    assert jobs.finished("pipe")["FailureReason"] == "AlgorithmError: , exit code: 3"


@pytest.mark.parametrize("name", [".", "..", "..."])
def test_a_channel_cannot_be_named_like_a_directory_above_it(jobs: Jobs, name: str) -> None:
    with pytest.raises(AwsError, match="cannot be a directory's"):
        jobs.create("above", "pass", InputDataConfig=[channel(name, "s3://jobs/in/")])


def test_a_path_of_the_requests_own_does_not_hide_the_sandbox(jobs: Jobs, platform: Platform) -> None:
    request = job_request("own-path", ROLE, Environment={"PATH": "/nowhere"})
    request["AlgorithmSpecification"]["ContainerEntrypoint"] = [sys.executable, "-c", "print('it runs')"]
    jobs("create_training_job", **request)
    assert jobs.finished("own-path")["TrainingJobStatus"] == "Completed"


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_the_sdks_own_scripts_and_the_request_still_find_opt_ml(
    jobs: Jobs, platform: Platform
) -> None:
    script = (
        b"echo from /opt/ml\ncat /opt/ml/input/config/hyperparameters.json\necho model > /opt/ml/model/m\n"
    )
    platform.objects.write(acting_as(ROLE), "jobs", "drivers/sm_train.sh", script)
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
    assert job["TrainingJobStatus"] == "Completed", jobs.lines.seen
    assert '{"depth": "3"}' in "".join(jobs.lines.seen)
    assert [each.key for each in platform.objects.list(acting_as(ROLE), "jobs", "out/")] == [
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
    platform.objects.write(acting_as(ROLE), "jobs", "code/train.py", script)
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
