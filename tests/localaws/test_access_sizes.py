"""Policies of AWS's sizes and no larger (IAM User Guide, "IAM and AWS STS quotas")."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from identities import allow, document, make_role, make_user, trust

Client = Callable[..., Any]
ROOT = {"AWS": "arn:aws:iam::123456789012:root"}


def of_length(length: int) -> str:
    """Return a policy of so many characters, white space not counted, and a lot of white space."""
    bare = len("".join(document(allow("s3:GetObject", "arn:aws:s3:::")).split()))
    text = document(allow("s3:GetObject", "arn:aws:s3:::" + "x" * (length - bare)))
    return text.replace(" ", "\n" * 40)


def refusal(call: Callable[..., Any], **params: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer: Any = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_the_inline_policies_of_a_role_have_10240_characters_together(client: Client) -> None:
    iam, (name, _) = client("iam"), make_role(client)
    iam.put_role_policy(RoleName=name, PolicyName="one", PolicyDocument=of_length(10_000))
    iam.put_role_policy(RoleName=name, PolicyName="two", PolicyDocument=of_length(240))
    told = 409, "LimitExceeded", f"Maximum policy size of 10240 bytes exceeded for role {name}"
    for policy, length in (("two", 241), ("three", 200)):
        more = {"RoleName": name, "PolicyName": policy, "PolicyDocument": of_length(length)}
        assert refusal(iam.put_role_policy, **more) == told
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["one", "two"]
    # One that takes the place of another counts alone.
    iam.put_role_policy(RoleName=name, PolicyName="one", PolicyDocument=of_length(200))


def test_those_of_a_user_and_of_a_group_have_fewer(client: Client) -> None:
    iam, user = client("iam"), make_user(client).name
    iam.create_group(GroupName="sized")
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=of_length(2_048))
    iam.put_group_policy(GroupName="sized", PolicyName="p", PolicyDocument=of_length(5_120))
    more = {"UserName": user, "PolicyName": "p", "PolicyDocument": of_length(2_049)}
    assert refusal(iam.put_user_policy, **more)[2].endswith(f"of 2048 bytes exceeded for user {user}")
    more = {"GroupName": "sized", "PolicyName": "p", "PolicyDocument": of_length(5_121)}
    assert refusal(iam.put_group_policy, **more)[2].endswith("of 5120 bytes exceeded for group sized")


def test_a_managed_policy_has_6144_characters_and_ten_are_attached(client: Client) -> None:
    iam, (name, _) = client("iam"), make_role(client)
    arns = [
        iam.create_policy(PolicyName=f"sized-{number}", PolicyDocument=of_length(6_144))["Policy"]["Arn"]
        for number in range(11)
    ]
    told = 409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144"
    assert refusal(iam.create_policy, PolicyName="wide", PolicyDocument=of_length(6_145)) == told
    newer = {"PolicyArn": arns[0], "PolicyDocument": of_length(6_145)}
    assert refusal(iam.create_policy_version, **newer) == told
    for arn in arns[:10]:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    iam.attach_role_policy(RoleName=name, PolicyArn=arns[0])  # it is attached already
    told = 409, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10"
    assert refusal(iam.attach_role_policy, RoleName=name, PolicyArn=arns[10]) == told
    user = make_user(client).name
    for arn in arns[:10]:
        iam.attach_user_policy(UserName=user, PolicyArn=arn)
    assert refusal(iam.attach_user_policy, UserName=user, PolicyArn=arns[10])[2].endswith(
        "PoliciesPerUser: 10"
    )


def test_a_trust_policy_has_2048_characters(client: Client) -> None:
    iam, (name, _) = client("iam"), make_role(client)
    long = json.loads(trust(ROOT))
    long["Statement"][0]["Sid"] = "s" * 2_000
    told = 409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"
    text = json.dumps(long)
    assert refusal(iam.create_role, RoleName="trusting", AssumeRolePolicyDocument=text) == told
    assert refusal(iam.update_assume_role_policy, RoleName=name, PolicyDocument=text) == told
