"""A random forest as a script-mode training job: what SageMaker runs in its scikit-learn image.

Channels `train`, `validation` and `test` hold CSV with the price first. Hyperparameters arrive as arguments.
The metrics are printed for the job's metric definitions to find; the predictions for the test rows go to
output.tar.gz, so that nobody has to unpickle a model of another scikit-learn.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import joblib
import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_squared_error


def read(channel: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return features and prices of a channel; an empty cell is a gap."""
    folder = Path(os.environ[f"SM_CHANNEL_{channel.upper()}"])
    tables = [np.genfromtxt(file, delimiter=",") for file in sorted(folder.iterdir())]
    table = np.vstack(tables)
    return table[:, 1:], table[:, 0]


def main() -> None:
    """Train, print how good the forest is, and leave model and predictions where SageMaker collects them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n-estimators", type=int, default=100)
    parser.add_argument("--min-samples-leaf", type=int, default=2)
    parser.add_argument("--max-features", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=2014)
    chosen = parser.parse_args()

    features, prices = read("train")
    forest = RandomForestRegressor(
        n_estimators=chosen.n_estimators,
        min_samples_leaf=chosen.min_samples_leaf,
        max_features=chosen.max_features,
        random_state=chosen.seed,
        n_jobs=-1,
    ).fit(features, prices)
    for channel in ("train", "validation"):
        rows, true = read(channel)
        print(f"{channel}-rmse={mean_squared_error(true, forest.predict(rows)) ** 0.5:.2f};", flush=True)
    rows, _ = read("test")
    output = Path(os.environ["SM_OUTPUT_DATA_DIR"])
    np.savetxt(output / "predictions.csv", forest.predict(rows), fmt="%.2f")
    joblib.dump(forest, Path(os.environ["SM_MODEL_DIR"]) / "model.joblib")


if __name__ == "__main__":
    main()
