"""What S3 refuses to store as a bucket's policy, because it could never mean anything.

Texts: published answers of S3 to PutBucketPolicy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from mllab_localaws.access.evaluation import PolicyDocument, as_list
from mllab_localaws.wire.errors import AwsError

_REQUIRED = (("Effect",), ("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))
_KNOWN = {"Sid", "Condition", *(name for names in _REQUIRED for name in names)}


def check(text: bytes, bucket: str, exists: Callable[[str], bool]) -> None:
    """Refuse what is no policy of this bucket.

    Args: exists: says whether a user or a role with an ARN is there.
    Raises: AwsError: `MalformedPolicy`.
    """
    for statement in as_list(_document(text)["Statement"]):
        if not isinstance(statement, Mapping) or not set(statement) <= _KNOWN:
            raise _malformed("Invalid policy syntax.")
        for names in _REQUIRED:
            if len(set(names) & set(statement)) != 1:
                raise _malformed(f"Missing required field {names[0]}")
        if statement["Effect"] not in ("Allow", "Deny"):
            raise _malformed(f"Invalid effect: {statement['Effect']}")
        _check_actions(statement)
        _check_resources(statement, bucket)
        _check_principals(statement, exists)


def _document(text: bytes) -> PolicyDocument:
    try:
        document = json.loads(text.decode())
    except (ValueError, RecursionError) as error:
        raise _malformed("Policies must be valid JSON and the first byte must be '{'") from error
    if not isinstance(document, Mapping):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    if "Statement" not in document:
        raise _malformed("Missing required field Statement")
    return document


def _check_actions(statement: Mapping[str, Any]) -> None:
    actions = as_list(statement.get("Action", statement.get("NotAction")))
    if not all(isinstance(each, str) and (each == "*" or each.lower().startswith("s3:")) for each in actions):
        raise _malformed("Policy has invalid action")


def _check_resources(statement: Mapping[str, Any], bucket: str) -> None:
    arn = f"arn:aws:s3:::{bucket}"
    for each in as_list(statement.get("Resource", statement.get("NotResource"))):
        wide = isinstance(each, str) and (each == "*" or each.split("*")[0].startswith("arn:aws:s3:::"))
        if not wide or not (each == arn or each.startswith(f"{arn}/") or _may_reach(each, arn)):
            raise _malformed("Policy has invalid resource")


def _may_reach(pattern: str, arn: str) -> bool:
    """A star or a question mark may stand for a part of this bucket's name."""
    fixed = pattern.replace("?", "*").split("*")[0]
    return fixed != pattern and arn.startswith(fixed)


def _check_principals(statement: Mapping[str, Any], exists: Callable[[str], bool]) -> None:
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    if principal == "*":
        return
    if not isinstance(principal, Mapping) or not principal:
        raise _malformed("Invalid principal in policy")
    for each in as_list(principal.get("AWS", [])):
        named = isinstance(each, str) and each.startswith("arn:aws:iam::") and not each.endswith(":root")
        if not isinstance(each, str) or (named and not exists(each)):
            raise _malformed("Invalid principal in policy")


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicy", message)
