"""An identity behind an access key: whom policies see, and which policies it brings along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mllab_localaws.access.evaluation import Policies
from mllab_localaws.access.patterns import Context
from mllab_localaws.access.principals import Principal


@dataclass(frozen=True)
class Identity:
    """A user or a role's session, with its policies.

    Attributes:
        policies: those of the identity, its boundary and its session; no resource's.
        user_id: e.g. `AIDA...`, or `AROA...:session`.
        user_name: empty for a role.
        tags: of the user or role, and of the session.
        issued: when the session's credentials were made, in ISO 8601; empty for a user.
    """

    principal: Principal
    policies: Policies
    user_id: str = ""
    user_name: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    issued: str = ""

    @property
    def context(self) -> Context:
        """The condition keys that say who asks, in lower case.

        Source: IAM User Guide, "AWS global condition context keys".
        """
        keys = {
            # Of a session, its role's.
            "aws:principalarn": self.principal.identity,
            "aws:principalaccount": self.principal.account,
            "aws:principaltype": "User" if self.user_name else "AssumedRole",
            "aws:principalisawsservice": "false",
            "aws:viaawsservice": "false",
            "aws:userid": self.user_id,
            "aws:username": self.user_name,
            "aws:tokenissuetime": self.issued,
            "aws:multifactorauthpresent": "false" if self.issued else "",
            **{f"aws:principaltag/{key.lower()}": value for key, value in self.tags.items()},
        }
        return {key: (value,) for key, value in keys.items() if value}
