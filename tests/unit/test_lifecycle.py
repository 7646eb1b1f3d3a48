"""A model's life: executions followed, versions listed, roll-outs that succeed and that do not."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest

from mllab_helpers.deployment import deployment
from mllab_helpers.errors import NoModelPackage, NoPipelineExecution, RollOutFailed
from mllab_helpers.lifecycle import lifecycle

NOW = datetime(2027, 1, 1, tzinfo=timezone.utc)
ARN = "arn:aws:sagemaker:us-east-1:123456789012"
EXECUTION = f"{ARN}:pipeline/mllab-ana-retraining/execution/abcdef123456"
PACKAGE = lifecycle.Package(
    f"{ARN}:model-package/mllab-ana-houses/2", "mllab-ana-houses", 2, "Approved", "s3://b/m"
)


def described(status, **members):
    return {
        "PipelineExecutionArn": EXECUTION,
        "PipelineExecutionStatus": status,
        "CreationTime": NOW,
        "LastModifiedTime": NOW + timedelta(seconds=9),
        **members,
    }


def steps(*found):
    return {"PipelineExecutionSteps": list(found)}


PREPARE = {
    "StepName": "ana-Prepare",
    "StepStatus": "Succeeded",
    "StartTime": NOW,
    "EndTime": NOW,
    "Metadata": {},
}


def test_an_execution_is_followed_to_its_end_whatever_it_is(lab, stub):
    scripted = stub("sagemaker")
    scripted.add_response("describe_pipeline_execution", described("Executing"))
    scripted.add_response("list_pipeline_execution_steps", steps())
    scripted.add_response(
        "describe_pipeline_execution", described("Failed", FailureReason="Prepare: no columns")
    )
    execution = lifecycle.wait_for_execution(lab, EXECUTION)
    assert (execution.status, execution.reason, execution.seconds) == ("Failed", "Prepare: no columns", 9)


def test_the_table_tells_how_long_each_step_took_and_what_came_of_it(lab, stub):
    condition = {
        "StepName": "ana-IsBetter",
        "StepStatus": "Succeeded",
        "StartTime": NOW,
        "EndTime": NOW + timedelta(seconds=2),
        "Metadata": {"Condition": {"Outcome": "True"}},
    }
    running = {"StepName": "ana-Train", "StepStatus": "Executing", "StartTime": NOW, "Metadata": {}}
    stub("sagemaker").add_response("list_pipeline_execution_steps", steps(PREPARE, condition, running))
    table = lifecycle.steps_table(lab, EXECUTION)
    assert table["step"].tolist() == ["Prepare", "IsBetter", "Train"]
    assert table["seconds"].tolist()[:2] == [0.0, 2.0]
    assert table["seconds"].isna().tolist() == [False, False, True]
    assert table["outcome"].tolist() == ["", "True", ""]


def test_a_pipeline_that_nobody_starts_is_said_so_with_what_to_look_at(lab, stub):
    scripted = stub("sagemaker")
    for _ in range(25):  # one look each five seconds, for two minutes
        scripted.add_response("list_pipeline_executions", {"PipelineExecutionSummaries": []})
    with pytest.raises(NoPipelineExecution, match=r"mllab-ana-retraining.*EventBridge"):
        lifecycle.wait_for_start(lab, "mllab-ana-retraining", known=[])


def test_executions_from_before_are_not_taken_for_the_new_one(lab, stub):
    old, new = ({"PipelineExecutionArn": f"{EXECUTION}{end}"} for end in "ab")
    scripted = stub("sagemaker")
    scripted.add_response("list_pipeline_executions", {"PipelineExecutionSummaries": [old]})
    scripted.add_response("list_pipeline_executions", {"PipelineExecutionSummaries": [new, old]})
    known = [old["PipelineExecutionArn"]]
    assert lifecycle.wait_for_start(lab, "p", known=known) == new["PipelineExecutionArn"]


def test_an_evaluation_that_was_not_reached_is_said_so(lab, stub):
    stub("sagemaker").add_response("list_pipeline_execution_steps", steps(PREPARE))
    with pytest.raises(NoPipelineExecution):
        lifecycle.read_evaluation(lab, EXECUTION)


def test_an_empty_group_has_no_latest_version(lab, stub):
    stub("sagemaker").add_response("list_model_packages", {"ModelPackageSummaryList": []})
    with pytest.raises(NoModelPackage, match="mllab-ana-houses"):
        lifecycle.latest_package(lab, "mllab-ana-houses")


@pytest.fixture
def rolling(monkeypatch):
    """An endpoint whose container and whose function's log are what a test says."""
    world = {"package": "", "log": [], "failed": ""}

    class Log:
        def __init__(self, lab, group, since):
            self.since = since

        def read_new(self):
            lines = [line for at, line in world["log"] if at >= self.since]
            world["log"] = []
            return lines

    seen = deployment.Endpoint("houses", "InService", "c", "ml.m5.large", 1, 0.1)
    monkeypatch.setattr(lifecycle, "LogReader", Log)
    monkeypatch.setattr(lifecycle.deployment, "describe_endpoint", lambda *_: seen)
    monkeypatch.setattr(lifecycle.deployment, "failed_update", lambda *_, since: world["failed"])
    monkeypatch.setattr(lifecycle, "_changed_at", lambda *_: 100.0)
    monkeypatch.setattr(lifecycle, "_container", lambda *_: {"ModelPackageName": world["package"]})
    return world


def test_a_roll_out_is_over_when_the_endpoint_serves_the_version(lab, rolling):
    rolling["package"] = PACKAGE.arn
    retried = PACKAGE.arn.replace("/2", "/1")
    rolling["log"] = [
        (99.0, f"{PACKAGE.arn} did not go to houses: at an earlier approval"),
        (101.0, f"{retried} did not go to houses: a retry of another version's roll-out"),
    ]
    assert lifecycle.wait_for_roll_out(lab, "houses", PACKAGE, function="f").status == "InService"


@pytest.mark.parametrize(
    "line",
    [
        f"{PACKAGE.arn} did not go to houses: Could not find model data at s3://b/m.",
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'roll_out'",
        "2027-01-01T00:00:00Z 12-34 Task timed out after 20.00 seconds",
        "RequestId: 12-34 Error: Runtime exited with error: signal: killed",
    ],
)
def test_a_function_that_failed_before_anybody_waited_ends_the_waiting_with_its_own_words(
    lab, rolling, hand_clock, line
):
    rolling["log"] = [(101.0, line)]
    with pytest.raises(RollOutFailed, match=re.escape(line)):
        lifecycle.wait_for_roll_out(lab, "houses", PACKAGE, function="f")
    assert hand_clock.slept == []


def test_an_endpoint_that_went_back_to_its_model_ends_the_waiting_with_the_reason(lab, rolling, hand_clock):
    rolling["failed"] = "did not pass the ping health check"
    with pytest.raises(RollOutFailed, match="ping health check"):
        lifecycle.wait_for_roll_out(lab, "houses", PACKAGE, function="f")
    assert hand_clock.slept == []


def test_a_roll_out_that_never_happens_is_not_waited_for_for_ever(lab, rolling):
    with pytest.raises(RollOutFailed, match="mllab-ana-houses/2"):
        lifecycle.wait_for_roll_out(lab, "houses", PACKAGE, function="f")
