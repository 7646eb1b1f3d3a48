"""SageMaker SDK v3 processes data, suggests a baseline and monitors an endpoint of the local AWS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import numpy as np
import pytest
from small_houses import XGBOOST_IMAGE, Account

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # third-party, dozens, none of ours
    pytest.mark.filterwarnings("ignore::UserWarning:pydantic"),
]

ENDPOINT = "sdk-monitored"
INSTANCE = "ml.m5.large"
SCRIPT = """
import pathlib
rows = pathlib.Path("/opt/ml/processing/input/rows/rows.csv").read_text().split()
pathlib.Path("/opt/ml/processing/output/count.txt").write_text(str(len(rows)))
"""


@pytest.fixture(scope="module")
def sdk(environment_variables: dict[str, str], account: Account) -> Iterator[SimpleNamespace]:
    """The SDK's session on the local AWS, with a bucket and a role."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment_variables.items():
            patched.setenv(name, value)
        patched.setattr(boto3, "DEFAULT_SESSION", None)  # one made earlier has other credentials
        from sagemaker.core.helper.session_helper import Session

        bucket = account.bucket("sdk-monitor", rows="1,2\n3,4\n")
        role = account.role("sdk-monitor")
        yield SimpleNamespace(session=Session(default_bucket=bucket), role=role, bucket=bucket)


def test_script_processor_runs_a_script_on_data_from_s3(
    sdk: SimpleNamespace, account: Account, tmp_path: Path
) -> None:
    from sagemaker.core.processing import ScriptProcessor
    from sagemaker.core.shapes import (
        ProcessingInput,
        ProcessingOutput,
        ProcessingS3Input,
        ProcessingS3Output,
    )

    script = tmp_path / "count.py"
    script.write_text(SCRIPT)
    account.client("s3").put_object(Bucket=sdk.bucket, Key="in/rows.csv", Body=b"1,2\n3,4\n")
    processor = ScriptProcessor(
        image_uri=XGBOOST_IMAGE,
        command=["python3"],
        role=sdk.role,
        instance_type=INSTANCE,
        instance_count=1,
        sagemaker_session=sdk.session,
    )
    source = ProcessingS3Input(
        s3_uri=f"s3://{sdk.bucket}/in/",
        s3_data_type="S3Prefix",
        s3_input_mode="File",
        local_path="/opt/ml/processing/input/rows",
    )
    target = ProcessingS3Output(
        s3_uri=f"s3://{sdk.bucket}/processed",
        local_path="/opt/ml/processing/output",
        s3_upload_mode="EndOfJob",
    )
    processor.run(
        code=str(script),
        inputs=[ProcessingInput(input_name="rows", s3_input=source)],
        outputs=[ProcessingOutput(output_name="count", s3_output=target)],
        wait=True,
        logs=False,
    )
    body = account.client("s3").get_object(Bucket=sdk.bucket, Key="processed/count.txt")["Body"].read()
    assert body == b"2"


def test_default_model_monitor_suggests_a_baseline_and_finds_drift(
    sdk: SimpleNamespace, account: Account, tmp_path: Path
) -> None:
    from sagemaker.core.model_monitor import CronExpressionGenerator, DatasetFormat, DefaultModelMonitor

    _serve(sdk, account)
    monitor = DefaultModelMonitor(
        role=sdk.role,
        instance_count=1,
        instance_type=INSTANCE,
        volume_size_in_gb=20,
        max_runtime_in_seconds=1800,
        sagemaker_session=sdk.session,
    )
    data = tmp_path / "baseline.csv"
    data.write_text("\n".join(["price,rooms,area", *(f"1.0,{row}" for row in _rows(1, 100.0))]))
    monitor.suggest_baseline(
        baseline_dataset=str(data), dataset_format=DatasetFormat.csv(header=True), wait=True, logs=False
    )
    suggested = monitor.suggested_constraints().body_dict["features"]
    assert [feature["name"] for feature in suggested] == ["price", "rooms", "area"]
    runtime = account.client("sagemaker-runtime")
    for row in _rows(2, 140.0):
        runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=row)
    monitor.create_monitoring_schedule(
        endpoint_input=ENDPOINT,
        statistics=monitor.baseline_statistics(),
        constraints=monitor.suggested_constraints(),
        monitor_schedule_name="sdk-now",
        schedule_cron_expression=CronExpressionGenerator.now(),
        data_analysis_start_time="-PT1H",
        data_analysis_end_time="-PT0H",
    )
    assert _status(monitor) == "CompletedWithViolations"
    [execution] = monitor.list_executions()
    found = execution.constraint_violations().body_dict["violations"]
    assert [(each["feature_name"], each["constraint_check_type"]) for each in found] == [
        ("area", "baseline_drift_check")
    ]
    monitor.delete_monitoring_schedule()


def _rows(seed: int, area: float) -> list[str]:
    random = np.random.default_rng(seed)
    return [f"{random.poisson(3)},{random.normal(area, 10):.1f}" for _ in range(120)]


def _status(monitor: Any) -> str:
    """Return how the schedule's execution ended."""
    deadline = time.monotonic() + 30
    while True:
        status: str = monitor.describe_schedule()["LastMonitoringExecutionSummary"][
            "MonitoringExecutionStatus"
        ]
        if status not in ("Pending", "InProgress"):
            return status
        assert time.monotonic() < deadline, status
        time.sleep(0.05)


def _serve(sdk: SimpleNamespace, account: Account) -> None:
    """Start an endpoint that predicts and captures; the job that trains it takes the same two columns."""
    sagemaker, s3 = account.client("sagemaker"), account.client("s3")
    rows = "\n".join(f"1.0,{row}" for row in _rows(3, 100.0))
    s3.put_object(Bucket=sdk.bucket, Key="train/rows.csv", Body=rows.encode())
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{sdk.bucket}/train/"}}
    sagemaker.create_training_job(
        TrainingJobName=ENDPOINT,
        AlgorithmSpecification={"TrainingImage": XGBOOST_IMAGE, "TrainingInputMode": "File"},
        RoleArn=sdk.role,
        HyperParameters={"num_round": "1"},
        InputDataConfig=[{"ChannelName": "train", "ContentType": "text/csv", "DataSource": source}],
        OutputDataConfig={"S3OutputPath": f"s3://{sdk.bucket}/models"},
        ResourceConfig={"InstanceType": INSTANCE, "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 300},
    )
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=ENDPOINT)
    artefact = f"s3://{sdk.bucket}/models/{ENDPOINT}/output/model.tar.gz"
    container = {"Image": XGBOOST_IMAGE, "ModelDataUrl": artefact}
    sagemaker.create_model(ModelName=ENDPOINT, PrimaryContainer=container, ExecutionRoleArn=sdk.role)
    variant = {"VariantName": "AllTraffic", "ModelName": ENDPOINT, "InstanceType": INSTANCE}
    sagemaker.create_endpoint_config(
        EndpointConfigName=ENDPOINT,
        ProductionVariants=[{**variant, "InitialInstanceCount": 1}],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{sdk.bucket}/capture",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    )
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=ENDPOINT)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=ENDPOINT)
