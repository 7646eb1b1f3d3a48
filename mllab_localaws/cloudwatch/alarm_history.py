"""DescribeAlarmHistory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.cloudwatch.history import History
from mllab_localaws.cloudwatch.paging import page
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.validation import refuse_others

_ITEMS_PER_PAGE = 100
_KNOWN = (
    "AlarmName",
    "AlarmTypes",
    "HistoryItemType",
    "StartDate",
    "EndDate",
    "MaxRecords",
    "NextToken",
    "ScanBy",
)


class AlarmHistory(Service):
    """DescribeAlarmHistory."""

    name = "cloudwatch"

    def __init__(self, history: History) -> None:
        self._history = history

    @operation
    def describe_alarm_history(self, call: Call) -> Reply:
        """Return what happened to an alarm, or to all of them, latest first."""
        params = call.params
        refuse_others(params, _KNOWN, "DescribeAlarmHistory")
        items = [item for item in self._history.items(call.region) if _matches(item, params)]
        if params.get("ScanBy", "TimestampDescending") == "TimestampDescending":
            items.reverse()
        shown, token = page(items, params.get("NextToken"), params.get("MaxRecords", _ITEMS_PER_PAGE))
        return {"AlarmHistoryItems": shown, **token}


def _matches(item: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    if item["AlarmType"] not in params.get("AlarmTypes", ("MetricAlarm",)):
        return False
    if any(params.get(name, item[name]) != item[name] for name in ("AlarmName", "HistoryItemType")):
        return False
    time = item["Timestamp"]
    after = "StartDate" not in params or time >= params["StartDate"].timestamp()
    return after and ("EndDate" not in params or time <= params["EndDate"].timestamp())
