"""A local AWS that ends in the middle of a tuning job leaves nothing running."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import psutil
import pytest
import tuning_jobs
from boto_clients import make_client
from tuning_jobs import limits, request, until

from mllab_localaws import daemon


@pytest.mark.parametrize("killed", [False, True])
def test_no_training_job_of_a_tuning_job_outlives_the_local_aws(tmp_path: Path, killed: bool) -> None:
    home = tmp_path / "home"
    connection = daemon.start(home)

    try:
        aws = tuning_jobs.prepare(partial(make_client, connection), "tuning-end")
        # Rounds for hours.
        tuning = request(aws, "endless", config={"ResourceLimits": limits(50, 2)})
        tuning["TrainingJobDefinition"]["StaticHyperParameters"]["num_round"] = "100000000"
        aws.sagemaker.create_hyper_parameter_tuning_job(**tuning)
        until(aws, "endless", lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 2)
        jobs = _programs(home, 1)
        began = time.monotonic()
        if killed:
            psutil.Process(connection.pid).kill()
        else:
            daemon.stop(home)
        _, alive = psutil.wait_procs(jobs, timeout=10)
        assert alive == []
        assert time.monotonic() - began < 10
        assert _find(home) == []
    finally:
        daemon.stop(home)


def _programs(home: Path, least: int) -> list[psutil.Process]:
    """Return the training programs of a data directory, once there are so many."""
    deadline = time.monotonic() + 30
    while len(found := _find(home)) < least:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def _find(home: Path) -> list[psutil.Process]:
    jobs = str(home / "jobs")
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(jobs in argument for argument in process.info["cmdline"] or [])
    ]
