"""A pipeline's parameters: their types and defaults, and the values of one execution."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mllab_localaws.sagemaker.pipelines.errors import malformed
from mllab_localaws.sagemaker.pipelines.expressions import as_text
from mllab_localaws.wire.errors import validation_error

Value = str | int | float | bool

_NAME = re.compile(r"[A-Za-z0-9\-_]{1,256}")
_TYPES: dict[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (float, int),
    "Boolean": (bool,),
}
_MEMBERS = {"Name", "Type", "DefaultValue", "EnumValues"}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a definition.

    Attributes:
        type: `String`, `Integer`, `Float` or `Boolean`.
        default: None when every execution must give a value.
        choices: the only values that are allowed; empty when all are.
    """

    name: str
    type: str
    default: Value | None = None
    choices: tuple[Value, ...] = ()


def parse(document: Any) -> Parameter:
    """Return a parameter of a definition.

    Raises: AwsError: `ValidationException`, it is malformed.
    """
    if not isinstance(document, dict):
        raise malformed("A parameter must be an object with Name and Type.")
    name, kind = document.get("Name"), document.get("Type")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise malformed(f"The parameter name {name!r} is not made of letters, digits, - and _.")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise malformed(f"Parameter '{name}' has the type {kind!r}; there are {', '.join(_TYPES)}.")
    unknown = sorted(set(document) - _MEMBERS)
    if unknown:
        raise malformed(f"Parameter '{name}' has the unknown members {', '.join(unknown)}.")
    choices = document.get("EnumValues") or []
    if not isinstance(choices, list):
        raise malformed(f"EnumValues of parameter '{name}' must be an array.")
    default = document.get("DefaultValue")
    for value in [*choices, default]:
        if value is not None and not _is_of_type(value, kind):
            raise malformed(f"Parameter '{name}' is of type {kind}, and {value!r} is not.")
    if choices and default is not None and default not in choices:
        raise malformed(f"The default {default!r} of parameter '{name}' is none of its EnumValues {choices}.")
    return Parameter(name, kind, default, tuple(choices))


def assign(parameters: Sequence[Parameter], given: Sequence[Mapping[str, str]]) -> dict[str, Value]:
    """Return the value of every parameter of an execution.

    Args: given: `Name` and `Value` of a request, values as text.
    Raises: AwsError: `ValidationException`, a value is missing, of the wrong type or not allowed, or nobody
        knows the parameter.
    """
    known = {parameter.name: parameter for parameter in parameters}
    names = [each["Name"] for each in given]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise validation_error(
            f"The pipeline has no parameter {', '.join(unknown)}; it has {', '.join(known) or 'none'}."
        )
    if len(set(names)) < len(names):
        raise validation_error("A parameter is given twice.")
    values: dict[str, Value] = {
        name: parameter.default for name, parameter in known.items() if parameter.default is not None
    }
    values |= {each["Name"]: _value(known[each["Name"]], each["Value"]) for each in given}
    missing = [name for name in known if name not in values]
    if missing:
        raise validation_error(f"Parameters without a default need a value: {', '.join(missing)}.")
    return values


def as_list(values: Mapping[str, Value]) -> list[dict[str, str]]:
    """Return an execution's values as ListPipelineParametersForExecution shows them."""
    return [{"Name": name, "Value": as_text(value)} for name, value in values.items()]


def _value(parameter: Parameter, text: str) -> Value:
    try:
        value = _converted(parameter.type, text)
    except ValueError as error:
        raise validation_error(
            f'Parameter {parameter.name} is of type {parameter.type}, and "{text}" is not.'
        ) from error
    if parameter.choices and value not in parameter.choices:
        raise validation_error(
            f'"{text}" is none of the values that parameter {parameter.name} allows: '
            f"{', '.join(map(as_text, parameter.choices))}."
        )
    return value


def _converted(kind: str, text: str) -> Value:
    if kind == "Integer":
        return int(text)
    if kind == "Float":
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(text)
        return number
    if kind == "Boolean":
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    return text


def _is_of_type(value: Any, kind: str) -> bool:
    # Python's True is an int as well.
    return isinstance(value, _TYPES[kind]) and (kind == "Boolean") == isinstance(value, bool)
