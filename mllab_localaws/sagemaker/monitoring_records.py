"""Monitoring schedules, their job definitions and executions as records."""

from __future__ import annotations

from typing import Any

from mllab_localaws.sagemaker.named import Named
from mllab_localaws.store import Record, Store
from mllab_localaws.wire.errors import validation_error

SCHEDULE = Named("monitoring-schedule", "monitoring schedule", "ResourceNotFound", "ResourceInUse")
DEFINITION = Named(
    "data-quality-job-definition", "data quality job definition", "ResourceNotFound", "ResourceInUse"
)
EXECUTION_KIND = "monitoring-execution"
DATA_QUALITY = "DataQuality"


def schedules_of(store: Store, region: str, endpoint: str) -> list[Record]:
    """Return the monitoring schedules of an endpoint."""
    return [each for each in store.list(SCHEDULE.kind, region) if is_of(each, endpoint)]


def is_of(record: Record, endpoint: str | None) -> bool:
    """Say whether a schedule, definition or execution watches an endpoint; any one, when none is named."""
    return endpoint is None or str(record.get("EndpointName", "")).lower() == endpoint.lower()


def executions(store: Store, region: str, schedule: str) -> list[Record]:
    """Return a schedule's executions, the latest first."""
    found = [
        each
        for each in store.list(EXECUTION_KIND, region)
        if each["MonitoringScheduleName"].lower() == schedule.lower()
    ]
    return sorted(found, key=lambda each: (each["CreationTime"], each["ExecutionId"]), reverse=True)


def summary(execution: Record) -> dict[str, Any]:
    """Return an execution as AWS shows it."""
    return {name: value for name, value in execution.items() if name != "ExecutionId"}


def check_unwatched(store: Store, region: str, endpoint: str) -> None:
    """Refuse to delete an endpoint that is monitored.

    Raises: AwsError: `ValidationException`.
    """
    schedules = [each["MonitoringScheduleName"] for each in schedules_of(store, region, endpoint)]
    if schedules:
        raise validation_error(
            f'Cannot delete endpoint "{endpoint}": it has monitoring schedules ({", ".join(schedules)}). '
            "Delete them with DeleteMonitoringSchedule first."
        )
