"""Tags of what has an ARN: APIs, stages, API keys, usage plans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mllab_localaws.apigateway.errors import bad_request, not_found
from mllab_localaws.apigateway.plan_records import PlanRecords
from mllab_localaws.apigateway.records import RestApiRecords
from mllab_localaws.store import Record
from mllab_localaws.tagging import Tagged
from mllab_localaws.wire.call import Call, Reply, Service, operation

_ARN = re.compile(
    r"arn:aws:apigateway:(?P<region>[a-z0-9-]+)::/(?P<kind>restapis|apikeys|usageplans)/(?P<id>[^/]+)"
    r"(/stages/(?P<stage>[^/]+))?"
)
_MOST = 50


class Tags(Service):
    """TagResource, UntagResource, GetTags."""

    name = "apigateway"

    def __init__(self, apis: RestApiRecords, plans: PlanRecords) -> None:
        self._apis = apis
        self._plans = plans

    @operation
    def tag_resource(self, call: Call) -> Reply:
        """Add tags; a key that is there already gets the new value."""
        new = call.params["tags"]
        reserved = [key for key in new if key.lower().startswith("aws:")]
        if reserved:
            raise bad_request(f"Tag key {reserved[0]}: the prefix aws: is reserved for AWS's own tags.")
        self._change(call, lambda tags: {**tags, **new})
        return {}

    @operation
    def untag_resource(self, call: Call) -> Reply:
        """Remove tags by key; keys that are not there are ignored."""
        gone = set(call.params["tagKeys"])
        self._change(call, lambda tags: {key: value for key, value in tags.items() if key not in gone})
        return {}

    @operation
    def get_tags(self, call: Call) -> Reply:
        """Return a resource's tags; 50 fit on one page."""
        arn = _parse(call)
        if arn["kind"] == "apikeys":
            tagged = self._plans.key(call.region, arn["id"])
        elif arn["kind"] == "usageplans":
            tagged = self._plans.plan(call.region, arn["id"])["plan"]
        else:
            tagged = _tagged(self._apis.get(call.region, arn["id"]), arn["stage"])
        return {"tags": tagged.get("tags", {})}

    def tagged(self, region: str) -> Iterator[Tagged]:
        """Return every API, stage, key and usage plan that has tags."""
        prefix = f"arn:aws:apigateway:{region}::"
        for record in self._apis.list(region):
            api = f"{prefix}/restapis/{record['api']['id']}"
            yield api, record["api"].get("tags", {})
            for name, stage in record["stages"].items():
                yield f"{api}/stages/{name}", stage.get("tags", {})
        for key in self._plans.keys(region):
            yield f"{prefix}/apikeys/{key['id']}", key.get("tags", {})
        for record in self._plans.plans(region):
            yield f"{prefix}/usageplans/{record['plan']['id']}", record["plan"].get("tags", {})

    def _change(self, call: Call, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        def tag(tagged: Record) -> None:
            tags = change(tagged.get("tags", {}))
            if len(tags) > _MOST:
                raise bad_request(f"A resource has at most {_MOST} tags, not {len(tags)}.")
            tagged.pop("tags", None)
            if tags:
                tagged["tags"] = tags

        arn = _parse(call)
        if arn["kind"] == "apikeys":
            self._plans.change_key(call.region, arn["id"], tag)
        elif arn["kind"] == "usageplans":
            self._plans.change_plan(call.region, arn["id"], lambda record: tag(record["plan"]))
        else:
            self._apis.change(call.region, arn["id"], lambda record: tag(_tagged(record, arn["stage"])))


def _parse(call: Call) -> re.Match[str]:
    """Return the parts of the ARN that a request names.

    Raises: AwsError: it is none of ours, or of another region.
    """
    arn = _ARN.fullmatch(call.params["resourceArn"])
    if arn is None or (arn["stage"] and arn["kind"] != "restapis"):
        raise bad_request(f"Invalid ARN of an API Gateway resource: {call.params['resourceArn']}")
    if arn["region"] != call.region:
        raise not_found(f"{call.params['resourceArn']} is not in {call.region}.")
    return arn


def _tagged(record: Record, stage: str | None) -> Record:
    tagged: Record | None = record["stages"].get(stage) if stage else record["api"]
    if tagged is None:
        raise not_found("Invalid stage identifier specified")
    return tagged
