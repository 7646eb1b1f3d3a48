"""Which tags decide who may touch a resource of API Gateway: its own, and those that it inherits.

Source: API Gateway's guide, "API Gateway resources that can be tagged": what is in a RestApi inherits its
tags, the keys in a UsagePlan those of the plan; for access control only.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from mllab_localaws.apigateway.plan_records import KEY, PLAN
from mllab_localaws.apigateway.records import KIND
from mllab_localaws.store import Record, Store


def tags(store: Store, arn: str) -> Mapping[str, str]:
    """Return the tags of a resource, those that it inherits included; none when it is not there.

    Args: arn: `arn:aws:apigateway:<region>::/<path>`.
    """
    _, _, _, region, _, path = arn.split(":", 5)
    kind, name, *inside = [unquote(part) for part in path.strip("/").split("/")] + [""]
    if kind == "restapis":
        record = store.get(KIND, region, name)
        return {} if record is None else _of_api(record, inside)
    if kind == "usageplans":
        record = store.get(PLAN, region, name)
        return {} if record is None else _own(record["plan"])
    if kind == "apikeys":
        return _own(store.get(KEY, region, name) or {})
    return {}


def _of_api(record: Record, inside: list[str]) -> Mapping[str, str]:
    stage = record["stages"].get(inside[1], {}) if inside[0:1] == ["stages"] else {}
    return {**_own(record["api"]), **_own(stage)}


def _own(tagged: Record) -> dict[str, str]:
    return dict(tagged.get("tags", {}))
