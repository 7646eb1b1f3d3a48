"""The serving processes of one endpoint, planned from its configuration, up and down together."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import capture_config
from mllab_localaws.sagemaker.images import resolve
from mllab_localaws.sagemaker.instance_metrics import Instance
from mllab_localaws.sagemaker.models import container_of
from mllab_localaws.sagemaker.named import MODEL
from mllab_localaws.sagemaker.routes import EndpointRoute, VariantRoute
from mllab_localaws.sagemaker.serving import START_SECONDS, STOP_SECONDS, ServingProcess, ServingSpec
from mllab_localaws.store import Record

# An invocation may take this long, so a process that loses its traffic gets it to finish.
DRAIN_SECONDS = 60.0

_numbers = itertools.count(1)


class Fleet:
    """Running variants, one serving process each, in the order of the configuration."""

    def __init__(self, platform: Platform, specs: Sequence[ServingSpec]) -> None:
        self._processes = {spec.variant: ServingProcess(platform, spec) for spec in specs}

    def wait_in_service(self) -> None:
        """Return when every variant has passed its first ping.

        Raises: ServingError: one of them never will.
        """
        for process in self._processes.values():
            process.wait_in_service()

    def route(self, weights: Mapping[str, float]) -> EndpointRoute:
        """Return the route that shares traffic by these weights."""
        return EndpointRoute(
            [
                VariantRoute(variant, weights[variant], process.upstream, process.spec.capture)
                for variant, process in self._processes.items()
            ]
        )

    def instances(self) -> list[Instance]:
        """Return the processes that run at this moment."""
        specs_and_pids = [(process.spec, process.pid) for process in self._processes.values()]
        return [
            Instance(spec.region, spec.endpoint, spec.variant, pid, spec.role_arn)
            for spec, pid in specs_and_pids
            if pid
        ]

    def drain(self) -> None:
        """Let the requests that are under way be answered; new ones must already go elsewhere."""
        for process in self._processes.values():
            process.upstream.drain(DRAIN_SECONDS)

    def stop(self, grace_seconds: float = STOP_SECONDS) -> None:
        """End all processes."""
        with ThreadPoolExecutor(len(self._processes)) as pool:
            list(pool.map(lambda process: process.stop(grace_seconds), self._processes.values()))


def plan(platform: Platform, region: str, endpoint: str, config: Record) -> list[ServingSpec]:
    """Return what to run for an endpoint configuration.

    Raises: AwsError: a model of it has been deleted meanwhile.
    """
    return [_spec(platform, region, endpoint, config, variant) for variant in config["ProductionVariants"]]


def vcpus(instance_type: str) -> int:
    """Return the vCPUs of an instance type from its size: 2 up to large, 4 per xlarge.

    https://aws.amazon.com/sagemaker/ai/pricing/ - a few old families have more in their largest sizes.
    """
    size = instance_type.rpartition(".")[2]
    match = re.fullmatch(r"(\d*)xlarge", size)
    return 4 * int(match[1] or 1) if match else 2


def _spec(platform: Platform, region: str, endpoint: str, config: Record, variant: Record) -> ServingSpec:
    model = MODEL.get(platform.store, region, variant["ModelName"])
    container = container_of(model)
    image = resolve(container["Image"])
    settings, role, name = platform.settings, model["ExecutionRoleArn"], variant["VariantName"]
    number = next(_numbers)
    environment = {
        "SAGEMAKER_MODEL_SERVER_WORKERS": str(min(vcpus(variant["InstanceType"]), settings.cores)),
        **container.get("Environment", {}),
        **platform.roles.session(role, f"{endpoint}-{name}", region),
        "AWS_ENDPOINT_URL": settings.endpoint_url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "SAGEMAKER_IMAGE_TAG": image.tag,
    }
    return ServingSpec(
        region=region,
        endpoint=endpoint,
        variant=name,
        root=settings.home / "endpoints" / f"{endpoint}-{name}-{number}",
        socket=settings.sockets / f"{number}.sock",
        image_uri=container["Image"],
        module=image.module,
        model_data_url=container.get("ModelDataUrl"),
        role_arn=role,
        environment=environment,
        start_seconds=variant.get("ContainerStartupHealthCheckTimeoutInSeconds", START_SECONDS),
        capture=capture_config.plan(config.get("DataCaptureConfig"), region, endpoint, name, role),
    )
