"""What the XGBoost image does in script mode where inference.py has no function of its own.

Defaults: `handler_service.py` and `encoder.py` of aws/sagemaker-xgboost-container.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mllab_localaws.images.toolkit import encoders
from mllab_localaws.images.toolkit.user_module import Defaults
from mllab_localaws.images.xgboost import csvio
from mllab_localaws.images.xgboost.model import load_booster


def _model(model_dir: str) -> Any:
    return load_booster(Path(model_dir))


def _input(body: str | bytes, content_type: str) -> Any:
    if encoders.media_type(content_type) != encoders.CSV:
        raise encoders.UnsupportedFormatError(content_type)
    import xgboost

    return xgboost.DMatrix(csvio.parse(body.encode() if isinstance(body, str) else body))


def _predict(data: Any, model: Any) -> Any:
    return model.predict(data, validate_features=False)


DEFAULTS = Defaults(model_fn=_model, input_fn=_input, predict_fn=_predict, output_fn=encoders.from_array)
