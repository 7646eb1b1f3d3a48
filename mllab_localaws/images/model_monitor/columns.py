"""A column of a data set: its values, their type, and how many there are.

Types and how a column's type follows from its values': `DataType` of awslabs/deequ, which AWS's analyzer
uses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

INTEGRAL, FRACTIONAL, STRING, UNKNOWN = "Integral", "Fractional", "String", "Unknown"
NUMERIC = (INTEGRAL, FRACTIONAL)
# Deequ calls a column categorical with at most so many values, of which at most a tenth occur once.
MOST_CATEGORIES = 120
_MOST_UNIQUE = 0.1
# Beyond it squares have no finite sum, and JSON knows no infinity: such a value is text.
_LARGEST = 1e150

_DIGITS = frozenset("+-0123456789")
_INTEGER = re.compile(r"[+-]?\d+")

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """One feature.

    Attributes:
        present: its values as text, without the missing ones.
        missing: empty values and NaN.
        numbers: those of the values that are finite numbers.
        kinds: how many values are of each type.
    """

    name: str
    present: Sequence[str]
    missing: int
    numbers: Numbers
    kinds: Mapping[str, int]

    @property
    def inferred_type(self) -> str:
        """The type that all values have: text where a single one is text."""
        return next((kind for kind in (STRING, FRACTIONAL, INTEGRAL) if self.kinds.get(kind)), UNKNOWN)

    @property
    def completeness(self) -> float:
        """The share of values that are not missing."""
        return len(self.present) / max(1, len(self.present) + self.missing)

    @cached_property
    def categories(self) -> Mapping[str, int] | None:
        """How often each value occurs, the most frequent first; None when the values are no categories."""
        counts = Counter(self.present)
        unique = sum(count == 1 for count in counts.values())
        if not counts or len(counts) > MOST_CATEGORIES or unique > _MOST_UNIQUE * len(counts):
            return None
        return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))

    def share_of(self, kind: str) -> float:
        """Return the share of the present values that are of a type; a whole number is a fraction, too."""
        fitting = {FRACTIONAL: NUMERIC, STRING: (*NUMERIC, STRING)}.get(kind, (kind,))
        return sum(self.kinds.get(each, 0) for each in fitting) / max(1, len(self.present))


def column(name: str, values: Sequence[str]) -> Column:
    """Return a column of these texts; empty ones and NaN are missing."""
    present = [text for value in values if (text := value.strip()) and text.lower() != "nan"]
    numbers, kinds = _classify(present)
    return Column(name, present, len(values) - len(present), numbers, kinds)


def _classify(present: Sequence[str]) -> tuple[Numbers, Mapping[str, int]]:
    try:
        numbers = np.array(present, dtype=np.str_).astype(np.float64)
    except ValueError:
        return _classify_one_by_one(present)
    if not (np.abs(numbers) <= _LARGEST).all():
        return _classify_one_by_one(present)
    if _DIGITS.issuperset("".join(present)):
        return numbers, {INTEGRAL: len(present)}
    integral = sum(_INTEGER.fullmatch(text) is not None for text in present)
    return numbers, {INTEGRAL: integral, FRACTIONAL: len(present) - integral}


def _classify_one_by_one(present: Sequence[str]) -> tuple[Numbers, Mapping[str, int]]:
    kinds: Counter[str] = Counter()
    numbers: list[float] = []
    for text in present:
        try:
            number = float(text)
        except ValueError:
            number = np.inf
        if abs(number) <= _LARGEST:
            numbers.append(number)
            kinds[INTEGRAL if _INTEGER.fullmatch(text) else FRACTIONAL] += 1
        else:
            kinds[STRING] += 1
    return np.array(numbers, dtype=np.float64), kinds
