"""Tags of alarms and dashboards, by ARN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from mllab_localaws.cloudwatch.errors import invalid
from mllab_localaws.platform import Platform
from mllab_localaws.store import AlreadyExistsError, Record, Store
from mllab_localaws.tagging import Tagged
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError

_KIND = "cloudwatch-tags"
_MOST_TAGS = 50
TagMap = dict[str, str]


def check(tags: Sequence[Mapping[str, str]]) -> TagMap:
    """Return a request's tags by key.

    Raises: AwsError: `InvalidParameterValue`, a key is there twice, is AWS's own, or there are too many.
    """
    keys = [tag["Key"] for tag in tags]
    if len(set(keys)) < len(keys):
        raise invalid("Duplicate tag keys found.")
    reserved = [key for key in keys if key.lower().startswith("aws:")]
    if reserved:
        raise invalid(f"Tag key {reserved[0]}: the prefix aws: is reserved for AWS's own tags.")
    return _few_enough({tag["Key"]: tag["Value"] for tag in tags})


def attach(store: Store, region: str, arn: str, tags: TagMap) -> None:
    """Remember a new resource and its tags."""
    try:
        store.insert(_KIND, region, arn, {"Arn": arn, "Tags": tags})
    except AlreadyExistsError:
        store.update(_KIND, region, arn, Tags=tags)


def detach(store: Store, region: str, arn: str) -> None:
    """Forget a deleted resource and its tags."""
    store.delete(_KIND, region, arn)


def tagged(store: Store, region: str) -> Iterator[Tagged]:
    """Return every alarm and dashboard that has tags."""
    return ((record["Arn"], record["Tags"]) for record in store.list(_KIND, region) if record["Tags"])


class Tagging(Service):
    """TagResource, UntagResource, ListTagsForResource."""

    name = "cloudwatch"

    def __init__(self, platform: Platform) -> None:
        self._store = platform.store

    @operation
    def tag_resource(self, call: Call) -> Reply:
        """Add tags to a resource; a key that is there already gets the new value."""
        new = check(call.params["Tags"])
        self._change(call, lambda tags: _few_enough({**tags, **new}))
        return {}

    @operation
    def untag_resource(self, call: Call) -> Reply:
        """Remove tags by key; keys that are not there are ignored."""
        gone = set(call.params["TagKeys"])
        self._change(call, lambda tags: {key: value for key, value in tags.items() if key not in gone})
        return {}

    @operation
    def list_tags_for_resource(self, call: Call) -> Reply:
        """Return a resource's tags, by key."""
        record = self._store.get(_KIND, call.region, call.params["ResourceARN"])
        tags = _existing(record, call)["Tags"]
        return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}

    def _change(self, call: Call, change: Callable[[TagMap], TagMap]) -> None:
        arn = call.params["ResourceARN"]
        record = self._store.modify(
            _KIND, call.region, arn, lambda record: {**record, "Tags": change(record["Tags"])}
        )
        _existing(record, call)


def _few_enough(tags: TagMap) -> TagMap:
    if len(tags) > _MOST_TAGS:
        raise invalid(f"A resource has at most {_MOST_TAGS} tags, not {len(tags)}.")
    return tags


def _existing(record: Record | None, call: Call) -> Record:
    if record is None:
        arn = call.params["ResourceARN"]
        members = {"ResourceType": "alarm or dashboard", "ResourceId": arn}
        message = f"There is no alarm and no dashboard {arn}."
        raise AwsError("ResourceNotFoundException", message, status=404, members=members)
    return record
