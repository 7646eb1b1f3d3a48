"""Compares a new model (the challenger) with the one in service (the champion) on sales that neither knows.

A processing job runs it in the XGBoost image. It writes `evaluation.json`, which the pipeline's condition
reads; `ratio` below 1 means that the challenger is better. Only XGBoost, NumPy and the standard library.
"""

from __future__ import annotations

import argparse
import json
import tarfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xgboost

MODEL_FILE = "xgboost-model"


def load(folder: Path) -> xgboost.Booster:
    """Load the model in a folder's model.tar.gz.

    Raises: ValueError: the archive holds no model.
    """
    with tarfile.open(folder / "model.tar.gz", mode="r:gz") as archive:
        members = {member.name.removeprefix("./"): member for member in archive if member.isfile()}
        if MODEL_FILE not in members:
            raise ValueError(f"{folder.name}: model.tar.gz holds no {MODEL_FILE}, only {sorted(members)}")
        content = archive.extractfile(members[MODEL_FILE])
        assert content is not None  # it is a file
        booster = xgboost.Booster()
        booster.load_model(bytearray(content.read()))
    return booster


def scores(
    booster: xgboost.Booster, features: npt.NDArray[np.float64], prices: npt.NDArray[np.float64]
) -> dict[str, float]:
    """Return `rmse` in the price's unit and `bias`, the median relative error."""
    said = booster.inplace_predict(features)
    return {
        "rmse": float(np.sqrt(np.mean((said - prices) ** 2))),
        "bias": float(np.median(said / prices - 1)),
    }


def evaluate(challenger: Path, champion: Path, data: Path) -> dict[str, object]:
    """Score both models.

    Args: challenger, champion: folders with a model.tar.gz; data: holds CSV with the price first.
    """
    table = np.vstack([np.genfromtxt(path, delimiter=",") for path in sorted(data.iterdir())])
    results = {
        name: scores(load(folder), table[:, 1:], table[:, 0])
        for name, folder in (("challenger", challenger), ("champion", champion))
    }
    ratio = results["challenger"]["rmse"] / results["champion"]["rmse"]
    # The name under which SageMaker's registry expects a regression's metrics.
    regression = {"rmse": {"value": results["challenger"]["rmse"], "standard_deviation": "NaN"}}
    return {**results, "rows": len(table), "ratio": ratio, "regression_metrics": regression}


def main() -> None:
    """Read the arguments, evaluate, and leave the report where the job collects it."""
    parser = argparse.ArgumentParser()
    for name in ("challenger", "champion", "data", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    chosen = parser.parse_args()
    report = evaluate(chosen.challenger, chosen.champion, chosen.data)
    (chosen.output / "evaluation.json").write_text(json.dumps(report, indent=1))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
