"""What tests of training jobs share: requests, and waiting for a job without guessing how long it takes."""

from __future__ import annotations

from functools import partial
from typing import Any

import job_waiting

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


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
    return until(sagemaker, name, seconds, lambda job: job["TrainingJobStatus"] in job_waiting.TERMINAL)


def until(sagemaker: Any, name: str, seconds: float, condition: Any) -> dict[str, Any]:
    """Return a job's description once it meets a condition; DescribeTrainingJob itself waits for changes."""
    return job_waiting.until(
        lambda: sagemaker.describe_training_job(TrainingJobName=name), condition, seconds
    )


_GROUP = "/aws/sagemaker/TrainingJobs"
log_lines = partial(job_waiting.log_lines, _GROUP)
logged = partial(job_waiting.logged, _GROUP)
