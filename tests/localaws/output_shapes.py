"""Holds replies, as they came over the wire, against the output shapes of botocore's service models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from botocore.model import OperationModel, Shape
from dateutil.parser import isoparse

_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "list": list,
    "map": dict,
    "structure": dict,
}


def complaints(operation: OperationModel, body: bytes) -> list[str]:
    """Return what a model's reader could object to in a reply; empty when all is well."""
    shape = operation.output_shape
    if shape is None:
        return [] if body.strip() in (b"", b"{}") else [f"{operation.name} answers where nothing is defined"]
    if operation.has_streaming_output or shape.serialization.get("payload"):
        # The body is one member's own bytes; the others are headers.
        return []
    protocol = operation.service_model.protocol
    reply = _from_xml(_result(operation, body), shape) if protocol == "query" else json.loads(body)
    return [f"{operation.name}{complaint}" for complaint in _check(reply, shape, "", required=True)]


def _check(value: Any, shape: Shape, where: str, required: bool) -> Iterator[str]:
    if shape.type_name == "timestamp":
        if not _is_timestamp(value):
            yield f"{where}: {value!r} is not a time"
        return
    if not _is_of_type(value, shape.type_name):
        yield f"{where}: {value!r} is not a {shape.type_name}"
    elif shape.type_name == "structure":
        yield from _check_structure(value, shape, where, required)
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from _check(item, shape.member, f"{where}[{index}]", required=True)
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _check(item, shape.value, f"{where}[{key!r}]", required=True)
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{where}: {value!r} is none of {', '.join(shape.enum)}"


def _check_structure(value: dict[str, Any], shape: Shape, where: str, required: bool) -> Iterator[str]:
    if not value and not required:
        yield f"{where}: an unset optional structure must be left out"
    # What a member is called on the wire is not always its name: API Gateway's lists are all `item`.
    names = {member.serialization.get("name", name): name for name, member in shape.members.items()}
    sent = {names.get(written, written): member for written, member in value.items()}
    for name in shape.required_members:
        if name not in sent:
            yield f"{where}.{name}: required, and missing"
    for name, member in sent.items():
        if name not in names.values():
            yield f"{where}.{name}: unknown to the model"
        else:
            yield from _check(member, shape.members[name], f"{where}.{name}", name in shape.required_members)


def _is_of_type(value: Any, type_name: str) -> bool:
    # To Python a boolean is an integer; to JSON it is not.
    return isinstance(value, _PYTHON_TYPES[type_name]) and isinstance(value, bool) == (type_name == "boolean")


def _is_timestamp(value: Any) -> bool:
    if isinstance(value, str):
        try:
            isoparse(value)
        except ValueError:
            return False
        return True
    # Seconds since the epoch, of this century: a count of milliseconds would lie far behind it.
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and 946_684_800 < value < 4_102_444_800
    )


def _result(operation: OperationModel, body: bytes) -> ElementTree.Element:
    """Return the element that holds the members of an answer of the query protocol."""
    shape = operation.output_shape
    assert shape is not None
    for element in ElementTree.fromstring(body):
        if _tag(element) == shape.serialization["resultWrapper"]:
            return element
    raise AssertionError(f"{operation.name} answers without {shape.serialization['resultWrapper']}")


def _from_xml(element: ElementTree.Element, shape: Shape | None) -> Any:
    """Return an element as JSON would write it; members that the model does not know stay, as text."""
    text = element.text or ""
    if shape is None:
        return text
    if shape.type_name == "structure":
        return {_tag(child): _from_xml(child, shape.members.get(_tag(child))) for child in element}
    if shape.type_name == "list":
        return [_from_xml(child, shape.member) for child in element]
    is_text = shape.type_name in ("string", "timestamp")
    return text if is_text else json.loads(text)


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
