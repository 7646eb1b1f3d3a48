"""API keys and usage plans as records; every change is shown to the request path at once.

A usage plan's record holds `plan` (the UsagePlan structure) and `keys`, the ids of the keys in it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from mllab_localaws.apigateway.access import Access
from mllab_localaws.apigateway.errors import conflict, not_found
from mllab_localaws.store import Record, Store
from mllab_localaws.wire.errors import AwsError

KEY, PLAN = "apikey", "usageplan"
Change = Callable[[Record], None]


class PlanRecords:
    """All API keys and usage plans of all regions."""

    def __init__(self, store: Store, access: Access) -> None:
        self._store = store
        self._access = access
        self._lock = threading.RLock()

    def insert_key(self, region: str, key: Record) -> None:
        """Add an API key.

        Raises: AwsError: its value is another key's.
        """
        with self._lock:
            if any(key["value"] == other["value"] for other in self.keys(region)):
                raise conflict("API Key already exists")
            self._store.insert(KEY, region, key["id"], key)
            self._show(region)

    def key(self, region: str, key_id: str) -> Record:
        """Return an API key.

        Raises: AwsError: there is none.
        """
        return _found(self._store.get(KEY, region, key_id), _no_such_key())

    def keys(self, region: str) -> list[Record]:
        """Return the API keys of a region."""
        return self._store.list(KEY, region)

    def change_key(self, region: str, key_id: str, change: Change) -> Record:
        """Let `change` alter an API key in place, and return it.

        Raises: AwsError: there is none, or what `change` raises.
        """
        return self._change(KEY, region, key_id, change, _no_such_key())

    def delete_key(self, region: str, key_id: str) -> None:
        """Remove an API key, from its usage plans as well.

        Raises: AwsError: there is none.
        """
        with self._lock:
            if not self._store.delete(KEY, region, key_id):
                raise _no_such_key()
            for record in self.plans(region):
                if key_id in record["keys"]:
                    record["keys"].remove(key_id)
                    self._store.update(PLAN, region, record["plan"]["id"], keys=record["keys"])
            self._show(region)

    def insert_plan(self, region: str, record: Record) -> None:
        """Add a usage plan."""
        with self._lock:
            self._store.insert(PLAN, region, record["plan"]["id"], record)
            self._show(region)

    def plan(self, region: str, plan_id: str) -> Record:
        """Return a usage plan's record.

        Raises: AwsError: there is none.
        """
        return _found(self._store.get(PLAN, region, plan_id), _no_such_plan())

    def plans(self, region: str) -> list[Record]:
        """Return the usage plans' records of a region."""
        return self._store.list(PLAN, region)

    def change_plan(self, region: str, plan_id: str, change: Change) -> Record:
        """Let `change` alter a usage plan's record in place, and return it; no other plan changes meanwhile.

        Raises: AwsError: there is none, or what `change` raises.
        """
        return self._change(PLAN, region, plan_id, change, _no_such_plan())

    def delete_plan(self, region: str, plan_id: str) -> None:
        """Remove a usage plan.

        Raises: AwsError: there is none.
        """
        with self._lock:
            if not self._store.delete(PLAN, region, plan_id):
                raise _no_such_plan()
            self._show(region)

    def forget_stages(self, region: str, api_id: str, stage: str | None = None) -> None:
        """Take a deleted stage, or all stages of a deleted API, out of the usage plans."""
        with self._lock:
            for record in self.plans(region):
                plan = record["plan"]
                left = [
                    each
                    for each in plan.get("apiStages", ())
                    if each["apiId"] != api_id or stage not in (None, each["stage"])
                ]
                if len(left) != len(plan.get("apiStages", ())):
                    plan["apiStages"] = left
                    self._store.update(PLAN, region, plan["id"], plan=plan)
            self._show(region)

    def _change(self, kind: str, region: str, name: str, change: Change, missing: AwsError) -> Record:
        def apply(record: Record) -> Record:
            change(record)
            return record

        with self._lock:
            record = _found(self._store.modify(kind, region, name, apply), missing)
            self._show(region)
        return record

    def _show(self, region: str) -> None:
        self._access.replace(region, self.keys(region), self.plans(region))


def _found(record: Record | None, missing: AwsError) -> Record:
    if record is None:
        raise missing
    return record


def _no_such_key() -> AwsError:
    return not_found("Invalid API Key identifier specified")


def _no_such_plan() -> AwsError:
    return not_found("Invalid Usage Plan ID specified")
