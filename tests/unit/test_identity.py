"""The execution role and what it may do."""

from __future__ import annotations

import pytest

from mllab_helpers.errors import AwsRefused
from mllab_helpers.identity import identity, propagation, roles


def attached(real_lab):
    found = real_lab.client("iam").list_attached_role_policies(RoleName=identity.role_name(real_lab))
    return sorted(policy["PolicyName"] for policy in found["AttachedPolicies"])


def test_the_role_trusts_sagemaker_carries_the_course_s_policies_and_is_remembered(real_lab):
    arn = identity.ensure_execution_role(real_lab)
    role = real_lab.client("iam").get_role(RoleName=identity.role_name(real_lab))["Role"]
    assert arn == role["Arn"] == real_lab.role_arn
    trusted = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
    assert trusted == {"Service": "sagemaker.amazonaws.com"}
    assert role["Tags"] == real_lab.tags
    assert attached(real_lab) == ["AmazonS3FullAccess", "AmazonSageMakerFullAccess"]


def test_a_second_run_finds_the_role(real_lab):
    assert identity.ensure_execution_role(real_lab) == identity.ensure_execution_role(real_lab)
    assert len(real_lab.ledger()) == 1


def test_the_comparison_shows_that_managed_policies_allow_more(real_lab):
    table = identity.compare_policies(real_lab).set_index("policy")
    assert list(table.index) == ["AmazonS3FullAccess", "AmazonSageMakerFullAccess", "least-privilege"]
    assert table.loc["AmazonS3FullAccess", "wildcards"] > table.loc["least-privilege", "wildcards"] == 0
    assert table.loc["AmazonSageMakerFullAccess", "actions"] > 5 * table.loc["least-privilege", "actions"]


def test_a_call_is_repeated_until_aws_knows_the_new_role(lab, stub, hand_clock):
    sagemaker = stub("sagemaker")
    sagemaker.add_client_error("stop_training_job", "ValidationException", "Could not assume role arn:x.")
    sagemaker.add_response("stop_training_job", {})
    call = lambda: lab.client("sagemaker").stop_training_job(TrainingJobName="a")  # noqa: E731
    propagation.when_role_is_ready(lab, call)
    assert hand_clock.slept == [5.0]


def test_a_role_that_never_becomes_ready_is_reported_after_a_minute(lab, stub, hand_clock):
    sagemaker = stub("sagemaker")
    for _ in range(13):
        sagemaker.add_client_error("stop_training_job", "ValidationException", "Could not assume role.")
    from mllab_helpers.aws_errors import translate

    with pytest.raises(AwsRefused, match="assume role"), translate():
        propagation.when_role_is_ready(
            lab, lambda: lab.client("sagemaker").stop_training_job(TrainingJobName="a")
        )
    assert sum(hand_clock.slept) == 60


def test_deleting_the_role_takes_its_policies_along_and_is_silent_the_second_time(real_lab):
    identity.ensure_execution_role(real_lab)
    role = roles.role_of("execution")
    roles.ensure_role(real_lab, role)
    identity.delete_role(real_lab, identity.role_name(real_lab))
    identity.delete_role(real_lab, identity.role_name(real_lab))
    assert not roles.role_exists(real_lab, role)
