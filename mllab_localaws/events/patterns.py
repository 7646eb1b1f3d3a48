"""Event patterns: which events a rule wants.

All of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
The reasons of refusals are worded after EventBridge's open-source matcher (github.com/aws/event-ruler).
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from mllab_localaws.wire.errors import AwsError

Matcher = Callable[[Any], bool]
LONGEST_PATTERN = 4096
_ABSENT = object()
# Of a wildcard pattern: an escaped character, a star, or plain text.
_WILDCARD_PART = re.compile(r"\\.|\*|[^\\*]+")
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda value, limit: value == limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
}


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> Matcher:
    """Return what says whether an event, as JSON values, matches a pattern.

    Raises: AwsError: `InvalidEventPatternException` with the reason.
    """
    if len(text) > LONGEST_PATTERN:
        raise _invalid(f"it is longer than {LONGEST_PATTERN} characters")
    try:
        pattern = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _invalid(f"it is not JSON ({error})") from error
    if not isinstance(pattern, dict):
        raise _invalid("Filter is not an object")
    if not pattern:
        raise _invalid("Event pattern must have at least one field")
    return _fields(pattern)


def _fields(pattern: Mapping[str, Any]) -> Matcher:
    """Every field must match: nested patterns in objects, alternatives in arrays."""
    parts = [_alternatives(spec) if name == "$or" else _field(name, spec) for name, spec in pattern.items()]

    def matches(event: Any) -> bool:
        # One element of an array of objects has to satisfy all fields together.
        return any(all(part(each) for part in parts) for each in _objects(event))

    return matches


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)
    else:
        # Nothing is there: a nested `exists: false` still has to be asked.
        yield {}


def _alternatives(spec: Any) -> Matcher:
    if (
        not isinstance(spec, list)
        or len(spec) < 2
        or not all(isinstance(each, dict) and each for each in spec)
    ):
        raise _invalid("$or must be an array of at least two objects")
    alternatives = [_fields(each) for each in spec]
    return lambda event: any(matches(event) for matches in alternatives)


def _field(name: str, spec: Any) -> Matcher:
    if isinstance(spec, dict):
        if not spec:
            raise _invalid("Empty objects are not allowed")
        nested = _fields(spec)
        return lambda event: nested(event.get(name, _ABSENT))
    if not isinstance(spec, list):
        raise _invalid(f'"{name}" must be an object or an array')
    if not spec:
        raise _invalid("Empty arrays are not allowed")
    wanted = [_wanted(each) for each in spec]

    def matches(event: Any) -> bool:
        value = event.get(name, _ABSENT)
        return any(each(value) for each in wanted)

    return matches


def _wanted(spec: Any) -> Matcher:
    """Return what one element of a field's array accepts: a value, or an operator."""
    if isinstance(spec, list):
        raise _invalid("Inside event pattern, only objects and values are allowed in an array")
    if not isinstance(spec, dict):
        return _any_value(_equal_to(spec))
    if len(spec) != 1:
        raise _invalid("Only one key allowed in match expression")
    operator, argument = next(iter(spec.items()))
    if operator == "exists":
        if not isinstance(argument, bool):
            raise _invalid("exists match pattern must be either true or false")
        # Only a leaf exists; an object in its place does not.
        return lambda value: (value is not _ABSENT and not isinstance(value, Mapping)) == argument
    if operator not in _OPERATORS:
        raise _invalid(f"Unrecognized match type {operator}")
    return _any_value(_OPERATORS[operator](argument))


def _any_value(accepts: Matcher) -> Matcher:
    """An array matches when one of its values does; what is absent never does."""

    def matches(value: Any) -> bool:
        if value is _ABSENT or isinstance(value, Mapping):
            return False
        return any(matches(item) for item in value) if isinstance(value, list) else accepts(value)

    return matches


def _equal_to(wanted: Any) -> Matcher:
    # To Python True equals 1; to JSON it does not.
    return lambda value: isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


def _prefix(argument: Any) -> Matcher:
    if isinstance(argument, dict):
        start = _ignored_case("prefix", argument)
        return lambda value: isinstance(value, str) and value.lower().startswith(start)
    text = _text("prefix", argument)
    return lambda value: isinstance(value, str) and value.startswith(text)


def _suffix(argument: Any) -> Matcher:
    if isinstance(argument, dict):
        end = _ignored_case("suffix", argument)
        return lambda value: isinstance(value, str) and value.lower().endswith(end)
    text = _text("suffix", argument)
    return lambda value: isinstance(value, str) and value.endswith(text)


def _ignored_case(operator: str, argument: Mapping[str, Any]) -> str:
    if list(argument) != ["equals-ignore-case"]:
        raise _invalid(f"Unsupported {operator} pattern: {', '.join(argument) or 'empty'}")
    return _text(operator, argument["equals-ignore-case"]).lower()


def _equals_ignore_case(argument: Any) -> Matcher:
    text = _text("equals-ignore-case", argument).lower()
    return lambda value: isinstance(value, str) and value.lower() == text


def _wildcard(argument: Any) -> Matcher:
    text = _text("wildcard", argument)
    if "**" in text:
        raise _invalid("Consecutive wildcard characters are not allowed")
    if re.search(r"(?<!\\)(?:\\\\)*\\(?![*\\])", text):
        raise _invalid("Invalid escape character in wildcard pattern")
    texts = [""]
    for part in _WILDCARD_PART.findall(text):
        if part == "*":
            texts.append("")
        else:
            texts[-1] += part[1:] if part.startswith("\\") else part
    first, *others = texts
    return lambda value: isinstance(value, str) and _has_parts(value, first, others)


def _has_parts(value: str, first: str, others: Sequence[str]) -> bool:
    """Look for the texts between stars one after the other, which takes no longer for many stars."""
    if not others:
        return value == first
    *middle, last = others
    position = len(first)
    for part in middle:
        found = value.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return value.startswith(first) and value.endswith(last) and len(value) - len(last) >= position


def _numeric(argument: Any) -> Matcher:
    if not isinstance(argument, list) or len(argument) not in (2, 4):
        raise _invalid("Invalid numeric match: an operator and a number, once or twice")
    pairs = list(zip(argument[::2], argument[1::2], strict=True))
    for operator, limit in pairs:
        if operator not in _COMPARISONS:
            raise _invalid(f"Unrecognized numeric range operator: {operator}")
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            raise _invalid(f"Value of {operator} must be numeric")
    return lambda value: _is_number(value) and all(_COMPARISONS[op](value, limit) for op, limit in pairs)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cidr(argument: Any) -> Matcher:
    try:
        network = ipaddress.ip_network(_text("cidr", argument), strict=False)
    except ValueError as error:
        raise _invalid(f"Malformed CIDR, one '/' required: {error}") from error

    def accepts(value: Any) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except (ValueError, TypeError):
            return False

    return accepts


def _anything_but(argument: Any) -> Matcher:
    refused = _refused(argument)
    return lambda value: not any(matches(value) for matches in refused)


def _refused(argument: Any) -> Sequence[Matcher]:
    if isinstance(argument, dict):
        if len(argument) != 1:
            raise _invalid("Only one key allowed in match expression")
        operator, inner = next(iter(argument.items()))
        if operator not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
            raise _invalid(f"Unsupported anything-but pattern: {operator}")
        values = inner if isinstance(inner, list) else [inner]
        if not values:
            raise _invalid("Empty arrays are not allowed")
        return [_OPERATORS[operator](each) for each in values]
    values = argument if isinstance(argument, list) else [argument]
    if not values or not all(isinstance(each, str) or _is_number(each) for each in values):
        raise _invalid("Value of anything-but must be an array or single string/number value")
    return [_equal_to(each) for each in values]


_OPERATORS: Mapping[str, Callable[[Any], Matcher]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
    "anything-but": _anything_but,
}


def _text(operator: str, argument: Any) -> str:
    if not isinstance(argument, str):
        raise _invalid(f"{operator} match pattern must be a string")
    return argument


def _invalid(reason: str) -> AwsError:
    return AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")
