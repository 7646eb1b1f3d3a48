"""List operations: filter by name, status and time, sort, and hand out pages.

SageMaker's List operations share these parameters; a member that an operation does not have is simply absent.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mllab_localaws.store import Record
from mllab_localaws.wire.errors import AwsError, validation_error

PAGE_SIZE = 10
_TIME_FILTERS = {
    "CreationTimeAfter": ("CreationTime", 1),
    "CreationTimeBefore": ("CreationTime", -1),
    "LastModifiedTimeAfter": ("LastModifiedTime", 1),
    "LastModifiedTimeBefore": ("LastModifiedTime", -1),
}


@dataclass(frozen=True)
class Listing:
    """What one List operation calls its members.

    Attributes:
        name: record member that holds the name, e.g. `TrainingJobName`.
        status: record member that `StatusEquals` is compared with.
        sort_by: default of `SortBy`: Name, CreationTime, LastModifiedTime or Status.
        sort_order: default of `SortOrder`.
    """

    name: str
    status: str | None = None
    sort_by: str = "CreationTime"
    sort_order: str = "Ascending"

    def page(
        self, records: Sequence[Record], params: Mapping[str, Any]
    ) -> tuple[list[Record], dict[str, str]]:
        """Return one page of records, and `{"NextToken": ...}` when there are more.

        Raises: AwsError: `ValidationException`, the token is not one of ours.
        """
        member = self._sort_member(params.get("SortBy", self.sort_by))
        chosen = [record for record in records if self._matches(record, params)]
        descending = params.get("SortOrder", self.sort_order) == "Descending"
        chosen.sort(key=lambda record: self._position(record, member), reverse=descending)
        if token := params.get("NextToken"):
            last = _decode(token, member)
            try:
                chosen = [
                    record for record in chosen if _is_after(self._position(record, member), last, descending)
                ]
            except TypeError as error:
                raise _invalid_token() from error
        size = params.get("MaxResults", PAGE_SIZE)
        if len(chosen) <= size:
            return chosen, {}
        return chosen[:size], {"NextToken": _encode(self._position(chosen[size - 1], member), member)}

    def _sort_member(self, sort_by: str) -> str:
        return {"Name": self.name, "Status": self.status or self.name}.get(sort_by, sort_by)

    def _position(self, record: Record, member: str) -> list[Any]:
        # The name tells records of the same second apart, so that a token marks one place.
        return [record[member], record[self.name]]

    def _matches(self, record: Record, params: Mapping[str, Any]) -> bool:
        if params.get("NameContains", "").lower() not in record[self.name].lower():
            return False
        if self.status and params.get("StatusEquals", record[self.status]) != record[self.status]:
            return False
        return all(
            (record[member] - _seconds(params[name])) * direction > 0
            for name, (member, direction) in _TIME_FILTERS.items()
            if name in params
        )


def _seconds(time: datetime | float) -> float:
    return time.timestamp() if isinstance(time, datetime) else float(time)


def _is_after(position: list[Any], last: list[Any], descending: bool) -> bool:
    return position < last if descending else position > last


def _encode(position: list[Any], member: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([member, *position]).encode()).decode()


def _decode(token: str, member: str) -> list[Any]:
    try:
        sorted_by, value, name = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError):
        sorted_by = value = name = None
    if sorted_by != member:
        raise _invalid_token()
    return [value, name]


def _invalid_token() -> AwsError:
    return validation_error("Invalid NextToken: pass that of the previous page, and its other parameters.")
