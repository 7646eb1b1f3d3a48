"""Every operation of EventBridge Scheduler that is ours answers in the shape of AWS's service model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_recorder import Recorder, implemented
from identities import make_role, trust

from mllab_localaws.scheduler.groups import Groups
from mllab_localaws.scheduler.schedules import Schedules

OURS = implemented(Schedules, Groups)


@pytest.fixture(scope="module")
def recorder(client: Callable[..., Any]) -> Recorder:
    """The replies of the whole scenario."""
    recorder = Recorder(client)
    scheduler = recorder.client("scheduler")
    schedule = {
        "Name": "shapes",
        "ScheduleExpression": "at(2099-01-01T00:00:00)",
        "ScheduleExpressionTimezone": "Europe/Madrid",
        "Description": "d",
        "StartDate": "2098-01-01T00:00:00Z",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
            "RoleArn": make_role(client, trusting=trust({"Service": "scheduler.amazonaws.com"}))[1],
            "Input": '{"EndpointName": "shapes"}',
        },
    }
    scheduler.create_schedule(**schedule)
    scheduler.create_schedule(**{**schedule, "Name": "shapes-more"})
    scheduler.get_schedule(Name="shapes")
    scheduler.list_schedules(NamePrefix="shapes", MaxResults=1)
    scheduler.list_schedules(GroupName="default")
    scheduler.update_schedule(**schedule)
    scheduler.delete_schedule(Name="shapes", GroupName="default")
    scheduler.delete_schedule(Name="shapes-more")
    scheduler.get_schedule_group(Name="default")
    scheduler.list_schedule_groups()
    return recorder


def test_the_scenario_calls_every_operation_of_ours(recorder: Recorder) -> None:
    assert OURS - recorder.names() == set()


@pytest.mark.parametrize(("service", "operation"), sorted(OURS))
def test_every_reply_has_the_shape_of_the_service_model(
    recorder: Recorder, service: str, operation: str
) -> None:
    assert recorder.complaints(service, operation) == []
