"""API keys: how a caller says who is calling. They are no secret as AWS's own keys are, and no login."""

from __future__ import annotations

import re

from mllab_localaws.apigateway import patches
from mllab_localaws.apigateway.errors import bad_request, refuse_others
from mllab_localaws.apigateway.pages import page
from mllab_localaws.apigateway.plan_records import PlanRecords
from mllab_localaws.apigateway.records import new_id
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation

_TAKEN = ("name", "description", "enabled", "value", "customerId", "tags", "generateDistinctId")
_VALUE = re.compile(r"[a-zA-Z0-9]+")
_MEMBERS = {
    "/name": patches.Member(),
    "/description": patches.Member(),
    "/customerId": patches.Member(),
    "/enabled": patches.Member(patches.boolean),
}


class ApiKeys(Service):
    """Create, get, list, update and delete API keys."""

    name = "apigateway"

    def __init__(self, platform: Platform, records: PlanRecords) -> None:
        self._clock = platform.clock
        self._records = records

    @operation
    def create_api_key(self, call: Call) -> Reply:
        """Create a key, with a value of its own unless one is given; it is disabled unless that is said."""
        refuse_others(call.params, _TAKEN, "CreateApiKey")
        now = self._clock.now()
        optional = ("name", "description", "customerId", "tags")
        key = {
            "id": new_id(),
            "value": _value(call.params.get("value")),
            **{name: call.params[name] for name in optional if call.params.get(name)},
            "enabled": call.params.get("enabled", False),
            "createdDate": now,
            "lastUpdatedDate": now,
            "stageKeys": [],
        }
        self._records.insert_key(call.region, key)
        return key

    @operation
    def get_api_key(self, call: Call) -> Reply:
        """Return a key, with its value when that is asked for."""
        key = self._records.key(call.region, call.params["apiKey"])
        return _shown(key, call.params.get("includeValue", False))

    @operation
    def get_api_keys(self, call: Call) -> Reply:
        """Return keys, oldest first; `nameQuery` is how their names begin."""
        with_values = call.params.get("includeValues", False)
        begins = call.params.get("nameQuery", "")
        customer = call.params.get("customerId")
        keys = [
            _shown(key, with_values)
            for key in self._records.keys(call.region)
            if key.get("name", "").startswith(begins) and customer in (None, key.get("customerId"))
        ]
        return page(keys, call.params, lambda key: f"{key['createdDate']:.3f} {key['id']}")

    @operation
    def update_api_key(self, call: Call) -> Reply:
        """Change a key's name, or whether it is enabled."""

        def change(key: Record) -> None:
            patches.apply(key, call.params.get("patchOperations", ()), _MEMBERS)
            key["lastUpdatedDate"] = self._clock.now()

        return _shown(self._records.change_key(call.region, call.params["apiKey"], change), False)

    @operation
    def delete_api_key(self, call: Call) -> Reply:
        """Delete a key, from its usage plans as well."""
        self._records.delete_key(call.region, call.params["apiKey"])
        return {}


def _value(wanted: str | None) -> str:
    if not wanted:
        return new_id(40)
    if len(wanted) < 20:
        raise bad_request("API Key value should be at least 20 characters")
    if len(wanted) > 128 or not _VALUE.fullmatch(wanted):
        raise bad_request("API Key value should have at most 128 characters, letters and digits only")
    return wanted


def _shown(key: Record, with_value: bool) -> Record:
    return {name: value for name, value in key.items() if with_value or name != "value"}
