"""Drift: the analyzer's reports, its two doors, and captured requests."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest
from botocore.exceptions import ClientError

from mllab_helpers import storage
from mllab_helpers.errors import AwsRefused, Denied, MonitoringFailed, NothingCaptured
from mllab_helpers.monitoring import capture, drift, schedules

CLUSTER = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 20}
STARTED = {"ProcessingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:processing-job/x"}
DRIFTED = {
    "feature_name": "age",
    "constraint_check_type": "baseline_drift_check",
    "description": "Baseline drift distance: 0.6960 exceeds threshold: 0.1",
}
TYPE = {
    "feature_name": "floors",
    "constraint_check_type": "data_type_check",
    "description": "Data type match requirement is not met. Expected data type: Integral.",
}


def test_a_violation_tells_its_distance_and_threshold_where_it_has_them():
    assert drift._violation_row(DRIFTED)[:4] == ("age", "baseline_drift_check", 0.696, 0.1)
    assert drift._violation_row(TYPE)[:4] == ("floors", "data_type_check", None, None)


def test_the_baseline_has_the_prediction_first_and_a_header():
    rows = pd.DataFrame({"grade": [7, 8], "age": [1.5, None], "price": [1, 2]})
    text = drift.baseline_csv([10.0, 20.0], rows, ["grade", "age"]).decode()
    assert text.splitlines() == ["predicted_price,grade,age", "10,7,1.5", "20,8,"]


def processing_job(status="Completed", **members):
    output = {"S3Uri": "s3://bucket/monitoring/x", "LocalPath": "/opt/ml/o", "S3UploadMode": "EndOfJob"}
    return {
        "ProcessingJobName": "x",
        "ProcessingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:processing-job/x",
        "ProcessingJobStatus": status,
        "ProcessingResources": {"ClusterConfig": CLUSTER},
        "AppSpecification": {"ImageUri": "i"},
        "CreationTime": 1,
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "monitoring_output", "S3Output": output}]},
        **members,
    }


@pytest.fixture
def captured(monkeypatch):
    monkeypatch.setattr(drift, "captured_keys", lambda lab, endpoint: ["captured/e/AllTraffic/a.jsonl"])


@pytest.fixture
def reports(monkeypatch):
    reports = {"violations": [TYPE, DRIFTED]}
    monkeypatch.setattr(drift, "_find_report", lambda lab, folder: json.dumps(reports).encode())
    return reports


def test_violations_come_with_a_completed_job_the_largest_distance_first(lab, stub, captured, reports):
    lab.remember("role", {"arn": "arn:aws:iam::123456789012:role/r"})
    said = "CompletedWithViolations: Job completed successfully with 2 violations."
    scripted = stub("sagemaker")
    scripted.add_response(
        "create_processing_job", {"ProcessingJobArn": "arn:aws:sagemaker:a:1:processing-job/x"}
    )
    for _ in range(2):
        scripted.add_response("describe_processing_job", processing_job(ExitMessage=said))
    finding = drift.monitor(lab, "houses", "t", door=drift.PROCESSING_JOB)
    assert (finding.door, finding.status) == (drift.PROCESSING_JOB, "CompletedWithViolations")
    assert finding.violations["feature"].tolist() == ["age", "floors"]


def test_a_job_that_fails_gives_its_reason(lab, stub, captured):
    lab.remember("role", {"arn": "arn:aws:iam::123456789012:role/r"})
    scripted = stub("sagemaker")
    scripted.add_response(
        "create_processing_job", {"ProcessingJobArn": "arn:aws:sagemaker:a:1:processing-job/x"}
    )
    scripted.add_response("describe_processing_job", processing_job("Failed", FailureReason="no header"))
    with pytest.raises(MonitoringFailed, match="no header"):
        drift.monitor(lab, "houses", "t", door=drift.PROCESSING_JOB)


def test_a_closed_model_monitor_opens_the_other_door(lab, monkeypatch, captured):
    def closed(*_):
        error = {"Code": "AccessDeniedException", "Message": "closed to new customers"}
        raise ClientError({"Error": error}, "CreateMonitoringSchedule")

    monkeypatch.setattr(drift, "_by_schedule", closed)
    monkeypatch.setattr(drift, "_by_processing_job", lambda *_: "the other door")
    assert drift.monitor(lab, "houses", "t", door="auto") == "the other door"
    with pytest.raises(Exception, match="closed"):
        drift.monitor(lab, "houses", "t", door=drift.MODEL_MONITOR)


@pytest.mark.parametrize(
    ("code", "message", "raised"),
    [
        ("ValidationException", "role", AwsRefused),
        (
            "AccessDeniedException",
            "User: u is not authorized to perform: sagemaker:CreateMonitoringSchedule on resource: r",
            Denied,
        ),
    ],
)
def test_a_mistake_in_the_request_or_a_policy_opens_no_other_door(
    lab, monkeypatch, captured, code, message, raised
):
    def wrong(*_):
        raise ClientError({"Error": {"Code": code, "Message": message}}, "Create")

    monkeypatch.setattr(drift, "_by_schedule", wrong)
    with pytest.raises(raised, match=message[:4]):
        drift.monitor(lab, "houses", "t", door="auto")


def test_a_door_that_does_not_exist_is_refused_by_name(lab, captured):
    with pytest.raises(drift.UnknownDoor, match=r"model-monitor.*auto, model_monitor, processing_job"):
        drift.monitor(lab, "houses", "t", door="model-monitor")


def test_nothing_captured_is_said_before_anything_is_started(lab, monkeypatch):
    monkeypatch.setattr(drift, "captured_keys", lambda lab, endpoint: [])
    with pytest.raises(NothingCaptured):
        drift.monitor(lab, "houses", "t")


def monitoring_schedules(*states):
    """Return a list of schedules as SageMaker answers it: one in each state, or none."""
    arn = "arn:aws:sagemaker:us-east-1:123456789012:monitoring-schedule/"
    found = [
        {
            "MonitoringScheduleName": f"mllab-ana-t{number or ''}",
            "MonitoringScheduleArn": f"{arn}t",
            "CreationTime": 1,
            "LastModifiedTime": 1,
            "MonitoringScheduleStatus": state,
        }
        for number, state in enumerate(states)
    ]
    return {"MonitoringScheduleSummaries": found}


def test_a_schedule_is_deleted_when_it_has_settled_and_its_going_is_waited_for(lab, stub, hand_clock):
    scripted, name = stub("sagemaker"), {"MonitoringScheduleName": "mllab-ana-t"}
    scripted.add_response("list_monitoring_schedules", monitoring_schedules("Pending"))
    scripted.add_response("list_monitoring_schedules", monitoring_schedules("Scheduled", "Pending"))
    scripted.add_response("delete_monitoring_schedule", {}, name)
    scripted.add_response("list_monitoring_schedules", monitoring_schedules("Pending"))
    scripted.add_response("list_monitoring_schedules", monitoring_schedules())
    schedules.delete_schedule(lab, "mllab-ana-t")
    assert hand_clock.slept == [5.0, 5.0]


def test_a_schedule_that_is_on_its_way_out_is_not_deleted_again(lab, stub):
    scripted = stub("sagemaker")
    scripted.add_response("list_monitoring_schedules", monitoring_schedules("Pending"))
    scripted.add_response("list_monitoring_schedules", monitoring_schedules())
    schedules.delete_schedule(lab, "mllab-ana-t")


def record(number):
    return {
        "captureData": {
            "endpointInput": {"data": f"{number},2\n"},
            "endpointOutput": {"data": f"{number * 100}.0\n"},
        },
        "eventMetadata": {"inferenceTime": f"2027-01-01T00:00:0{number}Z"},
    }


def test_captured_requests_are_read_file_by_file_until_all_are_there(real_lab):
    storage.ensure_bucket(real_lab)
    folder = "captured/houses/AllTraffic/2027/01/01/00/"
    for file in range(2):
        lines = "\n".join(json.dumps(record(2 * file + line)) for line in range(2))
        storage.upload_bytes(real_lab, lines.encode(), f"{folder}{file}.jsonl")
    table = capture.wait_for_capture(real_lab, "houses", 4)
    assert table["input"].tolist() == ["0,2", "1,2", "2,2", "3,2"]
    assert capture.archive_captured(real_lab, "houses") == 2
    assert capture.captured_keys(real_lab, "houses") == []
    assert len(storage.list_objects(real_lab, "captured-before/houses/")) == 2


def test_requests_that_never_arrive_are_counted(lab, monkeypatch):
    monkeypatch.setattr(capture, "captured_keys", lambda lab, endpoint: [])
    with pytest.raises(NothingCaptured, match="0"):
        capture.wait_for_capture(lab, "houses", 3)


def test_the_reports_reader_ignores_what_is_no_report(real_lab):
    storage.ensure_bucket(real_lab)
    storage.upload_bytes(real_lab, b"{}", "monitoring/x/statistics.json")
    storage.upload_bytes(real_lab, b'{"violations": []}', "monitoring/x/2027/constraint_violations.json")
    found = drift._find_report(real_lab, f"s3://{real_lab.bucket}/monitoring/x")
    assert json.load(io.BytesIO(found)) == {"violations": []}
