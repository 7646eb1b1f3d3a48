"""What the event bus hears of a tuning job."""

from __future__ import annotations

from pathlib import Path

import in_process
import pytest
import tuning_jobs
from moto import mock_aws
from tuning_jobs import NAME, STATUS, finished, limits, request, until

from mllab_localaws.events.bus import Event
from mllab_localaws.sagemaker.state_events import TUNING_JOB


@pytest.mark.parametrize(("stops", "last"), [(False, ["Completed"]), (True, ["Stopping", "Stopped"])])
def test_the_event_bus_hears_each_status_of_a_tuning_job_once(
    tmp_path: Path, stops: bool, last: list[str]
) -> None:
    heard: list[Event] = []
    with mock_aws(), in_process.served(tmp_path / "home") as local:
        local.aws.platform.bus.subscribe(heard.append)
        aws = tuning_jobs.prepare(local.client, "tuning-events")
        tuning = request(aws, "heard", config={"ResourceLimits": limits(2, 2)})
        if stops:
            tuning["TrainingJobDefinition"]["StaticHyperParameters"]["num_round"] = "100000000"
        aws.sagemaker.create_hyper_parameter_tuning_job(**tuning)
        if stops:
            until(aws, "heard", lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 2)
            aws.sagemaker.stop_hyper_parameter_tuning_job(**{NAME: "heard"})
        job = finished(aws, "heard")
        in_process.until(lambda: len(_of_tuning(heard)) > len(last), "the end is heard")
    events = _of_tuning(heard)
    assert [event.detail[STATUS] for event in events] == ["InProgress", *last]
    assert {event.resources for event in events} == {(job["HyperParameterTuningJobArn"],)}
    counters = events[-1].detail["TrainingJobStatusCounters"]
    assert counters["Stopped" if stops else "Completed"] == 2


def _of_tuning(events: list[Event]) -> list[Event]:
    return [event for event in events if event.detail_type == TUNING_JOB]
