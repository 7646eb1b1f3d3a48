"""What SageMaker says on the event bus: the forms of contract B.9."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from platforms import make_platform

from mllab_localaws.events.bus import Event
from mllab_localaws.leash import Leash
from mllab_localaws.platform import Platform, Settings
from mllab_localaws.sagemaker import state_events, tags

REGION = "us-east-1"
ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job/job"
NOON = 1_583_831_889.05


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """A platform without a server."""
    leash = Leash(tmp_path)
    yield make_platform(Settings(tmp_path, tmp_path, "http://127.0.0.1:1", 1), leash)
    leash.close()


@pytest.fixture
def heard(platform: Platform) -> list[Event]:
    """Everything that is published."""
    events: list[Event] = []
    platform.bus.subscribe(events.append)
    return events


def test_a_training_jobs_times_are_texts_of_milliseconds_at_every_depth(
    platform: Platform, heard: list[Event]
) -> None:
    detail = {
        "TrainingJobName": "job",
        "CreationTime": NOON,
        "TrainingTimeInSeconds": 7,
        "SecondaryStatusTransitions": [{"Status": "Starting", "StartTime": NOON}],
        "Environment": {"StartTime": "noon"},
    }
    state_events.publish(platform, REGION, state_events.TRAINING_JOB, ARN, detail)
    assert heard[0].source == "aws.sagemaker"
    assert heard[0].resources == (ARN,)
    assert heard[0].detail == {
        **detail,
        "CreationTime": "1583831889050",
        "SecondaryStatusTransitions": [{"Status": "Starting", "StartTime": "1583831889050"}],
        "Tags": {},
    }


@pytest.mark.parametrize(
    ("detail_type", "written"),
    [
        (state_events.TUNING_JOB, "1583831889050"),
        (state_events.ENDPOINT, 1583831889050.0),
        (state_events.MODEL_PACKAGE, "2020-03-10T09:18:09Z"),
        (state_events.PIPELINE_EXECUTION, "2020-03-10T09:18:09Z"),
        (state_events.TRANSFORM_JOB, "2020-03-10T09:18:09Z"),
    ],
)
def test_each_kind_of_resource_has_its_own_form_of_time(
    platform: Platform, heard: list[Event], detail_type: str, written: Any
) -> None:
    detail = {"CreationTime": NOON, "EndpointStatus": "InService"}
    state_events.publish(platform, REGION, detail_type, ARN, detail)
    assert heard[0].detail["CreationTime"] == written


@pytest.mark.parametrize(
    ("status", "spelled"),
    [("InService", "IN_SERVICE"), ("Failed", "FAILED"), ("UpdateRollbackFailed", "UPDATE_ROLLBACK_FAILED")],
)
def test_an_endpoints_status_is_in_upper_snake_case(
    platform: Platform, heard: list[Event], status: str, spelled: str
) -> None:
    state_events.publish(platform, REGION, state_events.ENDPOINT, ARN, {"EndpointStatus": status})
    assert heard[0].detail["EndpointStatus"] == spelled


def test_a_jobs_tags_travel_with_its_event(platform: Platform, heard: list[Event]) -> None:
    tags.attach(platform.store, REGION, ARN, [{"Key": "mllab:student", "Value": "ana"}])
    state_events.publish(platform, REGION, state_events.TRAINING_JOB, ARN, {})
    assert heard[0].detail["Tags"] == {"mllab:student": "ana"}


def test_a_pipeline_names_its_execution_as_well(platform: Platform, heard: list[Event]) -> None:
    state_events.publish(platform, REGION, state_events.PIPELINE_EXECUTION, "p", {}, also=["p/execution/e"])
    assert heard[0].resources == ("p", "p/execution/e")


def test_only_a_change_of_status_is_published(platform: Platform, heard: list[Event]) -> None:
    record = {"RoleArn": "r", "TrainingJobArn": ARN, "TrainingJobStatus": "InProgress"}
    platform.store.insert("training-job", REGION, "job", record)

    def change(**members: Any) -> None:
        state_events.modify(
            platform,
            state_events.TRAINING_JOB,
            lambda each: {**each, **members},
            kind="training-job",
            region=REGION,
            name="job",
        )

    change(LastModifiedTime=1.0)
    assert heard == []
    change(TrainingJobStatus="Completed")
    assert [event.detail["TrainingJobStatus"] for event in heard] == ["Completed"]
    assert heard[0].resources == (ARN,)
