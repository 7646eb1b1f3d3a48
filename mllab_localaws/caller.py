"""Who is asking: an access key becomes the administrator, a role's session or a user.

Every policy decision of the local AWS belongs here, bucket policies included. Today a known key may do
everything and an unknown one nothing; services receive their caller, so that deciding by IAM policy
changes this module alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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


def _statements(document: PolicyDocument) -> list[Statement]:
    statements = document["Statement"]
    return statements if isinstance(statements, list) else [statements]
