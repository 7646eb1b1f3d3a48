"""What tests of processing jobs share: requests, and waiting for a job without guessing how long it takes."""

from __future__ import annotations

from functools import partial
from typing import Any

import job_waiting

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
RESOURCES = {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 20}}


def source(name: str, uri: str, path: str | None = None, **members: Any) -> dict[str, Any]:
    """Return a processing input; it lies in `/opt/ml/processing/input/<name>` unless told otherwise."""
    where = path or f"/opt/ml/processing/input/{name}"
    location = {"S3Uri": uri, "LocalPath": where, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": {**location, **members}}


def results(uri: str, name: str = "results", **members: Any) -> dict[str, Any]:
    """Return a ProcessingOutputConfig with `/opt/ml/processing/output` as its one output."""
    location = {"S3Uri": uri, "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
    return {"Outputs": [{"OutputName": name, "S3Output": {**location, **members}}]}


def job_request(name: str, role: str, code: str, **members: Any) -> dict[str, Any]:
    """Return a CreateProcessingJob request that runs Python `code`."""
    specification = {"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "-c", code]}
    return {
        "ProcessingJobName": name,
        "AppSpecification": {**specification, **members.pop("AppSpecification", {})},
        "ProcessingResources": RESOURCES,
        "RoleArn": role,
        **members,
    }


def finished(sagemaker: Any, name: str, seconds: float = 30) -> dict[str, Any]:
    """Return a job's description once it is over; DescribeProcessingJob itself waits for changes."""
    return job_waiting.until(
        lambda: sagemaker.describe_processing_job(ProcessingJobName=name),
        lambda job: job["ProcessingJobStatus"] in job_waiting.TERMINAL,
        seconds,
    )


_GROUP = "/aws/sagemaker/ProcessingJobs"
log_lines = partial(job_waiting.log_lines, _GROUP)
logged = partial(job_waiting.logged, _GROUP)
