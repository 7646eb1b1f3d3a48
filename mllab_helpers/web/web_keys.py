"""Who may call the API, and how often: usage plans and their keys.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers.aws_errors import is_denial, translate
from mllab_helpers.names import resource_prefix
from mllab_helpers.texts import say
from mllab_helpers.web.web_api import STAGE

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab


@dataclass(frozen=True, repr=False)
class ApiKey:
    """A key of the API. It shows itself masked, because what a notebook shows is stored and shared."""

    name: str
    id: str
    value: str = field(repr=False)

    def __repr__(self) -> str:
        return say("web_api.key", name=self.name, length=len(self.value))


@translate()
def ensure_usage_plan(
    lab: Lab, api: str, *, rate: float, burst: int, per_day: int = 10_000, stage: str = STAGE
) -> str:
    """Create the usage plan, or give it these limits.

    Args: rate: requests per second in the long run; burst: how many may come at once; per_day: quota.
    Returns: the plan's id.
    """
    gateway, name = lab.client("apigateway"), lab.name("plan")
    found = next((plan for plan in list_usage_plans(lab) if plan["name"] == name), None)
    if found is None:
        lab.note_creating("usage-plan", name)
        created = gateway.create_usage_plan(
            name=name,
            throttle={"rateLimit": rate, "burstLimit": burst},
            quota={"limit": per_day, "period": "DAY"},
            apiStages=[{"apiId": api, "stage": stage}],
            tags={tag["Key"]: tag["Value"] for tag in lab.tags},
        )
        return str(created["id"])
    limits = {
        "/throttle/rateLimit": (found.get("throttle", {}).get("rateLimit"), rate),
        "/throttle/burstLimit": (found.get("throttle", {}).get("burstLimit"), burst),
        "/quota/limit": (found.get("quota", {}).get("limit"), per_day),
    }
    changes = [
        {"op": "replace", "path": path, "value": str(wanted)}
        for path, (present, wanted) in limits.items()
        if present != wanted
    ]
    if {"apiId": api, "stage": stage} not in [_stage_of(entry) for entry in found.get("apiStages", [])]:
        changes.append({"op": "add", "path": "/apiStages", "value": f"{api}:{stage}"})
    if changes:
        gateway.update_usage_plan(usagePlanId=found["id"], patchOperations=changes)
    return str(found["id"])


def list_usage_plans(lab: Lab) -> Iterator[dict[str, Any]]:
    """List every usage plan of the account and region."""
    for page in lab.client("apigateway").get_paginator("get_usage_plans").paginate():
        yield from page["items"]


@translate()
def ensure_api_key(lab: Lab, plan: str) -> ApiKey:
    """Create the lab's key and put it into a usage plan, or find it again.

    Args: plan: from `ensure_usage_plan`; without a plan for its stage a key opens nothing.
    """
    gateway, name = lab.client("apigateway"), lab.name("key")
    inside = gateway.get_usage_plan_keys(usagePlanId=plan, nameQuery=name)["items"]
    known = next((key["id"] for key in inside if key.get("name") == name), None)
    if known is not None:
        found = gateway.get_api_key(apiKey=known, includeValue=True)
    else:
        lab.note_creating("api-key", name)
        tags = {tag["Key"]: tag["Value"] for tag in lab.tags}
        found = gateway.create_api_key(name=name, enabled=True, tags=tags)
        gateway.create_usage_plan_key(usagePlanId=plan, keyId=found["id"], keyType="API_KEY")
    return ApiKey(name=name, id=str(found["id"]), value=str(found["value"]))


def find_api_keys(lab: Lab) -> dict[str, set[str]]:
    """Return the student's API keys: what they go by, see `name_of_ours` -> ids.

    A learner finds them in their own usage plan. They may not list the keys of the account, because whoever
    may can ask for everybody's values. A key that never came into its plan is found by a teacher alone.
    """
    found: dict[str, set[str]] = {}
    for key in (*_unless_denied(_in_own_plans(lab)), *_unless_denied(_listed(lab.as_teacher()))):
        if name := name_of_ours(lab, key):
            found.setdefault(name, set()).add(str(key["id"]))
    return found


def name_of_ours(lab: Lab, found: Mapping[str, Any]) -> str:
    """Return what goes for the name of a student's API, plan or key, and nothing for somebody else's.

    Names are free here: what only carries the lab's tags goes by its id.
    """
    name = str(found.get("name", ""))
    if name.startswith(resource_prefix(lab.student)):
        return name
    tags = {tag["Key"]: tag["Value"] for tag in lab.tags}
    return str(found["id"]) if tags.items() <= found.get("tags", {}).items() else ""


def _in_own_plans(lab: Lab) -> Iterator[dict[str, Any]]:
    pages = lab.client("apigateway").get_paginator("get_usage_plan_keys")
    for plan in list_usage_plans(lab):
        if name_of_ours(lab, plan):
            for page in pages.paginate(usagePlanId=plan["id"]):
                yield from page["items"]


def _listed(teacher: Lab) -> Iterator[dict[str, Any]]:
    for page in teacher.client("apigateway").get_paginator("get_api_keys").paginate():
        yield from page["items"]


def _unless_denied(keys: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    try:
        yield from keys
    except ClientError as error:
        if not is_denial(error):
            raise


@translate()
def delete_usage_plans(lab: Lab, name: str) -> None:
    """Delete the usage plans of a name, or the one of an id, with their keys.

    Only a plan leads a learner to its keys. AWS wants its stages taken out first.
    """
    gateway = lab.client("apigateway")
    for plan in [found for found in list_usage_plans(lab) if name in (found["name"], found["id"])]:
        for key in gateway.get_usage_plan_keys(usagePlanId=plan["id"])["items"]:
            gateway.delete_api_key(apiKey=key["id"])
        stages = [_stage_of(entry) for entry in plan.get("apiStages", [])]
        removals = [
            {"op": "remove", "path": "/apiStages", "value": f"{entry['apiId']}:{entry['stage']}"}
            for entry in stages
        ]
        if removals:
            gateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=removals)
        gateway.delete_usage_plan(usagePlanId=plan["id"])


@translate()
def delete_api_keys(lab: Lab, name: str) -> None:
    """Delete the API keys of a name, or the one of an id; silent when already gone."""
    for key in find_api_keys(lab).get(name, ()):
        lab.client("apigateway").delete_api_key(apiKey=key)


def _stage_of(entry: Mapping[str, Any]) -> dict[str, str]:
    return {"apiId": entry["apiId"], "stage": entry["stage"]}
