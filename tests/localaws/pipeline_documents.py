"""What tests of pipelines share: definitions, and waiting for an execution to end."""

from __future__ import annotations

import json
import time
from typing import Any

from training_jobs import job_request

ENDED = ("Succeeded", "Failed", "Stopped")
WRITE_MODEL = "open('/opt/ml/model/model.txt', 'w').write('a model')"


def document(*steps: dict[str, Any], **members: Any) -> str:
    """Return a definition as JSON."""
    return json.dumps({"Version": "2020-12-01", "Steps": list(steps), **members})


def step(name: str, kind: str, arguments: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return a step."""
    return {"Name": name, "Type": kind, "Arguments": arguments, **members}


def training(name: str, role: str, code: str, bucket: str, **members: Any) -> dict[str, Any]:
    """Return a Training step that runs Python code and keeps its model in a bucket."""
    request = job_request("", role, code, OutputDataConfig={"S3OutputPath": f"s3://{bucket}/out"})
    del request["TrainingJobName"]
    request |= members.pop("Request", {})
    return step(name, "Training", request, **members)


def condition(name: str, conditions: list[Any], **members: Any) -> dict[str, Any]:
    """Return a Condition step; `if_steps` and `else_steps` are its branches."""
    branches = {"IfSteps": members.pop("if_steps", []), "ElseSteps": members.pop("else_steps", [])}
    return step(name, "Condition", {"Conditions": conditions, **branches}, **members)


def compare(left: Any, right: Any, kind: str = "Equals") -> dict[str, Any]:
    """Return a condition of two values."""
    return {"Type": kind, "LeftValue": left, "RightValue": right}


def fail(name: str, message: Any = "no") -> dict[str, Any]:
    """Return a Fail step."""
    return step(name, "Fail", {"ErrorMessage": message})


def get(path: str) -> dict[str, str]:
    """Return a reference."""
    return {"Get": path}


def ended(sagemaker: Any, arn: str, seconds: float = 60) -> dict[str, Any]:
    """Return an execution's description once it is over; describing it waits for changes."""
    deadline = time.monotonic() + seconds
    while True:
        described: dict[str, Any] = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        if described["PipelineExecutionStatus"] in ENDED:
            return described
        assert time.monotonic() < deadline, described
        time.sleep(0.01)


def succeeded(sagemaker: Any, arn: str, seconds: float = 60) -> None:
    """Wait for an execution that must succeed."""
    described = ended(sagemaker, arn, seconds)
    assert described["PipelineExecutionStatus"] == "Succeeded", described.get("FailureReason")


def steps_of(sagemaker: Any, arn: str) -> dict[str, dict[str, Any]]:
    """Return the steps that have started, by name, in the order of their starting."""
    listed = sagemaker.list_pipeline_execution_steps(
        PipelineExecutionArn=arn, SortOrder="Ascending", MaxResults=100
    )
    return {each["StepName"]: each for each in listed["PipelineExecutionSteps"]}
