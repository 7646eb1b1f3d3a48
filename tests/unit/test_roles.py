"""The lab's roles and their policies: what is in them, who wears them, and how the lab changes clothes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError

from mllab_helpers import policies
from mllab_helpers.cleanup import cleanup
from mllab_helpers.errors import OutOfOrder
from mllab_helpers.identity import identity, propagation, roles
from mllab_helpers.identity.errors import RolesOfAnotherRegion

# Of a role: all its inline policies together, without white space (IAM and STS quotas).


@pytest.mark.parametrize("actor", policies.ACTORS)
def test_every_statement_has_a_name_of_its_own_and_a_reason(lab, actor):
    table = identity.explain_policy(roles.policy(lab, actor))
    assert list(table.columns) == ["statement", "actions", "resources", "why"]
    assert table["statement"].is_unique
    assert (table["why"] != "").all()


@pytest.mark.parametrize("actor", policies.ACTORS)
def test_a_policy_names_this_lab_alone(lab, actor):
    text = json.dumps(roles.policy(lab, actor))
    assert "<" not in text
    assert "mllab-*" not in text
    for statement in roles.policy(lab, actor)["Statement"]:
        wanted = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        for resource in wanted:
            assert not resource.startswith("arn:aws:s3:::mllab") or lab.bucket in resource


def test_an_actor_that_does_not_exist_is_refused_by_name(lab):
    with pytest.raises(ValueError, match="janitor"):
        roles.policy(lab, "janitor")


def test_the_roles_carry_their_policy_and_nothing_else_and_are_remembered(real_lab):
    identity.ensure_execution_role(real_lab)
    arns = roles.ensure_roles(real_lab)
    iam = real_lab.client("iam")
    assert set(arns) == set(policies.ACTORS) - {policies.TEACHER}
    for role in roles.ROLES:
        name = real_lab.name(role.thing)
        assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
        inside = iam.get_role_policy(RoleName=name, PolicyName=roles.policy_name(real_lab))
        assert inside["PolicyDocument"] == roles.policy(real_lab, role.actor)
        assert roles.role_arn(real_lab, role.actor) == arns[role.actor]
    assert real_lab.role_arn == arns["execution"]
    assert roles.ensure_roles(real_lab) == arns


def test_without_preparation_the_lab_says_which_notebook_comes_first(real_lab):
    with pytest.raises(OutOfOrder, match="01"):
        roles.role_arn(real_lab, "lambda")
    with pytest.raises(OutOfOrder, match="01"):
        real_lab.as_learner()


class Refusing:
    """A lab whose learner is refused some times, as long as AWS does not know the role everywhere."""

    def __init__(self, lab, refusals):
        self.lab, self.refusals = lab, refusals
        self.clock, self.pause = lab.clock, lab.pause

    def as_learner(self):
        return self

    def client(self, _service):
        return self

    def list_models(self, **_):
        self.refusals -= 1
        if self.refusals >= 0:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListModels")


def test_a_role_that_aws_does_not_know_everywhere_yet_is_waited_for(lab, hand_clock):
    propagation.when_learner_is_known(Refusing(lab, 3))
    assert sum(hand_clock.slept) == 15


def test_a_role_that_never_becomes_known_is_reported_after_a_minute(lab, hand_clock):
    with pytest.raises(ClientError, match="AccessDenied"):
        propagation.when_learner_is_known(Refusing(lab, 100))
    assert sum(hand_clock.slept) == 60


def caller(lab):
    return lab.client("sts").get_caller_identity()["Arn"]


def test_a_prepared_lab_is_used_in_the_learner_s_role_and_prepared_by_who_opened_it(real_lab):
    opened_by = caller(real_lab)
    roles.ensure_roles(real_lab)
    learner = real_lab.as_learner()
    assert caller(learner).endswith(f"assumed-role/mllab-{real_lab.student}-learner/{real_lab.student}")
    assert caller(learner.as_learner()) == caller(learner)
    assert caller(learner.as_teacher()) == opened_by


def test_credentials_that_end_are_renewed_without_a_word(real_lab, monkeypatch):
    roles.ensure_roles(real_lab)
    learner = real_lab.as_learner()
    credentials = learner.session.get_credentials()
    before = credentials.get_frozen_credentials()
    credentials._expiry_time = datetime.now(timezone.utc) + timedelta(seconds=30)
    assert caller(learner)
    assert credentials.get_frozen_credentials().access_key != before.access_key


def test_a_lab_in_a_second_region_does_not_lock_out_the_first(make_real_lab):
    first = make_real_lab()
    roles.ensure_roles(first)
    second = make_real_lab(first.student, region="eu-west-1")
    with pytest.raises(RolesOfAnotherRegion, match="us-east-1"):
        roles.ensure_roles(second)
    first.as_learner().client("sagemaker").list_models(MaxResults=1)
    cleanup.sweep(first)
    roles.ensure_roles(second)
    second.as_learner().client("sagemaker").list_models(MaxResults=1)
