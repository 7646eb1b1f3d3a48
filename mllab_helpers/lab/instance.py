"""The notebook instance that this process runs in, when it runs in one.

https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-metadata.html
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

_METADATA = "/opt/ml/metadata/resource-metadata.json"
_KIND = ":notebook-instance/"


@dataclass(frozen=True)
class Instance:
    """A SageMaker notebook instance, as it knows itself."""

    name: str
    region: str


def is_in_sagemaker() -> bool:
    """Tell whether this process runs in SageMaker: in a notebook instance, or in Studio."""
    return _metadata().exists()


def this_instance() -> Instance | None:
    """Return the notebook instance that this process runs in; None anywhere else, Studio included."""
    try:
        about = json.loads(_metadata().read_text(encoding="utf-8"))
        arn, name = str(about["ResourceArn"]), str(about["ResourceName"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Instance(name, arn.split(":")[3]) if _KIND in arn else None


def lasting_folder() -> Path:
    """Return the only directory of a notebook instance that outlives a stop."""
    return Path.home() / "SageMaker"


def _metadata() -> Path:
    # Where a local instance cannot have the file at its own path, it says so.
    return Path(os.environ.get("MLLAB_INSTANCE_METADATA") or _METADATA)
