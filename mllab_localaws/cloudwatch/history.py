"""What happened to alarms, the latest of each region; AWS keeps it for thirty days."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

_MOST_ITEMS = 5_000
_LONGEST_DATA = 4_095


class History:
    """Items of DescribeAlarmHistory; they outlive their alarms."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: defaultdict[str, deque[dict[str, Any]]] = defaultdict(lambda: deque(maxlen=_MOST_ITEMS))

    def add(
        self, region: str, alarm: str, item_type: str, *, summary: str, data: Mapping[str, Any], time: float
    ) -> None:
        """Add an item.

        Args: item_type: `ConfigurationUpdate`, `StateUpdate` or `Action`.
        """
        text = json.dumps({"version": "1.0", **data}, separators=(",", ":"))
        item = {
            "AlarmName": alarm,
            "AlarmType": "MetricAlarm",
            "Timestamp": time,
            "HistoryItemType": item_type,
            "HistorySummary": summary[:255],
            # Half a JSON text would help nobody.
            "HistoryData": text if len(text) <= _LONGEST_DATA else '{"version":"1.0"}',
        }
        with self._lock:
            self._items[region].append(item)

    def items(self, region: str) -> list[dict[str, Any]]:
        """Return the items of a region, oldest first."""
        with self._lock:
            return list(self._items[region]) if region in self._items else []
