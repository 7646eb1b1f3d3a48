"""IAM's evaluation of policies, case by case as the IAM User Guide describes it."""

from __future__ import annotations

from typing import Any

import pytest

from mllab_localaws.access.evaluation import (
    BOUNDARY,
    IDENTITY,
    RESOURCE,
    SESSION,
    Decision,
    Policies,
    Policy,
    Question,
    evaluate,
    missing_context,
)
from mllab_localaws.access.patterns import Context
from mllab_localaws.access.principals import Principal

ACCOUNT = "123456789012"
ANA = Principal(f"arn:aws:iam::{ACCOUNT}:user/ana", f"arn:aws:iam::{ACCOUNT}:user/ana", ACCOUNT)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/lab"
JOB = Principal(f"arn:aws:sts::{ACCOUNT}:assumed-role/lab/job", ROLE, ACCOUNT)
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
OBJECT = "arn:aws:s3:::houses/train/a.csv"
ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT}
DENY = {**ALLOW, "Effect": "Deny"}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements: dict[str, Any], version: str = "2012-10-17", **about: Any) -> Policy:
    return Policy({"Version": version, "Statement": list(statements)}, **about)


def ask(
    principal: Principal = ANA,
    action: str = "s3:GetObject",
    on: str = OBJECT,
    context: Context | None = None,
    **policies: Any,
) -> Decision:
    return evaluate(Question(principal, action, on, context or {}), Policies(**policies))


def outcome(statement: dict[str, Any], context: Context | None = None, **question: Any) -> bool:
    return ask(identity=[policy(statement)], context=context, **question).allowed


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"Action": "S3:getobject"}, True),
        ({"Action": ["s3:PutObject", "s3:Get*"]}, True),
        ({"Action": "s3:Get?bject"}, True),
        ({"Action": "s3:GetObject?"}, False),
        ({"Action": "*"}, True),
        ({"Action": "*:GetObject"}, True),
        ({"Action": []}, False),
        ({"Resource": "*"}, True),
        ({"Resource": OBJECT.upper()}, False),
        ({"Resource": "arn:aws:s3:::houses/*"}, True),
        ({"Resource": "arn:aws:s3:::houses"}, False),
        ({"Resource": "arn:aws:s3:::hous*"}, True),
        ({"Resource": "arn:aws:s3:*:*:houses/train/?.csv"}, True),
        ({"Resource": ["arn:aws:s3:::other/*", "arn:aws:s3:::*"]}, True),
        ({"Resource": "arn:aws:s3"}, True),
        ({"Resource": "arn:*:houses/train/a.csv"}, False),
        ({"Resource": "arn:aws:s3:::[h]ouses/*"}, False),
        ({"Resource": []}, False),
        ({"Effect": "allow"}, False),
    ],
)
def test_actions_ignore_case_and_resources_do_not(changes: dict[str, Any], allowed: bool) -> None:
    assert outcome({**ALLOW, **changes}) is allowed


@pytest.mark.parametrize(
    ("element", "allowed"),
    [
        ({"NotAction": "s3:Delete*"}, True),
        ({"NotAction": ["iam:*", "s3:Get*"]}, False),
        ({"NotResource": "arn:aws:s3:::payroll/*"}, True),
        ({"NotResource": ["arn:aws:s3:::houses/*"]}, False),
    ],
)
def test_a_statement_can_say_what_it_is_not_about(element: dict[str, Any], allowed: bool) -> None:
    left_out = {"NotAction": "Action", "NotResource": "Resource"}[next(iter(element))]
    statement = {key: value for key, value in ALLOW.items() if key != left_out}
    assert outcome({**statement, **element}) is allowed


def test_a_statement_about_one_resource_says_nothing_of_all() -> None:
    assert not outcome({**ALLOW, "Action": "*"}, action="s3:ListAllMyBuckets", on="*")
    assert outcome(ALL, action="*", on="*")
    assert not outcome({**ALL, "Action": "s3:*"}, action="*", on="*")


def test_nothing_is_allowed_until_a_policy_allows_it() -> None:
    assert ask() == Decision("implicitDeny", IDENTITY)


def test_a_deny_wins_wherever_it_stands() -> None:
    everywhere = {"identity": [policy(ALL)]}
    for name, group, because in (
        ("identity", [policy(ALL), policy(DENY)], IDENTITY),
        ("boundary", [policy(ALL, DENY)], BOUNDARY),
        ("session", [policy(ALL, DENY)], SESSION),
        ("resource", policy({**DENY, "Principal": "*"}), RESOURCE),
    ):
        decision = ask(JOB, **{**everywhere, name: group})
        assert (decision.outcome, decision.because) == ("explicitDeny", because)


@pytest.mark.parametrize("limit", ["boundary", "session"])
def test_a_boundary_and_a_session_policy_limit_and_never_grant(limit: str) -> None:
    because = {"boundary": BOUNDARY, "session": SESSION}[limit]
    assert ask(JOB, identity=[policy(ALL)], **{limit: [policy(ALLOW)]}).allowed
    assert not ask(JOB, **{limit: [policy(ALL)]}).allowed
    refused = ask(JOB, action="s3:PutObject", identity=[policy(ALL)], **{limit: [policy(ALLOW)]})
    assert refused == Decision("implicitDeny", because)
    assert not ask(JOB, identity=[policy(ALL)], **{limit: []}).allowed


@pytest.mark.parametrize(
    ("principal", "user", "session"),
    [
        ("*", True, True),
        ({"AWS": "*"}, True, True),
        ({"AWS": ANA.arn}, True, False),
        ({"AWS": ROLE}, False, True),
        ({"AWS": JOB.arn}, False, True),
        ({"AWS": [ROLE, ANA.arn]}, True, True),
        ({"AWS": "arn:aws:sts::123456789012:assumed-role/lab/*"}, False, False),
        ({"AWS": ROOT}, False, False),
        ({"AWS": ACCOUNT}, False, False),
        ({"Service": "sagemaker.amazonaws.com"}, False, False),
        ({"Federated": "*"}, False, False),
        ({}, False, False),
        (None, False, False),
    ],
)
def test_a_resource_lets_in_whom_it_names_though_his_own_policies_are_silent(
    principal: Any, user: bool, session: bool
) -> None:
    resource = policy({**ALLOW, "Principal": principal})
    assert ask(ANA, resource=resource).allowed is user
    assert ask(JOB, resource=resource).allowed is session


@pytest.mark.parametrize("account", [ROOT, ACCOUNT])
def test_a_resource_that_names_the_account_leaves_it_to_the_identitys_policies(account: str) -> None:
    resource = policy({**ALLOW, "Principal": {"AWS": account}})
    assert not ask(resource=resource).allowed
    assert ask(resource=resource, identity=[policy(ALLOW)]).allowed


@pytest.mark.parametrize("limit", ["boundary", "session"])
def test_limits_stand_for_a_named_role_and_not_for_a_named_session(limit: str) -> None:
    silent = {limit: [policy({**ALLOW, "Action": "s3:ListBucket"})]}
    assert not ask(JOB, resource=policy({**ALLOW, "Principal": {"AWS": ROLE}}), **silent).allowed
    assert ask(JOB, resource=policy({**ALLOW, "Principal": {"AWS": JOB.arn}}), **silent).allowed


def test_a_named_user_is_not_limited_by_his_boundary() -> None:
    named = policy({**ALLOW, "Principal": {"AWS": ANA.arn}})
    assert ask(resource=named, boundary=[]).allowed


@pytest.mark.parametrize(
    ("trusted", "own", "allowed"),
    [
        (ANA.arn, False, True),
        (ROOT, False, False),
        (ROOT, True, True),
        ("arn:aws:iam::123456789012:user/bob", True, False),
    ],
)
def test_a_role_is_assumed_by_whom_it_trusts(trusted: str, own: bool, allowed: bool) -> None:
    trust = policy({"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"})
    identity = [policy(ALL)] if own else []
    policies = Policies(identity, resource=trust, must_be_named=True)
    assert evaluate(Question(ANA, "sts:AssumeRole", ROLE), policies).allowed is allowed


@pytest.mark.parametrize(
    ("excepted", "user", "session"),
    [
        ([ANA.arn, ROOT], True, False),
        ([ROLE, ROOT], False, False),
        ([JOB.arn, ROLE, ROOT], False, True),
        ([ANA.arn], False, False),
    ],
)
def test_a_deny_for_all_but_some_spares_those_that_are_listed_whole(
    excepted: list[str], user: bool, session: bool
) -> None:
    resource = policy({**DENY, "NotPrincipal": {"AWS": excepted}})
    assert ask(ANA, identity=[policy(ALL)], resource=resource).allowed is user
    assert ask(JOB, identity=[policy(ALL)], resource=resource).allowed is session


CONTEXT = {
    "aws:username": ("ana",),
    "aws:sourceip": ("127.0.0.1",),
    "aws:securetransport": ("true",),
    "aws:currenttime": ("2026-06-15T12:00:00Z",),
    "aws:principaltag/team": ("Houses*",),
    "s3:max-keys": ("10",),
    "aws:tagkeys": ("mllab:student", "mllab:lab"),
    "aws:sourcearn": ("arn:aws:sns:us-east-1:123456789012:topic",),
    "s3:prefix": ("home/ana/x",),
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({}, True),
        ({"StringEquals": {"AWS:UserName": "ana"}}, True),
        ({"StringEquals": {"aws:username": "Ana"}}, False),
        ({"StringEquals": {"aws:username": ["bob", "ana"]}}, True),
        ({"StringNotEquals": {"aws:username": ["bob", "ana"]}}, False),
        ({"StringNotEquals": {"aws:username": "bob"}}, True),
        ({"StringEqualsIgnoreCase": {"aws:username": "ANA"}}, True),
        ({"StringNotEqualsIgnoreCase": {"aws:username": "ANA"}}, False),
        ({"StringLike": {"s3:prefix": "home/*"}}, True),
        ({"StringEquals": {"s3:prefix": "home/*"}}, False),
        ({"StringNotLike": {"s3:prefix": ["tmp/*", "home/*"]}}, False),
        ({"StringEquals": {"aws:username": "ana"}, "Bool": {"aws:SecureTransport": "false"}}, False),
        ({"StringEquals": {"aws:username": "ana", "s3:prefix": "other"}}, False),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"Bool": {"aws:SecureTransport": "TRUE"}}, True),
        ({"NumericLessThanEquals": {"s3:max-keys": 10}}, True),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, False),
        ({"NumericEquals": {"s3:max-keys": "10.0"}}, True),
        ({"NumericNotEquals": {"s3:max-keys": "10"}}, False),
        ({"NumericGreaterThan": {"s3:max-keys": "9"}}, True),
        ({"NumericGreaterThanEquals": {"s3:max-keys": "many"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2026-06-15T13:00:00+02:00"}}, False),
        ({"DateLessThanEquals": {"aws:CurrentTime": "2026-06-15T12:00:00Z"}}, True),
        ({"DateEquals": {"aws:CurrentTime": "2026-06-15"}}, False),
        ({"DateNotEquals": {"aws:CurrentTime": "2026-06-15"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "4102444800"}}, True),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::1/128"]}}, False),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": "home"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:123456789012:*"}}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:*:top?c"}}, True),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:*:topic"}}, False),
        ({"Null": {"aws:username": "false"}}, True),
        ({"Null": {"aws:username": True}}, False),
        ({"Null": {"aws:PrincipalTag/other": "true"}}, True),
        ({"StringEquals": {"aws:other": "x"}}, False),
        ({"StringEqualsIfExists": {"aws:other": "x"}}, True),
        ({"StringEqualsIfExists": {"aws:username": "x"}}, False),
        ({"StringNotEquals": {"aws:other": "x"}}, True),
        ({"NumericLessThan": {"aws:other": "1"}}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["mllab:student", "mllab:lab", "x"]}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["mllab:student"]}}, False),
        ({"ForAllValues:StringEquals": {"aws:other": ["x"]}}, True),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["mllab:student"]}}, True),
        ({"ForAnyValue:StringLike": {"aws:TagKeys": "cost*"}}, False),
        ({"ForAnyValue:StringEquals": {"aws:other": "x"}}, False),
        ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": "mllab:lab"}}, True),
        ({"ForAllValues:StringNotEquals": {"aws:TagKeys": "mllab:lab"}}, False),
        ({"StringNotEquals": {"aws:TagKeys": "mllab:lab"}}, False),
        ({"SomethingNew": {"aws:username": "ana"}}, False),
        ({"StringLike": {"s3:prefix": "home/${aws:username}/*"}}, True),
        ({"StringEquals": {"s3:prefix": "home/${aws:username}/x"}}, True),
        ({"StringLike": {"s3:prefix": "home/${aws:other}/*"}}, False),
        ({"StringEquals": {"aws:username": "${aws:other, 'ana'}"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/Team": "Houses${*}"}}, True),
        ({"StringLike": {"aws:username": "${aws:PrincipalTag/team}"}}, False),
        ("rubbish", False),
        ({"StringEquals": "rubbish"}, False),
    ],
)
def test_a_condition_holds_as_its_operator_says(condition: Any, holds: bool) -> None:
    assert outcome({**ALLOW, "Condition": condition}, CONTEXT) is holds


def test_an_unknown_operator_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    outcome({**ALLOW, "Condition": {"NeverHeardOf": {"aws:username": "ana"}}}, CONTEXT)
    assert "NeverHeardOf" in caplog.text


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        ("arn:aws:s3:::houses/${aws:username}/*", True),
        ("arn:aws:s3:::houses/${aws:PrincipalTag/folder}/*", False),
        ("arn:aws:s3:::houses/${aws:PrincipalTag/other, 'ana'}/*", True),
        ("arn:aws:s3:::houses/${aws:nothing}/*", False),
        ("arn:aws:s3:::houses/${}/*", False),
    ],
)
def test_a_variable_in_a_resource_is_the_askers_own_and_its_stars_are_letters(
    resource: str, allowed: bool
) -> None:
    context = {"aws:username": ("ana",), "aws:principaltag/folder": ("*",)}
    mine = "arn:aws:s3:::houses/ana/a.csv"
    assert outcome({**ALLOW, "Resource": resource}, context, on=mine) is allowed


def test_the_old_version_of_policies_has_no_variables() -> None:
    old = policy({**ALLOW, "Resource": "arn:aws:s3:::houses/${aws:username}/*"}, version="2008-10-17")
    context = {"aws:username": ("ana",)}
    assert not ask(on="arn:aws:s3:::houses/ana/x", context=context, identity=[old]).allowed
    assert ask(on="arn:aws:s3:::houses/${aws:username}/x", context=context, identity=[old]).allowed


@pytest.mark.parametrize(
    "document", [{}, {"Statement": []}, {"Statement": "x"}, {"Statement": [1, {"Effect": "Allow"}]}]
)
def test_a_document_that_says_nothing_allows_nothing(document: dict[str, Any]) -> None:
    decision = ask(identity=[Policy(document)], resource=Policy(document))
    assert decision == Decision("implicitDeny", IDENTITY)


def test_the_policies_that_decided_are_named() -> None:
    allowing, denying = policy(ALL, source="all"), policy(DENY, source="no")
    assert ask(identity=[allowing]).matched == (allowing,)
    assert ask(identity=[allowing, denying]).matched == (denying,)


def test_keys_that_are_asked_for_and_unknown_are_named() -> None:
    conditional = policy(
        {**ALLOW, "Condition": {"StringEquals": {"s3:prefix": "${aws:username}", "aws:SourceIp": "1.1.1.1"}}},
        {**ALLOW, "Action": "s3:PutObject", "Condition": {"StringEquals": {"not:asked": "x"}}},
    )
    question = Question(ANA, "s3:GetObject", OBJECT, {"aws:sourceip": ("1.1.1.1",)})
    assert missing_context(question, Policies([conditional])) == ["s3:prefix", "aws:username"]
