"""Endpoint configurations: which models on which instances, and how traffic is shared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import capture_config
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.named import ENDPOINT_CONFIG, MODEL
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

_LISTING = Listing(name="EndpointConfigName", sort_order="Descending")
_MEMBERS = ("EndpointConfigName", "ProductionVariants", "DataCaptureConfig", "Tags", "KmsKeyId")
# What is accepted beyond the first five changes nothing about a process on this machine.
_VARIANT_MEMBERS = (
    "VariantName",
    "ModelName",
    "InitialInstanceCount",
    "InstanceType",
    "InitialVariantWeight",
    "ContainerStartupHealthCheckTimeoutInSeconds",
    "ModelDataDownloadTimeoutInSeconds",
    "VolumeSizeInGB",
    "RoutingConfig",
)


class EndpointConfigs(Service):
    """CreateEndpointConfig, DescribeEndpointConfig, ListEndpointConfigs, DeleteEndpointConfig."""

    name = "sagemaker"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @operation
    def create_endpoint_config(self, call: Call) -> Reply:
        """Check the variants and remember the configuration."""
        params, name = call.params, call.params["EndpointConfigName"]
        refuse_others(params, _MEMBERS, "CreateEndpointConfig")
        variants = [self._variant(call.region, variant) for variant in params["ProductionVariants"]]
        check_weights({variant["VariantName"]: variant["InitialVariantWeight"] for variant in variants})
        if len({variant["VariantName"] for variant in variants}) < len(variants):
            raise validation_error("The variant names of an endpoint configuration must be unique.")
        if params.get("DataCaptureConfig"):
            capture_config.check(self._platform, params["DataCaptureConfig"])
        arn = ENDPOINT_CONFIG.arn(call.region, name)
        record = {
            "EndpointConfigName": name,
            "EndpointConfigArn": arn,
            "ProductionVariants": variants,
            "CreationTime": self._platform.clock.now(),
            "EnableNetworkIsolation": False,
            **{member: params[member] for member in ("DataCaptureConfig", "KmsKeyId") if params.get(member)},
        }
        ENDPOINT_CONFIG.insert(self._platform.store, call.region, name, record, params.get("Tags", ()))
        return {"EndpointConfigArn": arn}

    @operation
    def describe_endpoint_config(self, call: Call) -> Reply:
        """Return a configuration."""
        return ENDPOINT_CONFIG.get(self._platform.store, call.region, call.params["EndpointConfigName"])

    @operation
    def list_endpoint_configs(self, call: Call) -> Reply:
        """Return configurations, latest first."""
        records = self._platform.store.list(ENDPOINT_CONFIG.kind, call.region)
        page, token = _LISTING.page(records, call.params)
        members = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
        summaries = [{member: record[member] for member in members} for record in page]
        return {"EndpointConfigs": summaries, **token}

    @operation
    def delete_endpoint_config(self, call: Call) -> Reply:
        """Forget a configuration; an endpoint that was made from it goes on."""
        ENDPOINT_CONFIG.delete(self._platform.store, call.region, call.params["EndpointConfigName"])
        return {}

    def _variant(self, region: str, variant: Mapping[str, Any]) -> dict[str, Any]:
        where = f"production variant {variant['VariantName']}"
        refuse_others(variant, _VARIANT_MEMBERS, where)
        if not variant.get("ModelName") or not variant.get("InstanceType"):
            raise validation_error(f"The {where} needs a ModelName and an InstanceType.")
        MODEL.get(self._platform.store, region, variant["ModelName"])
        check_instance_count(where, variant.get("InitialInstanceCount"))
        return {"InitialVariantWeight": 1.0, **variant}


def check_instance_count(where: str, count: int | None) -> None:
    """Refuse anything but one instance.

    Raises: AwsError: `ValidationException`, or `ResourceLimitExceeded` as from an account's quota.
    """
    if not count:
        raise validation_error(f"The {where} needs an instance count of at least 1.")
    if count > 1:
        raise AwsError(
            "ResourceLimitExceeded",
            f"The {where} asks for {count} instances; the local AWS runs each variant on one, whose workers "
            "use this machine's cores. Ask for 1.",
        )


def check_weights(weights: Mapping[str, float]) -> None:
    """Refuse weights under which no variant would get traffic.

    Raises: AwsError: `ValidationException`.
    """
    if not any(weights.values()):
        raise validation_error(f"At least one of the variants {', '.join(weights)} needs a weight above 0.")
