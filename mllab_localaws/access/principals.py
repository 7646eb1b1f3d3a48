"""Whom a resource policy means.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Named(IntEnum):
    """How closely a policy names somebody; who is named more closely needs less from elsewhere."""

    NOT = 0
    ACCOUNT = 1
    """Only the account: what its identities may do is left to their own policies."""
    IDENTITY = 2
    """A user, a role, a service, or everybody."""
    SESSION = 3
    """This very session of a role."""


@dataclass(frozen=True)
class Principal:
    """Who makes a request, as policies name him.

    Attributes:
        arn: a user or a role's session; empty for a service.
        identity: the user or role whose policies count; of a session, its role.
        account: twelve digits.
        service: e.g. `events.amazonaws.com`; empty for a person or a role.
    """

    arn: str = ""
    identity: str = ""
    account: str = ""
    service: str = ""

    @property
    def is_session(self) -> bool:
        """Whether a role's session asks."""
        return self.arn != self.identity

    def named_by(self, statement: Mapping[str, Any]) -> Named:
        """Say how a resource policy's statement names this principal."""
        if "NotPrincipal" in statement:
            return Named.NOT if self._is_excepted(statement["NotPrincipal"]) else Named.IDENTITY
        found = [self._named(kind, each) for kind, each in _entries(statement.get("Principal"))]
        return max(found, default=Named.NOT)

    def _named(self, kind: str, name: Any) -> Named:
        if kind == "Service":
            return Named.IDENTITY if name == self.service else Named.NOT
        if kind != "AWS" or not isinstance(name, str) or not name:
            return Named.NOT
        # A session's own ARN is more than its role's; of a user the two are one.
        names = {
            self.account: Named.ACCOUNT,
            f"arn:aws:iam::{self.account}:root": Named.ACCOUNT,
            self.arn: Named.SESSION,
            self.identity: Named.IDENTITY,
            "*": Named.IDENTITY,
        }
        return names.get(name, Named.NOT)

    def _is_excepted(self, entries: Any) -> bool:
        """Say whether NotPrincipal lists the principal whole: a session with its role and its account."""
        listed = {self._named(kind, each) for kind, each in _entries(entries)}
        if self.service:
            return Named.IDENTITY in listed
        needed = {Named.ACCOUNT, Named.IDENTITY} | ({Named.SESSION} if self.is_session else set())
        return needed <= listed


def _entries(principal: Any) -> list[tuple[str, Any]]:
    if principal == "*":
        return [("AWS", "*")]
    if not isinstance(principal, Mapping):
        return []
    return [
        (kind, each)
        for kind, names in principal.items()
        for each in (names if isinstance(names, list) else [names])
    ]
