"""Tags of functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mllab_localaws.lambda_.names import KIND, arn, find, invalid, not_found
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record, Store
from mllab_localaws.tagging import Tagged
from mllab_localaws.wire.call import Call, Reply, Service, operation

_MOST_TAGS = 50


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse too many tags, and AWS's own.

    Raises: AwsError: `InvalidParameterValueException`.
    """
    if len(tags) > _MOST_TAGS:
        raise invalid(f"A function has at most {_MOST_TAGS} tags, not {len(tags)}.")
    reserved = [key for key in tags if key.lower().startswith("aws:")]
    if reserved:
        raise invalid(f"Tag key {reserved[0]}: the prefix aws: is reserved for AWS's own tags.")


def tagged(store: Store, region: str) -> Iterator[Tagged]:
    """Return every function that has tags."""
    return (
        (arn(region, record["Name"]), record["Tags"]) for record in store.list(KIND, region) if record["Tags"]
    )


class FunctionTags(Service):
    """TagResource, UntagResource, ListTags."""

    name = "lambda"

    def __init__(self, platform: Platform) -> None:
        self._store = platform.store

    @operation
    def tag_resource(self, call: Call) -> Reply:
        """Add tags; a key that is there already gets the new value."""
        self._change(call, {}, call.params["Tags"])
        return {}

    @operation
    def untag_resource(self, call: Call) -> Reply:
        """Remove tags by key; keys that are not there are ignored."""
        self._change(call, dict.fromkeys(call.params["TagKeys"], ""), {})
        return {}

    @operation
    def list_tags(self, call: Call) -> Reply:
        """Return a function's tags."""
        return {"Tags": find(self._store, call.region, call.params["Resource"])["Tags"]}

    def _change(self, call: Call, gone: Mapping[str, str], new: Mapping[str, str]) -> None:
        name = find(self._store, call.region, call.params["Resource"])["Name"]

        def changed(record: Record) -> Record:
            tags = {key: value for key, value in record["Tags"].items() if key not in gone} | dict(new)
            check_tags(tags)
            return {**record, "Tags": tags}

        if self._store.modify(KIND, call.region, name, changed) is None:
            raise not_found(call.params["Resource"])
