"""A learner's own training on the scikit-learn image; hyperparameters come as arguments."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import joblib
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, required=True)
rounds = parser.parse_args().rounds
table = pd.concat(pd.read_csv(file, header=None) for file in Path(os.environ["SM_CHANNEL_TRAIN"]).iterdir())
regressor = GradientBoostingRegressor(n_estimators=rounds).fit(table.iloc[:, 1:].to_numpy(), table.iloc[:, 0])
model = Path(os.environ["SM_MODEL_DIR"])
joblib.dump(regressor, model / "model.joblib")
report = {"rounds": len(regressor.estimators_), "rows": len(table), "framework": "sklearn"}
(model / "report.json").write_text(json.dumps(report))
