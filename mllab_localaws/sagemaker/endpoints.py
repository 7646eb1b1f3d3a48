"""Endpoints: created, updated without downtime, re-weighted and deleted, each in a thread of its own.

Life cycle: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws import quotas
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import state_events
from mllab_localaws.sagemaker.capture_writer import CaptureWriter
from mllab_localaws.sagemaker.endpoint_configs import check_instance_count, check_weights
from mllab_localaws.sagemaker.fleet import plan
from mllab_localaws.sagemaker.limits import MACHINES, NEW_MACHINES, of_variants, room_for
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.monitoring_records import check_unwatched
from mllab_localaws.sagemaker.named import ENDPOINT, ENDPOINT_CONFIG
from mllab_localaws.sagemaker.rollout import Rollout, Rollouts
from mllab_localaws.sagemaker.routes import Routes
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

_LISTING = Listing(name="EndpointName", status="EndpointStatus", sort_order="Descending")
_SUMMARY = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")


class Endpoints(Service):
    """Create-, Describe-, List-, Update- and DeleteEndpoint, UpdateEndpointWeightsAndCapacities."""

    name = "sagemaker"

    def __init__(self, platform: Platform, routes: Routes, captures: CaptureWriter) -> None:
        self._platform = platform
        self._rollouts = Rollouts(platform, routes, captures)

    @operation
    def create_endpoint(self, call: Call) -> Reply:
        """Start an endpoint.

        Raises: AwsError: `ResourceLimitExceeded`, or `ValidationException`.
        """
        refuse_others(call.params, ("EndpointName", "EndpointConfigName", "Tags"), "CreateEndpoint")
        name, region = call.params["EndpointName"], call.region
        rollout = self._plan(call)
        arn, now = ENDPOINT.arn(region, name), self._platform.clock.now()
        record = {
            "EndpointName": name,
            "EndpointArn": arn,
            "EndpointConfigName": rollout.config["EndpointConfigName"],
            "EndpointStatus": "Creating",
            "CreationTime": now,
            "LastModifiedTime": now,
            MACHINES: of_variants(rollout.config),
        }
        with room_for(self._platform, region, quotas.ENDPOINT, record[MACHINES]):
            ENDPOINT.insert(self._platform.store, region, name, record, call.params.get("Tags", ()))
        state_events.publish(self._platform, region, state_events.ENDPOINT, arn, record)
        self._rollouts.create(rollout)
        return {"EndpointArn": arn}

    @operation
    def describe_endpoint(self, call: Call) -> Reply:
        """Return an endpoint."""
        return ENDPOINT.get(self._platform.store, call.region, call.params["EndpointName"])

    @operation
    def list_endpoints(self, call: Call) -> Reply:
        """Return endpoints, latest first."""
        page, token = _LISTING.page(self._platform.store.list(ENDPOINT.kind, call.region), call.params)
        return {"Endpoints": [{member: record[member] for member in _SUMMARY} for record in page], **token}

    @operation
    def update_endpoint(self, call: Call) -> Reply:
        """Move an endpoint to another configuration; the old fleet serves until the new one does."""
        refuse_others(call.params, ("EndpointName", "EndpointConfigName"), "UpdateEndpoint")
        ENDPOINT.get(self._platform.store, call.region, call.params["EndpointName"])
        rollout = self._plan(call)
        pending = {
            "EndpointConfigName": rollout.config["EndpointConfigName"],
            "StartTime": self._platform.clock.now(),
        }
        machines = of_variants(rollout.config)
        moving: Record = {"PendingDeploymentSummary": pending, NEW_MACHINES: machines}
        with room_for(self._platform, call.region, quotas.ENDPOINT, machines):
            record = self._begin(call, "Updating", from_statuses=("InService",), **moving)
        self._rollouts.update(rollout)
        return {"EndpointArn": record["EndpointArn"]}

    @operation
    def update_endpoint_weights_and_capacities(self, call: Call) -> Reply:
        """Share the traffic among the variants anew."""
        wanted = {variant["VariantName"]: variant for variant in call.params["DesiredWeightsAndCapacities"]}
        record = ENDPOINT.get(self._platform.store, call.region, call.params["EndpointName"])
        for name, variant in wanted.items():
            where = f"production variant {name}"
            refuse_others(variant, ("VariantName", "DesiredWeight", "DesiredInstanceCount"), where)
            if "DesiredInstanceCount" in variant:
                check_instance_count(where, variant["DesiredInstanceCount"])
        weights = _new_weights(record, wanted)
        record = self._begin(call, "Updating")
        self._rollouts.reweigh(call.region, record["EndpointName"], weights)
        return {"EndpointArn": record["EndpointArn"]}

    @operation
    def delete_endpoint(self, call: Call) -> Reply:
        """Stop an endpoint; its configuration and models stay."""
        check_unwatched(self._platform.store, call.region, call.params["EndpointName"])
        record = self._begin(call, "Deleting", from_statuses=("InService", "Failed"))
        self._rollouts.delete(call.region, record["EndpointName"])
        return {}

    def close(self) -> None:
        """Stop every serving process."""
        self._rollouts.close()

    def _plan(self, call: Call) -> Rollout:
        """Return what to run for the request, under the spelling that the endpoint was created with."""
        store, region, name = self._platform.store, call.region, call.params["EndpointName"]
        existing = store.get(ENDPOINT.kind, region, name.lower())
        endpoint = existing["EndpointName"] if existing else name
        config = ENDPOINT_CONFIG.get(store, region, call.params["EndpointConfigName"])
        return Rollout(region, endpoint, config, plan(self._platform, region, endpoint, config))

    def _begin(
        self, call: Call, status: str, *, from_statuses: tuple[str, ...] = ("InService",), **members: Any
    ) -> Record:
        """Enter a moving status, with nobody else entering one in between.

        Raises: AwsError: the endpoint is missing, moving already, or failed.
        """
        now = self._platform.clock.now()

        def change(record: Record) -> Record:
            if record["EndpointStatus"] not in from_statuses:
                raise _refusal(record)
            return {**record, **members, "EndpointStatus": status, "LastModifiedTime": now}

        record = ENDPOINT.modify(self._platform.store, call.region, call.params["EndpointName"], change)
        arn = record["EndpointArn"]
        state_events.publish(self._platform, call.region, state_events.ENDPOINT, arn, record)
        return record


def _refusal(record: Record) -> AwsError:
    arn = record["EndpointArn"]
    if record["EndpointStatus"] == "Failed":
        return validation_error(f'Cannot update failed endpoint "{arn}"; delete it and create it again.')
    return validation_error(f'Cannot update in-progress endpoint "{arn}".')


def _new_weights(record: Record, wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    weights = {
        variant["VariantName"]: float(variant["DesiredWeight"])
        for variant in record.get("ProductionVariants", [])
    }
    if not weights:  # it has never been in service
        raise _refusal(record)
    unknown = sorted(set(wanted) - set(weights))
    if unknown:
        raise validation_error(
            f'Endpoint "{record["EndpointArn"]}" has no production variant {", ".join(unknown)}; '
            f"it has {', '.join(weights)}."
        )
    weights.update(
        {name: variant["DesiredWeight"] for name, variant in wanted.items() if "DesiredWeight" in variant}
    )
    check_weights(weights)
    return weights
