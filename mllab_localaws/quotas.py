"""How many instances of each type an account may use at once.

Names are AWS's; the values are those of an account that has worked for a while, with none of the machines
that are dear. Whoever wants to meet a refusal lowers one (`mllab local quota`): it lies in a file of the data
directory, because no operation of AWS lowers a quota.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mllab_localaws.files import QUOTAS_FILE, write_private
from mllab_localaws.wire import models

TRAINING, PROCESSING = "training job usage", "processing job usage"
ENDPOINT, NOTEBOOK = "endpoint usage", "notebook instance usage"
# The enumerations of SageMaker's service model with the instance types that may be asked for.
_TYPES = {
    TRAINING: "TrainingInstanceType",
    PROCESSING: "ProcessingInstanceType",
    ENDPOINT: "ProductionVariantInstanceType",
    NOTEBOOK: "InstanceType",
}
DEFAULT = 20
HIGHEST = 10_000
_DEAR = re.compile(r"ml\.(p|g|gr|trn|inf|dl)\d")


class UnknownQuotaError(ValueError):
    """SageMaker has no quota of that name."""


@dataclass(frozen=True)
class Quota:
    """One quota: its name and code as Service Quotas shows them, and how many instances it allows."""

    name: str
    code: str
    value: int


def name_of(usage: str, instance_type: str) -> str:
    """Return what Service Quotas calls a quota, e.g. `ml.m5.large for training job usage`."""
    return f"{instance_type} for {usage}"


def quotas(home: Path) -> list[Quota]:
    """Return all quotas of a data directory as they are now, by name."""
    changed = _changed(home)
    return [Quota(name, code, changed.get(name, value)) for name, (code, value) in _defaults().items()]


def allowed(home: Path, name: str) -> int:
    """Return how many instances a quota allows; none where there is no such quota."""
    return _changed(home).get(name, _defaults().get(name, ("", 0))[1])


def change(home: Path, name: str, value: int) -> None:
    """Set one quota of a data directory; a local AWS that runs there goes by it at once.

    Raises: UnknownQuotaError.
    """
    if name not in _defaults():
        raise UnknownQuotaError(name)
    write_private(home / QUOTAS_FILE, json.dumps({**_changed(home), name: value}, indent=1))


def _changed(home: Path) -> dict[str, int]:
    try:
        values: dict[str, int] = json.loads((home / QUOTAS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values


@cache
def _defaults() -> Mapping[str, tuple[str, int]]:
    """Return code and value of every quota, in the order of their names."""
    model = models.service_model("sagemaker")
    names = sorted(
        name_of(usage, each) for usage, shape in _TYPES.items() for each in model.shape_for(shape).enum
    )
    return {name: (_code(name), 0 if _DEAR.match(name) else DEFAULT) for name in names}


def _code(name: str) -> str:
    """Return a code in the form of AWS's, e.g. L-611FA074; AWS's own are not published as a list."""
    return f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"
