"""Ranges, and what the strategies draw from them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mllab_localaws.sagemaker import tuning_search
from mllab_localaws.sagemaker.tuning_ranges import Categories, Numbers, Range, combinations, read

ETA = Numbers("eta", 0.1, 0.5, is_integer=False)
DEPTH = Numbers("max_depth", 1, 6, is_integer=True)
COLOR = Categories("color", ("red", "blue"))


def _drawn(given: Range, count: int = 200, seed: int = 1) -> list[str]:
    search = tuning_search.start("Random", [given], seed, maximize=False)
    suggestions = [search.suggest() for _ in range(count)]
    return [suggestion.values[given.name] for suggestion in suggestions if suggestion]


def test_integers_are_whole_and_include_both_ends() -> None:
    assert set(_drawn(DEPTH)) == set("123456")


def test_numbers_keep_their_full_precision() -> None:
    values = _drawn(ETA)
    assert all(repr(float(value)) == value and 0.1 <= float(value) <= 0.5 for value in values)
    assert max(map(len, values)) > 12


def test_a_logarithmic_range_is_searched_by_orders_of_magnitude() -> None:
    values = [float(value) for value in _drawn(Numbers("l", 1e-6, 1.0, False, "Logarithmic"))]
    assert 0.3 < sum(value < 1e-3 for value in values) / len(values) < 0.7


def test_a_reverse_logarithmic_range_is_searched_near_one() -> None:
    values = [float(value) for value in _drawn(Numbers("r", 0.0, 0.999999, False, "ReverseLogarithmic"))]
    assert 0.3 < sum(value > 0.999 for value in values) / len(values) < 0.7
    assert all(0 <= value <= 0.999999 for value in values)


def test_auto_scaling_follows_the_width_of_the_range() -> None:
    def scaling(low: str, high: str) -> str:
        given = {"Name": "x", "MinValue": low, "MaxValue": high}
        [found] = read({"ContinuousParameterRanges": [given]})
        assert isinstance(found, Numbers)
        return found.scaling

    assert scaling("0.0001", "1") == "Logarithmic"
    assert scaling("0.1", "1") == scaling("0", "1000") == scaling("-1", "1000") == "Linear"


def test_combinations_multiply_and_a_continuous_range_has_no_end() -> None:
    assert combinations([DEPTH, COLOR]) == 12
    assert combinations([DEPTH, ETA]) == math.inf


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_no_combination_comes_twice_while_there_are_others(strategy: str) -> None:
    search = tuning_search.start(strategy, [DEPTH, COLOR], 3, maximize=True)
    seen = set()
    for _ in range(12):
        suggestion = search.suggest()
        assert suggestion is not None
        seen.add(tuple(suggestion.values.items()))
        search.tell(suggestion, 1.0)
    assert len(seen) == 12


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_a_seed_makes_a_search_repeatable(strategy: str) -> None:
    def path(seed: int | None) -> list[dict[str, str]]:
        search = tuning_search.start(strategy, [ETA, DEPTH], seed, maximize=False)
        found = []
        for _ in range(8):
            suggestion = search.suggest()
            assert suggestion is not None
            search.tell(suggestion, float(suggestion.values["eta"]))
            found.append(suggestion.values)
        return found

    assert path(5) == path(5)
    assert path(5) != path(6)
    assert path(None) != path(None)
    assert path(2**40)


@pytest.mark.parametrize(("maximize", "best"), [(True, 0.5), (False, 0.1)])
def test_bayesian_search_goes_where_the_objective_is_better(maximize: bool, best: float) -> None:
    search: Any = tuning_search.start("Bayesian", [ETA], 0, maximize=maximize)
    found = []
    for _ in range(30):
        suggestion = search.suggest()
        found.append(float(suggestion.values["eta"]))
        search.tell(suggestion, found[-1])
    assert abs(sum(found[20:]) / 10 - best) < 0.1


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_a_trial_without_a_usable_value_is_no_news(value: float | None) -> None:
    search = tuning_search.start("Bayesian", [ETA], 0, maximize=True)
    for _ in range(8):
        suggestion = search.suggest()
        assert suggestion is not None
        search.tell(suggestion, value)


def test_trials_may_end_in_any_order() -> None:
    search = tuning_search.start("Bayesian", [ETA, DEPTH], 0, maximize=True)
    pending = [search.suggest() for _ in range(10)]
    for suggestion in reversed(pending):
        assert suggestion is not None
        search.tell(suggestion, 1.0)
    assert search.suggest() is not None


def test_a_grid_comes_in_the_requests_order_and_ends() -> None:
    search = tuning_search.start("Grid", [COLOR, Categories("n", ("1", "2"))], None, maximize=True)
    found = []
    while (suggestion := search.suggest()) is not None:
        found.append(tuple(suggestion.values.values()))
    assert found == [("red", "1"), ("red", "2"), ("blue", "1"), ("blue", "2")]
