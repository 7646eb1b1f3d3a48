"""Platforms for tests that call services directly, without a server in between."""

from __future__ import annotations

from typing import Any

from mllab_localaws.clock import SystemClock
from mllab_localaws.cloudwatch.metric_store import MetricStore
from mllab_localaws.events.bus import EventBus
from mllab_localaws.events.deliveries import Deliveries
from mllab_localaws.leash import Leash
from mllab_localaws.moto_backend import Logs, Objects
from mllab_localaws.moto_identity import Roles
from mllab_localaws.platform import Platform, Settings
from mllab_localaws.store import Store


def make_platform(settings: Settings, leash: Leash, **parts: Any) -> Platform:
    """Return a platform with a store of its own; keyword arguments replace its parts."""
    store = Store()
    everything = {
        "clock": SystemClock(),
        "store": store,
        "objects": Objects(),
        "logs": Logs(store.touch),
        "roles": Roles(),
        "metrics": MetricStore(),
        "bus": EventBus(),
        "deliveries": Deliveries(),
        **parts,
    }
    return Platform(settings=settings, leash=leash, **everything)
