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
from typing import Any, NoReturn

from mllab_localaws.wire.errors import AwsError

Matcher = Callable[[Any], bool]
LONGEST_PATTERN = 4096
DEEPEST_PATTERN = 100
_ABSENT = object()
# Of a wildcard pattern: an escaped character, a star, or plain text.
_WILDCARD_PART = re.compile(r"\\.|\*|[^\\*]+")
_CIDR = re.compile(r"[^/]+/[0-9]{1,3}")
# Of numbers that are compared; the same page, "Numeric matching".
_LARGEST = 5.0e9
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
        pattern = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _invalid(f"it is not JSON ({error})") from error
    if not isinstance(pattern, dict):
        raise _invalid("Filter is not an object")
    if not pattern:
        raise _invalid("Event pattern must have at least one field")
    return _fields(pattern)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _fields(pattern: Mapping[str, Any], depth: int = 1) -> Matcher:
    """Every field must match: nested patterns in objects, alternatives in arrays."""
    if depth > DEEPEST_PATTERN:
        raise _invalid(f"it is nested more than {DEEPEST_PATTERN} levels deep")
    parts = [
        _alternatives(spec, depth + 1) if name == "$or" else _field(name, spec, depth + 1)
        for name, spec in pattern.items()
    ]

    def matches(event: Any) -> bool:
        # One element of an array of objects has to satisfy all fields together.
        return any(all(part(each) for part in parts) for each in _objects(event))

    return matches


def _objects(value: Any) -> Sequence[Mapping[str, Any]]:
    # Where none is there, a nested `exists: false` still has to be asked.
    return [item for item in _elements(value) if isinstance(item, Mapping)] or [{}]


def _elements(value: Any) -> Iterator[Any]:
    """Return what a field holds, without the arrays around it; nested ones are one, as for EventBridge."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        else:
            yield item


def _alternatives(spec: Any, depth: int) -> Matcher:
    if (
        not isinstance(spec, list)
        or len(spec) < 2
        or not all(isinstance(each, dict) and each for each in spec)
    ):
        raise _invalid("$or must be an array of at least two objects")
    alternatives = [_fields(each, depth) for each in spec]
    return lambda event: any(matches(event) for matches in alternatives)


def _field(name: str, spec: Any, depth: int) -> Matcher:
    if isinstance(spec, dict):
        if not spec:
            raise _invalid("Empty objects are not allowed")
        nested = _fields(spec, depth)
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
        # Only a leaf exists; an object in its place does not, nor does an empty array.
        return lambda value: any(True for _ in _leaves(value)) == argument
    if operator not in _OPERATORS:
        raise _invalid(f"Unrecognized match type {operator}")
    return _any_value(_OPERATORS[operator](argument))


def _any_value(accepts: Matcher) -> Matcher:
    """An array matches when one of its values does; objects have none, and what is absent never matches."""
    return lambda value: any(accepts(leaf) for leaf in _leaves(value))


def _leaves(value: Any) -> Iterator[Any]:
    return (each for each in _elements(value) if each is not _ABSENT and not isinstance(each, Mapping))


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
        if not _is_number(limit):
            raise _invalid(f"Value of {operator} must be numeric")
        if not _is_comparable(limit):
            raise _invalid("Value must be between -5.0E9 and 5.0E9, inclusive")
    if len(pairs) == 2:
        _check_range(pairs)
    return lambda value: _is_comparable(value) and all(_COMPARISONS[op](value, limit) for op, limit in pairs)


def _check_range(pairs: Sequence[tuple[str, float]]) -> None:
    (first, bottom), (second, top) = pairs
    if not first.startswith(">"):
        raise _invalid("Too many elements in numeric expression")
    if not second.startswith("<"):
        raise _invalid(f"Bad numeric range operator: {second}")
    if bottom >= top:
        raise _invalid("Bottom must be less than top")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_comparable(value: Any) -> bool:
    """Whether a value is a number that EventBridge compares; larger ones match no comparison."""
    return _is_number(value) and abs(value) <= _LARGEST


def _cidr(argument: Any) -> Matcher:
    text = _text("cidr", argument)
    if not _CIDR.fullmatch(text):
        raise _invalid("Malformed CIDR, one '/' required, and mask bits after it")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise _invalid(f"Malformed CIDR: {error}") from error

    def accepts(value: Any) -> bool:
        if not isinstance(value, str):  # to Python a number is an address too
            return False
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
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
    if len({isinstance(each, str) for each in values}) > 1:
        raise _invalid(
            "Inside anything but list, either all values are number or string, mixed type is not supported"
        )
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
