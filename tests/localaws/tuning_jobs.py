"""What tests of tuning jobs share: requests, data, and waiting for an end."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import job_waiting
import numpy as np
from identities import make_job_role
from training_jobs import IMAGE, channel

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
NAME = "HyperParameterTuningJobName"
STATUS = "HyperParameterTuningJobStatus"
METRIC = "FinalHyperParameterTuningJobObjectiveMetric"


def prepare(client: Callable[..., Any], bucket: str) -> SimpleNamespace:
    """Return clients, a role and a bucket with training and validation rows: y is about 3 x."""
    aws = SimpleNamespace(
        sagemaker=client("sagemaker"), s3=client("s3"), logs=client("logs"), bucket=bucket, client=client
    )
    aws.s3.create_bucket(Bucket=bucket)
    aws.role = make_job_role(client, bucket)
    generator = np.random.default_rng(0)
    for part, rows in (("train", 200), ("validation", 50)):
        x = generator.random(rows)
        lines = [f"{3 * each + generator.normal() / 10:.4f},{each:.4f}" for each in x]
        aws.s3.put_object(Bucket=bucket, Key=f"{part}/rows.csv", Body="\n".join(lines).encode())
    return aws


def request(aws: SimpleNamespace, name: str, **members: Any) -> dict[str, Any]:
    """Return a request of four jobs, two at a time, over eta and max_depth of the built-in XGBoost."""
    members = dict(members)
    return {
        NAME: name,
        "HyperParameterTuningJobConfig": config(**members.pop("config", {})),
        "TrainingJobDefinition": definition(aws, **members.pop("definition", {})),
        **members,
    }


def config(**members: Any) -> dict[str, Any]:
    """Return the request's HyperParameterTuningJobConfig."""
    return {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": {
            "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}],
            "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "6"}],
        },
        "RandomSeed": 7,
        **members,
    }


def definition(aws: SimpleNamespace, **members: Any) -> dict[str, Any]:
    """Return the request's TrainingJobDefinition."""
    return {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": aws.role,
        "InputDataConfig": [
            channel("train", f"s3://{aws.bucket}/train/"),
            channel("validation", f"s3://{aws.bucket}/validation/"),
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{aws.bucket}/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "StaticHyperParameters": {"num_round": "5", "objective": "reg:squarederror"},
        **members,
    }


def finished(aws: SimpleNamespace, name: str, seconds: float = 90) -> dict[str, Any]:
    """Return a tuning job's description once it is over."""
    return until(aws, name, lambda job: job[STATUS] in job_waiting.TERMINAL, seconds)


def until(
    aws: SimpleNamespace, name: str, condition: Callable[[dict[str, Any]], bool], seconds: float = 60
) -> dict[str, Any]:
    """Return a tuning job's description once it meets a condition; Describe itself waits for changes."""
    return job_waiting.until(
        lambda: aws.sagemaker.describe_hyper_parameter_tuning_job(**{NAME: name}), condition, seconds
    )


def trials(aws: SimpleNamespace, name: str, **filters: Any) -> list[dict[str, Any]]:
    """Return the summaries of a tuning job's training jobs."""
    listed = aws.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        **{NAME: name, "MaxResults": 100, **filters}
    )
    summaries: list[dict[str, Any]] = listed["TrainingJobSummaries"]
    return summaries


def limits(most: int, parallel: int) -> dict[str, int]:
    """Return ResourceLimits."""
    return {"MaxNumberOfTrainingJobs": most, "MaxParallelTrainingJobs": parallel}
