"""Platforms for tests that call services directly, without a server in between."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mllab_localaws.access.authorizer import Authorizer
from mllab_localaws.access.evaluation import Policies, Policy
from mllab_localaws.access.identity import Identity
from mllab_localaws.access.principals import Principal
from mllab_localaws.access.record import AccessRecord, Entry
from mllab_localaws.caller import Caller
from mllab_localaws.clock import SystemClock
from mllab_localaws.cloudwatch.metric_store import MetricStore
from mllab_localaws.events.bus import EventBus
from mllab_localaws.events.deliveries import Deliveries
from mllab_localaws.leash import Leash
from mllab_localaws.moto_backend import Logs, Objects
from mllab_localaws.moto_identity import Roles
from mllab_localaws.platform import ACCOUNT, Platform, Settings
from mllab_localaws.resource_policies import ResourcePolicies
from mllab_localaws.resource_tags import ResourceTags
from mllab_localaws.store import Store


class EveryRole(Roles):
    """Every caller may do everything: what roles may do is tested over the wire."""

    def identity(self, caller: Caller) -> Identity | None:
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        principal = Principal(caller.arn, caller.role_arn or caller.arn, ACCOUNT)
        return Identity(principal, Policies([Policy({"Statement": [everything]})]))


class Unrecorded(AccessRecord):
    """Remembers nothing."""

    def add(self, entry: Entry) -> None:
        del entry


def make_authorizer(store: Store) -> Authorizer:
    """Return an authorizer that lets everybody do everything that no bucket's policy denies."""
    roles = EveryRole()
    record = Unrecorded(Path(os.devnull))
    return Authorizer(
        roles.identity, ResourcePolicies(store, roles), ResourceTags(store), record, SystemClock()
    )


def make_platform(settings: Settings, leash: Leash, **parts: Any) -> Platform:
    """Return a platform with a store of its own; keyword arguments replace its parts."""
    store = Store()
    authorizer = make_authorizer(store)
    everything = {
        "clock": SystemClock(),
        "store": store,
        "objects": Objects(authorizer),
        "logs": Logs(authorizer, store.touch),
        "roles": Roles(),
        "authorizer": authorizer,
        "metrics": MetricStore(),
        "bus": EventBus(),
        "deliveries": Deliveries(),
        **parts,
    }
    return Platform(settings=settings, leash=leash, **everything)
