"""What tests of training jobs share: requests, and waiting for a job without guessing how long it takes."""

from __future__ import annotations

import time
from typing import Any

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
TERMINAL = ("Completed", "Failed", "Stopped")


def channel(name: str, uri: str, **members: Any) -> dict[str, Any]:
    """Return a CSV channel of everything below an S3 prefix."""
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": source, **members}


def job_request(name: str, role: str, code: str | None = None, **members: Any) -> dict[str, Any]:
    """Return a CreateTrainingJob request; `code` is Python that runs in place of the image's own program."""
    specification: dict[str, Any] = {"TrainingImage": IMAGE, "TrainingInputMode": "File"}
    if code is not None:
        specification["ContainerEntrypoint"] = ["python", "-c", code]
    specification |= members.pop("AlgorithmSpecification", {})
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": specification,
        "RoleArn": role,
        "OutputDataConfig": {"S3OutputPath": "s3://jobs/out/"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **members,
    }


def finished(sagemaker: Any, name: str, seconds: float = 30) -> dict[str, Any]:
    """Return a job's description once it is over."""
    return until(sagemaker, name, seconds, lambda job: job["TrainingJobStatus"] in TERMINAL)


def until(sagemaker: Any, name: str, seconds: float, condition: Any) -> dict[str, Any]:
    """Return a job's description once it meets a condition; DescribeTrainingJob itself waits for changes."""
    deadline = time.monotonic() + seconds
    while True:
        job: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
        if condition(job):
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.01)


def log_lines(logs: Any, name: str) -> list[str]:
    """Return what a job has logged so far."""
    group = "/aws/sagemaker/TrainingJobs"
    try:
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    pages = [
        logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
        for stream in streams
    ]
    return [event["message"] for page in pages for event in page["events"]]


def logged(logs: Any, name: str, text: str, seconds: float = 15) -> str:
    """Return a job's first log line with a text, once it is there."""
    deadline = time.monotonic() + seconds
    while True:
        for line in log_lines(logs, name):
            if text in line:
                return line
        assert time.monotonic() < deadline, f"no log line with {text}"
        time.sleep(0.01)
