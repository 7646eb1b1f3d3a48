"""Parameters against the service model, with AWS's own wording.

SageMaker reports every violation at once: `2 validation errors detected: Value 'my_name' at 'endpointName'
failed to satisfy constraint: Member must satisfy regular expression pattern: ...; ...`. Member paths are
camel case, list positions count from 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from moto.core.model import OperationModel, Shape

from mllab_localaws.wire.errors import AwsError, validation_error

# What members are in Python, and what whoever wrote them has to make them; a string says so below.
_NUMBER = ((int, float), "a number")
_TYPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    "structure": ((Mapping,), "an object"),
    "map": ((Mapping,), "an object"),
    "list": ((list, tuple), "a list"),
    **dict.fromkeys(("integer", "long", "float", "double"), _NUMBER),
}


def validate(operation: OperationModel, params: Mapping[str, Any]) -> None:
    """Check types, required members, lengths, ranges, patterns and enumerations.

    Over the wire the parser has seen to most types; parameters of a schedule or a pipeline may be anything.

    Raises: AwsError: `ValidationException` that names every violated constraint.
    """
    if operation.input_shape is None:
        return
    problems = list(_structure_problems(operation.input_shape, params, ""))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise validation_error(count + "; ".join(problems))


def refuse_others(
    params: Mapping[str, Any],
    known: Iterable[str],
    where: str,
    error: Callable[[str], AwsError] = validation_error,
) -> None:
    """Refuse members that the local AWS would have to ignore.

    Args: where: what has these members, e.g. `CreateModel`; error: makes the service's own error of a text.
    Raises: AwsError: naming them.
    """
    accepted = set(known)
    others = sorted(name for name, value in params.items() if name not in accepted and value)
    if others:
        raise error(
            f"{', '.join(others)} of {where} is not part of the local AWS; docs/local-aws.md lists what is."
        )


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if value is None:
        yield _problem("null", path, "Member must not be null")
    elif not _is_of_type(shape, value):
        yield _problem(repr(value), path, f"Member must be {_TYPES[shape.type_name][1]}")
    elif shape.type_name == "structure":
        yield from _structure_problems(shape, value, path)
    elif shape.type_name == "list":
        yield from _range_problems(shape, len(value), value, path, "length")
        for position, item in enumerate(value, start=1):
            yield from _problems(shape.member, item, f"{path}.{position}.member")
    elif shape.type_name == "map":
        yield from _range_problems(shape, len(value), value, path, "length")
        for key, item in value.items():
            yield from _problems(shape.key, key, path)
            yield from _problems(shape.value, item, f"{path}.{key}.member")
    elif shape.type_name == "string":
        yield from _string_problems(shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _range_problems(shape, value, value, path, "value")
    elif shape.type_name == "boolean" and not isinstance(value, bool):
        # The parser has a mark of its own for what it cannot read, which says nothing to anybody.
        yield f"Value at '{path}' failed to satisfy constraint: Member must be true or false"


def _is_of_type(shape: Shape, value: Any) -> bool:
    if shape.type_name not in _TYPES:
        return True
    accepted, _ = _TYPES[shape.type_name]
    # To Python a truth value is a number.
    return isinstance(value, accepted) and not isinstance(value, bool)


def _structure_problems(shape: Shape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _problem("null", _join(path, name), "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _problems(member, value[name], _join(path, name))


def _string_problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _problem(repr(value), path, "Member must be a string")
        return
    quoted = f"'{value}'"
    if shape.enum and value not in shape.enum:
        yield _problem(quoted, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    yield from _range_problems(shape, len(value), quoted, path, "length")
    pattern = shape.metadata.get("pattern")
    if pattern and not _matches(pattern, value):
        yield _problem(quoted, path, f"Member must satisfy regular expression pattern: {pattern}")


def _range_problems(shape: Shape, size: float, value: Any, path: str, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    shown = value if isinstance(value, str) else f"'{value}'"
    of_length = "have length" if what == "length" else "have value"
    if least is not None and size < least:
        yield _problem(shown, path, f"Member must {of_length} greater than or equal to {least}")
    if most is not None and size > most:
        yield _problem(shown, path, f"Member must {of_length} less than or equal to {most}")


def _matches(pattern: str, value: str) -> bool:
    """Match as Java does; a pattern that Python's `re` cannot read (`\\p{...}`) accepts everything."""
    try:
        return re.fullmatch(pattern, value, re.DOTALL if pattern in (".*", "[\\S\\s]*") else 0) is not None
    except re.error:
        return True


def _problem(value: str, path: str, constraint: str) -> str:
    shown = "null" if value == "null" else value
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    camel = name[:1].lower() + name[1:]
    return f"{path}.{camel}" if path else camel
