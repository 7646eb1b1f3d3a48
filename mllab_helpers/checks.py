"""Self-checks of the exercises, in the order of the notebooks.

Each computes the right answer itself, from the same data or service, and says what is wrong with another one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mllab_helpers.exercises import check_exercise
from mllab_helpers.texts import say

if TYPE_CHECKING:
    import pandas as pd

    from mllab_helpers.deployment import Endpoint
    from mllab_helpers.lab import Lab

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
    from mllab_helpers.web_calls import post

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


def _best(curve: pd.DataFrame, column: str) -> int:
    """Return the round in which a column was lowest."""
    errors = curve[column].tolist()
    return int(curve["round"].tolist()[errors.index(min(errors))])


def _number(given: Any) -> float:
    return float(given)
