"""Which hyperparameters are tried next: at random, by Bayesian search (optuna's TPE), or all of a grid."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mllab_localaws.sagemaker.tuning_ranges import Categories, Range

if TYPE_CHECKING:
    import optuna

# Bayesian search begins with so many random trials; optuna's ten would be most of a lesson's tuning job.
RANDOM_TRIALS = 5
# Where a sampler keeps coming back to what was tried, chance looks for something new; both have an end.
_OWN_ATTEMPTS = 20
_ATTEMPTS = 200


@dataclass(frozen=True)
class Suggestion:
    """Hyperparameters to try.

    Attributes: values: as strings, by name.
    """

    number: int
    values: dict[str, str]


class Search(Protocol):
    """A strategy at work."""

    def suggest(self) -> Suggestion | None:
        """Return what to try next, None when everything was tried."""

    def tell(self, suggestion: Suggestion, value: float | None) -> None:
        """Say what a trial came to; None when it has no objective value."""


def start(strategy: str, ranges: Sequence[Range], seed: int | None, *, maximize: bool) -> Search:
    """Return a search by a strategy: Random, Bayesian or Grid.

    Args: seed: of the random numbers; None for another search each time.
    """
    if strategy == "Grid":
        return _Grid([each for each in ranges if isinstance(each, Categories)])
    return _Sampled(ranges, _sampler(strategy, seed), _sampler("Random", seed), maximize=maximize)


class _Grid:
    """Every combination of categories, in the request's order."""

    def __init__(self, ranges: Sequence[Categories]) -> None:
        names = [each.name for each in ranges]
        values = itertools.product(*(each.values for each in ranges))
        self._left = (
            Suggestion(number, dict(zip(names, each, strict=True))) for number, each in enumerate(values)
        )

    def suggest(self) -> Suggestion | None:
        return next(self._left, None)

    def tell(self, suggestion: Suggestion, value: float | None) -> None:
        del suggestion, value  # the next one is known anyway


class _Sampled:
    """Draws from ranges by one of optuna's samplers; no combination twice while there are others."""

    def __init__(
        self,
        ranges: Sequence[Range],
        sampler: optuna.samplers.BaseSampler,
        chance: optuna.samplers.BaseSampler,
        *,
        maximize: bool,
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._ranges = ranges
        self._distributions = {each.name: _distribution(each) for each in ranges}
        self._study = optuna.create_study(direction="maximize" if maximize else "minimize", sampler=sampler)
        self._sampler, self._chance = sampler, chance
        self._seen: set[tuple[str, ...]] = set()

    def suggest(self) -> Suggestion | None:
        from optuna.trial import TrialState

        for attempt in range(_ATTEMPTS):
            self._study.sampler = self._sampler if attempt < _OWN_ATTEMPTS else self._chance
            trial = self._study.ask(self._distributions)
            values = {each.name: _written(each, trial.params[each.name]) for each in self._ranges}
            combination = tuple(values.values())
            if combination not in self._seen or attempt == _ATTEMPTS - 1:
                break
            self._study.tell(trial, state=TrialState.FAIL)
        self._seen.add(combination)
        return Suggestion(trial.number, values)

    def tell(self, suggestion: Suggestion, value: float | None) -> None:
        from optuna.trial import TrialState

        if value is None or not math.isfinite(value):
            self._study.tell(suggestion.number, state=TrialState.FAIL)
        else:
            self._study.tell(suggestion.number, value)


def _sampler(strategy: str, seed: int | None) -> optuna.samplers.BaseSampler:
    from optuna.samplers import RandomSampler, TPESampler

    # optuna's generator takes 32 bits.
    seed = None if seed is None else seed % 2**32
    if strategy == "Random":
        return RandomSampler(seed)
    # With constant_liar a trial that runs keeps the next one from being its neighbour.
    return TPESampler(n_startup_trials=RANDOM_TRIALS, constant_liar=True, seed=seed)


def _distribution(given: Range) -> optuna.distributions.BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(given, Categories):
        return CategoricalDistribution(given.values)
    if given.is_integer:
        return IntDistribution(int(given.low), int(given.high), log=given.scaling == "Logarithmic")
    if given.scaling == "ReverseLogarithmic":
        # Fine steps near 1: what is drawn by logarithm is the distance from there.
        return FloatDistribution(1 - given.high, 1 - given.low, log=True)
    return FloatDistribution(given.low, given.high, log=given.scaling == "Logarithmic")


def _written(given: Range, drawn: str | float) -> str:
    if isinstance(given, Categories):
        return str(drawn)
    value = float(drawn)
    if given.scaling == "ReverseLogarithmic":
        value = min(max(1 - value, given.low), given.high)
    return given.written(value)
