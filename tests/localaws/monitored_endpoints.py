"""An endpoint that captures its invocations, baselines for it, and waiting for monitoring executions."""

from __future__ import annotations

import io
import json
import tarfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import numpy as np
import xgboost
from identities import make_job_role
from processing_jobs import ANALYZER, RESOURCES, finished, results, source

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
BUCKET = "monitoring"
ENDPOINT = "Watched"
OVER = ("Completed", "CompletedWithViolations", "Failed", "Stopped")
LAST_HOUR = {
    "ScheduleExpression": "NOW",
    "DataAnalysisStartTime": "-PT1H",
    "DataAnalysisEndTime": "-PT0H",
}
BASELINE_FORMAT = json.dumps({"csv": {"header": True, "output_columns_position": "START"}})


@dataclass(frozen=True)
class World:
    """Clients, a role, and what stands in the bucket."""

    sagemaker: Any
    runtime: Any
    s3: Any
    role: str

    def put(self, key: str, body: str) -> str:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
        return f"s3://{BUCKET}/{key}"

    def invoke(self, rows: Sequence[str]) -> None:
        for row in rows:
            self.runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=row)

    def write_capture(self, endpoint: str, moment: datetime, rows: Sequence[str]) -> None:
        """Write captured data of an hour as an endpoint would."""
        lines = [json.dumps(_captured(row)) for row in rows]
        key = f"capture/{endpoint}/AllTraffic/{moment:%Y/%m/%d/%H}/{uuid.uuid4()}.jsonl"
        self.put(key, "\n".join(lines) + "\n")

    def definition(self, **changes: Any) -> dict[str, Any]:
        """Return a MonitoringJobDefinition of the endpoint."""
        return {
            "BaselineConfig": {
                "ConstraintsResource": {"S3Uri": f"s3://{BUCKET}/baseline/constraints.json"},
                "StatisticsResource": {"S3Uri": f"s3://{BUCKET}/baseline/statistics.json"},
            },
            "MonitoringInputs": [{"EndpointInput": endpoint_input()}],
            "MonitoringOutputConfig": output(),
            "MonitoringResources": RESOURCES,
            "MonitoringAppSpecification": {"ImageUri": ANALYZER},
            "RoleArn": self.role,
            **changes,
        }

    def schedule(self, name: str, **changes: Any) -> str:
        """Create a schedule of an inline definition that runs now."""
        config = {"ScheduleConfig": LAST_HOUR, "MonitoringJobDefinition": self.definition(), **changes}
        config = {member: value for member, value in config.items() if value is not None}
        created = self.sagemaker.create_monitoring_schedule(
            MonitoringScheduleName=name, MonitoringScheduleConfig=config
        )
        return str(created["MonitoringScheduleArn"])

    def execution(self, name: str, seconds: float = 30) -> dict[str, Any]:
        """Return a schedule's latest execution once it is over."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.sagemaker.list_monitoring_executions(MonitoringScheduleName=name)
            latest: dict[str, Any] = found["MonitoringExecutionSummaries"][0]
            if latest["MonitoringExecutionStatus"] in OVER:
                return latest
            assert time.monotonic() < deadline, latest
            time.sleep(0.01)

    def report(self, execution: dict[str, Any], name: str = "constraint_violations") -> Any:
        """Return a report of an execution, from where its processing job put it."""
        job = self.sagemaker.describe_processing_job(ProcessingJobName=job_name(execution))
        uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        key = f"{uri.removeprefix(f's3://{BUCKET}/')}/{name}.json"
        return json.loads(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def baseline(self, name: str, rows: Sequence[str], prefix: str) -> None:
        """Let the analyzer suggest a baseline from CSV rows."""
        uri = self.put(f"{prefix}/data/train.csv", "\n".join(["price,rooms,area", *rows]) + "\n")
        self.sagemaker.create_processing_job(
            ProcessingJobName=name,
            AppSpecification={"ImageUri": ANALYZER},
            ProcessingInputs=[source("baseline_dataset_input", uri)],
            ProcessingOutputConfig=results(f"s3://{BUCKET}/{prefix}", "monitoring_output"),
            ProcessingResources=RESOURCES,
            RoleArn=self.role,
            Environment={
                "dataset_format": BASELINE_FORMAT,
                "dataset_source": "/opt/ml/processing/input/baseline_dataset_input",
                "output_path": "/opt/ml/processing/output",
                "publish_cloudwatch_metrics": "Disabled",
            },
        )
        job = finished(self.sagemaker, name)
        assert job["ProcessingJobStatus"] == "Completed", job


def open_world(client: Callable[..., Any]) -> World:
    """Start the endpoint and make its baseline, of rooms around 3 and areas around 100; or find them."""
    sagemaker, s3 = client("sagemaker"), client("s3")
    if BUCKET in [each["Name"] for each in s3.list_buckets()["Buckets"]]:
        role = client("iam").get_role(RoleName="monitoring")["Role"]["Arn"]
        return World(sagemaker, client("sagemaker-runtime"), s3, role)
    role = make_job_role(client, "monitoring")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=_ones())
    world = World(sagemaker, client("sagemaker-runtime"), s3, role)
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
    sagemaker.create_model(ModelName="watched", PrimaryContainer=container, ExecutionRoleArn=role)
    start_endpoint(world, ENDPOINT, capture())
    world.baseline("watched-baseline", [f"1.0,{row}" for row in houses(1, 500)], "baseline")
    return world


def start_endpoint(world: World, name: str, capturing: dict[str, Any] | None) -> None:
    """Start an endpoint that predicts 1 and wait until it serves."""
    variant = {"VariantName": "AllTraffic", "ModelName": "watched", "InstanceType": "ml.m5.large"}
    more = {} if capturing is None else {"DataCaptureConfig": capturing}
    world.sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[{**variant, "InitialInstanceCount": 1}], **more
    )
    world.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    world.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)


def houses(seed: int, count: int, rooms: float = 3, area: float = 100) -> list[str]:
    """Return CSV rows of two columns."""
    random = np.random.default_rng(seed)
    return [f"{random.poisson(rooms)},{random.normal(area, 10):.1f}" for _ in range(count)]


def capture() -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }


def endpoint_input(**members: Any) -> dict[str, Any]:
    return {"EndpointName": ENDPOINT, "LocalPath": "/opt/ml/processing/input/endpoint", **members}


def output(**members: Any) -> dict[str, Any]:
    # As SDK v3 sends it.
    location = {"S3Uri": f"s3://{BUCKET}/reports", "LocalPath": "/opt/ml/processing/output"}
    return {"MonitoringOutputs": [{"S3Output": {**location, "S3UploadMode": "Continuous", **members}}]}


def job_name(execution: dict[str, Any]) -> str:
    return str(execution["ProcessingJobArn"].rpartition("/")[2])


def this_hour() -> datetime:
    return datetime.now(timezone.utc)


def _captured(row: str) -> dict[str, Any]:
    halves = {"endpointInput": ("INPUT", row), "endpointOutput": ("OUTPUT", "1.0\n")}
    data = {
        name: {"observedContentType": "text/csv", "mode": mode, "data": text, "encoding": "CSV"}
        for name, (mode, text) in halves.items()
    }
    metadata = {"eventId": str(uuid.uuid4()), "inferenceTime": "2026-11-24T10:00:00Z"}
    return {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}


def _ones() -> bytes:
    ones = xgboost.DMatrix(np.zeros((4, 2)), np.ones(4))
    model, archive = bytes(xgboost.train({"base_score": 1.0}, ones, 1).save_raw("ubj")), io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(model)
        tar.addfile(member, io.BytesIO(model))
    return archive.getvalue()
