"""The stretch of time whose captured data are analysed.

`DataAnalysisStartTime` and `DataAnalysisEndTime`: ISO 8601 offsets from when the job runs, e.g. `-PT1H`.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ScheduleConfig.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from mllab_localaws.wire.errors import validation_error

NOW = "NOW"
LONGEST = timedelta(hours=24)
_OFFSET = re.compile(
    r"(?P<sign>-?)P(?:(?P<days>\d+)D)?(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


@dataclass(frozen=True)
class Window:
    """From `start` to `end`, both aware and in UTC."""

    start: datetime
    end: datetime

    def hours(self) -> Iterator[datetime]:
        """Yield the hours that it touches: captured data lie in a directory for each."""
        hour = self.start.replace(minute=0, second=0, microsecond=0)
        while hour < self.end:
            yield hour
            hour += timedelta(hours=1)


def check(config: Mapping[str, str]) -> None:
    """Refuse a ScheduleConfig that is not for now, or whose offsets make no window.

    Raises: AwsError: `ValidationException`.
    """
    window(config, 0.0)


def window(config: Mapping[str, str], now: float) -> Window:
    """Return the window of a ScheduleConfig for a job that runs at `now` (seconds since the epoch).

    Raises: AwsError: as `check` says.
    """
    expression = config.get("ScheduleExpression")
    if expression != NOW:
        raise validation_error(
            f'ScheduleExpression "{expression}" is not part of the local AWS, which has no recurring '
            f"monitoring schedules yet; use {NOW} with DataAnalysisStartTime and DataAnalysisEndTime."
        )
    start, end = (_offset(config, f"DataAnalysis{which}Time") for which in ("Start", "End"))
    if not start < end <= timedelta() or end - start > LONGEST:
        raise validation_error(
            f"DataAnalysisStartTime {config['DataAnalysisStartTime']} and DataAnalysisEndTime "
            f"{config['DataAnalysisEndTime']} must be offsets into the past, the start before the end, "
            "at most 24 hours apart, e.g. -PT1H and -PT0H."
        )
    moment = datetime.fromtimestamp(now, timezone.utc)
    return Window(moment + start, moment + end)


def text(moment: datetime) -> str:
    """Return a moment as the analyzer reads it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _offset(config: Mapping[str, str], member: str) -> timedelta:
    if member not in config:
        raise validation_error(f"ScheduleExpression {NOW} needs {member}, e.g. -PT1H.")
    match = _OFFSET.fullmatch(config[member])
    parts = {} if match is None else {k: int(v) for k, v in match.groupdict().items() if k != "sign" and v}
    if match is None or not parts:
        raise validation_error(f'{member} "{config[member]}" is no ISO 8601 offset such as -PT1H or -P1D.')
    length = timedelta(**{unit: min(number, 10**6) for unit, number in parts.items()})
    return -length if match["sign"] else length
