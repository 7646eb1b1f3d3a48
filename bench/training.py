"""A training job, from Create to Completed, against plain `xgboost.train` on the same files.

Bound: 3 s more.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3

from bench.roles import create_role
from mllab_helpers import housing
from mllab_localaws import daemon

ROUNDS = 3
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ROLE = "bench-execution"
BUCKET = "bench-training"
SETTINGS = {"objective": "reg:squarederror", "max_depth": 6, "eta": 0.1, "subsample": 0.8, "seed": 1}
NUM_ROUND = 200

# The same work without anything around it: one process that reads both files, trains and saves.
PLAIN = """
import os, sys
os.environ["GOMP_SPINCOUNT"] = "10000"
import pandas as pd, xgboost
def matrix(path):
    table = pd.read_csv(path, header=None, dtype="float32")
    return xgboost.DMatrix(table.iloc[:, 1:].to_numpy(), table.iloc[:, 0].to_numpy())
train, validation = matrix(sys.argv[1]), matrix(sys.argv[2])
settings = {settings!r}
booster = xgboost.train(settings, train, {rounds}, evals=[(train, "train"), (validation, "validation")],
                        verbose_eval=False)
booster.save_model(sys.argv[3])
"""


def measure() -> dict[str, float]:
    """Return seconds (median) of the job and of the plain process, and the difference."""
    with tempfile.TemporaryDirectory() as directory:
        files, home = channel_files(Path(directory)), Path(directory, "home")
        connection = daemon.start(home)
        try:
            job = _Job(connection, files)
            pairs = [(job.run(number), _plain(files, directory)) for number in range(ROUNDS)]
        finally:
            daemon.stop(home)
    jobs, plain = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {"job_seconds": jobs, "plain_seconds": plain, "added_seconds": jobs - plain}


def channel_files(directory: Path) -> dict[str, Path]:
    """Write the lab's training and validation rows, and return the files by channel."""
    splits = housing.split_by_month(housing.add_features(housing.clean(housing.raw_export())[0]))
    files = {}
    for channel, part in (("train", splits.training), ("validation", splits.validation)):
        files[channel] = directory / f"{channel}.csv"
        files[channel].write_bytes(housing.algorithm_csv(part, housing.FEATURES))
    return files


class _Job:
    """Uploads the files once, then runs the same job under new names."""

    def __init__(self, connection: daemon.Connection, files: dict[str, Path]) -> None:
        session = boto3.Session(
            aws_access_key_id=connection.access_key,
            aws_secret_access_key=connection.secret_key,
            region_name=connection.region,
        )
        self._sagemaker = session.client("sagemaker", endpoint_url=connection.endpoint_url)
        iam = session.client("iam", endpoint_url=connection.endpoint_url)
        self._role = create_role(iam, ROLE)
        s3 = session.client("s3", endpoint_url=connection.endpoint_url)
        s3.create_bucket(Bucket=BUCKET)
        for channel, path in files.items():
            s3.upload_file(str(path), BUCKET, f"{channel}/data.csv")
        self._channels = list(files)

    def run(self, number: int) -> float:
        """Return the seconds from the request to the answer that says Completed."""
        name = f"bench-{number}"
        began = time.perf_counter()
        self._sagemaker.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            RoleArn=self._role,
            InputDataConfig=[_channel(channel) for channel in self._channels],
            OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
            HyperParameters={
                "num_round": str(NUM_ROUND),
                **{key: str(value) for key, value in SETTINGS.items()},
            },
        )
        self._sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name)
        return time.perf_counter() - began


def _channel(name: str) -> dict[str, object]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/"}
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}


def _plain(files: dict[str, Path], directory: str) -> float:
    code = PLAIN.format(settings=SETTINGS, rounds=NUM_ROUND)
    arguments = [str(files["train"]), str(files["validation"]), str(Path(directory, "plain.ubj"))]
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *arguments], check=True)
    return time.perf_counter() - began
