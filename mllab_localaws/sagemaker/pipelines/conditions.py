"""Conditions of a Condition step (contract E.3): all of them must hold."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from mllab_localaws.sagemaker.pipelines.errors import StepError, malformed
from mllab_localaws.sagemaker.pipelines.expressions import Scope, resolve

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
# Type of a condition -> its other members.
_MEMBERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_COMPARISONS, ("LeftValue", "RightValue")),
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}


def check(condition: Any, step: str) -> None:
    """Refuse a condition that no execution could decide.

    Raises: AwsError: `ValidationException`.
    """
    kind = condition.get("Type") if isinstance(condition, dict) else None
    if not isinstance(kind, str) or kind not in _MEMBERS:
        raise malformed(f"Step '{step}': {kind!r} is no condition type; there are {', '.join(_MEMBERS)}.")
    expected = {"Type", *_MEMBERS[kind]}
    if set(condition) != expected:
        raise malformed(f"Step '{step}': a condition {kind} has {', '.join(sorted(expected))}.")
    for name in ("Values", "Conditions"):
        if name in expected and not isinstance(condition[name], list):
            raise malformed(f"Step '{step}': {name} of a condition {kind} must be an array.")
    for inner in [condition["Condition"]] if kind == "Not" else condition.get("Conditions", []):
        check(inner, step)


def holds(condition: dict[str, Any], scope: Scope) -> bool:
    """Decide a condition.

    Raises: StepError: a value cannot be found, or two values cannot be compared.
    """
    kind = condition["Type"]
    if kind == "Not":
        return not holds(condition["Condition"], scope)
    if kind == "Or":
        return any(holds(inner, scope) for inner in condition["Conditions"])
    if kind == "In":
        wanted = resolve(condition["QueryValue"], scope)
        return any(_compare("Equals", wanted, resolve(each, scope)) for each in condition["Values"])
    return _compare(kind, resolve(condition["LeftValue"], scope), resolve(condition["RightValue"], scope))


def _compare(kind: str, left: Any, right: Any) -> bool:
    if _family(left) != _family(right) or _family(left) == "a structure":
        raise StepError(
            f"Condition {kind} cannot compare {left!r}, {_family(left)}, with {right!r}, {_family(right)}."
        )
    return _COMPARISONS[kind](left, right)


def _family(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return "a string" if isinstance(value, str) else "a structure"
