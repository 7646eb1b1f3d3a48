"""Who may call and how often: API keys and usage plans as the request path needs them, in memory.

Source: API Gateway Developer Guide, "Usage plans and API keys for REST APIs".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mllab_localaws.store import Record

ApiStage = tuple[str, str]


@dataclass(frozen=True)
class Limit:
    """A token bucket's size.

    Attributes:
        rate: requests per second that come back.
        burst: requests that a full bucket holds.
    """

    rate: float
    burst: int


@dataclass(frozen=True)
class Quota:
    """Requests per period; `period` is DAY, WEEK or MONTH, `offset` the day on which it begins."""

    limit: int
    period: str
    offset: int = 0


@dataclass(frozen=True)
class Plan:
    """A usage plan, as one API stage sees it.

    Attributes: methods: limits of single methods, by resource path and method.
    """

    id: str
    throttle: Limit | None = None
    quota: Quota | None = None
    methods: Mapping[tuple[str, str], Limit] = field(default_factory=dict)


@dataclass(frozen=True)
class ApiKey:
    """An API key; its value is what a caller sends."""

    id: str
    value: str
    enabled: bool


Region = tuple[Mapping[str, ApiKey], Mapping[tuple[ApiStage, str], Plan]]


class Access:
    """Finds a caller's key and plan. Each region is replaced as a whole, so readers need no lock."""

    def __init__(self) -> None:
        self._regions: dict[str, Region] = {}

    def replace(self, region: str, keys: Sequence[Record], plans: Sequence[Record]) -> None:
        """Take over what the control plane knows of a region."""
        by_value = {key["value"]: ApiKey(key["id"], key["value"], key["enabled"]) for key in keys}
        self._regions[region] = (by_value, dict(_entries(plans)))

    def find(self, region: str, value: str, stage: ApiStage) -> tuple[ApiKey, Plan] | None:
        """Return key and plan by which a stage may be called; None: unknown, disabled, or in no such plan."""
        keys, plans = self._regions.get(region, ({}, {}))
        key = keys.get(value)
        if key is None or not key.enabled:
            return None
        plan = plans.get((stage, key.id))
        return None if plan is None else (key, plan)


def limit(throttle: Mapping[str, float]) -> Limit | None:
    """Return a record's throttle as a limit; what it does not say is not limited."""
    if not throttle:
        return None
    return Limit(throttle.get("rateLimit", float("inf")), int(throttle.get("burstLimit", 2**31 - 1)))


def _entries(plans: Sequence[Record]) -> Iterator[tuple[tuple[ApiStage, str], Plan]]:
    for record in plans:
        quota = record["plan"].get("quota")
        for stage in record["plan"].get("apiStages", ()):
            methods = {}
            for method, throttle in stage.get("throttle", {}).items():
                path, _, http_method = method.rpartition("/")
                methods[path, http_method] = Limit(throttle["rateLimit"], throttle["burstLimit"])
            plan = Plan(
                record["plan"]["id"],
                limit(record["plan"].get("throttle", {})),
                Quota(quota["limit"], quota["period"], quota.get("offset", 0)) if quota else None,
                methods,
            )
            for key_id in record["keys"]:
                yield ((stage["apiId"], stage["stage"]), key_id), plan
