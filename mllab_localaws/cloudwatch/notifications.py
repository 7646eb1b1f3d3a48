"""What an alarm says when its state changes: to SNS, to Lambda, to EventBridge."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from botocore.loaders import create_loader

from mllab_localaws.cloudwatch.alarm import ACTION_LISTS, shown, statistic_name
from mllab_localaws.cloudwatch.reasons import timestamp
from mllab_localaws.events.bus import Event
from mllab_localaws.events.deliveries import Delivery, service_of
from mllab_localaws.platform import ACCOUNT
from mllab_localaws.store import Record

_LAMBDA_PRINCIPAL = "lambda.alarms.cloudwatch.amazonaws.com"
_SNS_PRINCIPAL = "cloudwatch.amazonaws.com"
_LONGEST_SUBJECT = 100


def delivery(region: str, action: str, old: Record, new: Record) -> Delivery:
    """Return the message to one action."""
    if service_of(action) == "lambda":
        body = json.dumps(_lambda_event(region, old, new))
        return Delivery(action, body, source_arn=new["AlarmArn"], principal=_LAMBDA_PRINCIPAL)
    subject = f'{new["StateValue"]}: "{new["AlarmName"]}" in {region_name(region)}'
    return Delivery(
        action,
        json.dumps(sns_message(region, old, new)),
        source_arn=new["AlarmArn"],
        principal=_SNS_PRINCIPAL,
        subject=subject[:_LONGEST_SUBJECT],
    )


def sns_message(region: str, old: Record, new: Record) -> dict[str, Any]:
    """Return the JSON that a topic's subscribers get as message."""
    return {
        "AlarmName": new["AlarmName"],
        "AlarmDescription": new.get("AlarmDescription"),
        "AWSAccountId": ACCOUNT,
        "AlarmConfigurationUpdatedTimestamp": timestamp(new["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": new["StateValue"],
        "NewStateReason": new["StateReason"],
        "StateChangeTime": timestamp(new["StateUpdatedTimestamp"]),
        "Region": region_name(region),
        "AlarmArn": new["AlarmArn"],
        "OldStateValue": old["StateValue"],
        **{member: new[member] for member in sorted(ACTION_LISTS.values(), reverse=True)},
        "Trigger": _trigger(new),
    }


def event(region: str, old: Record, new: Record) -> Event:
    """Return what EventBridge's rules see."""
    detail = {
        "alarmName": new["AlarmName"],
        "configuration": _configuration(new),
        "previousState": _state(old),
        "state": _state(new),
    }
    return Event(
        region,
        "aws.cloudwatch",
        "CloudWatch Alarm State Change",
        detail,
        new["StateUpdatedTimestamp"],
        (new["AlarmArn"],),
    )


@cache
def region_name(region: str) -> str:
    """Return a region's display name, e.g. `US East (N. Virginia)`."""
    for partition in create_loader().load_data("endpoints")["partitions"]:
        if region in partition["regions"]:
            # Alarms write the older form.
            return str(partition["regions"][region]["description"]).replace("Europe (", "EU (")
    return region


def _trigger(alarm: Record) -> dict[str, Any]:
    kind = "Statistic" if "Statistic" in alarm else "ExtendedStatistic"
    name = statistic_name(alarm)
    trigger = {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": kind,
        kind: name.upper() if kind == "Statistic" else name,
        "Unit": alarm.get("Unit"),
        "Dimensions": [_lower(dimension) for dimension in alarm["Dimensions"]],
        "Period": alarm["Period"],
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm"),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm.get("TreatMissingData", ""),
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile", ""),
    }
    if trigger["DatapointsToAlarm"] is None:
        del trigger["DatapointsToAlarm"]
    return trigger


def _lower(dimension: dict[str, str]) -> dict[str, str]:
    return {"value": dimension["Value"], "name": dimension["Name"]}


def _lambda_event(region: str, old: Record, new: Record) -> dict[str, Any]:
    return {
        "source": "aws.cloudwatch",
        "alarmArn": new["AlarmArn"],
        "accountId": ACCOUNT,
        "time": timestamp(new["StateUpdatedTimestamp"]),
        "region": region,
        "alarmData": {
            "alarmName": new["AlarmName"],
            "state": _state(new),
            "previousState": _state(old),
            "configuration": _configuration(new),
        },
    }


def _state(alarm: Record) -> dict[str, Any]:
    state = {
        "value": alarm["StateValue"],
        "reason": alarm["StateReason"],
        "timestamp": timestamp(alarm["StateUpdatedTimestamp"]),
    }
    data = shown(alarm).get("StateReasonData")
    return state if data is None else {**state, "reasonData": data}


def _configuration(alarm: Record) -> dict[str, Any]:
    metric = {
        "namespace": alarm["Namespace"],
        "name": alarm["MetricName"],
        "dimensions": {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]},
    }
    watched: dict[str, Any] = {"metric": metric, "period": alarm["Period"], "stat": statistic_name(alarm)}
    if "Unit" in alarm:
        watched["unit"] = alarm["Unit"]
    configuration: dict[str, Any] = {"metrics": [{"id": "m1", "metricStat": watched, "returnData": True}]}
    if "AlarmDescription" in alarm:
        configuration["description"] = alarm["AlarmDescription"]
    return configuration
