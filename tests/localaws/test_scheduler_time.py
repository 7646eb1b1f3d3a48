"""When schedules fire, by a clock whose hands the tests turn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from in_process import until
from platforms import EveryRole, make_platform

from mllab_localaws.caller import SCHEDULER, Caller, acting_as
from mllab_localaws.leash import Leash
from mllab_localaws.platform import Platform, Settings
from mllab_localaws.sagemaker.control import ControlPlane
from mllab_localaws.sagemaker.registry_groups import ModelPackageGroups
from mllab_localaws.scheduler.expressions import moment
from mllab_localaws.scheduler.firing import Firing
from mllab_localaws.scheduler.schedules import Schedules
from mllab_localaws.scheduler.universal import SageMakerTargets
from mllab_localaws.wire.call import Call, Dispatcher
from mllab_localaws.wire.errors import AwsError

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/scheduler"
NOON = datetime(2026, 11, 28, 12, tzinfo=timezone.utc).timestamp()
CALLER: Caller = acting_as(ROLE, SCHEDULER)


class Hands:
    """A clock."""

    time = NOON

    def now(self) -> float:
        return self.time


class TrustingRoles(EveryRole):
    """Every role lets every service assume it."""

    def trusts(self, role_arn: str, service: str) -> bool:
        return True


class Wound:
    """Schedules whose targets create model package groups, which can be seen."""

    def __init__(self, platform: Platform, hands: Hands) -> None:
        self.hands = hands
        groups = ModelPackageGroups(platform)
        control = ControlPlane(platform.authorizer)
        control.connect([groups])
        platform.deliveries.register("scheduler", SageMakerTargets(control).receive)
        self.firing = Firing(platform)
        self._schedules = Dispatcher("scheduler", [Schedules(platform, self.firing.watch, control)])
        self._groups = Dispatcher("sagemaker", [groups])

    def ask(self, operation: str, **params: Any) -> Any:
        return self._schedules(Call(operation, params, CALLER, REGION))

    def put(self, operation: str, expression: str, **more: Any) -> None:
        group = json.dumps({"ModelPackageGroupName": "made"})
        arn = "arn:aws:scheduler:::aws-sdk:sagemaker:createModelPackageGroup"
        self.ask(
            operation,
            Name="once",
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn, "RoleArn": ROLE, "Input": group},
            **more,
        )

    def at(self, hour: int, minute: int = 0, second: int = 0) -> None:
        self.hands.time = NOON + (hour - 12) * 3600 + minute * 60 + second
        self.firing.fire()

    def made(self) -> bool:
        try:
            self._groups(Call("DescribeModelPackageGroup", {"ModelPackageGroupName": "made"}, CALLER, REGION))
        except AwsError:
            return False
        return True

    def names(self) -> list[str]:
        return [each["Name"] for each in self.ask("ListSchedules")["Schedules"]]


@pytest.fixture
def wound(tmp_path: Path) -> Iterator[Wound]:
    leash, hands = Leash(tmp_path), Hands()
    settings = Settings(tmp_path, tmp_path, "http://127.0.0.1:1", 1)
    platform = make_platform(settings, leash, clock=hands, roles=TrustingRoles())
    yield Wound(platform, hands)
    platform.deliveries.close()
    leash.close()


def test_a_schedule_fires_at_its_second_and_not_before(wound: Wound) -> None:
    wound.put("CreateSchedule", "at(2026-11-28T16:00:00)")
    wound.at(15, 59, 59)
    assert wound.ask("GetSchedule", Name="once")["State"] == "ENABLED"
    assert not wound.made()
    wound.at(16)
    until(wound.made, "the target was asked")


def test_a_schedule_that_was_put_off_fires_later(wound: Wound) -> None:
    wound.put("CreateSchedule", "at(2026-11-28T16:00:00)", ActionAfterCompletion="DELETE")
    wound.put("UpdateSchedule", "at(2026-11-28T18:00:00)", ActionAfterCompletion="DELETE")
    wound.at(16)
    assert wound.names() == ["once"]
    wound.at(18)
    until(lambda: wound.names() == [], "the schedule deleted itself")
    assert wound.made()


def test_a_disabled_or_deleted_schedule_does_not_fire(wound: Wound) -> None:
    wound.put("CreateSchedule", "at(2026-11-28T16:00:00)", State="DISABLED")
    wound.at(17)
    wound.ask("DeleteSchedule", Name="once")
    wound.put("CreateSchedule", "at(2026-11-28T19:00:00)", ActionAfterCompletion="DELETE")
    wound.at(18)
    assert not wound.made()
    wound.ask("DeleteSchedule", Name="once")
    wound.at(20)
    assert not wound.made()


def test_a_schedule_whose_target_refuses_is_completed_too(wound: Wound) -> None:
    for day in (28, 29):
        wound.put("CreateSchedule", f"at(2026-11-{day}T16:00:00)", ActionAfterCompletion="DELETE")
        wound.at(16 + 24 * (day - 28))
        until(lambda: wound.names() == [], "the schedule deleted itself")
    assert wound.made()


def test_a_schedule_that_is_kept_stays_and_does_not_fire_again(wound: Wound) -> None:
    wound.put("CreateSchedule", "at(2026-11-28T16:00:00)")
    wound.at(16)
    until(wound.made, "the target was asked")
    before = wound.ask("GetSchedule", Name="once")
    wound.at(17)
    assert wound.ask("GetSchedule", Name="once") == before


@pytest.mark.parametrize(
    ("zone", "hour"), [("UTC", 12), ("America/Mexico_City", 18), ("Europe/Madrid", 11), ("Asia/Kolkata", 6.5)]
)
def test_a_time_is_that_of_its_zone(zone: str, hour: float) -> None:
    assert moment("at(2026-11-28T12:00:00)", zone) == NOON + (hour - 12) * 3600
