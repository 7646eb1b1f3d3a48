"""Usage plans: which stages the keys in them may call, how often, and how often in all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from mllab_localaws.apigateway import patches
from mllab_localaws.apigateway.errors import bad_request, conflict, not_found, refuse_others
from mllab_localaws.apigateway.pages import page
from mllab_localaws.apigateway.plan_records import PlanRecords
from mllab_localaws.apigateway.records import RestApiRecords, new_id
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError

_TAKEN = ("name", "description", "apiStages", "throttle", "quota", "tags")
_DAYS = {"DAY": 0, "WEEK": 6, "MONTH": 27}
_METHOD = re.compile(
    r"/apiStages/(?P<stage>[^/]+)/throttle/(?P<path>[^/]+)/(?P<method>[A-Z]+)/(?P<limit>\w+)"
)
_MEMBERS = {
    "/name": patches.Member(),
    "/description": patches.Member(),
    "/throttle": patches.Member(operations=("remove",)),
    "/throttle/rateLimit": patches.Member(patches.number, patches.OPTIONAL),
    "/throttle/burstLimit": patches.Member(patches.integer, patches.OPTIONAL),
    "/quota": patches.Member(operations=("remove",)),
    "/quota/limit": patches.Member(patches.integer, patches.OPTIONAL),
    "/quota/offset": patches.Member(patches.integer, patches.OPTIONAL),
    "/quota/period": patches.Member(patches.one_of(*_DAYS), patches.OPTIONAL),
}
_LIMITS = {
    "/rateLimit": patches.Member(patches.number, ("add", "replace")),
    "/burstLimit": patches.Member(patches.integer, ("add", "replace")),
}


class UsagePlans(Service):
    """Create, get, list, update and delete usage plans."""

    name = "apigateway"

    def __init__(self, records: PlanRecords, apis: RestApiRecords) -> None:
        self._records = records
        self._apis = apis

    @operation
    def create_usage_plan(self, call: Call) -> Reply:
        """Create a plan; it means nothing until it has stages and keys."""
        params = call.params
        refuse_others(params, _TAKEN, "CreateUsagePlan")
        given = {name: params[name] for name in _TAKEN if params.get(name)}
        plan = {"id": new_id(6), "name": "", **given}
        plan.setdefault("apiStages", [])
        self._check(call.region, plan)
        self._records.insert_plan(call.region, {"plan": plan, "keys": []})
        return plan

    @operation
    def get_usage_plan(self, call: Call) -> Reply:
        """Return a plan."""
        plan: Reply = self._records.plan(call.region, call.params["usagePlanId"])["plan"]
        return plan

    @operation
    def get_usage_plans(self, call: Call) -> Reply:
        """Return plans, by id; `keyId` asks for those of one key."""
        wanted = call.params.get("keyId")
        plans = [
            record["plan"]
            for record in self._records.plans(call.region)
            if wanted is None or wanted in record["keys"]
        ]
        return page(plans, call.params, lambda plan: plan["id"])

    @operation
    def update_usage_plan(self, call: Call) -> Reply:
        """Change a plan's limits or stages; both hold from the next request on."""

        def change(record: Record) -> None:
            plan = record["plan"]
            for patch in call.params.get("patchOperations", ()):
                if patch.get("path") == "/apiStages":
                    _patch_stages(plan, patch)
                elif _METHOD.fullmatch(patch.get("path", "")):
                    _patch_method(plan, patch)
                else:
                    patches.apply(plan, [patch], _MEMBERS)
            self._check(call.region, plan)
            self.refuse_second_plan(call.region, record, record["keys"])

        plan: Reply = self._records.change_plan(call.region, call.params["usagePlanId"], change)["plan"]
        return plan

    @operation
    def delete_usage_plan(self, call: Call) -> Reply:
        """Delete a plan that has no stages."""
        plan = self._records.plan(call.region, call.params["usagePlanId"])["plan"]
        if plan["apiStages"]:
            raise bad_request(
                f"Cannot delete usage plan {plan['id']} because there are API stages associated. Detach all "
                "API stages with the usage plan to be able to delete it."
            )
        self._records.delete_plan(call.region, plan["id"])
        return {}

    def refuse_second_plan(self, region: str, record: Record, keys: Sequence[str]) -> None:
        """Let a key be in one plan for a stage at most, so that it is known which limits hold.

        Raises: AwsError: `ConflictException`.
        """
        stages = {(stage["apiId"], stage["stage"]) for stage in record["plan"]["apiStages"]}
        for other in self._records.plans(region):
            if other["plan"]["id"] == record["plan"]["id"]:
                continue
            shared = [s for s in other["plan"]["apiStages"] if (s["apiId"], s["stage"]) in stages]
            both = sorted(set(keys).intersection(other["keys"]))
            if shared and both:
                where = f"{shared[0]['apiId']}:{shared[0]['stage']}"
                plan_id = other["plan"]["id"]
                raise conflict(
                    f"API Key {both[0]} is in usage plan {plan_id} already, which has {where} too."
                )

    def _check(self, region: str, plan: Record) -> None:
        if not plan["name"].strip():
            raise bad_request("Usage Plan name cannot be empty")
        _check_throttle(plan.get("throttle", {}), "Usage Plan")
        _check_quota(plan.get("quota"))
        names = [(stage.get("apiId", ""), stage.get("stage", "")) for stage in plan["apiStages"]]
        for api_id, stage in names:
            if names.count((api_id, stage)) > 1:
                raise bad_request(f"API Stage {api_id}:{stage} is there twice")
            if not self._is_stage(region, api_id, stage):
                raise not_found(f"API Stage not found: {api_id}:{stage}")
        for stage in plan["apiStages"]:
            for method, throttle in stage.get("throttle", {}).items():
                if not {"rateLimit", "burstLimit"} <= set(throttle):
                    raise bad_request(f"Throttle of {method}: both rateLimit and burstLimit are needed")
                _check_throttle(throttle, f"Throttle of {method}:")

    def _is_stage(self, region: str, api_id: str, stage: str) -> bool:
        try:
            return stage in self._apis.get(region, api_id)["stages"]
        except AwsError:
            return False


def _check_throttle(throttle: Record, where: str) -> None:
    if throttle.get("rateLimit", 0) < 0 or throttle.get("burstLimit", 0) < 0:
        raise bad_request(f"{where} rate limit and burst limit must not be negative")


def _check_quota(quota: Record | None) -> None:
    if quota is None:
        return
    if quota.get("limit", 0) <= 0:
        raise bad_request("Usage Plan quota limit must be greater than 0")
    if "period" not in quota:
        raise bad_request("Usage Plan quota period must be specified: DAY, WEEK or MONTH")
    most, offset = _DAYS[quota["period"]], quota.get("offset", 0)
    if not 0 <= offset <= most:
        allowed = f"between 0 and {most} inclusive" if most else "zero"
        raise bad_request(f"Usage Plan quota offset must be {allowed} in the {quota['period']} period")


def _patch_stages(plan: Record, patch: patches.Patch) -> None:
    """Add or remove a stage, written `api-id:stage`."""
    api_id, colon, stage = patch.get("value", "").partition(":")
    if patch.get("op") not in ("add", "remove") or not (api_id and colon and stage):
        raise bad_request(f"Patch /apiStages with op add or remove and value API_ID:STAGE, not {dict(patch)}")
    others = [each for each in plan["apiStages"] if (each["apiId"], each["stage"]) != (api_id, stage)]
    if patch["op"] == "remove":
        if len(others) == len(plan["apiStages"]):
            raise not_found(f"API Stage not found: {api_id}:{stage}")
        plan["apiStages"] = others
    else:
        plan["apiStages"].append({"apiId": api_id, "stage": stage})


def _patch_method(plan: Record, patch: patches.Patch) -> None:
    """Change a limit of one method on one stage: /apiStages/API:STAGE/throttle/~1path/METHOD/rateLimit."""
    found = _METHOD.fullmatch(patch["path"])
    assert found is not None
    for stage in plan["apiStages"]:
        if f"{stage['apiId']}:{stage['stage']}" == found["stage"]:
            method = "/".join(patches.parts_of(f"/{found['path']}/{found['method']}"))
            default: dict[str, Any] = {"rateLimit": 10000.0, "burstLimit": 5000}
            limits = stage.setdefault("throttle", {}).setdefault(method, default)
            patches.apply(limits, [{**patch, "path": f"/{found['limit']}"}], _LIMITS)
            return
    raise not_found(f"API Stage not found: {found['stage']}")
