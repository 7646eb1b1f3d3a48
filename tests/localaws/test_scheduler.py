"""EventBridge Scheduler over the wire: what a schedule may be, and that it does what its role may."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from identities import allow, assume, make_role, refused, trust
from served_models import create_config, create_endpoint, prepare

Client = Callable[..., Any]
TRUST = trust({"Service": "scheduler.amazonaws.com"})
DELETE_ENDPOINT = "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint"
OFF = {"Mode": "OFF"}
FAR = "at(2099-01-01T00:00:00)"
ENDPOINTS = "arn:aws:sagemaker:us-east-1:123456789012:endpoint"


def soon(seconds: float = 2.0) -> str:
    """Return the expression of a moment in the near future, which has whole seconds."""
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return f"at({moment:%Y-%m-%dT%H:%M:%S})"


@pytest.fixture(scope="module")
def role(client: Client) -> str:
    """A role that Scheduler may assume, and that may delete endpoints called `expiring-*`."""
    return make_role(client, allow("sagemaker:DeleteEndpoint", f"{ENDPOINTS}/expiring-*"), trusting=TRUST)[1]


@pytest.fixture
def schedule(client: Client, role: str, name: str) -> dict[str, Any]:
    """A request that is taken."""
    target = {"Arn": DELETE_ENDPOINT, "RoleArn": role, "Input": json.dumps({"EndpointName": name})}
    return {
        "Name": name,
        "ScheduleExpression": FAR,
        "FlexibleTimeWindow": OFF,
        "Target": target,
        "ActionAfterCompletion": "DELETE",
    }


@pytest.fixture(scope="module")
def model(client: Client) -> SimpleNamespace:
    """What endpoints are made of."""
    aws = prepare(client, "scheduler-models")
    create_config(aws, "scheduler-models")
    return aws


def statuses(sagemaker: Any, name: str) -> str:
    try:
        return str(sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"])
    except sagemaker.exceptions.ClientError:
        return "gone"


def eventually(look: Callable[[], Any], wanted: Any, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while (seen := look()) != wanted:
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)  # between two looks, until the deadline


def names(scheduler: Any, prefix: str) -> list[str]:
    return [each["Name"] for each in scheduler.list_schedules(NamePrefix=prefix)["Schedules"]]


# --- what it does


def test_an_endpoint_is_deleted_at_its_time_and_the_schedule_is_gone_with_it(
    client: Client, schedule: dict[str, Any], model: SimpleNamespace
) -> None:
    scheduler, name = client("scheduler"), f"expiring-{schedule['Name']}"
    create_endpoint(model, name, "scheduler-models")
    schedule["Target"]["Input"] = json.dumps({"EndpointName": name})
    scheduler.create_schedule(**{**schedule, "ScheduleExpression": soon()})
    eventually(lambda: statuses(model.sagemaker, name), "gone")
    eventually(lambda: names(scheduler, schedule["Name"]), [])


def test_a_role_that_may_not_delete_the_endpoint_leaves_it_alone(
    client: Client, schedule: dict[str, Any], model: SimpleNamespace
) -> None:
    scheduler, name = client("scheduler"), schedule["Name"]
    create_endpoint(model, name, "scheduler-models")
    scheduler.create_schedule(**{**schedule, "ScheduleExpression": soon()})
    eventually(lambda: names(scheduler, name), [])
    assert statuses(model.sagemaker, name) == "InService"
    model.sagemaker.delete_endpoint(EndpointName=name)


# --- how it is kept


def test_a_schedule_is_described_with_its_defaults(client: Client, schedule: dict[str, Any]) -> None:
    scheduler, name = client("scheduler"), schedule["Name"]
    arn = scheduler.create_schedule(**schedule)["ScheduleArn"]
    assert arn == f"arn:aws:scheduler:us-east-1:123456789012:schedule/default/{name}"
    found = scheduler.get_schedule(Name=name)
    assert {key: found[key] for key in ("Arn", "GroupName", "State", "ScheduleExpressionTimezone")} == {
        "Arn": arn,
        "GroupName": "default",
        "State": "ENABLED",
        "ScheduleExpressionTimezone": "UTC",
    }
    assert found["Target"] == {
        **schedule["Target"],
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
    }
    assert not {"Moment", "Fired", "ClientToken"} & set(found)


def test_an_update_replaces_everything(client: Client, schedule: dict[str, Any]) -> None:
    scheduler, name = client("scheduler"), schedule["Name"]
    scheduler.create_schedule(**schedule, Description="first")
    created = scheduler.get_schedule(Name=name)["CreationDate"]
    scheduler.update_schedule(**{**schedule, "ScheduleExpression": "at(2098-01-01T00:00:00)"})
    found = scheduler.get_schedule(Name=name)
    assert found["ScheduleExpression"] == "at(2098-01-01T00:00:00)"
    assert "Description" not in found
    assert found["CreationDate"] == created


def test_schedules_are_listed_by_prefix_and_state_page_by_page(
    client: Client, schedule: dict[str, Any]
) -> None:
    scheduler, name = client("scheduler"), schedule["Name"]
    for number in range(3):
        state = "DISABLED" if number == 2 else "ENABLED"
        scheduler.create_schedule(**{**schedule, "Name": f"{name}-{number}"}, State=state)
    pages = scheduler.get_paginator("list_schedules").paginate(NamePrefix=name, MaxResults=2)
    assert [len(page["Schedules"]) for page in pages] == [2, 1]
    disabled = scheduler.list_schedules(NamePrefix=name, State="DISABLED")["Schedules"]
    assert [each["Name"] for each in disabled] == [f"{name}-2"]
    assert disabled[0]["Target"] == {"Arn": DELETE_ENDPOINT}


def test_a_name_is_taken_once_and_a_request_that_is_sent_again_is_the_same(
    client: Client, schedule: dict[str, Any]
) -> None:
    scheduler, name = client("scheduler"), schedule["Name"]
    first = scheduler.create_schedule(**schedule, ClientToken="again")
    assert scheduler.create_schedule(**schedule, ClientToken="again")["ScheduleArn"] == first["ScheduleArn"]
    assert refused(scheduler.create_schedule, **schedule) == (
        "ConflictException",
        409,
        f"Schedule {name} already exists.",
    )


def test_what_is_missing_is_said_so(client: Client, schedule: dict[str, Any]) -> None:
    scheduler, name = client("scheduler"), schedule["Name"]
    absent = ("ResourceNotFoundException", 404, f"Schedule {name} does not exist.")
    assert refused(scheduler.get_schedule, Name=name) == absent
    assert refused(scheduler.delete_schedule, Name=name) == absent
    assert refused(scheduler.update_schedule, **schedule) == absent
    other = refused(scheduler.create_schedule, **schedule, GroupName="other")
    assert other == ("ResourceNotFoundException", 404, "Schedule group other does not exist.")


# --- what is refused


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"ScheduleExpression": "at(2099-01-01T00:00:00Z)"}, "Invalid Schedule Expression at(2099-01"),
        ({"ScheduleExpression": "at(2099-02-30T00:00:00)"}, "Invalid Schedule Expression at(2099-02-30"),
        ({"ScheduleExpression": "rate(30 seconds)"}, "Invalid Schedule Expression rate(30 seconds)."),
        ({"ScheduleExpression": "rate(5 minutes)"}, "recurring schedules are not part of the local AWS"),
        ({"ScheduleExpression": "cron(0 8 * * ? *)"}, "recurring schedules are not part of the local AWS"),
        ({"ScheduleExpression": "at(2020-01-01T00:00:00)"}, "at(2020-01-01T00:00:00) (UTC) has passed"),
        ({"ScheduleExpressionTimezone": "Mars/Olympus"}, "Timezone Mars/Olympus"),
        ({"ScheduleExpressionTimezone": "../etc"}, "Timezone ../etc"),
        ({"ScheduleExpressionTimezone": "Europe"}, "Timezone Europe"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}}, "flexible time window"),
        ({"KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k"}, "KmsKeyArn of CreateSchedule"),
        ({"Name": "no spaces"}, "regular expression pattern"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(
    client: Client, schedule: dict[str, Any], changes: dict[str, Any], text: str
) -> None:
    code, status, message = refused(client("scheduler").create_schedule, **{**schedule, **changes})
    assert (code, status) == ("ValidationException", 400)
    assert text in message


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"Arn": "arn:aws:sqs:us-east-1:123456789012:q"}, "schedules ask SageMaker alone"),
        ({"Arn": "arn:aws:scheduler:::aws-sdk:ec2:stopInstances"}, "schedules ask SageMaker alone"),
        ({"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:describeEndpoint"}, "not a supported API action"),
        ({"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:deleteTheWorld"}, "not a supported API action"),
        (
            {"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createDomain"},
            "CreateDomain of sagemaker is not part of the local AWS; docs/local-aws.md",
        ),
        ({"Input": "EndpointName"}, "must be a JSON object"),
        ({"Input": "[" * 100_000}, "must be a JSON object"),
        ({"Input": '["a"]'}, "must be a JSON object"),
        ({"SqsParameters": {"MessageGroupId": "g"}}, "SqsParameters of Target"),
        ({"RoleArn": "arn:aws:iam::123456789012:role/nobody"}, "must allow AWS EventBridge Scheduler"),
    ],
)
def test_a_target_that_could_never_be_asked_is_refused(
    client: Client, schedule: dict[str, Any], changes: dict[str, Any], text: str
) -> None:
    schedule["Target"].update(changes)
    code, status, message = refused(client("scheduler").create_schedule, **schedule)
    assert (code, status) == ("ValidationException", 400)
    assert text in message


def test_a_role_that_trusts_somebody_else_is_refused(client: Client, schedule: dict[str, Any]) -> None:
    schedule["Target"]["RoleArn"] = make_role(client, trusting=trust({"Service": "events.amazonaws.com"}))[1]
    assert refused(client("scheduler").create_schedule, **schedule)[2] == (
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    )


def test_who_may_not_lend_the_role_may_not_schedule_with_it(
    client: Client, schedule: dict[str, Any], role: str
) -> None:
    arn = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/*"
    learner = assume(client, make_role(client, allow("scheduler:CreateSchedule", arn))[1])
    code, status, message = refused(learner.client("scheduler").create_schedule, **schedule)
    assert (code, status) == ("AccessDeniedException", 403)
    assert f"iam:PassRole on resource: {role}" in message
