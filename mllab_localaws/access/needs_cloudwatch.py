"""What requests to CloudWatch need.

Source: the Service Authorization Reference for Amazon CloudWatch.
"""

from __future__ import annotations

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import arn, present, tag_keys, text, texts, unknown, untag_keys

_OF_ALARMS = (
    "DeleteAlarms",
    "DisableAlarmActions",
    "EnableAlarmActions",
    "PutCompositeAlarm",
    "PutMetricAlarm",
    "SetAlarmState",
)
# Names in a request narrow nothing: AWS's denials name `alarm:*`.
_OF_ALL_ALARMS = ("DescribeAlarms",)
_OF_DASHBOARDS = ("DeleteDashboards", "GetDashboard", "PutDashboard")
_OF_NOTHING = (
    "DescribeAlarmsForMetric",
    "GetMetricData",
    "GetMetricStatistics",
    "GetMetricWidgetImage",
    "ListDashboards",
    "ListMetrics",
    "PutMetricData",
)
_TAGGING = ("ListTagsForResource", "TagResource", "UntagResource")


def needed(request: Request) -> list[Access]:
    """Return what a request to CloudWatch needs.

    Raises: LookupError: no rule covers the operation.
    """
    operation, params = request.operation, request.params
    resources = _resources(request)
    tags = tag_keys(params.get("Tags"))
    keys = {**tags, **untag_keys(params, "TagKeys")}
    if operation == "PutMetricData":
        keys |= present({"cloudwatch:namespace": text(params, "Namespace")})
    if texts(params, "AlarmActions"):
        keys["cloudwatch:AlarmActions"] = tuple(texts(params, "AlarmActions"))
    accesses = [Access(f"cloudwatch:{operation}", resource, keys) for resource in resources]
    if tags and operation.startswith("Put"):
        accesses.append(Access("cloudwatch:TagResource", resources[0], tags))
    return accesses


def _resources(request: Request) -> list[str]:
    operation, params = request.operation, request.params
    if operation in _OF_NOTHING:
        return ["*"]
    if operation in _TAGGING:
        return [text(params, "ResourceARN")]
    if operation in _OF_DASHBOARDS:
        names = texts(params, "DashboardNames") or [text(params, "DashboardName")]
        return [arn("cloudwatch", "", f"dashboard/{name}") for name in names]
    if operation in _OF_ALARMS:
        names = texts(params, "AlarmNames") or [text(params, "AlarmName")]
    elif operation in _OF_ALL_ALARMS:
        names = ["*"]
    elif operation == "DescribeAlarmHistory":
        names = [text(params, "AlarmName") or "*"]
    else:
        raise unknown(request)
    return [arn("cloudwatch", request.region, f"alarm:{name}") for name in names]
