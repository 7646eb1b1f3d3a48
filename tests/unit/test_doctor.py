"""What the doctor and the first cell of a notebook say about an account, and when they stop."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import botocore.credentials
import botocore.session
import pytest
from school_users import as_user

from mllab_helpers import policies, prices, storage, texts
from mllab_helpers.cli import main
from mllab_helpers.doctor import account, doctor, permissions, quotas
from mllab_helpers.doctor.findings import OK, STOP, WARNING
from mllab_helpers.errors import QuotaExceeded
from mllab_helpers.identity import given, roles
from mllab_helpers.identity.errors import NotReady
from mllab_helpers.instance import notebook_instance
from mllab_helpers.lab.clock import Clock
from mllab_localaws import daemon
from mllab_localaws import quotas as local_quotas


def test_the_command_explains_missing_credentials_and_fails(monkeypatch, tmp_path, capsys):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert doctor.run_doctor("aws", None, "en") == 1
    said = capsys.readouterr().out
    assert "[stop] AWS cannot be worked with from here" in said
    assert "aws configure" in said
    assert "cannot work here yet" in said


def test_the_command_approves_this_machine_for_local_work(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(tmp_path))
    assert doctor.run_doctor("local", None, "es") == 0
    assert "puede trabajar en este equipo" in capsys.readouterr().out


def test_the_command_refuses_a_notebook_that_there_is_none_of(capsys):
    assert main.main(["--language", "en", "doctor", "--notebooks", "01,07"]) == 2
    assert "07" in capsys.readouterr().err


# --- the account


@pytest.fixture
def set_quota(local_connection):
    """`set_quota("ml.m5.large for endpoint usage", 1)` on the session's local AWS, until the end."""
    changed = set()

    def change(name, value):
        changed.add(name)
        daemon.set_quota(local_connection.home, name, value)

    yield change
    for name in changed:
        daemon.set_quota(local_connection.home, name, local_quotas.DEFAULT)


def levels(findings):
    return [finding.level for finding in findings]


def test_quotas_are_held_against_what_runs_at_once(real_lab, set_quota):
    check = quotas.check_quotas
    set_quota("ml.m5.large for endpoint usage", 1)
    set_quota("ml.m5.large for training job usage", 1)
    assert check(real_lab, ["01", "04", "06"]) == []
    assert levels(check(real_lab, ["02"])) == [OK, OK]
    assert levels(check(real_lab, ["03"])) == [STOP]
    assert levels(check(real_lab, ["03"], instance_type="ml.m5.xlarge")) == [OK]
    assert levels(check(real_lab, ["05"], parts="a")) == []
    assert levels(check(real_lab, ["05"], parts="b")) == [STOP]
    assert levels(check(real_lab, ["05"], parts="c")) == [OK, OK, STOP]
    set_quota("ml.m5.large for endpoint usage", 2)
    assert levels(check(real_lab, ["03"])) == [OK]


def test_a_quota_that_does_not_suffice_comes_with_types_that_do_cheapest_first(real_lab, set_quota):
    for machine in ("ml.m5.large", "ml.t2.medium"):
        set_quota(f"{machine} for endpoint usage", 0)
    [finding] = quotas.check_quotas(real_lab, ["03"])
    assert "ml.m5.large for endpoint usage: 0" in finding.text
    others = [each for each in prices.types(prices.HOSTING) if each not in ("ml.m5.large", "ml.t2.medium")]
    assert finding.advice.startswith(f"Tienen cuota: {', '.join(others)}.")
    for machine in prices.types(prices.HOSTING):
        set_quota(f"{machine} for endpoint usage", 1)
    [finding] = quotas.check_quotas(real_lab, ["03"])
    assert finding.advice.startswith("Ninguno")
    assert "Service Quotas" in finding.advice


def test_a_machine_that_service_quotas_does_not_show_is_a_warning(real_lab):
    assert levels(quotas.check_quotas(real_lab, ["03"], instance_type="ml.huge.large")) == [WARNING]


def test_whoever_may_not_look_at_quotas_is_warned(real_lab):
    [finding] = quotas.check_quotas(as_user(real_lab), ["02"])
    assert finding.level == WARNING
    assert "servicequotas:ListServiceQuotas" in finding.advice


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ServiceException"])
def test_a_service_that_does_not_tell_its_quotas_stops_nobody(lab, stub, code):
    stub("service-quotas").add_client_error("list_service_quotas", code)
    [finding] = quotas.check_quotas(lab, ["03"])
    assert (finding.level, code in finding.advice) == (WARNING, True)


def test_the_first_cell_says_one_line_when_all_is_well_and_creates_nothing(real_lab):
    storage.ensure_bucket(real_lab)
    roles.ensure_roles(real_lab)
    learner = real_lab.as_learner()
    before = len(real_lab.ledger())
    for notebook in doctor.NOTEBOOKS:
        assert doctor.check(learner, notebook) == f"Está todo lo que necesita el cuaderno {notebook}."
    assert len(real_lab.ledger()) == before


def test_the_first_cell_stops_with_everything_that_is_missing_at_once(real_lab, set_quota):
    set_quota("ml.m5.large for training job usage", 1)
    set_quota("ml.m5.large for endpoint usage", 0)
    with pytest.raises(NotReady) as stopped:
        doctor.check(real_lab, "05")
    said = str(stopped.value)
    assert "ml.m5.large for training job usage: 1" in said
    assert "ml.m5.large for endpoint usage: 0" in said
    assert "processing" not in said
    assert "No se ha creado nada" in said


def test_a_refusal_beyond_a_quota_names_the_machine_and_what_to_try_instead(real_lab, set_quota):
    set_quota("ml.t3.medium for notebook instance usage", 0)
    storage.ensure_bucket(real_lab)
    roles.ensure_roles(real_lab)
    with pytest.raises(QuotaExceeded) as refused:
        notebook_instance.ensure(real_lab, "workbench")
    said = str(refused.value)
    assert "'ml.t3.medium for notebook instance usage' is 0 Instances" in said
    assert "En lugar de ml.t3.medium, prueba en los parámetros con ml.t2.medium, " in said
    assert "Service Quotas" in said


def test_the_first_cell_goes_on_after_a_warning(real_lab):
    said = doctor.check(real_lab, "03", instance_type="ml.huge.large")
    assert said.startswith("[aviso] Service Quotas")


@pytest.mark.parametrize(("ahead", "level"), [(0, OK), (269, OK), (-269, OK), (271, STOP), (-271, STOP)])
def test_a_clock_that_is_nearly_five_minutes_off_stops_the_lab(ahead, level):
    assert account.judge_clock(ahead).level == level


def test_the_clock_is_compared_with_aws_s_own(real_lab):
    assert account.check_clock(real_lab).level == OK
    late = replace(real_lab, clock=Clock(lambda: real_lab.clock.now() - 280, lambda _: None))
    finding = account.check_clock(late)
    assert finding.level == STOP
    assert "timedatectl" in finding.advice


def test_who_works_and_how_they_were_found_is_said_in_words(real_lab):
    finding = account.check_identity(real_lab)
    assert ":user/administrator" in finding.text
    assert "este programa" in finding.text
    roles.ensure_roles(real_lab)
    assert real_lab.name("learner") in account.check_identity(real_lab.as_learner()).text


def test_the_root_user_who_may_assume_no_role_is_stopped(real_lab, monkeypatch):
    root = {"Arn": f"arn:aws:iam::{real_lab.account}:root", "Account": real_lab.account}
    monkeypatch.setattr(real_lab.client("sts"), "get_caller_identity", lambda: root)
    finding = account.check_identity(real_lab)
    assert finding.level == STOP
    assert "Identity Center" in finding.advice


def test_every_way_of_finding_credentials_that_botocore_knows_has_words():
    session = botocore.session.get_session()
    resolver = botocore.credentials.create_credential_resolver(session)
    known = {f"doctor.found_{each.METHOD.replace('-', '_')}" for each in resolver.providers}
    known -= {
        "doctor.found_boto_config",
        "doctor.found_ec2_credentials_file",
    }  # files that nobody has any more
    assert known <= set(texts.catalogue("es"))


def trusting(lab, *services):
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    name = f"school-{lab.student}"
    return lab.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]


@pytest.mark.parametrize(
    ("services", "wanted"),
    [
        (("sagemaker", "lambda", "events", "scheduler"), []),
        (("sagemaker", "lambda", "events"), [WARNING]),
        (("sagemaker", "lambda"), [WARNING, WARNING]),
        (("sagemaker", "events", "scheduler"), [STOP]),
        (("events", "scheduler"), [STOP, STOP]),
    ],
)
def test_a_given_role_must_trust_the_services_that_work_with_it(real_lab, services, wanted):
    arn = trusting(real_lab, *(f"{service}.amazonaws.com" for service in services))
    given.use(real_lab, role_arn=arn)
    findings = account.check_trust(real_lab)
    assert sorted(levels(findings)) == sorted(wanted)
    assert all("sts:AssumeRole" in finding.advice for finding in findings)


def test_a_role_that_may_not_be_looked_at_is_a_warning(real_lab):
    somebody = as_user(real_lab)
    given.use(somebody, role_arn="arn:aws:iam::123456789012:role/unseen")
    [finding] = account.check_trust(somebody)
    assert finding.level == WARNING
    assert "sagemaker.amazonaws.com" in finding.advice


# --- permissions


def test_the_learner_has_every_permission_and_the_teacher_s_are_asked_for_before_there_is_one(real_lab):
    before = permissions.check_permissions(real_lab, doctor.NOTEBOOKS)
    assert levels(before) == [OK]  # an administrator
    roles.ensure_roles(real_lab)
    after = permissions.check_permissions(real_lab.as_learner(), doctor.NOTEBOOKS)
    assert levels(after) == [OK]


def test_a_missing_permission_is_named_with_the_part_of_the_policy_that_gives_it(real_lab):
    roles.ensure_roles(real_lab)
    document = roles.policy(real_lab, policies.LEARNER)
    less = [each for each in document["Statement"] if each["Sid"] not in ("RunJobs", "PassRolesToSageMaker")]
    real_lab.client("iam").put_role_policy(
        RoleName=real_lab.name("learner"),
        PolicyName=roles.policy_name(real_lab),
        PolicyDocument=json.dumps({**document, "Statement": less}),
    )
    learner = real_lab.as_learner()
    findings = permissions.check_permissions(learner, ["02"])
    assert levels(findings) == [STOP, STOP]
    assert "sagemaker:CreateTrainingJob" in findings[0].text
    assert "RunJobs" in findings[0].advice
    assert "iam:PassRole" in findings[1].text
    with pytest.raises(NotReady, match="RunJobs"):
        doctor.check(learner, "02")


def test_a_role_that_may_be_passed_to_one_service_only_is_found_out(real_lab):
    roles.ensure_roles(real_lab)
    document = roles.policy(real_lab, policies.LEARNER)
    for each in document["Statement"]:
        if each["Sid"] == "PassRolesToLambda":
            each["Resource"] = each["Resource"][:1]
    real_lab.client("iam").put_role_policy(
        RoleName=real_lab.name("learner"),
        PolicyName=roles.policy_name(real_lab),
        PolicyDocument=json.dumps(document),
    )
    [finding] = permissions.check_permissions(real_lab.as_learner(), ["04"])
    assert "PassRolesToLambda" in finding.advice


def test_what_may_not_be_asked_is_a_warning_for_the_command_and_silence_for_the_first_cell(real_lab):
    roles.ensure_roles(real_lab)
    somebody = as_user(real_lab)
    [finding] = permissions.check_permissions(somebody, ["02"])
    assert finding.level == WARNING
    assert "iam:SimulatePrincipalPolicy" in finding.advice
    assert permissions.check_permissions(somebody, ["02"], quiet=True) == []


def test_every_statement_of_the_learner_s_policy_is_asked_for_by_some_notebook(lab):
    names = {statement["Sid"] for statement in roles.policy(lab, policies.LEARNER)["Statement"]}
    asked = {name for statements in permissions.STATEMENTS.values() for name in statements}
    # The lab does without what only explains itself.
    assert names - asked == {"LookAtOwnRoles", "ReadPolicies"}
    assert asked <= names
