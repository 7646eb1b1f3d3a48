"""A container as models and model packages describe it: image, artefact, environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.caller import Caller
from mllab_localaws.moto_backend import Objects
from mllab_localaws.sagemaker.s3_uri import parse_s3_uri
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

_GZIPPED_OBJECT = {"S3DataType": "S3Object", "CompressionType": "Gzip"}


def with_model_data_url(container: Mapping[str, Any]) -> dict[str, Any]:
    """Return the container with its artefact under `ModelDataUrl`, whichever member named it.

    Raises: AwsError: `ValidationException`, both members are given, or something else than one archive.
    """
    if not container.get("ModelDataSource"):
        return dict(container)
    if container.get("ModelDataUrl"):
        raise validation_error("Give ModelDataUrl or ModelDataSource, not both.")
    source = container["ModelDataSource"].get("S3DataSource", {})
    if {member: source.get(member) for member in _GZIPPED_OBJECT} != _GZIPPED_OBJECT:
        raise validation_error(
            "Uncompressed model data is not part of the local AWS; give one model.tar.gz, with S3DataType "
            "S3Object and CompressionType Gzip."
        )
    refuse_others(source, ("S3Uri", *_GZIPPED_OBJECT), "S3DataSource")
    return {**container, "ModelDataUrl": source["S3Uri"]}


def check_model_data(objects: Objects, who: Caller, url: str) -> None:
    """Refuse an artefact that is not there.

    Args: who: has to be able to read it.
    Raises: AwsError: `ValidationException`; S3's `AccessDenied` or `NoSuchBucket`.
    """
    bucket, key = parse_s3_uri(url)
    try:
        objects.size(who, bucket, key)
    except AwsError as error:
        if error.code == "NoSuchKey":
            raise validation_error(f"Could not find model data at {url}.") from error
        raise
