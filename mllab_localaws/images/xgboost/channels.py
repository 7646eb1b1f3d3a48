"""Which input channels algorithm mode accepts.

Rules and texts: `algorithm_mode/channel_validation.py` and
`sagemaker_algorithm_toolkit/channel_validation.py` of aws/sagemaker-xgboost-container. A combination is
compared literally: `text/csv; label_size=1` is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.images.toolkit.errors import NotInLocalAwsError, UserError

CSV_TYPES = ("csv", "text/csv")
LIBSVM_TYPES = ("libsvm", "text/libsvm", "text/x-libsvm")
OTHER_TYPES = ("parquet", "recordio-protobuf", "application/x-parquet", "application/x-recordio-protobuf")
DATA_TYPES = {
    "File": frozenset({*CSV_TYPES, *LIBSVM_TYPES, *OTHER_TYPES}),
    "Pipe": frozenset({*CSV_TYPES, *OTHER_TYPES}),
}
DISTRIBUTIONS = ("FullyReplicated", "ShardedByS3Key")
DEFAULT_TYPE = "text/libsvm"

Channel = Mapping[str, Any]


def validate(channels: Mapping[str, Channel]) -> None:
    """Refuse channels that AWS's container refuses, and those that only the local AWS cannot read.

    Raises: UserError, NotInLocalAwsError.
    """
    if "train" not in channels:
        raise UserError("Missing required channel: train")
    for name, channel in channels.items():
        if name not in ("train", "validation", "code"):
            raise UserError(f"Extraneous channel found: {name}")
        if not _supported(name, channel):
            raise UserError(f"Channel configuration for '{name}' channel is not supported: {dict(channel)}")
    for name in ("train", "validation"):
        if name in channels and _mode(channels[name]) == "Pipe":
            raise NotInLocalAwsError(f"Pipe mode (channel '{name}')")


def content_type(channel: Channel) -> str:
    """Return a channel's content type; libsvm when the request gave none."""
    return channel.get("ContentType") or DEFAULT_TYPE


def _supported(name: str, channel: Channel) -> bool:
    distribution = channel.get("S3DistributionType", "FullyReplicated")
    if name == "code":
        kind = channel.get("ContentType", "text/python")
        return (kind, _mode(channel), distribution) == ("text/python", "File", "FullyReplicated")
    return content_type(channel) in DATA_TYPES.get(_mode(channel), ()) and distribution in DISTRIBUTIONS


def _mode(channel: Channel) -> str:
    mode: str = channel.get("TrainingInputMode", "File")
    # FastFile mounts the same files at the same place, so whoever reads files cannot tell.
    return "File" if mode == "FastFile" else mode
