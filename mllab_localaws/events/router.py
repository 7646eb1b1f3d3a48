"""From an event to the targets of the rules that want it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mllab_localaws.events import inputs
from mllab_localaws.events.bus import Event
from mllab_localaws.events.deliveries import Delivery, Outcome
from mllab_localaws.events.patterns import compile_pattern
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record

RULE = "events-rule"
PRINCIPAL = "events.amazonaws.com"
_log = logging.getLogger(__name__)


class Router:
    """Matches events in a thread of its own, in the order they were published, so that no publisher waits."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="events")
        self._closed = False
        platform.bus.subscribe(self.accept)

    def accept(self, event: Event) -> None:
        """Route an event soon."""
        self.accept_with_id(event, str(uuid.uuid4()))

    def accept_with_id(self, event: Event, event_id: str) -> None:
        """Route an event whose id its publisher was told."""
        if not self._closed:
            self._thread.submit(self._route, event, event_id)

    def close(self) -> None:
        """Route nothing more."""
        self._closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _route(self, event: Event, event_id: str) -> None:
        try:
            written = inputs.event_json(event, event_id)
            for rule in self._platform.store.list(RULE, event.region):
                if rule["State"] != "DISABLED" and compile_pattern(rule["EventPattern"])(written):
                    self._trigger(rule, written, event.region)
        except Exception:
            _log.exception("event %s of %s could not be routed", event.detail_type, event.source)

    def _trigger(self, rule: Record, event: Mapping[str, Any], region: str) -> None:
        self._count(region, rule, "MatchedEvents")
        if rule["Targets"]:
            self._count(region, rule, "TriggeredRules")
        for target in rule["Targets"].values():
            self._count(region, rule, "Invocations")
            try:
                delivery = _delivery(rule, target, event)
            except LookupError as error:
                _log.error("rule %s cannot address target %s: %s", rule["Arn"], target["Id"], error)
                self._count(region, rule, "FailedInvocations")
                continue
            self._platform.deliveries.send(delivery, self._outcome(region, rule))

    def _outcome(self, region: str, rule: Record) -> Outcome:
        def tell(arrived: bool) -> None:
            if not arrived:
                self._count(region, rule, "FailedInvocations")

        return tell

    def _count(self, region: str, rule: Record, metric: str) -> None:
        values = {metric: (1.0, "Count")}
        now = self._platform.clock.now()
        self._platform.metrics.record(region, "AWS/Events", {"RuleName": rule["Name"]}, values, now)


def _delivery(rule: Record, target: Mapping[str, Any], event: Mapping[str, Any]) -> Delivery:
    parameters = dict(target.get("SqsParameters", {}))
    if "SageMakerPipelineParameters" in target:
        parameters["SageMakerPipelineParameters"] = inputs.pipeline_parameters(event, target)
    return Delivery(
        target_arn=target["Arn"],
        body=inputs.shape(event, target, rule["Arn"]),
        source_arn=rule["Arn"],
        principal=PRINCIPAL,
        role_arn=target.get("RoleArn", ""),
        parameters=parameters,
    )
