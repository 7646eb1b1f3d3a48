"""Endpoints that delete themselves, on a local AWS, and where that cannot be arranged."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
from botocore.exceptions import ClientError

from mllab_helpers import policies, storage
from mllab_helpers.cleanup import cleanup, expired
from mllab_helpers.costs import costs, costs_report
from mllab_helpers.deployment import deployment, expiry, idle
from mllab_helpers.deployment.expiry import WrongExpiry
from mllab_helpers.errors import Denied, WrongResourceName
from mllab_helpers.identity import roles
from mllab_helpers.lab.clock import Clock

HOUR = 3600.0


@pytest.fixture
def prepared(real_lab):
    """A lab whose roles and bucket a teacher has prepared, as its learner opens it."""
    storage.ensure_bucket(real_lab)
    roles.ensure_roles(real_lab)
    return real_lab.as_learner()


@pytest.fixture
def served(prepared):
    """Return a function that makes an endpoint, which serves nothing: that no test here asks for."""

    def make(hours=expiry.HOURS, thing="houses"):
        lab, sagemaker = prepared, prepared.client("sagemaker")
        name = lab.name(thing)
        artefact = storage.upload_bytes(lab, b"no archive", "models/model.tar.gz").uri
        model = deployment.ensure_model(lab, lab.name("houses"), artefact=artefact)
        config = deployment.ensure_endpoint_config(lab, lab.name("houses"), model=model)
        expires = expiry.ensure_expiry(lab, name, hours=hours)
        lab.note_creating("endpoint", name, "ml.m5.large")
        tags = lab.tags + expires.tags
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=tags)
        idle.put_alarm(lab, name)
        return name

    return make


def schedules(lab):
    return lab.client("scheduler").list_schedules(NamePrefix=lab.name("houses"))["Schedules"]


def later(lab, hours):
    """Return the lab as its clock shows it some hours later."""
    now = lab.clock.now
    return dataclasses.replace(lab, clock=Clock(lambda: now() + hours * HOUR, lab.clock.sleep))


# --- the schedule


def test_the_schedule_deletes_this_endpoint_once_by_a_role_that_may_do_nothing_else(prepared):
    name = prepared.name("houses")
    made = expiry.ensure_expiry(prepared, name, hours=2)
    schedule = prepared.client("scheduler").get_schedule(Name=name)
    assert made.is_scheduled
    assert schedule["ScheduleExpression"] == f"at({made.tags[0]['Value'].removesuffix('Z')})"
    assert schedule["ActionAfterCompletion"] == "DELETE"
    assert schedule["Target"]["Arn"].endswith("aws-sdk:sagemaker:deleteEndpoint")
    assert json.loads(schedule["Target"]["Input"]) == {"EndpointName": name}
    assert schedule["Target"]["RoleArn"] == roles.role_arn(prepared, policies.SCHEDULER)
    statement = roles.policy(prepared, policies.SCHEDULER)["Statement"]
    assert [each["Action"] for each in statement] == ["sagemaker:DeleteEndpoint"]


def test_four_hours_are_the_default_and_ensuring_again_renews_them(prepared):
    name = prepared.name("houses")
    first = expiry.ensure_expiry(prepared, name)
    assert first.at == pytest.approx(prepared.clock.now() + 4 * HOUR, abs=60)
    second = expiry.ensure_expiry(later(prepared, 3), name)
    assert second.at - first.at == pytest.approx(3 * HOUR, abs=60)
    expression = prepared.client("scheduler").get_schedule(Name=name)["ScheduleExpression"]
    assert second.tags[0]["Value"].removesuffix("Z") in expression
    assert len(schedules(prepared)) == 1


def test_zero_hours_is_never_and_says_so(prepared, capsys):
    name = prepared.name("houses")
    expiry.ensure_expiry(prepared, name)
    made = expiry.ensure_expiry(prepared, name, hours=0)
    assert schedules(prepared) == []
    assert made.tags == [{"Key": "mllab:expires", "Value": "never"}]
    assert "no caduca" in capsys.readouterr().out


@pytest.mark.parametrize("hours", [-1, math.inf, math.nan])
def test_hours_that_are_no_time_are_refused(prepared, hours):
    with pytest.raises(WrongExpiry, match="expires_in"):
        expiry.ensure_expiry(prepared, prepared.name("houses"), hours=hours)


def test_somebody_elses_endpoint_gets_no_expiry(prepared):
    with pytest.raises(WrongResourceName):
        expiry.ensure_expiry(prepared, "mllab-other-houses")


def test_a_role_that_does_not_trust_scheduler_is_said_and_the_endpoint_is_made(prepared, served, capsys):
    # As in a school account: one role for everything, which trusts SageMaker.
    prepared.remember("roles", {**prepared.recall("roles"), policies.SCHEDULER: prepared.role_arn})
    name = served()
    said = capsys.readouterr().out
    assert "no se pudo programar" in said
    assert "mllab clean --expired" in said
    assert schedules(prepared) == []
    assert costs.now(prepared).running[0].expires is None  # whatever the tag says, nothing will delete it
    assert expiry.expires_at(prepared, name) == pytest.approx(prepared.clock.now() + 4 * HOUR, abs=60)


def test_without_a_role_for_it_nothing_is_asked_of_scheduler(lab, stub, capsys):
    stub("sagemaker").add_client_error("add_tags", "ValidationException", "Could not find resource")
    made = expiry.ensure_expiry(lab, "mllab-ana-houses")
    assert not made.is_scheduled
    assert "cuaderno 01" in capsys.readouterr().out


def test_a_role_that_aws_does_not_know_everywhere_yet_is_waited_for(lab, stub, hand_clock):
    role = f"arn:aws:iam::{lab.account}:role/{lab.name('scheduler-role')}"
    lab.remember("roles", {"scheduler": role})
    scheduler = stub("scheduler")
    unknown = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    for _ in range(2):
        scheduler.add_client_error("create_schedule", "ValidationException", unknown)
    scheduler.add_response("create_schedule", {"ScheduleArn": "arn:aws:scheduler:us-east-1:1:schedule/a/b"})
    stub("sagemaker").add_response("add_tags", {})
    assert expiry.ensure_expiry(lab, "mllab-ana-houses").is_scheduled
    assert hand_clock.slept == [5.0, 5.0]


# --- endpoints and their guards


def test_an_endpoint_deleted_by_hand_takes_its_schedule_and_its_alarm_with_it(prepared, served):
    name = served()
    assert [each["Name"] for each in schedules(prepared)] == [name]
    deployment.delete_endpoint(prepared, name)
    assert schedules(prepared) == []
    alarms = prepared.client("cloudwatch").describe_alarms(AlarmNames=[f"{name}-idle"])
    assert alarms["MetricAlarms"] == []
    deployment.delete_endpoint(prepared, name)


def test_cleanup_finds_schedules_of_endpoints_that_are_gone(prepared):
    expiry.ensure_expiry(prepared, prepared.name("houses"))
    assert "schedule" in set(cleanup.inventory(prepared)["kind"])
    assert "schedule" in set(cleanup.sweep(prepared)["kind"])
    assert cleanup.inventory(prepared).empty


def test_an_account_that_knows_no_schedules_is_swept_all_the_same(prepared):
    expiry.ensure_expiry(prepared, prepared.name("houses"))
    denied = {"Effect": "Deny", "Action": "scheduler:ListSchedules", "Resource": "*"}
    prepared.as_teacher().client("iam").put_role_policy(
        RoleName=prepared.name("learner"),
        PolicyName="no-schedules",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]}),
    )
    assert "schedule" not in set(cleanup.inventory(prepared)["kind"])


def test_expired_endpoints_are_deleted_by_their_tag_and_no_others(prepared, served):
    old, young, eternal = served(1, "old"), served(5, "young"), served(0, "eternal")
    prepared.client("scheduler").delete_schedule(Name=old)  # as where nobody may make any
    assert expired.delete_expired(later(prepared, 0.5)) == []
    assert expired.delete_expired(later(prepared, 2)) == [old]
    found = prepared.client("sagemaker").list_endpoints()["Endpoints"]
    ours = {
        each["EndpointName"] for each in found if each["EndpointName"].startswith(prepared.name("x")[:-1])
    }
    assert ours == {young, eternal}


def test_one_endpoint_that_refuses_does_not_keep_the_other_expired_ones_running(prepared, served):
    first, second = served(1, "first"), served(1, "second")
    denied = {
        "Effect": "Deny",
        "Action": "sagemaker:DeleteEndpoint",
        "Resource": f"arn:aws:sagemaker:*:*:endpoint/{first}",
    }
    prepared.as_teacher().client("iam").put_role_policy(
        RoleName=prepared.name("learner"),
        PolicyName="keeps-the-first",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]}),
    )
    with pytest.raises(Denied, match=first):
        expired.delete_expired(later(prepared, 2))
    left = {each["EndpointName"] for each in prepared.client("sagemaker").list_endpoints()["Endpoints"]}
    assert (first in left, second in left) == (True, False)


def test_what_no_schedule_will_delete_is_thought_to_run_on_and_billed_once(prepared, served, monkeypatch):
    monkeypatch.setattr(expiry, "_role", lambda _: "")
    served(1)
    spent = costs.now(later(prepared, 2)).usd
    assert spent == pytest.approx(2 * 0.115, rel=0.05)


def test_an_endpoint_that_lost_its_tag_expires_by_its_schedule(prepared, served):
    name = served(1)
    arn = f"arn:aws:sagemaker:us-east-1:{prepared.account}:endpoint/{name}"
    prepared.as_teacher().client("sagemaker").delete_tags(ResourceArn=arn, TagKeys=["mllab:expires"])
    assert expired.delete_expired(later(prepared, 2)) == [name]


def test_the_alarm_of_an_endpoint_that_deleted_itself_goes_with_the_expired(prepared, served):
    gone, alive = prepared.name("gone"), served(2, "alive")
    idle.put_alarm(prepared, gone)
    expired.delete_expired(prepared)
    found = prepared.client("cloudwatch").describe_alarms(AlarmNamePrefix=prepared.name("x")[:-1])
    assert [alarm["AlarmName"] for alarm in found["MetricAlarms"]] == [f"{alive}-idle"]


def test_a_tag_that_says_no_time_is_no_expiry(prepared, served):
    name = served(1)
    arn = f"arn:aws:sagemaker:us-east-1:{prepared.account}:endpoint/{name}"
    prepared.client("sagemaker").add_tags(
        ResourceArn=arn, Tags=[{"Key": "mllab:expires", "Value": "tomorrow?"}]
    )
    assert expiry.expires_at(prepared, name) is None


# --- what it costs


def test_costs_know_what_runs_until_when_it_does_and_what_nobody_asks(prepared, served):
    name = served(4)
    [running] = costs.now(prepared).running
    assert (running.name, running.usd_per_hour, running.is_idle) == (name, 0.115, False)
    assert running.expires == pytest.approx(prepared.clock.now() + 4 * HOUR, abs=60)
    prepared.as_teacher().client("cloudwatch").set_alarm_state(
        AlarmName=f"{name}-idle", StateValue="ALARM", StateReason="an hour has passed"
    )
    [an_hour_later] = costs.now(later(prepared, 1.1)).running
    assert an_hour_later.is_idle
    report = "\n".join(costs_report.lines(costs.now(later(prepared, 1.1))))
    assert f"endpoint {name}: 0.115 USD por hora, se borra solo el " in report
    assert "nadie le pregunta nada" in report
    assert "0.13 USD. Queda encendido" in report
    assert "Precios de lista de us-east-1" in report


def test_a_notebook_pays_for_what_ran_while_it_was_open(prepared, served):
    served()
    opened = dataclasses.replace(later(prepared, 1), opened=prepared.clock.now() + HOUR)
    assert costs.so_far(opened).usd < 0.01 < costs.now(opened).usd


def test_an_endpoint_that_was_never_made_is_on_no_receipt(prepared):
    expiry.ensure_expiry(prepared, prepared.name("houses"))
    assert "endpoint" not in {item.kind for item in costs.now(prepared).built}


def test_costs_of_an_empty_lab_are_nothing(real_lab):
    found = costs.now(real_lab)
    assert (found.usd, found.running) == (0, ())
    assert list(costs_report.lines(found)) == [
        "En AWS, desde la última limpieza: < 0.01 USD. No queda nada encendido."
    ]


def test_an_alarm_that_is_gone_already_is_deleted_silently(lab, stub):
    stub("cloudwatch").add_client_error("delete_alarms", "ResourceNotFound", "no such alarm")
    idle.delete_alarm(lab, "mllab-ana-houses")


def test_a_schedule_that_may_not_be_removed_does_not_keep_an_endpoint(lab, stub):
    stub("scheduler").add_client_error("delete_schedule", "AccessDeniedException", "not authorized")
    expiry.remove_expiry(lab, "mllab-ana-houses")


def test_what_else_goes_wrong_with_a_schedule_is_not_hidden(lab, stub):
    stub("scheduler").add_client_error("delete_schedule", "InternalServerException", "broken")
    with pytest.raises(Exception, match="broken") as raised:
        expiry.remove_expiry(lab, "mllab-ana-houses")
    assert isinstance(raised.value.__cause__, ClientError)
