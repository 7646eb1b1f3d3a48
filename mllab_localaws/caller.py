"""Who is asking: an access key becomes the administrator, a role's session or a user.

Every policy decision of the local AWS belongs here, bucket policies included. Today a known key may do
everything and an unknown one nothing; services receive their caller, so that deciding by IAM policy
changes this module alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Statement = Mapping[str, Any]
PolicyDocument = Mapping[str, Any]


@dataclass(frozen=True)
class Caller:
    """An authenticated identity.

    Attributes:
        arn: e.g. `arn:aws:iam::123456789012:user/administrator` or an assumed role's session.
        account: twelve digits.
        access_key: the key that signed the request.
    """

    arn: str
    account: str
    access_key: str


ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY = "allowed", "explicitDeny", "implicitDeny"


def decide(
    documents: Sequence[PolicyDocument],
    action: str,
    resource: str,
    applies: Callable[[Statement, str, str], bool],
) -> str:
    """Decide by identity policies: an explicit deny wins, then any allow, otherwise it is denied.

    Args:
        documents: policy documents of one identity.
        action: e.g. `s3:GetObject`.
        resource: an ARN, or `*`.
        applies: says whether a statement's actions, resources and conditions match.

    Returns: `allowed`, `explicitDeny` or `implicitDeny`, as SimulatePrincipalPolicy spells them.
    """
    effects = {
        statement["Effect"]
        for document in documents
        for statement in _statements(document)
        if applies(statement, action, resource)
    }
    if "Deny" in effects:
        return EXPLICIT_DENY
    return ALLOWED if "Allow" in effects else IMPLICIT_DENY


def service_is_allowed(document: PolicyDocument, principal: str, action: str, source_arn: str) -> bool:
    """Decide by a resource's own policy whether a service may act on it, on behalf of a source.

    Args:
        document: the policy of a function, queue or topic.
        principal: e.g. `apigateway.amazonaws.com`.
        action: e.g. `lambda:InvokeFunction`.
        source_arn: what the service acts for, e.g. a rule; conditions compare it and the account in it.
    """
    effects = {
        statement.get("Effect")
        for statement in _statements(document)
        if _names_service(statement.get("Principal"), principal)
        and any(fnmatchcase(action.lower(), each.lower()) for each in _as_list(statement.get("Action", [])))
        and _conditions_hold(statement.get("Condition", {}), source_arn)
    }
    return "Allow" in effects and "Deny" not in effects


def _names_service(principals: Any, service: str) -> bool:
    if isinstance(principals, Mapping):
        # A star in "AWS" means everybody as well.
        return service in _as_list(principals.get("Service", [])) or "*" in _as_list(
            principals.get("AWS", [])
        )
    return bool(principals == "*")


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], source_arn: str) -> bool:
    """Compare what is known of the source; a key that is unknown here holds for nobody."""
    parts = source_arn.split(":")
    context = {"aws:sourcearn": source_arn, "aws:sourceaccount": parts[4] if len(parts) > 5 else ""}
    for operator, keys in conditions.items():
        matches = _OPERATORS.get(operator)
        for key, wanted in keys.items():
            value = context.get(key.lower())
            if not value or matches is None or not any(matches(value, each) for each in _as_list(wanted)):
                return False
    return True


def _arn_like(value: str, pattern: str) -> bool:
    """Compare ARNs part by part: a star does not reach over a colon, except in the last part."""
    parts, patterns = value.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) and all(map(_like, parts, patterns))


def _like(value: str, pattern: str) -> bool:
    # To fnmatch a bracket begins a set of characters; to IAM it is a bracket.
    return fnmatchcase(value, pattern.replace("[", "[[]"))


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnLike": _arn_like,
    "ArnEquals": _arn_like,
    "StringEquals": str.__eq__,
    "StringLike": _like,
}


def _as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _statements(document: PolicyDocument) -> list[Statement]:
    statements = document["Statement"]
    return statements if isinstance(statements, list) else [statements]


def service_may(
    document: PolicyDocument | None, action: str, resource: str, principal: str, context: Mapping[str, str]
) -> bool:
    """Decide by a resource's policy whether an AWS service may act on it.

    Args:
        document: the resource's policy, None when it has none: then it belongs to its owner alone.
        action: e.g. `sqs:SendMessage`.
        principal: the service, e.g. `sns.amazonaws.com`.
        context: condition keys in lower case, e.g. `{"aws:sourcearn": ...}`.
    """
    effects = {
        statement.get("Effect")
        for statement in (_statements(document) if document else [])
        if _names(statement.get("Principal"), principal)
        and _any_like(statement.get("Action", []), action.lower(), str.lower)
        and _any_like(statement.get("Resource", []), resource, str)
        and _conditions_hold(statement.get("Condition", {}), context)
    }
    return "Allow" in effects and "Deny" not in effects


def _names(principals: Any, service: str) -> bool:
    if isinstance(principals, Mapping):
        everybody = "*" in _listed(principals.get("AWS", []))
        return everybody or service in _listed(principals.get("Service", []))
    return bool(principals == "*")


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    return all(
        _condition_holds(operator, context.get(key.lower()), _listed(wanted))
        for operator, pairs in conditions.items()
        for key, wanted in pairs.items()
    )


def _condition_holds(operator: str, value: str | None, wanted: Sequence[str]) -> bool:
    """Decide one condition; one that is not known here does not hold, so that it cannot open anything."""
    name = operator.removesuffix("IfExists")
    if value is None:
        return name != operator
    if name in ("ArnEquals", "ArnLike", "StringLike"):
        return _any_like(wanted, value, str)
    if name == "StringEquals":
        return value in wanted
    if name == "StringEqualsIgnoreCase":
        return value.lower() in [each.lower() for each in wanted]
    if name in ("StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike"):
        return not _condition_holds(name.replace("Not", ""), value, wanted)
    return name == "Bool" and value in [str(each).lower() for each in wanted]


def _any_like(patterns: Any, value: str, prepare: Callable[[str], str]) -> bool:
    return any(_like(prepare(str(pattern)), value) for pattern in _listed(patterns))


def _like(pattern: str, value: str) -> bool:
    parts = (re.escape(part).replace(r"\?", ".") for part in pattern.split("*"))
    return re.fullmatch(".*".join(parts), value, re.DOTALL) is not None


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
