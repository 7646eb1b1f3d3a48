"""The ranges that a tuning job searches.

Rules: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

MOST_RANGES = 30
# `Auto` searches by logarithm what spans so many times its smallest value.
WIDE = 1000.0
# Every whole number up to here is a floating-point number, too.
LARGEST = 2**53
_LISTS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")


@dataclass(frozen=True)
class Numbers:
    """An integer or continuous range, ends included.

    Attributes: scaling: Linear, Logarithmic or ReverseLogarithmic.
    """

    name: str
    low: float
    high: float
    is_integer: bool
    scaling: str = "Linear"

    @property
    def combinations(self) -> float:
        """How many values there are."""
        return float(self.high - self.low + 1) if self.is_integer else math.inf

    @property
    def ends(self) -> list[str]:
        """The smallest and the largest value, as hyperparameters are written."""
        return [self.written(self.low), self.written(self.high)]

    def written(self, value: float) -> str:
        """Return a value of the range as a hyperparameter's string, in full precision."""
        return str(int(value)) if self.is_integer else repr(float(value))


@dataclass(frozen=True)
class Categories:
    """A categorical range."""

    name: str
    values: tuple[str, ...] = field(default=())

    @property
    def combinations(self) -> float:
        """How many values there are."""
        return float(len(self.values))

    @property
    def ends(self) -> list[str]:
        """Every value."""
        return list(self.values)


Range = Numbers | Categories


def read(ranges: Mapping[str, Any]) -> tuple[Range, ...]:
    """Return the ranges of a request.

    Raises: AwsError: `ValidationException`, a range is empty, no number, or cannot be scaled as asked.
    """
    refuse_others(ranges, _LISTS, "ParameterRanges")
    found: list[Range] = [
        *(_numbers(each, is_integer=True) for each in ranges.get("IntegerParameterRanges", [])),
        *(_numbers(each, is_integer=False) for each in ranges.get("ContinuousParameterRanges", [])),
        *(_categories(each) for each in ranges.get("CategoricalParameterRanges", [])),
    ]
    names = [each.name for each in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise validation_error(f"Each hyperparameter can have one range; {', '.join(twice)} has several.")
    if not found or len(found) > MOST_RANGES:
        raise validation_error(
            f"ParameterRanges must give 1 to {MOST_RANGES} hyperparameters to search, not {len(found)}."
        )
    return tuple(found)


def combinations(ranges: Sequence[Range]) -> float:
    """Return how many combinations there are; infinity with a continuous range."""
    return math.prod(each.combinations for each in ranges)


def _numbers(given: Mapping[str, str], *, is_integer: bool) -> Numbers:
    name = given["Name"]
    low, high = (_number(given, member, is_integer=is_integer) for member in ("MinValue", "MaxValue"))
    if low >= high:
        raise _refusal(name, f"MinValue {given['MinValue']} must be less than MaxValue {given['MaxValue']}")
    scaling = given.get("ScalingType", "Auto")
    if scaling == "Auto":
        scaling = "Logarithmic" if low > 0 and high / low >= WIDE else "Linear"
    if scaling == "Logarithmic" and low <= 0:
        raise _refusal(name, f"ScalingType Logarithmic needs a MinValue above 0, not {given['MinValue']}")
    if scaling == "ReverseLogarithmic" and is_integer:
        raise _refusal(name, "ScalingType ReverseLogarithmic is for continuous ranges only")
    if scaling == "ReverseLogarithmic" and not (low >= 0 and high < 1):
        raise _refusal(name, "ScalingType ReverseLogarithmic needs 0 <= MinValue and MaxValue < 1")
    return Numbers(name, low, high, is_integer, scaling)


def _number(given: Mapping[str, str], member: str, *, is_integer: bool) -> float:
    text = given[member]
    try:
        value = int(text) if is_integer else float(text)
    except ValueError:
        kind = "whole number" if is_integer else "number"
        raise _refusal(given["Name"], f'{member} "{text}" is no {kind}') from None
    if not abs(value) <= LARGEST:  # infinite, or not a number at all
        raise _refusal(given["Name"], f"{member} {text} is not between -{LARGEST:g} and {LARGEST:g}")
    return value


def _categories(given: Mapping[str, Any]) -> Categories:
    values = tuple(given["Values"])
    if len(set(values)) < len(values):
        raise _refusal(given["Name"], "its Values must differ from each other")
    return Categories(given["Name"], values)


def _refusal(name: str, what: str) -> AwsError:
    return validation_error(f'The range of hyperparameter "{name}" cannot be searched: {what}.')
