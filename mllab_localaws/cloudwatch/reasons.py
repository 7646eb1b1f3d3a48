"""Why an alarm is in its state: the sentence of `StateReason` and the JSON of `StateReasonData`."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from mllab_localaws.cloudwatch.alarm import statistic_name
from mllab_localaws.cloudwatch.evaluation import ALARM, INSUFFICIENT_DATA, Datapoint, Rules, Verdict
from mllab_localaws.store import Record

INITIAL = "Unchecked: Initial alarm creation"
_PHRASES = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_TREATED_AS = {"breaching": "Breaching", "notBreaching": "NonBreaching"}
_LONGEST_REASON = 1023
# `StateReasonData` holds 4,000 characters at most.
_MOST_DATAPOINTS = 25


def reason(verdict: Verdict, rules: Rules, record: Record) -> str:
    """Return the sentence for a state that was just entered."""
    if verdict.state == INSUFFICIENT_DATA:
        be = _plural(rules.periods, "datapoint was", "datapoints were")
        return f"Insufficient Data: {rules.periods} {be} unknown."
    told = _of_missing(verdict, rules) if verdict.filled else _of_datapoints(verdict, rules, record)
    return f"Threshold Crossed: {told}."[:_LONGEST_REASON]


def reason_data(verdict: Verdict, record: Record, now: float) -> str:
    """Return the JSON text that goes with the sentence."""
    oldest_first = verdict.used[::-1][-_MOST_DATAPOINTS:]
    data = {
        "version": "1.0",
        "queryDate": timestamp(now),
        "startDate": timestamp(oldest_first[0].start) if oldest_first else None,
        "unit": record.get("Unit"),
        "statistic": statistic_name(record),
        "period": record["Period"],
        "recentDatapoints": [point.value for point in oldest_first],
        "threshold": record["Threshold"],
        "evaluatedDatapoints": [_evaluated(point) for point in verdict.evaluated[:_MOST_DATAPOINTS]],
    }
    return json.dumps(
        {name: value for name, value in data.items() if value is not None}, separators=(",", ":")
    )


def timestamp(time: float) -> str:
    """Return a time as CloudWatch's messages write it: `2021-10-21T10:20:50.932+0000`."""
    moment = datetime.fromtimestamp(time, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def _of_datapoints(verdict: Verdict, rules: Rules, record: Record) -> str:
    raised = verdict.state == ALARM
    comparison = f"{'' if raised else 'not '}{_PHRASES[rules.comparison]} the threshold ({rules.threshold})"
    if "DatapointsToAlarm" not in record:
        return f"{_listed(verdict.used)} {_was(len(verdict.used))} {comparison}"
    supporting = [
        point for point in verdict.used if point.value is not None and rules.breaches(point.value) == raised
    ]
    least = rules.to_alarm if raised else rules.periods - rules.to_alarm + 1
    datapoints = _plural(least, "datapoint", "datapoints")
    return (
        f"{len(supporting)} out of the last {len(verdict.used)} datapoints [{_values(supporting)}] "
        f"{_was(len(supporting))} {comparison} "
        f"(minimum {least} {datapoints} for {'OK -> ALARM' if raised else 'ALARM -> OK'} transition)"
    )


def _of_missing(verdict: Verdict, rules: Rules) -> str:
    received, filled = len(verdict.used), verdict.filled
    return (
        f"{received or 'no'} {_plural(received, 'datapoint was', 'datapoints were')} received for "
        f"{rules.periods} {_plural(rules.periods, 'period', 'periods')} and {filled} missing "
        f"{_plural(filled, 'datapoint was', 'datapoints were')} treated as [{_TREATED_AS[rules.treatment]}]"
    )


def _listed(points: tuple[Datapoint, ...]) -> str:
    return f"{len(points)} {_plural(len(points), 'datapoint', 'datapoints')} [{_values(points)}]"


def _values(points: list[Datapoint] | tuple[Datapoint, ...]) -> str:
    times = [datetime.fromtimestamp(point.start, timezone.utc) for point in points]
    return ", ".join(
        f"{point.value} ({time:%d/%m/%y %H:%M:%S})" for point, time in zip(points, times, strict=True)
    )


def _evaluated(point: Datapoint) -> dict[str, object]:
    time: dict[str, object] = {"timestamp": timestamp(point.start)}
    return time if point.value is None else {**time, "sampleCount": point.count, "value": point.value}


def _was(count: int) -> str:
    return _plural(count, "was", "were")


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
