"""What requests to IAM and STS need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from access_requests import ACCOUNT, ROLE, needs, pairs, passing
from moto import mock_aws

from mllab_localaws.access.model import Access

TAGS = [{"Key": "team", "Value": "ml"}]
TAG_KEYS = {"aws:TagKeys": ("team",), "aws:RequestTag/team": ("ml",)}
POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def arn(resource: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{resource}"


@pytest.fixture
def iam() -> Iterator[Any]:
    """The same store of identities in process, as the local AWS has it, empty afterwards."""
    with mock_aws():
        yield boto3.client("iam", region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s")


@pytest.mark.parametrize(
    ("operation", "params", "resource"),
    [
        ("GetRole", {"RoleName": "r"}, "role/r"),
        ("CreateRole", {"RoleName": "r"}, "role/r"),
        ("CreateRole", {"RoleName": "r", "Path": "/lab/"}, "role/lab/r"),
        ("PutRolePolicy", {"RoleName": "r", "PolicyName": "p"}, "role/r"),
        ("UpdateAssumeRolePolicy", {"RoleName": "r"}, "role/r"),
        ("CreateUser", {"UserName": "u", "Path": "/lab/"}, "user/lab/u"),
        ("CreateAccessKey", {"UserName": "u"}, "user/u"),
        ("CreatePolicy", {"PolicyName": "p", "Path": "/lab/"}, "policy/lab/p"),
        ("AddUserToGroup", {"GroupName": "g", "UserName": "u"}, "group/g"),
        ("CreateServiceLinkedRole", {"AWSServiceName": "x.y"}, "role/aws-service-role/x.y/*"),
        ("CreateOpenIDConnectProvider", {"Url": "https://x.org"}, "oidc-provider/x.org"),
        ("ListRoles", {}, "role/"),
        ("ListRoles", {"PathPrefix": "/lab/"}, "role/lab/"),
        ("ListUsers", {}, "user/"),
        ("GetUser", {}, "user/${aws:username}"),
        ("CreateAccessKey", {}, "user/${aws:username}"),
    ],
)
def test_an_operation_needs_its_action_on_its_resource(
    operation: str, params: dict[str, str], resource: str
) -> None:
    assert pairs("iam", operation, **params) == [(f"iam:{operation}", arn(resource))]


@pytest.mark.parametrize("operation", ["GetPolicy", "CreatePolicyVersion", "ListEntitiesForPolicy"])
def test_a_policy_is_named_by_its_arn(operation: str) -> None:
    assert pairs("iam", operation, PolicyArn=POLICY) == [(f"iam:{operation}", POLICY)]


def test_a_simulation_needs_whose_policies_it_reads() -> None:
    asked = pairs("iam", "SimulatePrincipalPolicy", PolicySourceArn=ROLE, ActionNames=["s3:GetObject"])
    assert asked == [("iam:SimulatePrincipalPolicy", ROLE)]


def test_what_is_about_no_identity_needs_a_star() -> None:
    assert pairs("iam", "GetAccountSummary") == [("iam:GetAccountSummary", "*")]


@pytest.mark.parametrize("operation", ["AttachRolePolicy", "DetachRolePolicy"])
def test_attaching_tells_the_policy(operation: str) -> None:
    asked = needs("iam", operation, RoleName="r", PolicyArn=POLICY)
    assert asked == [Access(f"iam:{operation}", arn("role/r"), {"iam:PolicyARN": (POLICY,)})]


def test_a_boundary_is_told() -> None:
    asked = needs("iam", "CreateRole", RoleName="r", PermissionsBoundary=POLICY)
    assert asked == [Access("iam:CreateRole", arn("role/r"), {"iam:PermissionsBoundary": (POLICY,)})]


def test_creation_with_tags_needs_leave_to_tag() -> None:
    assert needs("iam", "CreateRole", RoleName="r", Tags=TAGS) == [
        Access("iam:CreateRole", arn("role/r"), TAG_KEYS),
        Access("iam:TagRole", arn("role/r"), TAG_KEYS),
    ]
    assert needs("iam", "UntagRole", RoleName="r", TagKeys=["team"])[0].context == {"aws:TagKeys": ("team",)}


@pytest.mark.parametrize(
    ("params", "becomes"),
    [
        ({"NewUserName": "v"}, "user/v"),
        ({"NewPath": "/lab/"}, "user/lab/u"),
        ({"NewUserName": "v", "NewPath": "/lab/"}, "user/lab/v"),
    ],
)
def test_a_new_name_needs_both_names(params: dict[str, str], becomes: str) -> None:
    asked = pairs("iam", "UpdateUser", UserName="u", **params)
    assert asked == [("iam:UpdateUser", arn("user/u")), ("iam:UpdateUser", arn(becomes))]


def test_a_role_in_an_instance_profile_is_passed() -> None:
    asked = needs("iam", "AddRoleToInstanceProfile", InstanceProfileName="i", RoleName="worker")
    assert asked == [Access("iam:AddRoleToInstanceProfile", arn("instance-profile/i")), passing("ec2")]


def test_the_path_of_what_is_there_belongs_to_its_arn(iam: Any) -> None:
    iam.create_role(RoleName="r", Path="/service-role/", AssumeRolePolicyDocument="{}")
    iam.create_user(UserName="u", Path="/lab/")
    assert pairs("iam", "GetRole", RoleName="r") == [("iam:GetRole", arn("role/service-role/r"))]
    assert pairs("iam", "DeleteUser", UserName="u") == [("iam:DeleteUser", arn("user/lab/u"))]


@pytest.mark.parametrize("operation", ["GetCallerIdentity", "GetSessionToken"])
def test_whoever_is_known_may_ask_who_they_are(operation: str) -> None:
    assert needs("sts", operation) == []


def test_assuming_a_role_needs_the_role() -> None:
    asked = needs("sts", "AssumeRole", RoleArn=ROLE, RoleSessionName="s", ExternalId="x")
    keys = {"sts:RoleSessionName": ("s",), "sts:ExternalId": ("x",)}
    assert asked == [Access("sts:AssumeRole", ROLE, keys)]


def test_tags_and_source_of_a_session_need_leave() -> None:
    asked = needs(
        "sts", "AssumeRole", RoleArn=ROLE, Tags=TAGS, TransitiveTagKeys=["team"], SourceIdentity="ana"
    )
    assert [each.action for each in asked] == ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    assert asked[1].context == {
        **TAG_KEYS,
        "sts:TransitiveTagKeys": ("team",),
        "sts:SourceIdentity": ("ana",),
    }
