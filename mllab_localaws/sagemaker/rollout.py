"""What happens behind an endpoint's status: fleets come up, take the traffic over, are drained and end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import state_events
from mllab_localaws.sagemaker.capture_config import summary
from mllab_localaws.sagemaker.capture_writer import CaptureWriter
from mllab_localaws.sagemaker.fleet import Fleet
from mllab_localaws.sagemaker.instance_metrics import Instance, InstanceMetrics
from mllab_localaws.sagemaker.limits import MACHINES, NEW_MACHINES, of_variants
from mllab_localaws.sagemaker.named import ENDPOINT
from mllab_localaws.sagemaker.routes import Routes
from mllab_localaws.sagemaker.serving import ServingError, ServingSpec
from mllab_localaws.store import Record
from mllab_localaws.wire.errors import AwsError

# The local AWS itself is ending: nobody waits for answers any more.
CLOSE_SECONDS = 3.0
MAX_REASON_CHARACTERS = 1024
_OF_A_MOVEMENT = ("FailureReason", "PendingDeploymentSummary", NEW_MACHINES)


@dataclass(frozen=True)
class Rollout:
    """One fleet to bring up for one endpoint.

    Attributes:
        endpoint: its name in the case it was created with.
        config: the endpoint configuration's record, as it was when the request came.
    """

    region: str
    endpoint: str
    config: Record
    specs: Sequence[ServingSpec]


class Rollouts:
    """The fleets of all endpoints, and the threads that move them."""

    def __init__(self, platform: Platform, routes: Routes, captures: CaptureWriter) -> None:
        self._platform = platform
        self._routes = routes
        self._captures = captures
        self._lock = threading.Lock()
        self._serving: dict[tuple[str, str], Fleet] = {}
        self._alive: set[Fleet] = set()
        self._threads: set[threading.Thread] = set()
        self._closed = False
        self._instance_metrics = InstanceMetrics(platform, self._instances)

    def create(self, rollout: Rollout) -> None:
        """Bring up an endpoint's first fleet."""
        fleet = self._launch(rollout.specs)
        self._start(rollout.endpoint, lambda: self._roll(rollout, fleet, "Failed"))

    def update(self, rollout: Rollout) -> None:
        """Bring up a new fleet and end the old one; when the new one fails, the old one goes on."""
        fleet = self._launch(rollout.specs)
        self._start(rollout.endpoint, lambda: self._roll(rollout, fleet, "InService"))

    def reweigh(self, region: str, endpoint: str, weights: Mapping[str, float]) -> None:
        """Share an endpoint's traffic anew."""
        self._start(endpoint, lambda: self._reweigh(region, endpoint, weights))

    def delete(self, region: str, endpoint: str) -> None:
        """Take an endpoint's fleet down and forget the endpoint."""
        self._routes.remove(region, endpoint)
        self._start(endpoint, lambda: self._delete(region, endpoint))

    def close(self) -> None:
        """End every fleet and wait for every thread."""
        with self._lock:
            self._closed = True
            fleets, threads = list(self._alive), list(self._threads)
        self._instance_metrics.close()
        if fleets:
            with ThreadPoolExecutor(len(fleets)) as pool:
                list(pool.map(lambda fleet: fleet.stop(CLOSE_SECONDS), fleets))
        for thread in threads:
            thread.join(CLOSE_SECONDS)

    def _instances(self) -> list[Instance]:
        return [instance for fleet in list(self._serving.values()) for instance in fleet.instances()]

    def _roll(self, rollout: Rollout, fleet: Fleet, status_of_failure: str) -> None:
        region, endpoint = rollout.region, rollout.endpoint
        try:
            fleet.wait_in_service()
        except ServingError as failure:
            self._end(fleet)
            reason = str(failure)[:MAX_REASON_CHARACTERS]
            self._settle(region, endpoint, status_of_failure, FailureReason=reason)
            return
        variants, capture = rollout.config["ProductionVariants"], rollout.config.get("DataCaptureConfig")
        weights = {variant["VariantName"]: variant["InitialVariantWeight"] for variant in variants}
        self._routes.set(region, endpoint, fleet.route(weights))
        old = self._serving.get((region, endpoint))
        self._serving[region, endpoint] = fleet
        self._settle(
            region,
            endpoint,
            "InService",
            EndpointConfigName=rollout.config["EndpointConfigName"],
            ProductionVariants=_describe(rollout, weights, self._platform.clock.now()),
            DataCaptureConfig=summary(capture) if capture else None,
            **{MACHINES: of_variants(rollout.config)},
        )
        if old is not None:
            old.drain()
            self._captures.flush()
            self._end(old)

    def _reweigh(self, region: str, endpoint: str, weights: Mapping[str, float]) -> None:
        self._routes.set(region, endpoint, self._serving[region, endpoint].route(weights))
        record = ENDPOINT.get(self._platform.store, region, endpoint)
        variants = [
            {**variant, **_weight(weights[variant["VariantName"]])}
            for variant in record["ProductionVariants"]
        ]
        self._settle(region, endpoint, "InService", ProductionVariants=variants)

    def _delete(self, region: str, endpoint: str) -> None:
        fleet = self._serving.pop((region, endpoint), None)
        if fleet is not None:
            fleet.drain()
            self._captures.flush()
            self._end(fleet)
        ENDPOINT.delete(self._platform.store, region, endpoint)

    def _settle(self, region: str, endpoint: str, status: str, **members: Any) -> None:
        """Enter a resting status; what was said about the last movement is forgotten.

        Args: members: what is new in the endpoint's record; None removes a member.
        """
        now = self._platform.clock.now()

        def change(record: Record) -> Record:
            new = {**record, **dict.fromkeys(_OF_A_MOVEMENT), **members}
            kept = {name: value for name, value in new.items() if value is not None}
            return {**kept, "EndpointStatus": status, "LastModifiedTime": now}

        record = ENDPOINT.modify(self._platform.store, region, endpoint, change)
        arn = record["EndpointArn"]
        state_events.publish(self._platform, region, state_events.ENDPOINT, arn, record)

    def _launch(self, specs: Sequence[ServingSpec]) -> Fleet:
        with self._lock:
            if self._closed:
                raise AwsError("ServiceUnavailable", "The local AWS is ending.", status=503)
            fleet = Fleet(self._platform, specs)
            self._alive.add(fleet)
            return fleet

    def _end(self, fleet: Fleet) -> None:
        fleet.stop()
        with self._lock:
            self._alive.discard(fleet)

    def _start(self, endpoint: str, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            finally:
                with self._lock:
                    self._threads.discard(thread)

        thread = threading.Thread(target=run, name=f"rollout-{endpoint}", daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()


def _describe(rollout: Rollout, weights: Mapping[str, float], now: float) -> list[Record]:
    """Return DescribeEndpoint's ProductionVariants; without digests of images, as there is no registry."""
    return [
        {
            "VariantName": spec.variant,
            "DeployedImages": [{"SpecifiedImage": spec.image_uri, "ResolutionTime": now}],
            **_weight(weights[spec.variant]),
            "CurrentInstanceCount": 1,
            "DesiredInstanceCount": 1,
        }
        for spec in rollout.specs
    ]


def _weight(weight: float) -> Record:
    return {"CurrentWeight": weight, "DesiredWeight": weight}
