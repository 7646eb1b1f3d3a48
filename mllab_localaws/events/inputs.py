"""What a target receives of an event: all of it, a part, a constant, or a text made of its parts.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from mllab_localaws.events.bus import Event
from mllab_localaws.platform import ACCOUNT
from mllab_localaws.wire.errors import AwsError

Json = Any
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")
_PATH = re.compile(rf"\$(?:{_STEP.pattern})*")
# Template: a string with its escapes, or a placeholder outside of one.
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_TEMPLATE_PART = re.compile(r'"(?:[^"\\]|\\.)*"|<[A-Za-z0-9_.\-]+>')


def event_json(event: Event, event_id: str) -> dict[str, Json]:
    """Return an event as EventBridge writes it."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": event.detail_type,
        "source": event.source,
        "account": ACCOUNT,
        "time": iso_seconds(event.time),
        "region": event.region,
        "resources": list(event.resources),
        "detail": dict(event.detail),
    }


def iso_seconds(seconds: float) -> str:
    """Return a time as EventBridge writes it, e.g. `2026-11-24T10:00:00Z`."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def check(target: Mapping[str, Any]) -> None:
    """Refuse a target's input settings that cannot work.

    Raises: AwsError: `ValidationException`.
    """
    given = [name for name in ("Input", "InputPath", "InputTransformer") if name in target]
    if len(given) > 1:
        raise _invalid(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
        )
    if "Input" in target:
        try:
            json.loads(target["Input"])
        except (ValueError, RecursionError) as error:
            raise _invalid(f"JSON syntax error in input for target {target['Id']}: {error}") from error
    transformer = target.get("InputTransformer", {})
    paths = transformer.get("InputPathsMap", {})
    for path in [*paths.values(), *([target["InputPath"]] if "InputPath" in target else [])]:
        if not _PATH.fullmatch(path):
            raise _invalid(f"Invalid InputPath for target {target['Id']}: {path} is no JSON path.")
    template = _TEMPLATE_PART.sub("", transformer.get("InputTemplate", ""))
    names = _PLACEHOLDER.findall(transformer.get("InputTemplate", ""))
    unknown = sorted({name for name in names if not name.startswith("aws.")} - set(paths))
    if unknown or '"' in template:
        cause = f"placeholder {unknown[0]} has no path" if unknown else "a quote is not closed"
        raise _invalid(f"Invalid InputTemplate for target {target['Id']} : {cause}.")


def shape(event: Mapping[str, Json], target: Mapping[str, Any], rule_arn: str) -> str:
    """Return the text that a target receives of an event.

    Raises: LookupError: the event has nothing at the target's InputPath.
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return _dumps(at(event, target["InputPath"]))
    if "InputTransformer" in target:
        return _transform(event, target["InputTransformer"], rule_arn)
    return _dumps(event)


def at(event: Json, path: str) -> Json:
    """Return what a JSON path names.

    Raises: LookupError: nothing is there.
    """
    if not _PATH.fullmatch(path):
        raise LookupError(f"{path} is no JSON path")
    value = event
    for name, index, quoted in _STEP.findall(path):
        try:
            value = value[int(index)] if index else value[name or quoted]
        except (KeyError, IndexError, TypeError) as error:
            raise LookupError(f"the event has nothing at {path}") from error
    return value


def pipeline_parameters(event: Mapping[str, Json], target: Mapping[str, Any]) -> dict[str, Any]:
    """Return a target's `SageMakerPipelineParameters`, JSON paths in their values replaced by what they name.

    Raises: LookupError: the event has nothing there.
    """
    parameters = target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
    resolved = [{"Name": each["Name"], "Value": _parameter(event, each["Value"])} for each in parameters]
    return {"PipelineParameterList": resolved}


def _parameter(event: Mapping[str, Json], value: str) -> str:
    if not value.startswith("$."):
        return value
    found = at(event, value)
    return found if isinstance(found, str) else _dumps(found)


def _transform(event: Mapping[str, Json], transformer: Mapping[str, Any], rule_arn: str) -> str:
    values = {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }
    for name, path in transformer.get("InputPathsMap", {}).items():
        try:
            values[name] = at(event, path)
        except LookupError:
            values[name] = None

    def part(match: re.Match[str]) -> str:
        text = match[0]
        if text.startswith("<"):
            return _dumps(values.get(text[1:-1]))
        return _PLACEHOLDER.sub(lambda found: _inside_a_string(values.get(found[1])), text)

    return _TEMPLATE_PART.sub(part, transformer["InputTemplate"])


def _inside_a_string(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _dumps(value)[1:-1]
    # EventBridge strips the quotes of an object within a string.
    return _dumps(value).replace("\\", "").replace('"', "")


def _dumps(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
