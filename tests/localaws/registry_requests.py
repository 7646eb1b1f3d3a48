"""What tests of the model registry share: an artefact in S3 and requests that register it."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import numpy as np
import xgboost

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


def model_archive(prediction: float = 1.0) -> bytes:
    """Return a model.tar.gz whose model predicts one number, whatever the two features."""
    ones = xgboost.DMatrix(np.zeros((4, 2)), np.full(4, prediction))
    model = bytes(xgboost.train({"base_score": prediction}, ones, 1).save_raw("ubj"))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(model)
        tar.addfile(member, io.BytesIO(model))
    return buffer.getvalue()


def package_request(group: str, url: str, **members: Any) -> dict[str, Any]:
    """Return a CreateModelPackage request with one container."""
    specification = {
        "Containers": [{"Image": IMAGE, "ModelDataUrl": url}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
    }
    return {"ModelPackageGroupName": group, "InferenceSpecification": specification, **members}
