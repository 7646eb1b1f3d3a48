"""The account's settings: the role by which stages may write logs, and the limits for all APIs together."""

from __future__ import annotations

import contextlib

from mllab_localaws.apigateway import patches
from mllab_localaws.apigateway.errors import bad_request
from mllab_localaws.platform import Platform
from mllab_localaws.store import AlreadyExistsError, Record
from mllab_localaws.wire.call import Call, Reply, Service, operation

_KIND = "apigateway-account"
RATE, BURST = 10000.0, 5000
_MEMBERS = {"/cloudwatchRoleArn": patches.Member(operations=patches.OPTIONAL)}


class Account(Service):
    """Get and update the account."""

    name = "apigateway"

    def __init__(self, platform: Platform) -> None:
        self._store = platform.store
        self._roles = platform.roles

    @operation
    def get_account(self, call: Call) -> Reply:
        """Return the account's settings in a region."""
        return _shown(self._store.get(_KIND, call.region, "account") or {})

    @operation
    def update_account(self, call: Call) -> Reply:
        """Set or remove the role that writes to CloudWatch Logs."""

        def change(record: Record) -> Record:
            patches.apply(record, call.params.get("patchOperations", ()), _MEMBERS)
            role = record.get("cloudwatchRoleArn")
            if not role:
                return {}
            if not self._roles.exists(role):
                raise bad_request(
                    "The role ARN does not have required permissions configured: there is no " + role
                )
            return record

        with contextlib.suppress(AlreadyExistsError):
            self._store.insert(_KIND, call.region, "account", {})
        return _shown(self._store.modify(_KIND, call.region, "account", change) or {})

    def may_log(self, region: str) -> bool:
        """Say whether stages may write to CloudWatch Logs."""
        return bool((self._store.get(_KIND, region, "account") or {}).get("cloudwatchRoleArn"))


def _shown(record: Record) -> Reply:
    return {
        "throttleSettings": {"rateLimit": RATE, "burstLimit": BURST},
        "features": ["UsagePlans"],
        "apiKeyVersion": "4",
        **record,
    }
