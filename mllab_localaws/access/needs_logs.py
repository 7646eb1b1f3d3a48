"""What requests to CloudWatch Logs need.

Source: the Service Authorization Reference for Amazon CloudWatch Logs. A log group's ARN ends in its name
there, and in `:log-stream:` in AWS's denials. Policies follow the denials: they must end in `:*` to allow
anything but tagging, as the guide says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import arn, pass_roles, tag_keys, text, texts, untag_keys
from mllab_localaws.moto_backend import log_group_in

_OF_STREAMS = ("CreateLogStream", "DeleteLogStream", "GetLogEvents", "PutLogEvents")
# They are asked of all groups, which AWS's denials write as a group without a name.
_OF_ALL_GROUPS = ("DescribeLogGroups", "GetLogRecord", "GetQueryResults")
# Though they name log groups, the reference knows no resource of theirs.
_OF_NOTHING = (
    "DeleteIndexPolicy",
    "DeleteSyslogConfiguration",
    "DescribeFieldIndexes",
    "DescribeIndexPolicies",
    "DescribeQueries",
    "ListSyslogConfigurations",
    "PutIndexPolicy",
    "PutQueryDefinition",
    "PutSyslogConfiguration",
)
# Nor are these asked of the groups that they will read.
_OF_QUERIES = ("CreateScheduledQuery", "UpdateScheduledQuery")
_TAGGING = ("ListTagsForResource", "TagResource", "UntagResource")
_GROUP_MEMBERS = ("logGroupName", "logGroupIdentifier", "resourceIdentifier")
_GROUP_LISTS = ("logGroupNames", "logGroupIdentifiers", "logGroupArnList")
# Resources that are no log groups, by the end of the operations' names.
_OTHERS = {
    "DeliveryDestinationPolicy": "delivery-destination",
    "DeliveryDestination": "delivery-destination",
    "DeliverySource": "delivery-source",
    "DestinationPolicy": "destination",
    "Destination": "destination",
    "Delivery": "delivery",
    "DeliveryConfiguration": "delivery",
    "LookupTable": "lookup-table",
    "ScheduledQuery": "scheduled-query",
    "ScheduledQueryHistory": "scheduled-query",
    "Anomaly": "anomaly-detector",
    "AnomalyDetector": "anomaly-detector",
}
_NAMES = (
    "destinationName",
    "deliveryDestinationName",
    "anomalyDetectorArn",
    "lookupTableArn",
    "lookupTableName",
    "identifier",
    "name",
    "id",
)


def needed(request: Request) -> list[Access]:
    """Return what a request to CloudWatch Logs needs."""
    operation, params = request.operation, request.params
    tags = params.get("tags")
    # UntagLogGroup lists keys where the others have a map.
    keys = {**tag_keys(tags), **untag_keys(params, "tags"), **untag_keys(params, "tagKeys")}
    resources = _resources(request)
    accesses = [Access(f"logs:{operation}", resource, keys) for resource in resources]
    if operation == "CreateLogGroup" and keys:
        accesses.append(Access("logs:TagResource", _group_to_tag(request), keys))
    destination = text(params, "destinationArn")
    if ":logs:" in destination:
        accesses.append(Access(f"logs:{operation}", destination))
    roles = [text(params, "roleArn"), text(params, "importRoleArn"), text(params, "executionRoleArn")]
    return [*accesses, *pass_roles(roles, "logs.amazonaws.com")]


def _resources(request: Request) -> list[str]:
    operation, params = request.operation, request.params
    if operation in _TAGGING:
        return [text(params, "resourceArn").removesuffix(":*")]
    if operation in _OF_ALL_GROUPS:
        return [_stream_arn(request.region, "", "")]
    if operation in _OF_NOTHING:
        return ["*"]
    stream = text(params, "logStreamName") if operation in _OF_STREAMS else ""
    groups = _groups(params)
    if groups and operation not in _OF_QUERIES:
        return [_stream_arn(request.region, group, stream) for group in groups]
    return [_other(request) or "*"]


def _groups(params: Mapping[str, Any]) -> list[str]:
    """Return the names of the log groups of a request, each once."""
    spelled = [text(params, name) for name in _GROUP_MEMBERS]
    spelled += [each for name in _GROUP_LISTS for each in texts(params, name)]
    return list(dict.fromkeys(log_group_in(each) for each in spelled if each))


def _stream_arn(region: str, group: str, stream: str) -> str:
    return arn("logs", region, f"log-group:{group}:log-stream:{stream}")


def _group_to_tag(request: Request) -> str:
    return arn("logs", request.region, f"log-group:{text(request.params, 'logGroupName')}")


def _other(request: Request) -> str | None:
    """Return the ARN of a resource that is no log group; None for a request about nothing that has one."""
    ends = sorted((end for end in _OTHERS if request.operation.endswith(end)), key=len)
    if not ends or request.operation.startswith(("List", "Describe")):
        return None
    name = text(request.params, *_NAMES) or "*"
    return name if name.startswith("arn:") else arn("logs", request.region, f"{_OTHERS[ends[-1]]}:{name}")
