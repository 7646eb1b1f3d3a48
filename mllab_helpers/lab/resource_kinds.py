"""What a resource is, and what a kind of resources must know: shared by the modules that list kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab


# The kind of what carries the lab's tags and is none of its kinds: reported, never removed.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Resource:
    """One thing on AWS.

    Attributes:
        service: as AWS calls it, e.g. `SageMaker`.
        kind: e.g. `endpoint`; the same word as in the ledger.
        state: as AWS reports it; empty for what has none.
        usd_per_hour: list price while it exists in this state; None when the price is not known.
        began: since when it is billed by the hour, seconds since the epoch.
    """

    service: str
    kind: str
    name: str
    state: str = ""
    instance_type: str = ""
    usd_per_hour: float | None = 0.0
    began: float = 0.0


@dataclass(frozen=True)
class Kind:
    """A kind of resource: its name in the ledger, how to find a student's, how to remove one for good.

    Attributes: prepared: whether a teacher made it for the student, so that only a teacher removes it.
    """

    name: str
    find: Callable[[Lab], Iterator[Resource]]
    remove: Callable[[Lab, Resource], None]
    prepared: bool = False
