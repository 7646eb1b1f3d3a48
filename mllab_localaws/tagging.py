"""The Resource Groups Tagging API: what carries a tag, whichever service it belongs to.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.validation import refuse_others

# A resource: its ARN and its tags.
Tagged = tuple[str, Mapping[str, str]]
# Returns what one service has in a region.
Source = Callable[[str], Iterable[Tagged]]

_PER_PAGE, _MOST_PER_PAGE = 50, 100
_TAKEN = ("TagFilters", "ResourceTypeFilters", "ResourceARNList", "ResourcesPerPage", "PaginationToken")
# Services whose ARNs name no type.
_ONLY_TYPE = {"s3": "bucket", "sns": "topic", "sqs": "queue"}


class TaggedResources(Service):
    """GetResources.

    Args: sources: one per service; IAM is none of them, as on AWS.
    """

    name = "resourcegroupstaggingapi"

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    @operation
    def get_resources(self, call: Call) -> Reply:
        """Return what is tagged in a region and satisfies all filters, by ARN.

        Raises: AwsError: `InvalidParameterException`.
        """
        params = call.params
        refuse_others(params, _TAKEN, "GetResources", _invalid)
        _check(params)
        after = _decode(params.get("PaginationToken", ""))
        found = sorted(
            (arn, tags)
            for source in self._sources
            for arn, tags in source(call.region)
            if tags and arn > after and _matches(arn, tags, params)
        )
        size = params.get("ResourcesPerPage") or _PER_PAGE
        return {
            "PaginationToken": _encode(found[size - 1][0]) if len(found) > size else "",
            "ResourceTagMappingList": [_mapping(arn, tags) for arn, tags in found[:size]],
        }


def _check(params: Mapping[str, Any]) -> None:
    others = [name for name in _TAKEN if name != "ResourceARNList" and params.get(name)]
    if params.get("ResourceARNList") and others:
        raise _invalid(f"ResourceARNList cannot be combined with {', '.join(others)}.")
    if not 1 <= params.get("ResourcesPerPage", _PER_PAGE) <= _MOST_PER_PAGE:
        raise _invalid(f"ResourcesPerPage must be between 1 and {_MOST_PER_PAGE}.")
    if not all(each.get("Key") for each in params.get("TagFilters", ())):
        raise _invalid("Each of TagFilters needs a Key.")


def _matches(arn: str, tags: Mapping[str, str], params: Mapping[str, Any]) -> bool:
    arns, types = params.get("ResourceARNList"), params.get("ResourceTypeFilters")
    if (arns and arn not in arns) or (types and not _is_of(arn, types)):
        return False
    return all(
        each["Key"] in tags and (not each.get("Values") or tags[each["Key"]] in each["Values"])
        for each in params.get("TagFilters", ())
    )


def _is_of(arn: str, types: Sequence[str]) -> bool:
    """Say whether a resource is of one of these types, `service` or `service:type`."""
    _, _, service, _, _, resource = arn.split(":", 5)
    kind = _ONLY_TYPE.get(service) or resource.replace(":", "/").strip("/").partition("/")[0]
    return service in types or f"{service}:{kind}" in types


def _mapping(arn: str, tags: Mapping[str, str]) -> Reply:
    return {
        "ResourceARN": arn,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())],
    }


def _encode(arn: str) -> str:
    return base64.urlsafe_b64encode(arn.encode()).decode()


def _decode(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError as error:  # no base64, or no ASCII, or not of UTF-8
        raise _invalid("The PaginationToken is not one that GetResources returned.") from error


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
