"""A monitoring schedule whose run goes on for minutes, on an endpoint that captures."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from mllab_helpers import storage
from mllab_helpers.monitoring import drift
from mllab_helpers.monitoring.capture import CAPTURED

SLEEPER = ["python3", "-c", "import time; time.sleep(600)"]
RUNS_NOW = {
    "ScheduleExpression": "NOW",
    "DataAnalysisStartTime": "-PT1H",
    "DataAnalysisEndTime": "-PT0H",
}


def write_captured(lab, endpoint):
    """Write one captured request of this hour, as the endpoint would."""
    halves = {
        name: {"observedContentType": "text/csv", "mode": mode, "data": "1.0,2.0\n", "encoding": "CSV"}
        for name, mode in (("endpointInput", "INPUT"), ("endpointOutput", "OUTPUT"))
    }
    record = {"captureData": halves, "eventMetadata": {"eventId": "1"}, "eventVersion": "0"}
    hour = f"{datetime.now(timezone.utc):%Y/%m/%d/%H}"
    storage.upload_bytes(lab, json.dumps(record).encode(), f"{CAPTURED}/{endpoint}/AllTraffic/{hour}/1.jsonl")


def start_schedule(lab, name, endpoint):
    """Start a schedule that runs now, and for long."""
    definition = drift._job_definition(lab, endpoint, f"s3://{lab.bucket}/reports", "ml.m5.large")
    definition["MonitoringAppSpecification"]["ContainerEntrypoint"] = SLEEPER
    del definition["BaselineConfig"]
    lab.note_creating("monitoring-schedule", name)
    lab.client("sagemaker").create_monitoring_schedule(
        MonitoringScheduleName=name,
        MonitoringScheduleConfig={
            "MonitoringType": "DataQuality",
            "ScheduleConfig": RUNS_NOW,
            "MonitoringJobDefinition": definition,
        },
        Tags=lab.tags,
    )
