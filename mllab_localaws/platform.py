"""What every service is handed: the small interface through which it reaches everything outside itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mllab_localaws.access.authorizer import Authorizer
    from mllab_localaws.clock import Clock
    from mllab_localaws.cloudwatch.metric_store import MetricStore
    from mllab_localaws.events.bus import EventBus
    from mllab_localaws.events.deliveries import Deliveries
    from mllab_localaws.leash import Leash
    from mllab_localaws.moto_backend import Logs, Objects
    from mllab_localaws.moto_identity import Roles
    from mllab_localaws.store import Store

ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Settings:
    """Where the local AWS lives and how much of the machine it uses.

    Attributes:
        home: data directory, readable by its owner only; jobs have their directories in it.
        sockets: short path of a private directory for the serving processes' Unix sockets.
        endpoint_url: where this local AWS answers, for programs inside jobs.
        cores: training jobs, and processing jobs, that run at the same time; further ones wait.
    """

    home: Path
    sockets: Path
    endpoint_url: str
    cores: int


@dataclass(frozen=True)
class Platform:
    """The parts that services share.

    Attributes:
        authorizer: decides about requests, and about what services do in a role's name (`acting_as`).
        metrics: what CloudWatch shows; services add to it.
        bus: what EventBridge's rules hear; services say here what happened.
        deliveries: brings a message to what an ARN names.
    """

    settings: Settings
    clock: Clock
    store: Store
    objects: Objects
    logs: Logs
    roles: Roles
    authorizer: Authorizer
    leash: Leash
    metrics: MetricStore
    bus: EventBus
    deliveries: Deliveries
