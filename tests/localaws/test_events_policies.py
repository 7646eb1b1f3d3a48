"""Resource policies: which services may put something into a queue or a topic."""

from __future__ import annotations

from typing import Any

import pytest

from mllab_localaws.access.service_principals import service_is_allowed

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
RULE = "arn:aws:events:us-east-1:123456789012:rule/r"
BUCKET = "arn:aws:s3:::houses"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE,
}


def _may(*statements: dict[str, Any], principal: str = "events.amazonaws.com", source: str = RULE) -> bool:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return service_is_allowed(document, principal, "sqs:SendMessage", source, resource=QUEUE)


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}}, True),
        ({"Principal": {"Service": "sns.amazonaws.com"}}, False),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
        ({"Action": "SQS:SendMessage"}, True),
        ({"Action": ["sqs:*"]}, True),
        ({"Action": "sqs:ReceiveMessage"}, False),
        ({"Resource": "*"}, True),
        ({"Resource": QUEUE + "-other"}, False),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": RULE}}}, True),
        ({"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:events:*:*:rule/*"}}}, True),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "*"}}}, True),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:SourceAccount": "123456789012"}}}, False),
        ({"Condition": {"StringNotLike": {"aws:SourceArn": "*:rule/other"}}}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": False}}}, False),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, False),
        ({"Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}, True),
        ({"Condition": {"SomethingNew": {"aws:SourceArn": RULE}}}, False),
    ],
)
def test_a_statement_lets_whom_it_names(changes: dict[str, Any], allowed: bool) -> None:
    assert _may({**ALLOW, **changes}) is allowed


def test_a_deny_wins() -> None:
    insecure = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    assert not _may(ALLOW, insecure)
    assert _may(ALLOW, {**insecure, "Condition": {"Bool": {"aws:SecureTransport": "false"}}})


def test_a_bucket_speaks_for_the_account_that_its_arn_leaves_out() -> None:
    mine = {"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}
    s3 = {**ALLOW, "Principal": {"Service": "s3.amazonaws.com"}}
    assert _may({**s3, **mine}, principal="s3.amazonaws.com", source=BUCKET)
    mine["Condition"]["StringEquals"]["aws:SourceAccount"] = "999999999999"
    assert not _may({**s3, **mine}, principal="s3.amazonaws.com", source=BUCKET)


def test_only_an_alarm_speaks_for_a_topics_owner() -> None:
    owner = {
        **ALLOW,
        "Principal": {"AWS": "*"},
        "Condition": {"StringEquals": {"AWS:SourceOwner": "123456789012"}},
    }
    alarm = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"
    assert _may(owner, principal="cloudwatch.amazonaws.com", source=alarm)
    assert not _may(owner)
