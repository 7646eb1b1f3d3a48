"""A pipeline of four steps against the same work asked for step by step, and from an upload to its start.

Bounds: 8 s more than the steps' own work; 2 s from an upload to an execution that runs.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import boto3

from bench.roles import create_role
from mllab_localaws import daemon

ROUNDS = 3
NAME = "bench-pipelines"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ENDED = ("Succeeded", "Failed", "Stopped")
RULE = {
    "source": ["aws.s3"],
    "detail-type": ["Object Created"],
    "detail": {"bucket": {"name": [NAME]}, "object": {"key": [{"prefix": "new/"}]}},
}


def measure() -> dict[str, float]:
    """Return seconds (medians) of the pipeline, of its jobs by hand, and from an upload to the start."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory, "home")
        connection = daemon.start(home)
        try:
            bench = _Bench(connection)
            bench.alone(0)  # whatever is imported when first needed
            pairs = [(bench.pipeline(), bench.alone(number)) for number in range(1, ROUNDS + 1)]
            triggered = statistics.median(bench.triggered(number) for number in range(ROUNDS))
        finally:
            daemon.stop(home)
    whole, alone = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {
        "pipeline_seconds": whole,
        "steps_seconds": alone,
        "added_seconds": whole - alone,
        "upload_to_running_seconds": triggered,
    }


class _Bench:
    """A pipeline of two training jobs, a condition and a registration, and the same jobs alone."""

    def __init__(self, connection: daemon.Connection) -> None:
        session = boto3.Session(
            aws_access_key_id=connection.access_key,
            aws_secret_access_key=connection.secret_key,
            region_name=connection.region,
        )
        self._sagemaker, self._s3, iam, events = (
            session.client(service, endpoint_url=connection.endpoint_url)
            for service in ("sagemaker", "s3", "iam", "events")
        )
        self._role = create_role(iam, NAME, ["sagemaker.amazonaws.com", "events.amazonaws.com"])
        self._s3.create_bucket(Bucket=NAME)
        rows = "\n".join(f"{10 * row},{row},{row % 7}" for row in range(1000))
        self._s3.put_object(Bucket=NAME, Key="train/rows.csv", Body=rows.encode())
        arn = self._sagemaker.create_pipeline(
            PipelineName=NAME, PipelineDefinition=self._definition(), RoleArn=self._role
        )["PipelineArn"]
        self._s3.put_bucket_notification_configuration(
            Bucket=NAME, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        events.put_rule(Name=NAME, EventPattern=json.dumps(RULE))
        events.put_targets(Rule=NAME, Targets=[{"Id": "pipeline", "Arn": arn, "RoleArn": self._role}])

    def pipeline(self) -> float:
        """Return the seconds from the request to the answer that says Succeeded."""
        began = time.perf_counter()
        arn = self._sagemaker.start_pipeline_execution(PipelineName=NAME)["PipelineExecutionArn"]
        self._until(arn, "Succeeded")
        return time.perf_counter() - began

    def alone(self, number: int) -> float:
        """Return the seconds of the pipeline's jobs, one after the other."""
        began = time.perf_counter()
        for step in range(2):
            name = f"{NAME}-{number}-{step}"
            self._sagemaker.create_training_job(TrainingJobName=name, **self._job())
            self._sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name)
        return time.perf_counter() - began

    def triggered(self, number: int) -> float:
        """Return the seconds from an upload until an execution runs that was not there before."""
        before = self._executions()
        began = time.perf_counter()
        self._s3.put_object(Bucket=NAME, Key=f"new/{number}.csv", Body=b"1,2,3\n")
        while not (new := self._executions() - before):
            time.sleep(0.005)
        seconds = time.perf_counter() - began
        self._until(new.pop(), "Succeeded")
        return seconds

    def _until(self, arn: str, wanted: str) -> None:
        status = "Executing"
        while status not in ENDED:
            described = self._sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
            status = described["PipelineExecutionStatus"]
        if status != wanted:
            raise RuntimeError(f"{arn} is {status}: {described.get('FailureReason')}")

    def _executions(self) -> set[str]:
        listed = self._sagemaker.list_pipeline_executions(PipelineName=NAME, MaxResults=100)
        return {each["PipelineExecutionArn"] for each in listed["PipelineExecutionSummaries"]}

    def _job(self) -> dict[str, Any]:
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{NAME}/train/"}
        channel = {
            "ChannelName": "train",
            "ContentType": "text/csv",
            "DataSource": {"S3DataSource": source},
        }
        return {
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": self._role,
            "InputDataConfig": [channel],
            "OutputDataConfig": {"S3OutputPath": f"s3://{NAME}/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "HyperParameters": {"num_round": "20"},
        }

    def _definition(self) -> str:
        train = {"Name": "Train", "Type": "Training", "Arguments": self._job()}
        again = {"Name": "Again", "Type": "Training", "Arguments": self._job(), "DependsOn": ["Train"]}
        model = {"Get": "Steps.Again.ModelArtifacts.S3ModelArtifacts"}
        containers = [{"Image": IMAGE, "ModelDataUrl": model}]
        register = {
            "Name": "Register",
            "Type": "RegisterModel",
            "Arguments": {
                "ModelPackageGroupName": NAME,
                "InferenceSpecification": {"Containers": containers},
            },
        }
        holds = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
        branches = {"Conditions": [holds], "IfSteps": [register], "ElseSteps": []}
        gate = {"Name": "Gate", "Type": "Condition", "Arguments": branches, "DependsOn": ["Again"]}
        return json.dumps({"Version": "2020-12-01", "Steps": [train, again, gate]})
