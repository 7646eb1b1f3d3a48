"""Data capture as an endpoint configuration asks for it.

Members: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataCaptureConfig.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.s3_uri import parse_s3_uri
from mllab_localaws.store import Record
from mllab_localaws.wire.errors import validation_error
from mllab_localaws.wire.validation import refuse_others

_MEMBERS = (
    "EnableCapture",
    "InitialSamplingPercentage",
    "DestinationS3Uri",
    "KmsKeyId",
    "CaptureOptions",
    "CaptureContentTypeHeader",
)
_BOTH = "InputAndOutput"


@dataclass(frozen=True)
class Capture:
    """What is kept of one variant's invocations, and where.

    Attributes:
        prefix: key prefix of the destination, without a slash at its end.
        role_arn: in whose name it is written.
        percentage: share of the invocations, 0 to 100.
        csv_types: content types whose data is kept as text in the encoding `CSV`.
        json_types: the same for `JSON`; all other data is kept in base 64.
    """

    region: str
    endpoint: str
    variant: str
    bucket: str
    prefix: str
    role_arn: str
    percentage: int = 100
    inputs: bool = True
    outputs: bool = True
    csv_types: frozenset[str] = field(default=frozenset())
    json_types: frozenset[str] = field(default=frozenset())


def check(platform: Platform, config: Mapping[str, Any]) -> None:
    """Refuse what could not be captured.

    Raises: AwsError: `ValidationException`.
    """
    refuse_others(config, _MEMBERS, "DataCaptureConfig")
    uri = config["DestinationS3Uri"]
    bucket, _ = parse_s3_uri(uri)
    if is_enabled(config) and not platform.objects.exists(bucket):
        raise validation_error(
            f'The bucket of DataCaptureConfig.DestinationS3Uri "{uri}" does not exist. Create bucket '
            f'"{bucket}" first.'
        )


def is_enabled(config: Mapping[str, Any]) -> bool:
    """Say whether anything is captured; AWS captures unless told not to."""
    return bool(config.get("EnableCapture", True))


def summary(config: Mapping[str, Any]) -> Record:
    """Return what DescribeEndpoint says of it."""
    enabled = is_enabled(config)
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


def plan(
    config: Mapping[str, Any] | None, region: str, endpoint: str, variant: str, role_arn: str
) -> Capture | None:
    """Return what to capture of a variant, None when there is nothing."""
    if not config or not is_enabled(config):
        return None
    bucket, prefix = parse_s3_uri(config["DestinationS3Uri"])
    modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
    types = config.get("CaptureContentTypeHeader", {})
    return Capture(
        region=region,
        endpoint=endpoint,
        variant=variant,
        bucket=bucket,
        prefix=prefix.rstrip("/"),
        role_arn=role_arn,
        percentage=config["InitialSamplingPercentage"],
        inputs=bool(modes & {"Input", _BOTH}),
        outputs=bool(modes & {"Output", _BOTH}),
        csv_types=frozenset(map(str.lower, types.get("CsvContentTypes", ()))),
        json_types=frozenset(map(str.lower, types.get("JsonContentTypes", ()))),
    )
