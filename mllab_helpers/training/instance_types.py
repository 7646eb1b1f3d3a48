"""Instance types that SageMaker knows, checked before AWS answers with the list of all of them."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from mllab_helpers.errors import UnknownInstanceType

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

# Names of the enumerations in SageMaker's service model.
TRAINING = "TrainingInstanceType"
HOSTING = "ProductionVariantInstanceType"


def check_instance_type(lab: Lab, instance_type: str, use: str) -> str:
    """Return an instance type that SageMaker offers for a use, `TRAINING` or `HOSTING`.

    Raises: UnknownInstanceType: with the most similar ones.
    """
    known = lab.client("sagemaker").meta.service_model.shape_for(use).enum
    if instance_type not in known:
        similar = difflib.get_close_matches(instance_type, known, n=3) or ["ml.m5.large"]
        raise UnknownInstanceType(instance_type=instance_type, similar=", ".join(similar))
    return instance_type
