"""Who is asking: an access key becomes the administrator, a role's session or a user.

Every policy decision of the local AWS belongs here, bucket policies included. Today a known key may do
everything and an unknown one nothing; services receive their caller, so that deciding by IAM policy
changes this module alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from mllab_localaws.platform import ACCOUNT

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


def service_is_allowed(
    document: PolicyDocument, principal: str, action: str, source_arn: str, resource: str = "*"
) -> bool:
    """Decide by a resource's own policy whether a service may act on it, on behalf of a source.

    Args:
        document: the policy of a function, queue or topic.
        principal: e.g. `apigateway.amazonaws.com`.
        action: e.g. `lambda:InvokeFunction`.
        source_arn: what the service acts for, e.g. a rule; conditions compare it and the account in it.
        resource: its ARN, where the policy's `Resource` has to name it.
    """
    context = _context(principal, source_arn)
    effects = {
        statement.get("Effect")
        for statement in _statements(document)
        if _names_service(statement.get("Principal"), principal)
        and any(fnmatchcase(action.lower(), each.lower()) for each in _as_list(statement.get("Action", [])))
        and (
            resource == "*" or any(_like(resource, each) for each in _as_list(statement.get("Resource", [])))
        )
        and _conditions_hold(statement.get("Condition", {}), context)
    }
    return "Allow" in effects and "Deny" not in effects


def _names_service(principals: Any, service: str) -> bool:
    if isinstance(principals, Mapping):
        # A star in "AWS" means everybody as well.
        return service in _as_list(principals.get("Service", [])) or "*" in _as_list(
            principals.get("AWS", [])
        )
    return bool(principals == "*")


def _context(principal: str, source_arn: str) -> dict[str, str]:
    """Return what is known of a service's request, by condition key in lower case; loopback counts as TLS."""
    parts = source_arn.split(":")
    # A bucket's ARN names no account, yet S3 says whose it is.
    account = (parts[4] or ACCOUNT) if len(parts) > 5 else ""
    context = {"aws:sourcearn": source_arn, "aws:sourceaccount": account, "aws:securetransport": "true"}
    if principal == "cloudwatch.amazonaws.com":
        # An alarm publishes for the account that owns it, which is what a topic's first policy asks for.
        context["aws:sourceowner"] = account
    return context


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """Compare what is known of the request; an operator that is unknown here holds for nobody."""
    return all(
        _condition_holds(operator, context.get(key.lower(), ""), _as_list(wanted))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _condition_holds(operator: str, value: str, wanted: Sequence[str]) -> bool:
    name = operator.removesuffix("IfExists")
    negated = "Not" in name
    if not value:
        return negated or name != operator
    matches = _OPERATORS.get(name.replace("Not", ""))
    return matches is not None and negated != any(matches(value, str(each)) for each in wanted)


def _arn_like(value: str, pattern: str) -> bool:
    """Compare ARNs part by part: a star does not reach over a colon, but in the last part or alone."""
    if pattern == "*":
        return True
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
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "Bool": lambda value, wanted: value == wanted.lower(),
}


def _as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _statements(document: PolicyDocument) -> list[Statement]:
    statements = document["Statement"]
    return statements if isinstance(statements, list) else [statements]
