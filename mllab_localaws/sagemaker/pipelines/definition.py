"""A pipeline's definition: the JSON document, read and checked (contract E.1 and E.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mllab_localaws.sagemaker.pipelines import arguments, conditions, parameters
from mllab_localaws.sagemaker.pipelines.actions import ACTIONS, CONDITION, ELSEWHERE, FAIL
from mllab_localaws.sagemaker.pipelines.errors import malformed, not_here
from mllab_localaws.sagemaker.pipelines.expressions import (
    PROPERTY_FILES,
    Reference,
    is_expression,
    references,
)
from mllab_localaws.sagemaker.pipelines.parameters import Parameter

VERSION = "2020-12-01"
MOST_STEPS = 50  # AWS's quota
_MEMBERS = {"Version", "Metadata", "Parameters", "PipelineExperimentConfig", "Steps", "MlflowConfig"}
_STEP_MEMBERS = {
    "Name",
    "Type",
    "Arguments",
    "DependsOn",
    "DisplayName",
    "Description",
    "CacheConfig",
    "RetryPolicies",
}
_BRANCHES = ("IfSteps", "ElseSteps")
_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        arguments: as the document has them, expressions and all; of a Condition step only `Conditions`.
        after: names of the steps that must have succeeded before this one may start.
        property_files: by name, the output of the processing job and the file in it.
        if_steps: names of the steps of a Condition step's branch; they may start only when it is taken.
    """

    name: str
    type: str
    arguments: Mapping[str, Any]
    after: frozenset[str]
    display_name: str | None = None
    description: str | None = None
    property_files: Mapping[str, tuple[str, str]] | None = None
    if_steps: tuple[str, ...] = ()
    else_steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Definition:
    """A definition that an execution can follow.

    Attributes:
        steps: all of them by name, those of branches included, in the document's order.
    """

    parameters: tuple[Parameter, ...]
    steps: Mapping[str, Step]


def parse(text: str) -> Definition:
    """Read a definition.

    Raises: AwsError: `ValidationException` that says what is malformed, or what the local AWS does not have.
    """
    try:
        return _read(_document(text))
    except RecursionError as error:
        raise malformed("It is nested too deeply.") from error


def _read(document: dict[str, Any]) -> Definition:
    given = document.get("Parameters") or []
    if not isinstance(given, list):
        raise malformed("Parameters must be an array.")
    known = tuple(parameters.parse(each) for each in given)
    _refuse_doubles("parameter", [parameter.name for parameter in known])
    found = list(_steps(document.get("Steps"), "Steps", None))
    _refuse_doubles("step", [step.name for step in found])
    if len(found) > MOST_STEPS:
        raise malformed(f"A pipeline has at most {MOST_STEPS} steps, not {len(found)}.")
    definition = Definition(known, {step.name: step for step in found})
    for step in found:
        _check_references(step, definition)
    _refuse_cycles(definition.steps)
    return definition


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise malformed(f"It is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise malformed("Expecting start of Json Object.")
    unknown = sorted(set(document) - _MEMBERS)
    if unknown:
        raise malformed(f"Unknown member '{unknown[0]}'; a definition has {', '.join(sorted(_MEMBERS))}.")
    if document.get("Version") != VERSION:
        raise malformed(f'Version must be "{VERSION}", not {document.get("Version")!r}.')
    if document.get("MlflowConfig"):
        raise not_here("MlflowConfig")
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _steps(documents: Any, where: str, condition: str | None) -> Iterator[Step]:
    """Yield steps and those of their branches; `condition` is the step in whose branch they are."""
    if not isinstance(documents, list):
        raise malformed(f"{where} must be an array. Expecting start of Json Array.")
    if condition is None and not documents:
        raise malformed("A pipeline needs at least one step.")
    for document in documents:
        yield from _step(document, where, condition)


def _step(document: Any, where: str, condition: str | None) -> Iterator[Step]:
    name, kind, given = _frame(document, where)
    depends_on = _names(document.get("DependsOn") or [], name)
    branches: dict[str, list[Step]] = {branch: [] for branch in _BRANCHES}
    if kind == CONDITION:
        given, branches = _conditional(given, name)
    elif kind == FAIL:
        if set(given) != {"ErrorMessage"}:
            raise malformed(f"The Arguments of Fail step '{name}' are ErrorMessage alone.")
    else:
        arguments.check(ACTIONS[kind], given)
    data = {reference.name for reference in references(given) if reference.root == "Steps"}
    yield Step(
        name=name,
        type=kind,
        arguments=given,
        after=frozenset({*depends_on, *data, *([condition] if condition else [])}),
        display_name=_text(document, "DisplayName", name),
        description=_text(document, "Description", name),
        property_files=_property_files(document.get("PropertyFiles") or [], name),
        if_steps=_outermost(branches["IfSteps"]),
        else_steps=_outermost(branches["ElseSteps"]),
    )
    for branch in _BRANCHES:
        yield from branches[branch]


def _frame(document: Any, where: str) -> tuple[str, str, dict[str, Any]]:
    """Return name, type and Arguments of a step whose other members are in order."""
    if not isinstance(document, dict):
        raise malformed(f"{where} must hold objects. Expecting start of Json Object.")
    name, kind = document.get("Name"), document.get("Type")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise malformed(f"The step name {name!r} is not made of 1 to 64 letters, digits, - and _.")
    if kind in ELSEWHERE:
        raise not_here(f"Step type {kind} (step '{name}')")
    types = (*ACTIONS, CONDITION, FAIL)
    if kind not in types:
        raise malformed(f"Unknown step type {kind!r} of step '{name}'; there are {', '.join(types)}.")
    unknown = sorted(set(document) - _STEP_MEMBERS - ({PROPERTY_FILES} if kind == "Processing" else set()))
    if unknown:
        raise malformed(f"Unknown member '{unknown[0]}' of step '{name}'.")
    if document.get("RetryPolicies"):
        raise not_here(f"RetryPolicies of step '{name}'")
    cache = document.get("CacheConfig") or {}
    if not isinstance(cache, dict) or cache.get("Enabled"):
        raise not_here(f"CacheConfig with Enabled=true of step '{name}'")
    given = document.get("Arguments")
    if not isinstance(given, dict) or is_expression(given):
        raise malformed(f"Arguments of step '{name}' must be an object. Expecting start of Json Object.")
    return name, kind, given


def _conditional(given: dict[str, Any], name: str) -> tuple[dict[str, Any], dict[str, list[Step]]]:
    unknown = sorted(set(given) - {"Conditions", *_BRANCHES})
    if unknown:
        raise malformed(f"Unknown Argument member '{unknown[0]}' of Condition step '{name}'.")
    decided = given.get("Conditions")
    if not isinstance(decided, list) or not decided:
        raise malformed(f"Condition step '{name}' needs Conditions, an array with at least one.")
    for condition in decided:
        conditions.check(condition, name)
    branches = {
        branch: list(_steps(given.get(branch) or [], f"{branch} of '{name}'", name)) for branch in _BRANCHES
    }
    return {"Conditions": decided}, branches


def _outermost(steps: list[Step]) -> tuple[str, ...]:
    """Return the names of a branch's own steps, without those of conditions in it."""
    deeper = {inner for step in steps for inner in (*step.if_steps, *step.else_steps)}
    return tuple(step.name for step in steps if step.name not in deeper)


def _property_files(documents: Any, step: str) -> dict[str, tuple[str, str]]:
    expected = {"PropertyFileName", "OutputName", "FilePath"}
    if not isinstance(documents, list):
        raise malformed(f"PropertyFiles of step '{step}' must be an array.")
    for each in documents:
        if not isinstance(each, dict) or set(each) != expected or not all(map(_is_text, each.values())):
            raise malformed(f"A property file of step '{step}' has {', '.join(sorted(expected))}.")
    _refuse_doubles(f"property file of step '{step}'", [each["PropertyFileName"] for each in documents])
    return {each["PropertyFileName"]: (each["OutputName"], each["FilePath"]) for each in documents}


def _check_references(step: Step, definition: Definition) -> None:
    for name in step.after:
        if name not in definition.steps:
            raise malformed(f"Step '{step.name}' refers to step '{name}', which does not exist.")
    parameter_names = {parameter.name for parameter in definition.parameters}
    for reference in references(step.arguments):
        if reference.root == "Parameters" and reference.name not in parameter_names:
            raise malformed(f"Step '{step.name}' refers to '{reference}', and there is no such parameter.")
        if reference.root == "Steps":
            _check_property(reference, definition.steps[reference.name])


def _check_property(reference: Reference, step: Step) -> None:
    first, *rest = reference.path
    if first == PROPERTY_FILES:
        if len(rest) != 1 or rest[0] not in (step.property_files or {}):
            raise malformed(f"Step '{step.name}' has no property file '{'.'.join(map(str, rest))}'.")
    elif step.type in ACTIONS:
        arguments.check_property(ACTIONS[step.type], reference.path, str(reference))
    elif (step.type, reference.path) != (CONDITION, ("Outcome",)):
        raise malformed(f"Invalid property reference '{reference}': a {step.type} step has no such property.")


def _refuse_cycles(steps: Mapping[str, Step]) -> None:
    left = {name: set(step.after) for name, step in steps.items()}
    while free := [name for name, after in left.items() if not after & left.keys()]:
        for name in free:
            del left[name]
    if left:
        raise malformed(f"The steps {', '.join(left)} wait for each other: a pipeline must not have cycles.")


def _refuse_doubles(what: str, names: list[str]) -> None:
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise malformed(f"There is more than one {what} named '{doubles[0]}'; names must be unique.")


def _names(names: Any, step: str) -> list[str]:
    if not isinstance(names, list) or not all(map(_is_text, names)):
        raise malformed(f"DependsOn of step '{step}' must be an array of step names.")
    return names


def _text(document: Mapping[str, Any], member: str, step: str) -> str | None:
    value = document.get(member)
    if value is not None and not isinstance(value, str):
        raise malformed(f"{member} of step '{step}' must be a string.")
    return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
