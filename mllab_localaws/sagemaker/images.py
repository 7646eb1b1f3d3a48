"""Which program stands for which container image.

Image names: the "Docker Registry Paths and Example Code" pages of the SageMaker Developer Guide. Account and
region of the registry say where AWS keeps a copy of the same image, so every one of them is accepted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mllab_localaws.wire.errors import validation_error

XGBOOST_TAGS = (
    "0.90-1",
    "0.90-2",
    "1.0-1",
    "1.2-1",
    "1.2-2",
    "1.3-1",
    "1.5-1",
    "1.7-1",
    "3.0-5",
    "3.2-0",
)
# Repository `xgboost` holds XGBoost 0.72 alone, under these two tags.
LEGACY_XGBOOST_TAGS = ("1", "latest")

_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?"
    r"/(?P<repository>[a-z0-9._/-]+)(?::(?P<tag>[\w.-]+))?"
)
# Model Monitor's analyzer, whose URI has no tag in SageMaker's SDKs: for processing jobs only.
ANALYZER = "sagemaker-model-monitor-analyzer"
_CPU_SUFFIX = "-cpu-py3"
_MODULES = {
    "sagemaker-xgboost": "mllab_localaws.images.xgboost",
    "xgboost": "mllab_localaws.images.xgboost",
    "sagemaker-scikit-learn": "mllab_localaws.images.sklearn",
}


@dataclass(frozen=True)
class Image:
    """A container image that the local AWS has a program for.

    Attributes:
        repository: e.g. `sagemaker-xgboost`.
        tag: without the suffix `-cpu-py3`, e.g. `3.2-0`.
        module: Python module that is run with `train` or `serve`.
    """

    repository: str
    tag: str
    module: str


def registry_of(image_uri: str) -> tuple[str, dict[str, str]]:
    """Return the region of an image's registry, and the account and repository as ECR's requests name them.

    Args: image_uri: of an image that `resolve` has accepted.
    """
    match = _URI.fullmatch(image_uri)
    if match is None:
        raise validation_error(f'"{image_uri}" is no image in ECR.')
    return match["region"], {"registryId": match["account"], "repositoryName": match["repository"]}


def resolve(image_uri: str) -> Image:
    """Return what trains or serves for an image URI.

    Raises: AwsError: `ValidationException`, the local AWS has no program for this image.
    """
    match = _URI.fullmatch(image_uri)
    if match is not None and match["repository"] == ANALYZER:
        raise validation_error(f'Image "{image_uri}" neither trains nor serves; use it in a processing job.')
    if match is None or match["tag"] is None or match["repository"] not in _MODULES:
        raise validation_error(
            f'The local AWS has no program for image "{image_uri}". It has the images sagemaker-xgboost and '
            "sagemaker-scikit-learn (sagemaker.core.image_uris.retrieve gives their URIs), none of your own."
        )
    repository, tag = match["repository"], match["tag"].removesuffix(_CPU_SUFFIX)
    published = {"sagemaker-xgboost": XGBOOST_TAGS, "xgboost": LEGACY_XGBOOST_TAGS}.get(repository)
    if published is not None and tag not in published:
        raise validation_error(
            f'Image "{image_uri}" does not exist; published tags of {repository}: {", ".join(published)}.'
        )
    return Image(repository, tag, _MODULES[repository])


def resolve_for_processing(image_uri: str) -> Image:
    """Return what a processing job runs on: an image that trains, or Model Monitor's analyzer.

    Raises: AwsError: `ValidationException`, the local AWS has no program for this image.
    """
    match = _URI.fullmatch(image_uri)
    if match is not None and match["repository"] == ANALYZER:
        return Image(ANALYZER, match["tag"] or "latest", "mllab_localaws.images.model_monitor")
    return resolve(image_uri)
