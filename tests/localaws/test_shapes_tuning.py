"""Every operation on tuning jobs answers in the shape that AWS's own service model defines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tuning_jobs
from contract_recorder import Recorder, implemented
from tuning_jobs import NAME, finished, limits, request, until

from mllab_localaws.sagemaker.tuning import Tuning

OURS = implemented(Tuning)


@pytest.fixture(scope="module")
def recorder(client: Callable[..., Any]) -> Recorder:
    """The replies about a tuning job that completes, one that fails and one that is stopped."""
    recorder = Recorder(client)
    aws = tuning_jobs.prepare(client, "tuning-shapes")
    aws.sagemaker = recorder.client("sagemaker")
    for name, static in (("completes", {"num_round": "3"}), ("fails", {"num_round": "none"})):
        members = {
            "definition": {"StaticHyperParameters": static},
            "config": {"ResourceLimits": limits(2, 2)},
        }
        aws.sagemaker.create_hyper_parameter_tuning_job(**request(aws, name, **members))
    statuses = [finished(aws, name)[tuning_jobs.STATUS] for name in ("completes", "fails")]
    assert statuses == ["Completed", "Failed"]
    aws.sagemaker.create_hyper_parameter_tuning_job(**request(aws, "stops"))
    until(aws, "stops", lambda job: job["TrainingJobStatusCounters"]["InProgress"] > 0)
    tuning_jobs.trials(aws, "stops")
    aws.sagemaker.stop_hyper_parameter_tuning_job(**{NAME: "stops"})
    finished(aws, "stops")
    for name in ("completes", "fails", "stops"):
        tuning_jobs.trials(aws, name)
    aws.sagemaker.list_hyper_parameter_tuning_jobs(MaxResults=2)
    aws.sagemaker.delete_hyper_parameter_tuning_job(**{NAME: "stops"})
    return recorder


def test_the_scenario_calls_every_operation(recorder: Recorder) -> None:
    assert OURS - recorder.names() == set()


@pytest.mark.parametrize(("service", "operation"), sorted(OURS))
def test_replies_have_the_shape_that_the_model_defines(
    recorder: Recorder, service: str, operation: str
) -> None:
    assert recorder.complaints(service, operation) == []
