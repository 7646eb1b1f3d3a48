"""A session of boto3 in a role: its credentials last an hour and are renewed before they end.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.credentials import CredentialProvider, CredentialResolver, DeferredRefreshableCredentials

if TYPE_CHECKING:
    import boto3

# boto3's clients may be used in several threads, its sessions may not.
ONE_AT_A_TIME = threading.Lock()
# What AWS allows a role that is assumed out of another one.
SECONDS = 3600


class _FromRole(CredentialProvider):  # type: ignore[misc]  # botocore has no types
    """Hands a session the credentials of a role, by botocore's own way of renewing them."""

    METHOD = "assume-role"

    def __init__(self, fetch: Callable[[], dict[str, str]]) -> None:
        super().__init__()
        self._fetch = fetch

    def load(self) -> Any:
        return DeferredRefreshableCredentials(refresh_using=self._fetch, method=self.METHOD)


def session_in_role(
    session: boto3.Session,
    role_arn: str,
    name: str,
    *,
    endpoint_url: str | None,
    renewed: Callable[[dict[str, str]], None] = lambda _: None,
) -> boto3.Session:
    """Return a session whose calls are made in a role.

    Args:
        session: whose identity may assume the role.
        name: of the role session; it is part of the caller's ARN, and so of every message about permissions.
        renewed: is told the new credentials each time: `access_key`, `secret_key`, `token`, `expiry_time`.
    """
    import boto3
    from botocore.session import Session

    with ONE_AT_A_TIME:
        sts = session.client("sts", endpoint_url=endpoint_url)

    def fetch() -> dict[str, str]:
        given = sts.assume_role(RoleArn=role_arn, RoleSessionName=name, DurationSeconds=SECONDS)
        credentials = given["Credentials"]
        fresh = {
            "access_key": credentials["AccessKeyId"],
            "secret_key": credentials["SecretAccessKey"],
            "token": credentials["SessionToken"],
            "expiry_time": credentials["Expiration"].isoformat(),
        }
        renewed(fresh)
        return fresh

    inner = Session()
    inner.register_component("credential_provider", CredentialResolver([_FromRole(fetch)]))
    return boto3.Session(botocore_session=inner, region_name=session.region_name)
