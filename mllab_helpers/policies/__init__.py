"""What each actor of the lab may do: one policy per actor, as AWS takes it, with the lab's names filled in.

The documents lie beside this module as JSON, with `<account>`, `<region>`, `<student>`, `<bucket>`, roles
(`<execution_role>`) and `<images>` (AWS's repositories that the lab's images come from) where names differ.
A test runs the notebooks and holds the documents against the calls that were made: a permission that nobody
used is a fault there, as is a call that none allows. Why each statement is there: `explain_policy`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mllab_helpers.images import repository_arns
from mllab_helpers.names import bucket_name

PolicyDocument = dict[str, Any]

TEACHER, LEARNER, EXECUTION = "teacher", "learner", "execution"
LAMBDA, EVENTS, ROLL_OUT, SCHEDULER = "lambda", "events", "roll_out", "scheduler"
ACTORS = (TEACHER, LEARNER, EXECUTION, LAMBDA, EVENTS, ROLL_OUT, SCHEDULER)

# Of a policy that an account keeps under a name and attaches; ten of them fit on a role or a user. White
# space does not count (IAM User Guide, "IAM and AWS STS quotas").
MANAGED_CHARACTERS = 6_144


def as_list(value: str | list[str]) -> list[str]:
    """Return the values of a member of a statement; IAM lets one be written without a list."""
    return [value] if isinstance(value, str) else list(value)


def policy(
    actor: str,
    *,
    account: str,
    region: str,
    student: str,
    bucket: str = "",
    role_arn: str = "",
    lambda_role_arn: str = "",
) -> PolicyDocument:
    """Return the policy of an actor.

    Args:
        actor: one of `ACTORS`.
        student: `*` for all of them.
        bucket, role_arn, lambda_role_arn: what a school account gives instead of the lab's own, if it does.
    Raises: ValueError: there is no such actor; UnknownRegion: AWS has no images there.
    """
    if actor not in ACTORS:
        raise ValueError(f"actor {actor!r} is not one of {', '.join(ACTORS)}")
    text = (Path(__file__).parent / f"{actor}.json").read_text(encoding="utf-8")
    own = f"arn:aws:iam::{account}:role/mllab-{student}-"
    for_functions = lambda_role_arn or role_arn
    values = {
        "account": account,
        "region": region,
        "student": student,
        "bucket": bucket or bucket_name(account, region, student),
        "execution_role": role_arn or f"{own}execution-role",
        "scheduler_role": role_arn or f"{own}scheduler-role",
        "events_role": role_arn or f"{own}events-role",
        "lambda_role": for_functions or f"{own}lambda-role",
        "roll_out_role": for_functions or f"{own}roll-out-role",
    }
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    text = text.replace('"<images>"', json.dumps(repository_arns(region))[1:-1])
    document: PolicyDocument = json.loads(text)
    return document


def length(document: PolicyDocument) -> int:
    """Return how many characters a policy has as IAM counts them."""
    return len("".join(json.dumps(document, separators=(",", ":")).split()))


def in_managed_policies(document: PolicyDocument) -> list[PolicyDocument]:
    """Divide a policy into some that a managed policy holds each; attached together they allow the same."""
    parts: list[PolicyDocument] = []
    for statement in document["Statement"]:
        if parts:
            longer = {**parts[-1], "Statement": [*parts[-1]["Statement"], statement]}
            if length(longer) <= MANAGED_CHARACTERS:
                parts[-1] = longer
                continue
        parts.append({**document, "Statement": [statement]})
    return parts
