"""Which keys are in a usage plan, and how often they have called."""

from __future__ import annotations

from datetime import date

from mllab_localaws.apigateway.access import Quota
from mllab_localaws.apigateway.errors import bad_request, conflict, not_found
from mllab_localaws.apigateway.limits import Usage
from mllab_localaws.apigateway.pages import page
from mllab_localaws.apigateway.plan_records import PlanRecords
from mllab_localaws.apigateway.usage_plans import UsagePlans
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation

_LONGEST_REPORT = 90


class UsagePlanKeys(Service):
    """Create, get, list and delete the keys of usage plans; GetUsage."""

    name = "apigateway"

    def __init__(self, records: PlanRecords, plans: UsagePlans, usage: Usage) -> None:
        self._records = records
        self._plans = plans
        self._usage = usage

    @operation
    def create_usage_plan_key(self, call: Call) -> Reply:
        """Put a key into a plan."""
        key_id = call.params["keyId"]
        if call.params["keyType"] != "API_KEY":
            raise bad_request("Usage Plan Key type must be API_KEY")
        self._records.plan(call.region, call.params["usagePlanId"])
        key = self._records.key(call.region, key_id)

        def change(record: Record) -> None:
            if key_id in record["keys"]:
                raise conflict(f"{key_id} is already subscribed to usage plan {record['plan']['id']}")
            self._plans.refuse_second_plan(call.region, record, [key_id])
            record["keys"].append(key_id)

        self._records.change_plan(call.region, call.params["usagePlanId"], change)
        return _shown(key)

    @operation
    def get_usage_plan_key(self, call: Call) -> Reply:
        """Return a key of a plan."""
        _check_member(self._records.plan(call.region, call.params["usagePlanId"]), call.params["keyId"])
        return _shown(self._records.key(call.region, call.params["keyId"]))

    @operation
    def get_usage_plan_keys(self, call: Call) -> Reply:
        """Return the keys of a plan; `nameQuery` is how their names begin."""
        members = set(self._records.plan(call.region, call.params["usagePlanId"])["keys"])
        begins = call.params.get("nameQuery", "")
        keys = [
            _shown(key)
            for key in self._records.keys(call.region)
            if key["id"] in members and key.get("name", "").startswith(begins)
        ]
        return page(keys, call.params, lambda key: key["id"])

    @operation
    def delete_usage_plan_key(self, call: Call) -> Reply:
        """Take a key out of a plan."""

        def change(record: Record) -> None:
            _check_member(record, call.params["keyId"])
            record["keys"].remove(call.params["keyId"])

        self._records.change_plan(call.region, call.params["usagePlanId"], change)
        return {}

    @operation
    def get_usage(self, call: Call) -> Reply:
        """Return, for each key and each day, the requests used and those left."""
        params = call.params
        record = self._records.plan(call.region, params["usagePlanId"])
        first, last = _day(params["startDate"]), _day(params["endDate"])
        if last < first or (last - first).days > _LONGEST_REPORT:
            raise bad_request(f"endDate must be at most {_LONGEST_REPORT} days after startDate")
        quota = record["plan"].get("quota")
        known = Quota(quota["limit"], quota["period"], quota.get("offset", 0)) if quota else None
        keys = [{"id": key_id} for key_id in record["keys"] if params.get("keyId") in (None, key_id)]
        shown = page(keys, params, lambda key: key["id"])
        plan_id = record["plan"]["id"]
        usage = {
            key["id"]: self._usage.report(plan_id, key["id"], known, first, last) for key in shown["items"]
        }
        dates = {"startDate": params["startDate"], "endDate": params["endDate"]}
        return {**shown, "usagePlanId": plan_id, **dates, "items": usage}


def _check_member(record: Record, key_id: str) -> None:
    if key_id not in record["keys"]:
        raise not_found(f"Usage Plan {record['plan']['id']} has no API Key {key_id}.")


def _shown(key: Record) -> Record:
    named = {"name": key["name"]} if key.get("name") else {}
    return {"id": key["id"], "type": "API_KEY", "value": key["value"], **named}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise bad_request(f"Invalid date {text}: write YYYY-MM-DD.") from error
