"""A tuning job against the same trainings as plain processes, two at a time.

Bound: 1.5 times as long. Both ways are measured in turns, in one run; the plain side trains with the very
hyperparameters that the tuning job tried.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.invoke import client
from bench.roles import create_role
from bench.training import IMAGE, PLAIN, channel_files
from mllab_localaws import daemon
from mllab_localaws.files import Connection

ROUNDS = 3
JOBS = 8
PARALLEL = 2
NUM_ROUND = 200
NAME = "bench-tuning"
STATIC = {"objective": "reg:squarederror", "subsample": "0.8", "seed": "1"}


def measure() -> dict[str, float]:
    """Return seconds (median) of the tuning job and of the plain processes, and their ratio."""
    with tempfile.TemporaryDirectory() as directory:
        files, home = channel_files(Path(directory)), Path(directory, "home")
        connection = daemon.start(home)
        try:
            role = _prepare(connection, files)
            pairs = []
            for number in range(ROUNDS):
                seconds, tried = _tune(connection, role, f"{NAME}-{number}")
                pairs.append((seconds, _plain(files, tried, directory)))
        finally:
            daemon.stop(home)
    tuning, plain = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    return {"tuning_seconds": tuning, "plain_seconds": plain, "tuning_over_plain": ratio}


def _prepare(connection: Connection, files: Mapping[str, Path]) -> str:
    s3 = client("s3", connection)
    s3.create_bucket(Bucket=NAME)
    for channel, path in files.items():
        s3.upload_file(str(path), NAME, f"{channel}/data.csv")
    return create_role(client("iam", connection), NAME)


def _tune(connection: Connection, role: str, name: str) -> tuple[float, list[dict[str, str]]]:
    """Return the seconds from the request to the end, and the hyperparameters that were tried."""
    sagemaker, key = client("sagemaker", connection), "HyperParameterTuningJobName"
    began = time.perf_counter()
    sagemaker.create_hyper_parameter_tuning_job(**{key: name}, **_request(role))
    while True:
        job = sagemaker.describe_hyper_parameter_tuning_job(**{key: name})
        if job["HyperParameterTuningJobStatus"] not in ("InProgress", "Stopping"):
            break
    seconds = time.perf_counter() - began
    assert job["ObjectiveStatusCounters"]["Succeeded"] == JOBS, job
    listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(**{key: name}, MaxResults=100)
    return seconds, [each["TunedHyperParameters"] for each in listed["TrainingJobSummaries"]]


def _request(role: str) -> dict[str, Any]:
    def channel(name: str) -> dict[str, Any]:
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{NAME}/{name}/"}
        return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}

    return {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "RandomSeed": 1,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": JOBS, "MaxParallelTrainingJobs": PARALLEL},
            "ParameterRanges": {
                "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}],
                "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "3", "MaxValue": "8"}],
            },
        },
        "TrainingJobDefinition": {
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": role,
            "InputDataConfig": [channel("train"), channel("validation")],
            "OutputDataConfig": {"S3OutputPath": f"s3://{NAME}/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "StaticHyperParameters": {**STATIC, "num_round": str(NUM_ROUND)},
        },
    }


def _plain(files: Mapping[str, Path], tried: list[dict[str, str]], directory: str) -> float:
    """Return the seconds that plain processes take, as many at a time as the tuning job runs."""
    # As in a training job: two that train at a time have a core each.
    common = {**STATIC, "nthread": "1"}

    def train(number: int) -> None:
        code = PLAIN.format(settings={**common, **tried[number]}, rounds=NUM_ROUND)
        arguments = [str(files["train"]), str(files["validation"]), str(Path(directory, f"{number}.ubj"))]
        subprocess.run([sys.executable, "-c", code, *arguments], check=True)

    began = time.perf_counter()
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(train, range(len(tried))))
    return time.perf_counter() - began
