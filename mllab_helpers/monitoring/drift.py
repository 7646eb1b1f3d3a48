"""Drift: are today's houses like those that the model studied? Captured requests against a baseline.

Two doors lead to one analysis. Model Monitor starts the analyzer by a schedule; since 30 July 2026 AWS opens
it to accounts only that had used it before. The other door starts the same analyzer as an ordinary
processing job.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-quality.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from mllab_helpers import images, progress, storage
from mllab_helpers.aws_errors import error_code, translate
from mllab_helpers.deployment.predictions import csv_lines
from mllab_helpers.errors import EmptyPrefix, LabError, MonitoringFailed, NothingCaptured
from mllab_helpers.lab.built import note_job
from mllab_helpers.lab.clock import wait_until
from mllab_helpers.monitoring import schedules
from mllab_helpers.monitoring.capture import CAPTURED, captured_keys
from mllab_helpers.names import VARIANT
from mllab_helpers.texts import say

if TYPE_CHECKING:
    import pandas as pd

    from mllab_helpers.lab.lab import Lab

MODEL_MONITOR, PROCESSING_JOB = "model_monitor", "processing_job"
DOORS = ("auto", MODEL_MONITOR, PROCESSING_JOB)
BASELINE = "monitoring/baseline"
PREDICTION = "predicted_price"
_IN, _OUT = "/opt/ml/processing", "/opt/ml/processing/output"
_FINISHED = frozenset({"Completed", "Failed", "Stopped"})
_RUN_SECONDS = 3600.0
# How AWS says that an account may not use a service; every other refusal is the caller's to mend.
_CLOSED = frozenset({"AccessDeniedException", "UnknownOperationException", "OptInRequired"})


class UnknownDoor(LabError):
    """The drift is to be analysed in a way that does not exist."""

    key: ClassVar[str] = "unknown_door"


@dataclass(frozen=True, repr=False)
class Finding:
    """What one monitoring run found.

    Attributes:
        door: `model_monitor` or `processing_job`.
        status: `Completed` or `CompletedWithViolations`.
        violations: one row per violation: `feature`, `check`, `distance` (NaN for checks that measure none),
            `threshold`, `description`.
    """

    door: str
    status: str
    violations: pd.DataFrame

    def __repr__(self) -> str:
        return say("drift.finding", status=self.status, count=len(self.violations))


# --- baseline


def baseline_csv(predictions: Sequence[float], rows: pd.DataFrame, features: Sequence[str]) -> bytes:
    """Write what the analyzer learns the normal from: prediction first, then the features, with a header.

    That is the order of a captured request as the analyzer reads it: what came out, then what went in.

    Raises: RowNotNumeric: a feature holds a word.
    """
    chosen = rows[list(features)]
    try:
        table = chosen.astype("float64")
    except (TypeError, ValueError):
        list(csv_lines(chosen))  # knows which cell it is
        raise
    table.insert(0, PREDICTION, list(predictions))
    text: str = table.to_csv(index=False, float_format="%.12g", lineterminator="\n")
    return text.encode()


def baseline_request(
    lab: Lab, name: str, dataset: str, *, instance_type: str = "ml.m5.large"
) -> dict[str, Any]:
    """Return the request of a job that learns what is normal, as `create_processing_job` takes it.

    Args: dataset: `s3://` address of `baseline_csv`'s file.
    """
    environment = {
        "dataset_format": json.dumps({"csv": {"header": True, "output_columns_position": "START"}}),
        "dataset_source": f"{_IN}/input/baseline_dataset_input",
        "output_path": _OUT,
        "publish_cloudwatch_metrics": "Disabled",
    }
    inputs = {"baseline_dataset_input": (dataset, f"{_IN}/input/baseline_dataset_input")}
    output = f"s3://{lab.bucket}/{BASELINE}"
    return _analyzer_request(
        lab, name, environment=environment, inputs=inputs, output=output, instance_type=instance_type
    )


@translate()
def suggested_constraints(lab: Lab) -> pd.DataFrame:
    """Return what the baseline job suggests: `feature`, `type`, `completeness`, `non_negative`.

    Raises: NoSuchObject: no baseline has been learned.
    """
    import pandas as pd

    found = json.loads(storage.download(lab, f"{BASELINE}/constraints.json"))
    rows = [
        {
            "feature": feature["name"],
            "type": feature["inferred_type"],
            "completeness": feature["completeness"],
            "non_negative": feature.get("num_constraints", {}).get("is_non_negative"),
        }
        for feature in found["features"]
    ]
    table: pd.DataFrame = pd.DataFrame(rows)
    return table


# --- monitoring


@translate()
def monitor(
    lab: Lab, endpoint: str, thing: str, *, door: str = "auto", instance_type: str = "ml.m5.large"
) -> Finding:
    """Compare what was captured with the baseline, once, and wait for the result.

    Model Monitor looks at the last hour; the processing job at all that lies under the endpoint's captures.

    Args:
        thing: what the run is called, e.g. `clean`.
        door: `model_monitor`, `processing_job`, or `auto`: the first one that the account may use.
    Raises:
        UnknownDoor.
        NothingCaptured: there is nothing to compare.
        MonitoringFailed: with the analyzer's reason.
    """
    if door not in DOORS:
        raise UnknownDoor(door=door, known=", ".join(DOORS))
    if not captured_keys(lab, endpoint):
        raise NothingCaptured(name=endpoint, count=0, expected=1)
    if door != PROCESSING_JOB:
        try:
            return _by_schedule(lab, endpoint, thing, instance_type)
        except ClientError as error:
            if door == MODEL_MONITOR or not _is_closed(error):
                raise
    return _by_processing_job(lab, endpoint, thing, instance_type)


def _by_schedule(lab: Lab, endpoint: str, thing: str, instance_type: str) -> Finding:
    sagemaker, name = lab.client("sagemaker"), lab.unique_name(f"monitor-{thing}")
    output = f"s3://{lab.bucket}/monitoring/{name}"
    lab.note_creating("monitoring-schedule", name)
    sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=name,
        MonitoringScheduleConfig={
            "MonitoringType": "DataQuality",
            "ScheduleConfig": {
                "ScheduleExpression": "NOW",
                "DataAnalysisStartTime": "-PT1H",
                "DataAnalysisEndTime": "-PT0H",
            },
            "MonitoringJobDefinition": _job_definition(lab, endpoint, output, instance_type),
        },
        Tags=lab.tags,
    )
    try:
        execution = _wait_for_run(lab, name)
    except KeyboardInterrupt:
        # A schedule cannot be deleted while its run goes on; clean-up finds it.
        print(say("drift.goes_on", name=name))
        raise
    schedules.delete_schedule(lab, name)
    lab.note_deleted("monitoring-schedule", name)
    if "ProcessingJobArn" not in execution:
        raise MonitoringFailed(name=name, reason=execution.get("FailureReason", ""))
    note_job(lab, execution["ProcessingJobArn"])
    return _finding(lab, MODEL_MONITOR, execution["ProcessingJobArn"].rpartition("/")[2])


def _wait_for_run(lab: Lab, schedule: str) -> dict[str, Any]:
    """Return the schedule's only run once it is over."""
    sagemaker = lab.client("sagemaker")
    moving = ("Pending", "InProgress", "Stopping", "")
    with progress.show(say("drift.monitoring", name=schedule)) as shown:

        def look() -> dict[str, Any]:
            found = sagemaker.list_monitoring_executions(MonitoringScheduleName=schedule)
            runs: list[dict[str, Any]] = found["MonitoringExecutionSummaries"]
            return runs[0] if runs else {"MonitoringExecutionStatus": ""}

        def settled(seen: dict[str, Any]) -> bool:
            shown.tell(seen["MonitoringExecutionStatus"])
            return seen["MonitoringExecutionStatus"] not in moving

        return wait_until(
            lab.clock, look, settled, what=schedule, pause=max(lab.pause, 0.2), limit=_RUN_SECONDS
        )


def _by_processing_job(lab: Lab, endpoint: str, thing: str, instance_type: str) -> Finding:
    name = lab.unique_name(f"monitor-{thing}")
    source = f"{_IN}/input/endpoint"
    baseline = f"s3://{lab.bucket}/{BASELINE}"
    inputs = {
        "endpoint": (f"s3://{lab.bucket}/{CAPTURED}/{endpoint}/{VARIANT}/", source),
        "baseline": (f"{baseline}/statistics.json", f"{_IN}/baseline/stats"),
        "constraints": (f"{baseline}/constraints.json", f"{_IN}/baseline/constraints"),
    }
    capture = {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}
    environment = {
        "dataset_format": json.dumps(capture),
        "dataset_source": source,
        "output_path": _OUT,
        "publish_cloudwatch_metrics": "Disabled",
        "baseline_statistics": f"{_IN}/baseline/stats/statistics.json",
        "baseline_constraints": f"{_IN}/baseline/constraints/constraints.json",
    }
    output = f"s3://{lab.bucket}/monitoring/{name}"
    request = _analyzer_request(
        lab, name, environment=environment, inputs=inputs, output=output, instance_type=instance_type
    )
    run_processing(lab, request)
    return _finding(lab, PROCESSING_JOB, name)


@translate()
def run_processing(lab: Lab, request: Mapping[str, Any]) -> dict[str, Any]:
    """Start a processing job and wait for its end.

    Args: request: as `create_processing_job` takes it.
    Returns: the job as SageMaker describes it.
    Raises: MonitoringFailed: it ended otherwise than `Completed`.
    """
    sagemaker, name = lab.client("sagemaker"), request["ProcessingJobName"]
    resources = request["ProcessingResources"]["ClusterConfig"]
    lab.note_creating("processing-job", name, resources["InstanceType"])
    sagemaker.create_processing_job(**request)
    with progress.show(say("drift.processing", name=name)) as shown:

        def look() -> dict[str, Any]:
            seen: dict[str, Any] = sagemaker.describe_processing_job(ProcessingJobName=name)
            shown.tell(seen["ProcessingJobStatus"])
            return seen

        job = wait_until(
            lab.clock,
            look,
            lambda seen: seen["ProcessingJobStatus"] in _FINISHED,
            what=name,
            pause=lab.pause,
            limit=_RUN_SECONDS,
        )
    if job["ProcessingJobStatus"] != "Completed":
        reason = job.get("ExitMessage") or job.get("FailureReason") or job["ProcessingJobStatus"]
        raise MonitoringFailed(name=name, reason=reason)
    return job


def _finding(lab: Lab, door: str, job: str) -> Finding:
    """Read what the analyzer left; a job that finds violations is `Completed` all the same."""
    import pandas as pd

    described = lab.client("sagemaker").describe_processing_job(ProcessingJobName=job)
    if described["ProcessingJobStatus"] != "Completed":
        reason = described.get("ExitMessage") or described.get("FailureReason", "")
        raise MonitoringFailed(name=job, reason=reason)
    folder = described["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    try:
        violations = json.loads(_find_report(lab, folder))["violations"]
    except EmptyPrefix:
        violations = []
    columns = ["feature", "check", "distance", "threshold", "description"]
    table: pd.DataFrame = pd.DataFrame(map(_violation_row, violations), columns=columns)
    status = described.get("ExitMessage", "").partition(":")[0] or "Completed"
    return Finding(door, status, table.sort_values("distance", ascending=False, ignore_index=True))


def _find_report(lab: Lab, folder: str) -> bytes:
    """Return constraint_violations.json; a schedule puts it deeper than the job's output address says."""
    prefix = folder.partition(f"{lab.bucket}/")[2]
    keys = [found for found in storage.list_objects(lab, prefix)["key"] if found.endswith("violations.json")]
    if not keys:
        raise EmptyPrefix(bucket=lab.bucket, prefix=prefix)
    return storage.download(lab, max(keys))


def _violation_row(violation: Mapping[str, str]) -> tuple[str, str, float | None, float | None, str]:
    text = violation["description"]
    distance, threshold = None, None
    if "distance: " in text and "exceeds threshold: " in text:
        measured, _, limit = text.partition("distance: ")[2].partition(" exceeds threshold: ")
        distance, threshold = float(measured), float(limit.split()[0].rstrip("."))
    return (violation["feature_name"], violation["constraint_check_type"], distance, threshold, text)


def _job_definition(lab: Lab, endpoint: str, output: str, instance_type: str) -> dict[str, Any]:
    baseline = f"s3://{lab.bucket}/{BASELINE}"
    return {
        "BaselineConfig": {
            "ConstraintsResource": {"S3Uri": f"{baseline}/constraints.json"},
            "StatisticsResource": {"S3Uri": f"{baseline}/statistics.json"},
        },
        "MonitoringInputs": [
            {"EndpointInput": {"EndpointName": endpoint, "LocalPath": f"{_IN}/input/endpoint"}}
        ],
        "MonitoringOutputConfig": {
            "MonitoringOutputs": [
                {"S3Output": {"S3Uri": output, "LocalPath": _OUT, "S3UploadMode": "EndOfJob"}}
            ]
        },
        "MonitoringResources": {"ClusterConfig": _cluster(instance_type)},
        "MonitoringAppSpecification": {"ImageUri": images.analyzer_image(lab.region)},
        "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
        "RoleArn": lab.role_arn,
    }


def _analyzer_request(
    lab: Lab,
    name: str,
    *,
    environment: Mapping[str, str],
    inputs: Mapping[str, tuple[str, str]],
    output: str,
    instance_type: str,
) -> dict[str, Any]:
    return {
        "ProcessingJobName": name,
        "ProcessingResources": {"ClusterConfig": _cluster(instance_type)},
        "AppSpecification": {"ImageUri": images.analyzer_image(lab.region)},
        "RoleArn": lab.role_arn,
        "Environment": dict(environment),
        "ProcessingInputs": [
            {
                "InputName": name,
                "S3Input": {
                    "S3Uri": uri,
                    "LocalPath": path,
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
            for name, (uri, path) in inputs.items()
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "monitoring_output",
                    "S3Output": {"S3Uri": output, "LocalPath": _OUT, "S3UploadMode": "EndOfJob"},
                }
            ]
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
        "Tags": lab.tags,
    }


def _cluster(instance_type: str) -> dict[str, Any]:
    return {"InstanceType": instance_type, "InstanceCount": 1, "VolumeSizeInGB": 20}


def _is_closed(error: ClientError) -> bool:
    """Tell a service that is closed to the account from an identity that lacks a permission."""
    return error_code(error) in _CLOSED and "is not authorized to perform" not in str(error)
