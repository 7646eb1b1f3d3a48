"""Patch operations (RFC 6902 as API Gateway knows it) on a record.

A table says which paths a resource has: `/name`, `/variables/*`. In paths `~1` stands for a slash and `~0`
for a tilde.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mllab_localaws.apigateway.errors import bad_request
from mllab_localaws.store import Record

Convert = Callable[[str], Any]
Patch = Mapping[str, str]


@dataclass(frozen=True)
class Member:
    """What may be done at one path.

    Attributes:
        convert: from the patch's text to the record's value; raises ValueError.
        operations: those that AWS has for it.
        has_value: False where the path alone says what is added.
    """

    convert: Convert = str
    operations: tuple[str, ...] = ("replace",)
    has_value: bool = True


OPTIONAL = ("add", "replace", "remove")
Members = Mapping[str, Member]


def boolean(text: str) -> bool:
    """Read `true` or `false`."""
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def integer(text: str) -> int:
    """Read a whole number."""
    return int(text)


def number(text: str) -> float:
    """Read a finite number."""
    value = float(text)
    if value - value != 0:  # infinite, or no number
        raise ValueError(f"{text!r} is not a finite number")
    return value


def one_of(*values: str) -> Convert:
    """Read one of these words."""

    def convert(text: str) -> str:
        if text not in values:
            raise ValueError(f"{text!r} is none of {', '.join(values)}")
        return text

    return convert


def apply(record: Record, patches: Sequence[Patch], members: Members) -> None:
    """Change a record in place.

    Raises: AwsError: a path, an operation or a value that this resource does not take.
    """
    for patch in patches:
        path, operation = patch.get("path", ""), patch.get("op", "")
        parts = parts_of(path)
        member = _member(parts, members)
        if member is None or operation not in member.operations:
            paths = sorted(name for name, known in members.items() if operation in known.operations)
            known = f"Must be one of: [{', '.join(paths)}]" if paths else "Please choose supported operations"
            raise bad_request(f"Invalid patch path  '{path}' specified for op '{operation}'. {known}")
        _set(record, parts, operation, _value(patch, member))


def parts_of(path: str) -> tuple[str, ...]:
    """Return the parts of a patch path."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])


def _member(parts: tuple[str, ...], members: Members) -> Member | None:
    for name, member in members.items():
        pattern = name.split("/")[1:]
        if len(pattern) == len(parts) and all(
            part and expected in ("*", part) for expected, part in zip(pattern, parts, strict=True)
        ):
            return member
    return None


def _value(patch: Patch, member: Member) -> Any:
    if patch["op"] == "remove" or not member.has_value:
        return None
    if "value" not in patch:
        raise bad_request(f"Patch operation {patch['op']} of {patch['path']} needs a value.")
    try:
        return member.convert(patch["value"])
    except ValueError as error:
        raise bad_request(f"Invalid value for {patch['path']}: {error}") from error


def _set(record: Record, parts: tuple[str, ...], operation: str, value: Any) -> None:
    *outer, name = parts
    place = record
    for part in outer:
        place = place.setdefault(part, {})
    if operation == "remove":
        place.pop(name, None)
    else:
        place[name] = value
    _drop_empty(record, outer)


def _drop_empty(record: Record, outer: list[str]) -> None:
    """Remove what a removal has emptied: readers reject empty optional structures."""
    if outer and record.get(outer[0]) == {}:
        del record[outer[0]]
