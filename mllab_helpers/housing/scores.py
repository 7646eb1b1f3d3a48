"""How good a model is: in dollars, by price band, and against what needs no machine learning."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mllab_helpers.housing.features import Scaler
from mllab_helpers.texts import say

Numbers = npt.NDArray[np.float64]
NEIGHBOURS = 10


def metrics(true: npt.ArrayLike, predicted: npt.ArrayLike) -> dict[str, float]:
    """Compare predictions with what was paid.

    Returns: `rmse` and `mae` in the target's unit; `mape` and `bias`, the median relative error (negative:
        the model says too little), as fractions; `r2`.
    """
    from sklearn.metrics import r2_score

    paid, said = np.asarray(true, dtype="float64"), np.asarray(predicted, dtype="float64")
    return {**_errors(paid, said), "r2": float(r2_score(paid, said))}


def _errors(paid: Numbers, said: Numbers) -> dict[str, float]:
    # Imported here: half a second that the notebooks without a model need not wait.
    from sklearn import metrics as scores

    return {
        "rmse": float(scores.root_mean_squared_error(paid, said)),
        "mae": float(scores.mean_absolute_error(paid, said)),
        "mape": float(scores.mean_absolute_percentage_error(paid, said)),
        "bias": float(np.median(said / paid - 1)),
    }


def errors_by_price_band(true: npt.ArrayLike, predicted: npt.ArrayLike, *, bands: int = 5) -> pd.DataFrame:
    """Split the houses into bands of like price, and measure each.

    Args: bands: how many; edges are quantiles of the true prices, rounded to two digits.
    Returns: one row per band: `low`, `high` (edges, in the target's unit), `houses`, and the keys of
        `metrics` but R2, which within a band of like prices says little.
    """
    paid, said = np.asarray(true, dtype="float64"), np.asarray(predicted, dtype="float64")
    inner = [float(f"{edge:.2g}") for edge in np.quantile(paid, np.arange(1, bands) / bands)]
    edges = np.unique([paid.min(), *inner, paid.max()])
    band = np.digitize(paid, edges[1:-1])
    rows = []
    for number in np.unique(band):
        inside = band == number
        ends = {"low": edges[number], "high": edges[min(number + 1, len(edges) - 1)]}
        rows.append({**ends, "houses": int(inside.sum()), **_errors(paid[inside], said[inside])})
    table: pd.DataFrame = pd.DataFrame(rows)
    return table


def median_price_baseline(training: pd.DataFrame, rows: pd.DataFrame, *, target: str = "price") -> Numbers:
    """Say of every house the median of the training prices."""
    return np.full(len(rows), float(training[target].median()))


def price_per_sqft_baseline(training: pd.DataFrame, rows: pd.DataFrame) -> Numbers:
    """Say living area times the median price per square foot of the postal code, as an estate agent would.

    A postal code without training sales gets the county's median; a house of unknown area, the median price.
    """
    per_sqft = training["price"] / training["sqft_living"]
    by_postal_code = per_sqft.groupby(training["zipcode"]).median()
    rate = rows["zipcode"].map(by_postal_code).fillna(per_sqft.median())
    said = (rate * rows["sqft_living"]).fillna(training["price"].median())
    return said.to_numpy(dtype="float64")


def neighbours_baseline(
    training: pd.DataFrame, rows: pd.DataFrame, scaler: Scaler, *, normalise: bool = True
) -> Numbers:
    """Say the mean price of the ten most similar training houses.

    Args: normalise: measure similarity on normalised features. Without, square feet drown everything else:
        the difference between the two results is what normalisation is for.
    """
    from sklearn.neighbors import KNeighborsRegressor

    features = list(scaler.features)
    means, spreads = np.array(scaler.means), np.array(scaler.deviations)

    def positions(frame: pd.DataFrame) -> Any:
        values = frame[features].to_numpy(dtype="float64")
        filled = np.where(np.isnan(values), means, values)
        return (filled - means) / spreads if normalise else filled

    model = KNeighborsRegressor(n_neighbors=NEIGHBOURS).fit(positions(training), training["price"])
    return np.asarray(model.predict(positions(rows)), dtype="float64")


def score_table(predictions: dict[str, npt.ArrayLike], true: npt.ArrayLike) -> pd.DataFrame:
    """Put several models side by side.

    Args: predictions: by the name to show, in the learner's language.
    Returns: one row per model, best RMSE first: RMSE and MAE rounded to the unit, R2, MAPE in per cent.
    """
    rows = {}
    for name, predicted in predictions.items():
        scores = metrics(true, predicted)
        rows[name] = {
            "RMSE": round(scores["rmse"]),
            "MAE": round(scores["mae"]),
            "R2": round(scores["r2"], 3),
            say("housing.head_mape"): round(100 * scores["mape"], 1),
        }
    table: pd.DataFrame = pd.DataFrame.from_dict(rows, orient="index").sort_values("RMSE")
    return table
