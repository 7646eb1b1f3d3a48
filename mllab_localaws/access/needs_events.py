"""What requests to EventBridge need.

Source: the Service Authorization Reference for Amazon EventBridge.
"""

from __future__ import annotations

import json
from typing import Any

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import (
    Context,
    arn,
    pass_roles,
    present,
    structures,
    tag_keys,
    text,
    unknown,
    untag_keys,
)

_SERVICE = "events.amazonaws.com"
_DEFAULT_BUS = "default"
# Operations on a rule, and the member that names it.
_OF_RULES = {
    "DeleteRule": "Name",
    "DescribeRule": "Name",
    "DisableRule": "Name",
    "EnableRule": "Name",
    "ListTargetsByRule": "Rule",
    "PutRule": "Name",
    "PutTargets": "Rule",
    "RemoveTargets": "Rule",
}
_OF_NOTHING = ("ListEventBuses", "ListRuleNamesByTarget", "ListRules", "TestEventPattern")
_TAGGING = ("ListTagsForResource", "TagResource", "UntagResource")


def needed(request: Request) -> list[Access]:
    """Return what a request to EventBridge needs.

    Raises: LookupError: no rule covers the operation.
    """
    operation, params = request.operation, request.params
    action = f"events:{operation}"
    if operation in _OF_NOTHING:
        return [Access(action, "*")]
    if operation in _OF_RULES:
        return _rule_access(action, request)
    if operation in _TAGGING:
        keys = {**tag_keys(params.get("Tags")), **untag_keys(params, "TagKeys")}
        return [Access(action, text(params, "ResourceARN"), keys)]
    if operation == "DescribeEventBus":
        return [Access(action, _bus_arn(request.region, text(params, "Name")))]
    if operation == "PutEvents":
        return _entries(request)
    raise unknown(request)


def _rule_access(action: str, request: Request) -> list[Access]:
    params = request.params
    targets = structures(params, "Targets")
    tags = tag_keys(params.get("Tags"))
    resource = _rule_arn(request)
    keys: Context = {**tags, **_pattern_keys(text(params, "EventPattern"))}
    if targets:
        keys["events:TargetArn"] = tuple(dict.fromkeys(text(each, "Arn") for each in targets))
    accesses = [Access(action, resource, keys)]
    if tags:
        accesses.append(Access("events:TagResource", resource, tags))
    roles = [text(params, "RoleArn"), *(text(each, "RoleArn") for each in targets)]
    return [*accesses, *pass_roles(roles, _SERVICE)]


def _entries(request: Request) -> list[Access]:
    """Return one access per kind of event: each entry names its bus, and is judged by source and type."""
    kinds = {
        (text(each, "EventBusName"), text(each, "Source"), text(each, "DetailType")): None
        for each in structures(request.params, "Entries")
    }
    return [
        Access(
            "events:PutEvents",
            _bus_arn(request.region, bus),
            present({"events:source": source, "events:detail-type": detail_type}),
        )
        for bus, source, detail_type in kinds or [("", "", "")]
    ]


def _rule_arn(request: Request) -> str:
    name = text(request.params, _OF_RULES[request.operation])
    bus = _bus_name(text(request.params, "EventBusName"))
    # Rules of the default bus have ARNs that do not name it.
    return arn("events", request.region, f"rule/{name}" if bus == _DEFAULT_BUS else f"rule/{bus}/{name}")


def _bus_name(spelled: str) -> str:
    """Return a bus's name, given by it or by its ARN."""
    return spelled.partition(":event-bus/")[2] or spelled or _DEFAULT_BUS


def _bus_arn(region: str, spelled: str) -> str:
    return spelled if spelled.startswith("arn:") else arn("events", region, f"event-bus/{_bus_name(spelled)}")


def _pattern_keys(pattern: str) -> Context:
    """Return which sources and types of events a rule listens to; EventBridge judges a pattern, not we."""
    try:
        parsed: Any = json.loads(pattern) if pattern else {}
    except (ValueError, RecursionError):
        parsed = {}
    fields = parsed if isinstance(parsed, dict) else {}
    listed = {name: fields.get(name) for name in ("source", "detail-type")}
    words = {name: _words(values) for name, values in listed.items()}
    return {f"events:{name}": values for name, values in words.items() if values}


def _words(values: Any) -> tuple[str, ...]:
    return tuple(each for each in values if isinstance(each, str)) if isinstance(values, list) else ()
