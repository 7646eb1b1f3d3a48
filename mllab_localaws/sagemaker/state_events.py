"""Says on the event bus what became of a job, an endpoint, a model package or a pipeline.

Forms: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html - its
examples write the same moment in three ways, depending on the kind of resource. Processing jobs have no
example there and are written like training jobs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from mllab_localaws.events.bus import Event
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import tags
from mllab_localaws.store import Record

SOURCE = "aws.sagemaker"
TRAINING_JOB = "SageMaker Training Job State Change"
TUNING_JOB = "SageMaker HyperParameter Tuning Job State Change"
TRANSFORM_JOB = "SageMaker Transform Job State Change"
PROCESSING_JOB = "SageMaker Processing Job State Change"
ENDPOINT = "SageMaker Endpoint State Change"
MODEL_PACKAGE = "SageMaker Model Package State Change"
PIPELINE_EXECUTION = "SageMaker Model Building Pipeline Execution Status Change"
PIPELINE_STEP = "SageMaker Model Building Pipeline Execution Step Status Change"

_TAGGED = frozenset({TRAINING_JOB, TUNING_JOB, TRANSFORM_JOB, PROCESSING_JOB, ENDPOINT})
_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])")


def publish(
    platform: Platform,
    region: str,
    detail_type: str,
    arn: str,
    detail: Mapping[str, Any],
    *,
    also: Sequence[str] = (),
) -> None:
    """Say that a resource has entered a state.

    Args:
        detail_type: one of this module's constants.
        detail: members as Describe returns them; times in seconds since the epoch, converted here. What
            begins with an underscore is the local AWS's own business.
        also: further ARNs of the event's `resources`: a pipeline's execution, after the pipeline.
    """
    shown = {name: value for name, value in detail.items() if not name.startswith("_")}
    written = _with_times(shown, _TIME_FORMS.get(detail_type, _iso))
    if detail_type == ENDPOINT:
        written["EndpointStatus"] = upper_snake(written["EndpointStatus"])
    if detail_type in _TAGGED:
        written["Tags"] = tags.of(platform.store, region, arn)
    event = Event(region, SOURCE, detail_type, written, platform.clock.now(), (arn, *also))
    platform.bus.publish(event)


def modify(
    platform: Platform,
    detail_type: str,
    change: Callable[[Record], Record],
    *,
    kind: str,
    region: str,
    name: str,
) -> Record | None:
    """Replace a record as `Store.modify` does, and say so on the bus when a status of it has changed."""
    before: list[Record] = []

    def remembering(record: Record) -> Record:
        before.append(record)
        return change(record)

    after = platform.store.modify(kind, region, name, remembering)
    if after is not None and _statuses(before[0]) != _statuses(after):
        publish(platform, region, detail_type, _arn(after), after)
    return after


def upper_snake(status: str) -> str:
    """Return `InService` as `IN_SERVICE`, which is how endpoint events spell it."""
    return _WORD_START.sub("_", status).upper()


def _statuses(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name.endswith("Status")}


def _arn(record: Record) -> str:
    return next(str(value) for name, value in record.items() if name.endswith("Arn") and name != "RoleArn")


def _milliseconds_text(seconds: float) -> str:
    return str(round(seconds * 1000))


def _milliseconds(seconds: float) -> float:
    return float(round(seconds * 1000))


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


_TIME_FORMS: dict[str, Callable[[float], str | float]] = {
    TRAINING_JOB: _milliseconds_text,
    TUNING_JOB: _milliseconds_text,
    PROCESSING_JOB: _milliseconds_text,
    ENDPOINT: _milliseconds,
}


def _with_times(value: Any, form: Callable[[float], str | float]) -> Any:
    """Return a value with every number that is named like a time in the given form."""
    if isinstance(value, Mapping):
        return {name: _member(name, member, form) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_with_times(item, form) for item in value]
    return value


def _member(name: str, value: Any, form: Callable[[float], str | float]) -> Any:
    if name.endswith(("Time", "Timestamp")):
        if isinstance(value, datetime):
            return form(value.timestamp())
        if isinstance(value, int | float) and not isinstance(value, bool):
            return form(value)
    return _with_times(value, form)
