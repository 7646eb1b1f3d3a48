"""The policies' documents themselves: what IAM takes of them."""

from __future__ import annotations

import json

import pytest

from mllab_helpers import policies

INLINE_CHARACTERS, MOST_ATTACHED = 10_240, 10  # of a role (IAM User Guide, "IAM and AWS STS quotas")
LONGEST = {"account": "1" * 12, "region": "ap-southeast-2", "student": "abcdefghijkl"}
GIVEN = {
    "bucket": "b" * 63,
    "role_arn": f"arn:aws:iam::{'1' * 12}:role/service-role/{'r' * 64}",
    "lambda_role_arn": f"arn:aws:iam::{'1' * 12}:role/service-role/{'l' * 64}",
}


@pytest.mark.parametrize("actor", policies.ACTORS)
@pytest.mark.parametrize("given", [{}, GIVEN])
def test_each_policy_fits_inside_a_role_whatever_the_names(actor, given):
    assert policies.length(policies.policy(actor, **LONGEST, **given)) <= INLINE_CHARACTERS


@pytest.mark.parametrize("actor", policies.ACTORS)
def test_divided_into_managed_policies_it_says_the_same(actor):
    document = policies.policy(actor, **LONGEST, **GIVEN)
    parts = policies.in_managed_policies(document)
    assert all(policies.length(part) <= policies.MANAGED_CHARACTERS for part in parts)
    assert {part["Version"] for part in parts} == {document["Version"]}
    assert [statement for part in parts for statement in part["Statement"]] == document["Statement"]


def test_all_that_a_school_puts_on_one_role_can_be_attached_to_it():
    working = [actor for actor in policies.ACTORS if actor != policies.TEACHER]
    documents = [policies.policy(actor, **LONGEST, **GIVEN) for actor in working]
    assert sum(map(policies.length, documents)) > INLINE_CHARACTERS
    assert sum(len(policies.in_managed_policies(document)) for document in documents) <= MOST_ATTACHED


def test_white_space_does_not_count():
    document = {"Version": "2012-10-17", "Statement": [{"Sid": "A", "Resource": "a b"}]}
    assert policies.length(document) == len(json.dumps(document).replace(" ", ""))
