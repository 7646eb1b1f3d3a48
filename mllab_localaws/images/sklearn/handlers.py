"""What the scikit-learn image does where inference.py has no function of its own.

Defaults: `serving.py` of aws/sagemaker-scikit-learn-container; there is none for model_fn.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from mllab_localaws.images.toolkit import encoders
from mllab_localaws.images.toolkit.user_module import Defaults


def _model(_: str) -> NoReturn:
    raise NotImplementedError(
        "Please provide a model_fn implementation: the function model_fn(model_dir) of your script "
        "loads the model."
    )


def _input(body: str | bytes, content_type: str) -> Any:
    array = encoders.to_array(body, content_type)
    return array.astype(np.float32) if encoders.media_type(content_type) != encoders.NPY else array


def _predict(data: Any, model: Any) -> Any:
    return model.predict(data)


DEFAULTS = Defaults(model_fn=_model, input_fn=_input, predict_fn=_predict, output_fn=encoders.from_array)
