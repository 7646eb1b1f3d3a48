"""IAM's condition operators.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple
context keys or values".
"""

from __future__ import annotations

import ipaddress
import logging
import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import cache
from typing import Any

from botocore.utils import parse_timestamp

from mllab_localaws.access.patterns import Context, arn_like, equal, like, variables

# A value of the request, one that the policy wants, and what its variables stand for.
Matcher = Callable[[str, str, "Context | None"], bool]
_FOR_ALL, _FOR_ANY, _IF_EXISTS = "ForAllValues:", "ForAnyValue:", "IfExists"
_log = logging.getLogger(__name__)


def hold(conditions: Any, context: Context, *, has_variables: bool) -> bool:
    """Say whether all of a statement's conditions hold; what cannot be understood holds for nobody.

    Args:
        conditions: operator -> condition key -> wanted values.
        context: what is known of the request, by key in lower case.
        has_variables: the policy is of version 2012-10-17, in which `${...}` is a variable.
    """
    if not isinstance(conditions, Mapping):
        return False
    known = context if has_variables else None
    return all(
        isinstance(keys, Mapping)
        and all(_holds(name, key.lower(), _texts(wanted), context, known) for key, wanted in keys.items())
        for name, keys in conditions.items()
    )


def missing_keys(conditions: Any, context: Context) -> list[str]:
    """Return the keys that conditions ask for, in their own words, and the request does not have."""
    if not isinstance(conditions, Mapping):
        return []
    asked = [
        key
        for name, keys in conditions.items()
        if isinstance(keys, Mapping) and name != "Null" and not name.endswith(_IF_EXISTS)
        for key, wanted in keys.items()
        for key in (key, *(each for text in _texts(wanted) for each in variables(text)))
    ]
    return [key for key in asked if key.lower() not in context]


def _holds(name: str, key: str, wanted: list[str], context: Context, known: Context | None) -> bool:
    values = context.get(key, ())
    if name == "Null":
        return any((not values) == (each.lower() == "true") for each in wanted)
    base = name.removeprefix(_FOR_ALL).removeprefix(_FOR_ANY).removesuffix(_IF_EXISTS)
    negated = "Not" in base
    matches = _OPERATORS.get(base.replace("Not", "", 1))
    if matches is None:
        _say_unknown(name)
        return False
    if not values:
        return name.endswith(_IF_EXISTS) or name.startswith(_FOR_ALL) or (negated and base == name)
    held = [negated != any(matches(value, each, known) for each in wanted) for value in values]
    # Without a set operator a negation must not be escaped by a second value.
    everyone = name.startswith(_FOR_ALL) or (negated and not name.startswith(_FOR_ANY))
    return all(held) if everyone else any(held)


@cache
def _say_unknown(name: str) -> None:
    _log.warning("The condition operator %r is unknown: statements with it match nobody.", name)


def _texts(wanted: Any) -> list[str]:
    values = wanted if isinstance(wanted, list) else [wanted]
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in values]


def _ignoring_case(value: str, wanted: str, known: Context | None) -> bool:
    lowered = None if known is None else {key: [each.lower() for each in known[key]] for key in known}
    return equal(value.lower(), wanted.lower(), lowered)


def _as_numbers(compare: Callable[[Any, Any], bool]) -> Matcher:
    def matches(value: str, wanted: str, _known: Context | None) -> bool:
        try:
            return compare(float(value), float(wanted))
        except ValueError:
            return False

    return matches


def _as_dates(compare: Callable[[Any, Any], bool]) -> Matcher:
    def matches(value: str, wanted: str, _known: Context | None) -> bool:
        try:
            return compare(_date(value), _date(wanted))
        except (ValueError, OverflowError, RuntimeError, OSError):
            return False

    return matches


def _date(text: str) -> datetime:
    date: datetime = parse_timestamp(text)
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def _in_network(value: str, wanted: str, _known: Context | None) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


# Their negations are the same names with a Not in them.
_OPERATORS: Mapping[str, Matcher] = {
    "StringEquals": equal,
    "StringEqualsIgnoreCase": _ignoring_case,
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda value, wanted, _known: value.lower() == wanted.lower(),
    "BinaryEquals": lambda value, wanted, _known: value == wanted,
    "IpAddress": _in_network,
    "NumericEquals": _as_numbers(operator.eq),
    "NumericLessThan": _as_numbers(operator.lt),
    "NumericLessThanEquals": _as_numbers(operator.le),
    "NumericGreaterThan": _as_numbers(operator.gt),
    "NumericGreaterThanEquals": _as_numbers(operator.ge),
    "DateEquals": _as_dates(operator.eq),
    "DateLessThan": _as_dates(operator.lt),
    "DateLessThanEquals": _as_dates(operator.le),
    "DateGreaterThan": _as_dates(operator.gt),
    "DateGreaterThanEquals": _as_dates(operator.ge),
}
