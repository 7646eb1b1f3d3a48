"""A step's Arguments against the operation's request as AWS's service model defines it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.core.model import Shape

from mllab_localaws.sagemaker.pipelines.actions import Action
from mllab_localaws.sagemaker.pipelines.errors import StepError, malformed
from mllab_localaws.sagemaker.pipelines.expressions import as_text, is_expression
from mllab_localaws.sagemaker.pipelines.paths import Path
from mllab_localaws.wire import models

_BRACKETS: dict[str, tuple[str, type]] = {
    "structure": ("Object", dict),
    "map": ("Object", dict),
    "list": ("Array", list),
}


def check(action: Action, arguments: Mapping[str, Any]) -> None:
    """Refuse members that the request does not have or lacks, and scalars in place of objects and arrays.

    What the values are is decided when the step starts: only then is every expression computed.

    Raises: AwsError: `ValidationException`.
    """
    for member in action.not_taken:
        if member in arguments:
            raise malformed(f"Unknown Argument member '{member}'.")
    _check(_request(action), {**arguments, **({action.name: "chosen later"} if action.name else {})})


def check_property(action: Action, path: Path, where: str) -> None:
    """Refuse a property that the reply of the step's Describe operation does not have.

    Raises: AwsError: `ValidationException`.
    """
    shape: Shape = models.service_model("sagemaker").operation_model(action.describe).output_shape
    for key in path:
        if shape.type_name == "structure" and key in shape.members:
            shape = shape.members[str(key)]
        elif shape.type_name == "list":
            shape = shape.member
        elif shape.type_name == "map":
            shape = shape.value
        else:
            raise malformed(f"Invalid property reference '{where}': {action.describe} answers no {key!r}.")


def as_request(action: Action, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return computed Arguments as a request: without unset members, scalars as the request spells them.

    A parameter of type Integer may stand where the request has text (a hyperparameter), and text that
    `Std:Join` made where it has a number.

    Raises: StepError: a computed value is of a kind that the request does not have there.
    """
    request: dict[str, Any] = _spelled(_request(action), arguments)
    return request


def _request(action: Action) -> Shape:
    return models.service_model("sagemaker").operation_model(action.create).input_shape


def _check(shape: Shape, value: Any) -> None:
    if value is None or is_expression(value):
        return
    name, kind = _BRACKETS.get(shape.type_name, ("", None))
    if kind is not None and not isinstance(value, kind):
        raise malformed(f"Expecting start of Json {name}. ({shape.name} is {value!r})"[:300])
    if shape.type_name == "structure":
        for member in shape.required_members:
            if value.get(member) is None:
                raise malformed(f"Missing required Argument member '{member}' of {shape.name}.")
        for member, inner in value.items():
            if member not in shape.members:
                raise malformed(f"Unknown Argument member '{member}'.")
            _check(shape.members[member], inner)
    elif shape.type_name == "map":
        for inner in value.values():
            _check(shape.value, inner)
    elif shape.type_name == "list":
        for inner in value:
            _check(shape.member, inner)
    elif isinstance(value, dict | list):
        raise malformed(f"Expecting a value for {shape.name}, not {value!r}."[:300])


def _spelled(shape: Shape, value: Any) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return {
            member: _spelled(shape.members[member], inner)
            for member, inner in value.items()
            if inner is not None and member in shape.members
        }
    if kind == "map" and isinstance(value, dict):
        return {key: _spelled(shape.value, inner) for key, inner in value.items()}
    if kind == "list" and isinstance(value, list):
        return [_spelled(shape.member, inner) for inner in value]
    try:
        return _SCALARS[kind](value)
    except (KeyError, ValueError, TypeError) as error:
        raise StepError(f"{shape.name} cannot be {value!r}: it must be of type {kind}."[:300]) from error


def _text(value: Any) -> str:
    if not isinstance(value, str | bool | int | float):
        raise TypeError
    return as_text(value)


def _truth(value: Any) -> bool:
    return {"true": True, "false": False}[_text(value)]


def _whole(value: Any) -> int:
    return int(_text(value))


def _number(value: Any) -> float:
    return float(_text(value))


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "string": _text,
    "boolean": _truth,
    "integer": _whole,
    "long": _whole,
    "float": _number,
    "double": _number,
}
