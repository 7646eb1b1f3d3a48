"""What CloudWatch demands of a dashboard's body, and what it only remarks on."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

_TYPES = ("metric", "text", "log", "alarm", "explorer", "custom", "metrics-dashboard")
_LONGEST_BODY = 1024**2
_POSITION = {"type": "integer", "minimum": 0}
_METRIC = {
    # Namespace, name, dimensions; `.` and `...` repeat what stands above, a mapping has options.
    "type": "array",
    "minItems": 1,
    "items": {"type": ["string", "object"]},
}
_PROPERTIES: dict[str, dict[str, Any]] = {
    "metric": {
        "type": "object",
        "required": ["region"],
        "anyOf": [{"required": ["metrics"]}, {"required": ["annotations"]}],
        "properties": {
            "metrics": {"type": "array", "minItems": 1, "items": _METRIC},
            "region": {"type": "string"},
            "view": {"enum": ["timeSeries", "singleValue", "gauge", "bar", "pie", "table"]},
            "stacked": {"type": "boolean"},
            "title": {"type": "string"},
            "stat": {"type": "string"},
            "period": {"type": "integer", "minimum": 1},
            "yAxis": {"type": "object"},
            "annotations": {"type": "object"},
        },
    },
    "text": {"type": "object", "required": ["markdown"], "properties": {"markdown": {"type": "string"}}},
    "log": {"type": "object", "required": ["region", "query"]},
    "alarm": {
        "type": "object",
        "required": ["alarms"],
        "properties": {
            "alarms": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "string"}}
        },
    },
}
_WIDGET = {
    "type": "object",
    "required": ["type", "properties"],
    "properties": {
        "type": {"enum": list(_TYPES)},
        "x": {**_POSITION, "maximum": 23},
        "y": _POSITION,
        "width": {"type": "integer", "minimum": 1, "maximum": 24},
        "height": {"type": "integer", "minimum": 1, "maximum": 1000},
        "properties": {"type": "object"},
    },
    "allOf": [
        {
            "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
            "then": {"properties": {"properties": properties}},
        }
        for kind, properties in _PROPERTIES.items()
    ],
}
_BODY = {
    "type": "object",
    "required": ["widgets"],
    "properties": {
        "widgets": {"type": "array", "maxItems": 500, "items": _WIDGET},
        "start": {"type": "string"},
        "end": {"type": "string"},
        "periodOverride": {"enum": ["auto", "inherit"]},
        "variables": {"type": "array"},
    },
}


class Finding(NamedTuple):
    """Something about a place in a body, e.g. `/widgets/0/properties`."""

    path: str
    message: str


def findings(body: str) -> tuple[list[Finding], list[Finding]]:
    """Return what makes a body invalid, and what is only odd in it."""
    if len(body.encode()) > _LONGEST_BODY:
        return [Finding("", f"The field DashboardBody must not be longer than {_LONGEST_BODY} bytes")], []
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return [Finding("", "The field DashboardBody must be a valid JSON object")], []
    errors = sorted(
        _validator().iter_errors(document), key=lambda error: [str(step) for step in error.absolute_path]
    )
    if errors:
        return [Finding(_path(error.absolute_path), error.message[:500]) for error in errors], []
    return [], _oddities(document)


def _oddities(document: dict[str, Any]) -> list[Finding]:
    odd = [Finding(f"/{name}", "Unknown member") for name in document if name not in _BODY["properties"]]
    for index, widget in enumerate(document["widgets"]):
        known = _WIDGET["properties"]
        odd += [Finding(f"/widgets/{index}/{name}", "Unknown member") for name in widget if name not in known]
        if widget.get("x", 0) + widget.get("width", 6) > 24:
            odd.append(Finding(f"/widgets/{index}", "The widget is wider than the grid's 24 columns"))
    return odd


def _path(steps: Any) -> str:
    return "".join(f"/{step}" for step in steps)


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_BODY)
