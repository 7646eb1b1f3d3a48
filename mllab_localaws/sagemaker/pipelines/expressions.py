"""Expressions in a definition: `Get`, `Std:Join` and `Std:JsonGet` (contract E.3).

An expression is an object whose only member is one of these names; it may stand wherever a value may.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from mllab_localaws.sagemaker.pipelines.errors import StepError, malformed
from mllab_localaws.sagemaker.pipelines.paths import Path, follow, parse_path, write_path

GET, JOIN, JSON_GET = "Get", "Std:Join", "Std:JsonGet"
PROPERTY_FILES = "PropertyFiles"
EXECUTION_VARIABLES = (
    "StartDateTime",
    "CurrentDateTime",
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "TrainingJobName",
    "ProcessingJobName",
)


@dataclass(frozen=True)
class Reference:
    """What a `Get` names.

    Attributes:
        root: `Parameters`, `Execution` or `Steps`.
        name: of the parameter, the variable or the step.
        path: into the step's description; empty otherwise.
    """

    root: str
    name: str
    path: Path = ()

    def __str__(self) -> str:
        rest = write_path(self.path)
        between = "" if not rest or rest.startswith("[") else "."
        return f"{self.root}.{self.name}{between}{rest}"


class Scope(Protocol):
    """Where a step's references lead when it starts; both raise `StepError` when they lead nowhere."""

    def value(self, reference: Reference) -> Any:
        """Return a parameter's value, a variable or a property of a step that is over."""
        ...

    def document(self, location: Reference | str) -> Any:
        """Return the JSON document of a property file, or at an S3 URI."""
        ...


def is_expression(value: Any) -> bool:
    """Say whether a value is computed when its step starts."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    (name,) = value
    return str(name) == GET or str(name).startswith("Std:")


def references(value: Any) -> Iterator[Reference]:
    """Yield every reference in a value, however deep.

    Raises: AwsError: `ValidationException`, an expression is malformed or unknown.
    """
    if is_expression(value):
        yield from _references_in_expression(value)
    elif isinstance(value, dict):
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def resolve(value: Any, scope: Scope) -> Any:
    """Return the value with every expression in it computed.

    Raises: StepError: a reference leads nowhere.
    """
    if is_expression(value):
        return _compute(value, scope)
    if isinstance(value, dict):
        return {name: resolve(member, scope) for name, member in value.items()}
    if isinstance(value, list):
        return [resolve(item, scope) for item in value]
    return value


def as_text(value: Any) -> str:
    """Return a scalar as a job's request spells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _compute(expression: dict[str, Any], scope: Scope) -> Any:
    ((name, operand),) = expression.items()
    if name == GET:
        return scope.value(_reference(operand))
    if name == JOIN:
        return operand.get("On", "").join(_joined(resolve(each, scope)) for each in operand["Values"])
    if "S3Uri" in operand:
        document = scope.document(str(resolve(operand["S3Uri"], scope)))
    else:
        document = scope.document(_reference(operand["PropertyFile"][GET]))
    try:
        return follow(document, parse_path(operand["Path"]))
    except LookupError as error:
        raise StepError(f"Std:JsonGet of {operand['Path']}: {error}") from error


def _joined(value: Any) -> str:
    if not isinstance(value, str | bool | int | float):
        raise StepError(f"Std:Join cannot join {value!r}."[:300])
    return as_text(value)


def _references_in_expression(expression: dict[str, Any]) -> Iterator[Reference]:
    ((name, operand),) = expression.items()
    if name == GET:
        yield _reference(operand)
    elif name == JOIN:
        if not isinstance(operand, dict) or not isinstance(operand.get("Values"), list):
            raise malformed("Std:Join needs On, a string, and Values, an array.")
        if not isinstance(operand.get("On", ""), str):
            raise malformed("On of Std:Join must be a string.")
        yield from references(operand["Values"])
    elif name == JSON_GET:
        yield from _references_in_json_get(operand)
    else:
        raise malformed(f"Unknown function '{name}'; there are Get, Std:Join and Std:JsonGet.")


def _references_in_json_get(operand: Any) -> Iterator[Reference]:
    if not isinstance(operand, dict) or not isinstance(operand.get("Path"), str):
        raise malformed("Std:JsonGet needs a Path, and a PropertyFile or an S3Uri.")
    try:
        parse_path(operand["Path"])
    except ValueError as error:
        raise malformed(f"Path of Std:JsonGet: {error}.") from error
    if ("PropertyFile" in operand) == ("S3Uri" in operand):
        raise malformed("Std:JsonGet needs either a PropertyFile or an S3Uri.")
    if "S3Uri" in operand:
        yield from references(operand["S3Uri"])
        return
    file = operand["PropertyFile"]
    reference = _reference(file.get(GET) if isinstance(file, dict) else None)
    if reference.root != "Steps" or reference.path[:1] != (PROPERTY_FILES,) or len(reference.path) != 2:
        raise malformed('PropertyFile of Std:JsonGet must be {"Get": "Steps.<step>.PropertyFiles.<file>"}.')
    yield reference


def _reference(text: Any) -> Reference:
    """Return what a `Get` names.

    Raises: AwsError: `ValidationException`, it names nothing that could exist.
    """
    root, _, rest = text.partition(".") if isinstance(text, str) else ("", "", "")
    try:
        path = parse_path(rest)
    except ValueError as error:
        raise _unknown_get(text) from error
    name, *further = path
    is_known = (
        (root == "Parameters" and not further)
        or (root == "Execution" and not further and name in EXECUTION_VARIABLES)
        or (root == "Steps" and further)
    )
    if not is_known or not isinstance(name, str):
        raise _unknown_get(text)
    return Reference(root, name, tuple(further))


def _unknown_get(text: Any) -> Exception:
    return malformed(
        f"Invalid property reference {text!r}: a Get is Parameters.<name>, Steps.<step>.<property> or "
        f"Execution.<variable>, one of {', '.join(EXECUTION_VARIABLES)}."
    )
