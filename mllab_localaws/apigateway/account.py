"""The account's settings: the role by which stages may write logs, and the limits for all APIs together."""

from __future__ import annotations

import contextlib

from mllab_localaws.apigateway import patches
from mllab_localaws.apigateway.errors import bad_request
from mllab_localaws.caller import APIGATEWAY, Caller, acting_as
from mllab_localaws.platform import Platform
from mllab_localaws.store import AlreadyExistsError, Record, Store
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
            if not self._roles.trusts(role, APIGATEWAY):
                raise bad_request(
                    "The role ARN does not have required permissions set to API Gateway: " + role
                )
            return record

        with contextlib.suppress(AlreadyExistsError):
            self._store.insert(_KIND, call.region, "account", {})
        return _shown(self._store.modify(_KIND, call.region, "account", change) or {})

    def may_log(self, region: str) -> bool:
        """Say whether stages may write to CloudWatch Logs."""
        return log_writer(self._store, region) is not None


def log_writer(store: Store, region: str) -> Caller | None:
    """Return API Gateway in the name of the account's role, by which stages write logs; None without one."""
    role = (store.get(_KIND, region, "account") or {}).get("cloudwatchRoleArn")
    return acting_as(role, APIGATEWAY, "BackplaneAssumeRoleSession") if role else None


def _shown(record: Record) -> Reply:
    return {
        "throttleSettings": {"rateLimit": RATE, "burstLimit": BURST},
        "features": ["UsagePlans"],
        "apiKeyVersion": "4",
        **record,
    }
