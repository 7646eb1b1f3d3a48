"""Self-checks of the exercises, in the order of the notebooks.

Each computes the right answer itself, from the same data or service, and says what is wrong with another one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mllab_helpers.notebook.exercises import check_exercise
from mllab_helpers.texts import say

if TYPE_CHECKING:
    import pandas as pd

    from mllab_helpers.deployment.deployment import Endpoint
    from mllab_helpers.lab.lab import Lab
    from mllab_helpers.monitoring.drift import Finding
    from mllab_helpers.training.training import TrainingResult
    from mllab_helpers.training.tuning import TuningResult

HOURS_OF_30_DAYS = 24 * 30
_OK = 200


def bytes_in_s3(lab: Lab, answer: object) -> None:
    """Check exercise 1.1: how many bytes S3 says that the export takes."""

    def find_problem(given: Any) -> str:
        key = lab.recall("raw_data")["key"]
        stored = lab.client("s3").head_object(Bucket=lab.bucket, Key=key)["ContentLength"]
        return "" if _number(given) == stored else say("checks.bytes_in_s3", given=given)

    check_exercise("1.1", answer, find_problem)


def dearest_zipcode(raw: pd.DataFrame, answer: object) -> None:
    """Check exercise 1.2: the postal code with the highest median price."""
    from mllab_helpers.housing import parse_prices

    def find_problem(given: Any) -> str:
        medians = parse_prices(raw["price"]).groupby(raw["zipcode"]).median()
        if _number(given) == medians.idxmax():
            return ""
        if _number(given) in medians.index:
            return say("checks.zipcode_cheaper", given=given, median=medians[int(given)])
        return say("checks.zipcode_unknown", given=given)

    check_exercise("1.2", answer, find_problem)


def percent_lost(raw: pd.DataFrame, answer: object) -> None:
    """Check exercise 2.1: how many per cent of the rows `dropna()` throws away."""

    def find_problem(given: Any) -> str:
        right = 100 * (1 - len(raw.dropna()) / len(raw))
        if abs(_number(given) - right) < 0.1:
            return ""
        if abs(_number(given) * 100 - right) < 0.1:
            return say("checks.fraction_not_percent")
        if abs(_number(given) - (100 - right)) < 0.1:
            return say("checks.percent_kept")
        return say("checks.percent_lost", given=_number(given))

    check_exercise("2.1", answer, find_problem)


def best_round(curve: pd.DataFrame, answer: object) -> None:
    """Check exercise 2.2: the round with the lowest validation error."""

    def find_problem(given: Any) -> str:
        if _number(given) == _best(curve, "validation_rmse"):
            return ""
        if _number(given) == _best(curve, "train_rmse"):
            return say("checks.best_round_of_training")
        return say("checks.best_round", given=given)

    check_exercise("2.2", answer, find_problem)


def waterfront_price(lab: Lab, endpoint: str, house: Mapping[str, object], answer: object) -> None:
    """Check exercise 3.1: what the endpoint asks for the same house on the waterfront."""
    from mllab_helpers.deployment import predict
    from mllab_helpers.housing import model_row

    def find_problem(given: Any) -> str:
        [inland] = predict(lab, endpoint, model_row(house))
        [right] = predict(lab, endpoint, model_row({**house, "waterfront": 1}))
        if math.isclose(_number(given), right, rel_tol=1e-4):
            return ""
        if math.isclose(_number(given), inland, rel_tol=1e-4):
            return say("checks.still_inland")
        return say("checks.waterfront_price", given=_number(given))

    check_exercise("3.1", answer, find_problem)


def forgotten_usd(endpoint: Endpoint, answer: object) -> None:
    """Check exercise 3.2: what an endpoint costs that is left running for 30 days."""

    def find_problem(given: Any) -> str:
        if endpoint.usd_per_hour is None:
            return say("checks.no_price", instance_type=endpoint.instance_type)
        right = endpoint.usd_per_hour * HOURS_OF_30_DAYS
        if math.isclose(_number(given), right, rel_tol=0.01):
            return ""
        if math.isclose(_number(given), right / 24, rel_tol=0.01):
            return say("checks.hours_forgotten")
        return say("checks.forgotten_usd", given=_number(given))

    check_exercise("3.2", answer, find_problem)


def right_url(house: Mapping[str, object], key: str, answer: object) -> None:
    """Check exercise 4.1: an address at which the API gives a price."""
    from mllab_helpers.web.web_calls import post

    def find_problem(given: Any) -> str:
        if not isinstance(given, str) or not given.startswith("http"):
            return say("checks.not_a_url", given=given)
        came = post(given, house, key=key)
        return "" if came.status == _OK else say("checks.right_url", answer=came)

    check_exercise("4.1", answer, find_problem)


def million_usd(milliseconds: float, memory_mb: int, answer: object) -> None:
    """Check exercise 4.2: what a million requests to the API cost."""
    from mllab_helpers import prices

    def find_problem(given: Any) -> str:
        right = prices.million_requests(milliseconds, memory_mb)
        if math.isclose(_number(given), right, rel_tol=0.01):
            return ""
        if math.isclose(_number(given), right - prices.API_USD_PER_MILLION, rel_tol=0.01):
            return say("checks.million_without_gateway")
        if math.isclose(
            _number(given), prices.million_requests(milliseconds * 1000, memory_mb), rel_tol=0.01
        ):
            return say("checks.million_seconds")
        return say("checks.million_usd", given=_number(given))

    check_exercise("4.2", answer, find_problem)


def threshold_in_microseconds(answer: object) -> None:
    """Check exercise 5.1: 80 milliseconds as CloudWatch counts ModelLatency."""

    def find_problem(given: Any) -> str:
        right = 80 * 1000
        if math.isclose(_number(given), right):
            return ""
        units = {80: "milliseconds", 0.08: "seconds", 80e6: "nanoseconds"}
        unit = next((unit for value, unit in units.items() if math.isclose(_number(given), value)), None)
        if unit is not None:
            return say(f"checks.threshold_in_{unit}")
        return say("checks.threshold", given=_number(given))

    check_exercise("5.1", answer, find_problem)


def tuning_gain(champion: TrainingResult, searched: TuningResult, answer: object) -> None:
    """Check exercise 5.2: by how many per cent the search lowered the validation RMSE."""

    def find_problem(given: Any) -> str:
        before, after = champion.metrics["validation:rmse"], searched.best_value
        right = 100 * (1 - after / before)
        if abs(_number(given) - right) < 0.05:
            return ""
        if abs(_number(given) * 100 - right) < 0.05:
            return say("checks.fraction_not_percent")
        if abs(_number(given) + right) < 0.05:
            return say("checks.gain_upside_down")
        if abs(_number(given) - (before - after)) < 1:
            return say("checks.gain_in_dollars")
        return say("checks.tuning_gain", given=_number(given))

    check_exercise("5.2", answer, find_problem)


def most_drifted(finding: Finding, answer: object) -> None:
    """Check exercise 5.3: the feature furthest from the baseline."""

    def find_problem(given: Any) -> str:
        measured = finding.violations.dropna(subset=["distance"])
        furthest = measured.loc[measured["distance"].idxmax(), "feature"]
        if given == furthest:
            return ""
        if given in measured["feature"].tolist():
            return say("checks.drifted_less", given=given)
        return say("checks.not_drifted", given=given)

    check_exercise("5.3", answer, find_problem)


def _best(curve: pd.DataFrame, column: str) -> int:
    """Return the round in which a column was lowest."""
    errors = curve[column].tolist()
    return int(curve["round"].tolist()[errors.index(min(errors))])


def _number(given: Any) -> float:
    return float(given)
