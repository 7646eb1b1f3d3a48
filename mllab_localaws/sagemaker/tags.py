"""Tags of every SageMaker resource, by ARN.

A service calls `attach` when it creates a resource (with or without tags) and `detach` when it deletes one;
what was never attached does not exist for AddTags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from mllab_localaws.platform import Platform
from mllab_localaws.store import AlreadyExistsError, Record, Store
from mllab_localaws.tagging import Tagged
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import validation_error

MOST_TAGS = 50
_KIND = "tags"

TagList = Sequence[Mapping[str, str]]


def check(tags: TagList) -> dict[str, str]:
    """Return a request's tags by key.

    Raises: AwsError: `ValidationException`, a key is there twice or is AWS's own.
    """
    keys = [tag["Key"] for tag in tags]
    if len({key.lower() for key in keys}) < len(keys):
        raise validation_error("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    reserved = [key for key in keys if key.lower().startswith("aws:")]
    if reserved:
        raise validation_error(f"Tag key {reserved[0]}: the prefix aws: is reserved for AWS's own tags.")
    return {tag["Key"]: tag["Value"] for tag in tags}


def attach(store: Store, region: str, arn: str, tags: TagList = ()) -> None:
    """Remember a new resource and its tags.

    Raises: AwsError: `ValidationException`, as `check` says.
    """
    record = {"Arn": arn, "Tags": check(tags)}
    try:
        store.insert(_KIND, region, arn.lower(), record)
    except AlreadyExistsError:
        store.update(_KIND, region, arn.lower(), **record)


def detach(store: Store, region: str, arn: str) -> None:
    """Forget a deleted resource and its tags."""
    store.delete(_KIND, region, arn.lower())


def of(store: Store, region: str, arn: str) -> dict[str, str]:
    """Return a resource's tags by key, empty when it has none or is gone."""
    record = store.get(_KIND, region, arn.lower())
    return {} if record is None else dict(record["Tags"])


def tagged(store: Store, region: str) -> Iterator[Tagged]:
    """Return every resource that has tags."""
    return ((record["Arn"], record["Tags"]) for record in store.list(_KIND, region) if record["Tags"])


class Tags(Service):
    """AddTags, ListTags, DeleteTags."""

    name = "sagemaker"

    def __init__(self, platform: Platform) -> None:
        self._store = platform.store

    @operation
    def add_tags(self, call: Call) -> Reply:
        """Add tags to a resource; a key that is there already gets the new value."""
        new = check(call.params["Tags"])
        return {"Tags": _as_list(self._change(call, lambda tags: {**tags, **new}))}

    @operation
    def list_tags(self, call: Call) -> Reply:
        """Return a resource's tags, by key; 50 fit on one page."""
        record = self._store.get(_KIND, call.region, call.params["ResourceArn"].lower())
        return {"Tags": _as_list(_existing(record, call)["Tags"])}

    @operation
    def delete_tags(self, call: Call) -> Reply:
        """Remove tags by key; keys that are not there are ignored."""
        gone = set(call.params["TagKeys"])
        self._change(call, lambda tags: {key: value for key, value in tags.items() if key not in gone})
        return {}

    def _change(self, call: Call, change: Callable[[dict[str, str]], dict[str, str]]) -> dict[str, str]:
        def changed(record: Record) -> Record:
            tags = change(record["Tags"])
            if len(tags) > MOST_TAGS:
                raise validation_error(f"A resource has at most {MOST_TAGS} tags, not {len(tags)}.")
            return {**record, "Tags": tags}

        record = self._store.modify(_KIND, call.region, call.params["ResourceArn"].lower(), changed)
        tags: dict[str, str] = _existing(record, call)["Tags"]
        return tags


def _existing(record: Record | None, call: Call) -> Record:
    if record is None:
        raise validation_error(f'Could not find resource "{call.params["ResourceArn"]}".')
    return record


def _as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
