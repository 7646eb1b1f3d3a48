"""One execution of a monitoring schedule: a processing job over what an endpoint captured.

What the job is told: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import PurePosixPath
from typing import Any

from mllab_localaws.caller import acting_as
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.monitoring_records import DATA_QUALITY, EXECUTION_KIND
from mllab_localaws.sagemaker.monitoring_window import Window, text
from mllab_localaws.sagemaker.s3_uri import parse_s3_uri
from mllab_localaws.store import Record

_BASELINE = PurePosixPath("/opt/ml/processing/baseline")
_CODE = PurePosixPath("/opt/ml/processing/code")
# Resource of BaselineConfig: input's name and directory, variable of the container, file.
_RESOURCES = {
    "ConstraintsResource": ("constraints", "constraints", "baseline_constraints", "constraints.json"),
    "StatisticsResource": ("baseline", "stats", "baseline_statistics", "statistics.json"),
}
_SCRIPTS = {
    "RecordPreprocessorSourceUri": ("preprocessing", "record_preprocessor_script"),
    "PostAnalyticsProcessorSourceUri": ("postprocessing", "post_analytics_processor_script"),
}
_FORMAT = {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}
_VIOLATIONS = "CompletedWithViolations"


@dataclass(frozen=True)
class Plan:
    """What to run.

    Attributes:
        definition: a MonitoringJobDefinition.
        capture: where the endpoint's captured data are, `s3://bucket/prefix`.
    """

    region: str
    schedule: str
    endpoint: str
    definition: Mapping[str, Any]
    capture: str
    window: Window
    moment: datetime


def new_record(plan: Plan, definition_name: str | None) -> Record:
    """Return an execution that is about to start."""
    now = plan.moment.timestamp()
    return {
        "ExecutionId": uuid.uuid4().hex,
        "MonitoringScheduleName": plan.schedule,
        "ScheduledTime": now,
        "CreationTime": now,
        "LastModifiedTime": now,
        "MonitoringExecutionStatus": "Pending",
        "EndpointName": plan.endpoint,
        "MonitoringType": DATA_QUALITY,
        **({"MonitoringJobDefinitionName": definition_name} if definition_name else {}),
    }


def captured_directories(plan: Plan, platform: Platform) -> list[str]:
    """Return the keys' prefixes, `<variant>/yyyy/mm/dd/hh`, of the hours in the window that have data."""
    bucket, prefix = parse_s3_uri(f"{plan.capture.rstrip('/')}/{plan.endpoint}/")
    hours = {f"{hour:%Y/%m/%d/%H}" for hour in plan.window.hours()}
    stored = platform.objects.list(acting_as(plan.definition["RoleArn"]), bucket, prefix)
    found = {each.key[len(prefix) :].rpartition("/")[0] for each in stored if not each.key.endswith("/")}
    return sorted(directory for directory in found if directory.partition("/")[2] in hours)


def job_request(plan: Plan, directories: list[str]) -> dict[str, Any]:
    """Return the CreateProcessingJob request of an execution."""
    definition = plan.definition
    specification = definition["MonitoringAppSpecification"]
    program = {
        name: specification[name]
        for name in ("ImageUri", "ContainerEntrypoint", "ContainerArguments")
        if name in specification
    }
    others = {
        name: definition[name] for name in ("StoppingCondition", "NetworkConfig") if definition.get(name)
    }
    return {
        "ProcessingJobName": f"model-monitoring-{plan.moment:%Y%m%d%H%M}-{uuid.uuid4().hex[:24]}",
        "ProcessingInputs": list(_inputs(plan, directories)),
        "ProcessingOutputConfig": {"Outputs": [_output(plan)]},
        "ProcessingResources": {"ClusterConfig": definition["MonitoringResources"]["ClusterConfig"]},
        "AppSpecification": program,
        "Environment": _environment(plan),
        "RoleArn": definition["RoleArn"],
        **others,
    }


def ended(job: Record) -> dict[str, Any]:
    """Return what a processing job's end means for its execution: a job with violations is Completed, too."""
    status, message = job["ProcessingJobStatus"], job.get("ExitMessage", "")
    if status == "Completed" and message.startswith(_VIOLATIONS):
        status = _VIOLATIONS
    reason = {"FailureReason": job["FailureReason"]} if "FailureReason" in job else {}
    return {"MonitoringExecutionStatus": status, "LastModifiedTime": job["LastModifiedTime"], **reason}


def change(platform: Platform, region: str, execution: Record, **members: Any) -> None:
    """Set members of an execution's record."""
    platform.store.update(EXECUTION_KIND, region, execution["ExecutionId"], **members)


def now_of(platform: Platform) -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.fromtimestamp(platform.clock.now(), timezone.utc)


def _inputs(plan: Plan, directories: list[str]) -> Iterator[dict[str, Any]]:
    root = PurePosixPath(_local_path(plan)) / plan.endpoint
    for number, directory in enumerate(directories, start=1):
        uri = f"{plan.capture.rstrip('/')}/{plan.endpoint}/{directory}/"
        yield _input(f"endpoint_input_{number}", uri, root / directory)
    for resource, (name, directory, _, _) in _RESOURCES.items():
        uri = plan.definition.get("BaselineConfig", {}).get(resource, {}).get("S3Uri")
        if uri:
            yield _input(name, uri, _BASELINE / directory)
    for member, (name, _) in _SCRIPTS.items():
        uri = plan.definition["MonitoringAppSpecification"].get(member)
        if uri:
            yield _input(name, uri, _CODE / name)


def _input(name: str, uri: str, path: PurePosixPath) -> dict[str, Any]:
    location = {"S3Uri": uri, "LocalPath": str(path), "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {
        "InputName": name,
        "S3Input": {**location, "S3DataDistributionType": "FullyReplicated", "S3CompressionType": "None"},
    }


def _output(plan: Plan) -> dict[str, Any]:
    output = plan.definition["MonitoringOutputConfig"]["MonitoringOutputs"][0]["S3Output"]
    hour = f"{plan.moment:%Y/%m/%d/%H}"
    uri = f"{output['S3Uri'].rstrip('/')}/{plan.endpoint}/{plan.schedule}/{hour}"
    # Reports are written at the end, so that the SDK's default, Continuous, would upload the same.
    location = {"S3Uri": uri, "LocalPath": output["LocalPath"], "S3UploadMode": "EndOfJob"}
    return {"OutputName": "result", "S3Output": location}


def _environment(plan: Plan) -> dict[str, str]:
    output = plan.definition["MonitoringOutputConfig"]["MonitoringOutputs"][0]["S3Output"]
    variables = {
        "dataset_format": json.dumps(_FORMAT),
        "dataset_source": _local_path(plan),
        "output_path": output["LocalPath"],
        "publish_cloudwatch_metrics": "Enabled",
        **plan.definition.get("Environment", {}),
        "start_time": text(plan.window.start),
        "end_time": text(plan.window.end),
        "sagemaker_endpoint_name": plan.endpoint,
        "sagemaker_monitoring_schedule_name": plan.schedule,
        "sagemaker_endpoint_datacapture_prefix": plan.capture,
    }
    for resource, (_, directory, variable, file) in _RESOURCES.items():
        uri = plan.definition.get("BaselineConfig", {}).get(resource, {}).get("S3Uri")
        if uri:
            variables[variable] = str(_BASELINE / directory / (_file_name(uri) or file))
    for member, (name, variable) in _SCRIPTS.items():
        uri = plan.definition["MonitoringAppSpecification"].get(member)
        if uri:
            variables[variable] = str(_CODE / name / _file_name(uri))
    return variables


def _local_path(plan: Plan) -> str:
    return str(plan.definition["MonitoringInputs"][0]["EndpointInput"]["LocalPath"])


def _file_name(uri: str) -> str:
    """Return the file that a URI names, empty for a prefix."""
    name = uri.rpartition("/")[2]
    return name if "." in name else ""
