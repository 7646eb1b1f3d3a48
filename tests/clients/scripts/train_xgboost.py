"""A learner's own training on the XGBoost image: environment in, model directory out."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import xgboost

rounds = json.loads(os.environ["SM_HPS"])["rounds"]
table = pd.concat(pd.read_csv(file, header=None) for file in Path(os.environ["SM_CHANNEL_TRAIN"]).iterdir())
rows = xgboost.DMatrix(table.iloc[:, 1:], table.iloc[:, 0])
booster = xgboost.train({"objective": "reg:squarederror"}, rows, rounds)
model = Path(os.environ["SM_MODEL_DIR"])
booster.save_model(model / "model.ubj")
report = {"rounds": booster.num_boosted_rounds(), "rows": len(table), "framework": "xgboost"}
(model / "report.json").write_text(json.dumps(report))
print(f"trained on {len(table)} rows")
