"""Kinds of hyperparameters: how each is read from its string, and what it may be.

Error texts: `sagemaker_algorithm_toolkit/hyperparameter_validation.py` of aws/sagemaker-xgboost-container.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from mllab_localaws.images.toolkit.errors import UserError


@dataclass(frozen=True)
class Interval:
    """An interval whose ends are closed unless said otherwise; None is infinity."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def __contains__(self, value: float) -> bool:
        above = self.low is None or (value > self.low if self.low_open else value >= self.low)
        below = self.high is None or (value < self.high if self.high_open else value <= self.high)
        return above and below

    def __str__(self) -> str:
        low = "(-inf" if self.low is None else f"{'(' if self.low_open else '['}{self.low}"
        high = "+inf)" if self.high is None else f"{self.high}{')' if self.high_open else ']'}"
        return f"{low}, {high}"


@dataclass(frozen=True)
class Parameter:
    """One hyperparameter.

    Attributes:
        name: as the request spells it.
        parse: turns the string into a value; ValueError or SyntaxError when it cannot.
        check: raises UserError for a value that is out of range; its argument is the parsed value.
    """

    name: str
    parse: Callable[[str], Any]
    check: Callable[[Any], None]


def integer(
    name: str, low: int | None = None, high: int | None = None, *, open_ends: bool = False
) -> Parameter:
    """Return a whole number in an interval."""
    return Parameter(name, int, _within(name, Interval(low, high, open_ends, open_ends)))


def number(name: str, interval: Interval) -> Parameter:
    """Return a real number in an interval."""
    return Parameter(name, float, _within(name, interval))


def choice(name: str, values: Sequence[str]) -> Parameter:
    """Return one word of several."""
    return Parameter(name, str, _within(name, list(values)))


def word_list(name: str, values: Sequence[str], allowed: Callable[[str], bool] | None = None) -> Parameter:
    """Return a comma-separated list whose members are in `values`, or are `allowed`."""
    return Parameter(
        name, lambda text: text.split(","), _all_within(name, list(values), allowed or values.__contains__)
    )


def constraint_tuple(name: str, values: Sequence[int]) -> Parameter:
    """Return a Python tuple of numbers, such as `(1,-1,0)`."""
    return Parameter(name, ast.literal_eval, _all_within(name, list(values), values.__contains__))


def nested_list(name: str, interval: Interval) -> Parameter:
    """Return a list of lists of numbers, such as `[[1,2],[3,4]]`."""

    def check(value: list[list[int]]) -> None:
        if any(element not in interval for group in value for element in group):
            raise UserError(f"Hyperparameter {name}: value {value} not in range {interval}")

    return Parameter(name, ast.literal_eval, check)


def _within(name: str, values: Interval | Collection[Any]) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if value not in values:
            raise UserError(f"Hyperparameter {name}: {value} is not in {values}")

    return check


def _all_within(name: str, values: list[Any], allowed: Callable[[Any], bool]) -> Callable[[Any], None]:
    def check(value: Sequence[Any]) -> None:
        if not all(allowed(element) for element in value):
            raise UserError(f"Hyperparameter {name}: value {value} not in range {values}")

    return check
