"""What pipelines and the registry tell others, what starts a pipeline, and what is left at the end."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pipeline_documents import WRITE_MODEL, document, fail, get, training
from platforms import make_platform
from registry_requests import package_request

from mllab_localaws.caller import Caller, acting_as
from mllab_localaws.events.bus import Event
from mllab_localaws.events.deliveries import Delivery
from mllab_localaws.leash import Leash
from mllab_localaws.platform import ACCOUNT, Platform, Settings
from mllab_localaws.sagemaker import SageMaker, state_events

REGION = "us-east-1"
BUCKET = "pipelines-platform"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipelines-platform"
TOKEN = "t" * 32


class AnyRole:
    """Every role exists, and has no policies."""

    def trusts(self, role_arn: str, service: str) -> bool:
        return bool(role_arn and service)

    def session(self, role_arn: str, session_name: str, region: str) -> dict[str, str]:
        return {"AWS_ROLE": f"{role_arn} {session_name} {region}"}


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    settings = Settings(home=tmp_path, sockets=tmp_path, endpoint_url="http://127.0.0.1:1", cores=2)
    leash = Leash(tmp_path)
    yield make_platform(settings, leash, roles=AnyRole())
    leash.close()


@pytest.fixture
def sagemaker(platform: Platform) -> Iterator[SageMaker]:
    from moto.s3.models import s3_backends

    if not platform.objects.exists(BUCKET):
        s3_backends[ACCOUNT]["aws"].create_bucket(BUCKET, REGION)
    platform.objects.write(acting_as(ROLE), BUCKET, "model.tar.gz", b"a model")
    sagemaker = SageMaker(platform)
    yield sagemaker
    sagemaker.close()


@pytest.fixture
def events(platform: Platform) -> list[Event]:
    heard: list[Event] = []
    platform.bus.subscribe(heard.append)
    return heard


def call(sagemaker: SageMaker, operation: str, **params: Any) -> Any:
    return sagemaker.control.call(operation, params, REGION, ROLE)


def create(sagemaker: SageMaker, definition: str, name: str = "retrain") -> str:
    arn: str = call(
        sagemaker,
        "CreatePipeline",
        PipelineName=name,
        PipelineDefinition=definition,
        RoleArn=ROLE,
        ClientRequestToken=TOKEN,
    )["PipelineArn"]
    return arn


def start(sagemaker: SageMaker, name: str = "retrain") -> str:
    started = call(sagemaker, "StartPipelineExecution", PipelineName=name, ClientRequestToken=TOKEN)
    arn: str = started["PipelineExecutionArn"]
    return arn


def until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """Return what a condition returns, once that is true."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return value


def status(sagemaker: SageMaker, arn: str) -> str:
    described = call(sagemaker, "DescribePipelineExecution", PipelineExecutionArn=arn)
    found: str = described["PipelineExecutionStatus"]
    return found


def test_every_status_of_an_execution_and_of_its_steps_is_told(
    sagemaker: SageMaker, events: list[Event]
) -> None:
    pipeline = create(sagemaker, document(training("Train", ROLE, WRITE_MODEL, BUCKET)))
    arn = start(sagemaker)
    until(lambda: status(sagemaker, arn) == "Succeeded")
    executions = [event for event in events if event.detail_type == state_events.PIPELINE_EXECUTION]
    assert [event.detail["currentPipelineExecutionStatus"] for event in executions] == [
        "Executing",
        "Succeeded",
    ]
    last = executions[-1]
    assert (last.source, last.resources) == ("aws.sagemaker", (pipeline, arn))
    assert last.detail["previousPipelineExecutionStatus"] == "Executing"
    assert last.detail["pipelineArn"] == pipeline
    assert last.detail["pipelineExecutionArn"] == arn
    assert last.detail["pipelineExecutionDisplayName"].startswith("execution-")
    assert last.detail["executionStartTime"] <= last.detail["executionEndTime"]
    assert last.detail["executionEndTime"].endswith("Z")
    steps = [event.detail for event in events if event.detail_type == state_events.PIPELINE_STEP]
    assert [step["currentStepStatus"] for step in steps] == ["Starting", "Executing", "Succeeded"]
    assert [step.get("previousStepStatus") for step in steps] == [None, "Starting", "Executing"]
    assert {(step["stepName"], step["stepType"]) for step in steps} == {("Train", "Training")}
    assert ":training-job/pipelines-" in steps[-1]["metadata"]["trainingJob"]["arn"]
    assert "stepEndTime" not in steps[1]
    assert steps[-1]["stepEndTime"].endswith("Z")


def test_a_failure_is_told_with_its_reason(sagemaker: SageMaker, events: list[Event]) -> None:
    create(sagemaker, document(fail("Stop", "the error is too large")))
    arn = start(sagemaker)
    until(lambda: status(sagemaker, arn) == "Failed")
    step = [event.detail for event in events if event.detail_type == state_events.PIPELINE_STEP][-1]
    assert (step["currentStepStatus"], step["failureReason"]) == ("Failed", "the error is too large")
    assert step["metadata"] == {"fail": {"errorMessage": "the error is too large"}}


def test_a_registered_version_and_each_change_of_its_approval_are_told(
    sagemaker: SageMaker, events: list[Event]
) -> None:
    call(sagemaker, "CreateModelPackageGroup", ModelPackageGroupName="Houses")
    request = package_request("Houses", f"s3://{BUCKET}/model.tar.gz")
    arn = call(sagemaker, "CreateModelPackage", **request)["ModelPackageArn"]
    for change in (
        {"ModelApprovalStatus": "Approved"},
        {"ApprovalDescription": "no event, since the approval stays"},
        {"ModelApprovalStatus": "Approved"},
        {"ModelApprovalStatus": "Rejected"},
    ):
        call(sagemaker, "UpdateModelPackage", ModelPackageArn=arn, **change)
    told = [event for event in events if event.detail_type == state_events.MODEL_PACKAGE]
    approvals = [event.detail["ModelApprovalStatus"] for event in told]
    assert approvals == ["PendingManualApproval", "Approved", "Rejected"]
    detail = told[1].detail
    assert told[1].resources == (arn,)
    assert (detail["ModelPackageGroupName"], detail["ModelPackageVersion"]) == ("Houses", 1)
    assert (detail["ModelPackageArn"], detail["ModelPackageStatus"]) == (arn, "Completed")
    assert detail["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == f"s3://{BUCKET}/model.tar.gz"
    assert not {"ModelPackageName", "CreatedBy", "ClientToken"} & detail.keys()


def test_an_event_starts_the_pipeline_that_is_a_rules_target(
    sagemaker: SageMaker, platform: Platform
) -> None:
    definition = document(fail("Stop", get("Parameters.Key")), Parameters=[{"Name": "Key", "Type": "String"}])
    pipeline = create(sagemaker, definition)
    given = {"PipelineParameterList": [{"Name": "Key", "Value": "new/april.csv"}]}
    platform.deliveries.send(
        Delivery(pipeline, "{}", role_arn=ROLE, parameters={"SageMakerPipelineParameters": given})
    )

    def reasons() -> list[str]:
        listed = call(sagemaker, "ListPipelineExecutions", PipelineName="retrain")
        executions = listed["PipelineExecutionSummaries"]
        return [each.get("PipelineExecutionFailureReason", "") for each in executions]

    assert until(lambda: "".join(reasons())).endswith("new/april.csv")


def test_an_event_that_starts_nothing_leaves_the_others_alone(
    sagemaker: SageMaker, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = create(sagemaker, document(fail("Stop")))
    for target in (f"{pipeline}-unknown", pipeline.replace(":pipeline/", ":endpoint/"), pipeline):
        platform.deliveries.send(Delivery(target, "{}", source_arn="the-rule", role_arn=ROLE))

    def executions() -> Any:
        return call(sagemaker, "ListPipelineExecutions", PipelineName="retrain")["PipelineExecutionSummaries"]

    until(executions)
    until(lambda: "does not exist" in caplog.text and "only pipelines can" in caplog.text)


def test_when_the_local_aws_ends_neither_threads_nor_jobs_are_left(
    sagemaker: SageMaker, platform: Platform
) -> None:
    slow = training("Slow", ROLE, "import time; print('runs', flush=True); time.sleep(120)", BUCKET)
    create(sagemaker, document(slow, training("After", ROLE, "pass", BUCKET, DependsOn=["Slow"])))
    arn = start(sagemaker)
    until(lambda: _trains(sagemaker, arn))
    job = f"{arn.rpartition('/')[2]}-Slow"
    until(lambda: _processes(job))  # the job's status comes a moment before its program
    began = time.monotonic()
    sagemaker.close()
    assert time.monotonic() - began < 60  # not the 120 that the job sleeps
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("pipeline-")] == []
    assert _processes(job) == []
    steps = call(sagemaker, "ListPipelineExecutionSteps", PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert [step["StepName"] for step in steps] == ["Slow"]


def _trains(sagemaker: SageMaker, arn: str) -> bool:
    listed = call(sagemaker, "ListTrainingJobs", NameContains=arn.rpartition("/")[2])
    names = [job["TrainingJobName"] for job in listed["TrainingJobSummaries"]]
    jobs = [call(sagemaker, "DescribeTrainingJob", TrainingJobName=name) for name in names]
    return [job["SecondaryStatus"] for job in jobs] == ["Training"]


def _processes(job: str) -> list[int]:
    """Return the processes that work in a job's directory, or are told of it."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if job in f"{process.cmdline()} {process.cwd()} {process.environ()}":
                found.append(process.pid)
    return found


def test_a_fault_of_ours_fails_the_execution_and_is_logged(
    sagemaker: SageMaker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    create(sagemaker, document(training("Train", ROLE, WRITE_MODEL, BUCKET)))

    def broken(*arguments: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(sagemaker.control, "call_as", broken)
    arn = start(sagemaker)
    until(lambda: status(sagemaker, arn) == "Failed")
    described = call(sagemaker, "DescribePipelineExecution", PipelineExecutionArn=arn)
    assert described["FailureReason"].startswith("InternalServerError")
    assert "a fault" in caplog.text


def test_a_stop_that_comes_at_once_stops_the_execution(sagemaker: SageMaker) -> None:
    create(sagemaker, document(training("Train", ROLE, "import time; time.sleep(60)", BUCKET)))
    arn = start(sagemaker)
    call(sagemaker, "StopPipelineExecution", PipelineExecutionArn=arn, ClientRequestToken=TOKEN)
    until(lambda: status(sagemaker, arn) == "Stopped")


def test_only_one_of_many_requests_with_one_token_starts(sagemaker: SageMaker) -> None:
    create(sagemaker, document(fail("Stop")))
    arns: list[str] = []
    threads = [threading.Thread(target=lambda: arns.append(start(sagemaker))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(arns) == 8
    assert len(set(arns)) == 1


def test_a_caller_is_kept_as_who_created(sagemaker: SageMaker) -> None:
    create(sagemaker, document(fail("Stop")))
    described = call(sagemaker, "DescribePipeline", PipelineName="retrain")
    caller = Caller(f"arn:aws:sts::{ACCOUNT}:assumed-role/pipelines-platform/SageMaker", ACCOUNT, "")
    assert described["CreatedBy"] == {"IamIdentity": {"Arn": caller.arn, "PrincipalId": "SageMaker"}}
