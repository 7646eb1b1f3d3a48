"""Who is asking: an access key becomes the administrator, a role's session or a user.

What they may do is decided in `access/`.
"""

from __future__ import annotations

from dataclasses import dataclass


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
