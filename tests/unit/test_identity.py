"""The execution role and what it may do."""

from __future__ import annotations

import pytest

from mllab_helpers import identity
from mllab_helpers.errors import AwsRefused


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


def test_the_least_privilege_policy_can_take_the_place_of_the_managed_ones(real_lab):
    document = identity.least_privilege_policy(real_lab)
    identity.ensure_execution_role(real_lab, policies=(), document=document)
    inside = real_lab.client("iam").get_role_policy(
        RoleName=identity.role_name(real_lab), PolicyName="least-privilege"
    )
    assert attached(real_lab) == []
    assert inside["PolicyDocument"] == document


def test_the_least_privilege_policy_reaches_no_other_bucket(lab):
    statements = identity.least_privilege_policy(lab)["Statement"]
    on_s3 = {
        statement["Resource"]
        for statement in statements
        if any(action.startswith("s3:") for action in statement["Action"])
    }
    assert on_s3 == {f"arn:aws:s3:::{lab.bucket}", f"arn:aws:s3:::{lab.bucket}/*"}


def test_every_statement_of_the_least_privilege_policy_says_why(lab):
    table = identity.explain_policy(identity.least_privilege_policy(lab))
    assert list(table.columns) == ["statement", "actions", "resources", "why"]
    assert (table["why"] != "").all()


def test_the_comparison_shows_that_managed_policies_allow_more(real_lab):
    table = identity.compare_policies(real_lab).set_index("policy")
    assert list(table.index) == ["AmazonS3FullAccess", "AmazonSageMakerFullAccess", "least-privilege"]
    assert table.loc["AmazonS3FullAccess", "wildcards"] > table.loc["least-privilege", "wildcards"] == 0
    assert table.loc["AmazonSageMakerFullAccess", "actions"] > 10 * table.loc["least-privilege", "actions"]


def test_a_call_is_repeated_until_aws_knows_the_new_role(lab, stub, hand_clock):
    sagemaker = stub("sagemaker")
    sagemaker.add_client_error("stop_training_job", "ValidationException", "Could not assume role arn:x.")
    sagemaker.add_response("stop_training_job", {})
    call = lambda: lab.client("sagemaker").stop_training_job(TrainingJobName="a")  # noqa: E731
    identity.when_role_is_ready(lab, call)
    assert hand_clock.slept == [5.0]


def test_a_role_that_never_becomes_ready_is_reported_after_a_minute(lab, stub, hand_clock):
    sagemaker = stub("sagemaker")
    for _ in range(13):
        sagemaker.add_client_error("stop_training_job", "ValidationException", "Could not assume role.")
    from mllab_helpers.aws_errors import translate

    with pytest.raises(AwsRefused, match="assume role"), translate():
        identity.when_role_is_ready(
            lab, lambda: lab.client("sagemaker").stop_training_job(TrainingJobName="a")
        )
    assert sum(hand_clock.slept) == 60


def test_a_role_of_the_teacher_is_used_and_survives_the_clean_up(real_lab):
    iam = real_lab.client("iam")
    arn = iam.create_role(RoleName="LabRole", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    identity.use_role(real_lab, arn)
    assert real_lab.role_arn == arn
    identity.delete_role(real_lab, identity.role_name(real_lab))
    assert iam.get_role(RoleName="LabRole")["Role"]["Arn"] == arn


def test_deleting_the_role_takes_its_policies_along_and_is_silent_the_second_time(real_lab):
    identity.ensure_execution_role(real_lab, document=identity.least_privilege_policy(real_lab))
    identity.delete_role(real_lab, identity.role_name(real_lab))
    identity.delete_role(real_lab, identity.role_name(real_lab))
    assert identity.find_execution_role(real_lab) is None
