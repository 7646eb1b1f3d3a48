"""An account's quotas of instances, held against what is in use.

https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from mllab_localaws import quotas
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.job_records import PROCESSING, TERMINAL, TRAINING
from mllab_localaws.sagemaker.named import ENDPOINT
from mllab_localaws.store import Record
from mllab_localaws.wire.errors import AwsError

# Members of an endpoint's record that nobody is shown: machines that serve, and those that an update starts.
MACHINES, NEW_MACHINES = "_Machines", "_NewMachines"
_NOTEBOOK = "notebook-instance"
_WITHOUT_MACHINE = ("Stopped", "Failed", "Deleting")
# Nobody may record something else between the counting and the recording.
_counting = threading.Lock()


@contextmanager
def room_for(platform: Platform, region: str, usage: str, wanted: Mapping[str, int]) -> Iterator[None]:
    """Let something be recorded that uses instances, while nobody else does.

    Args: usage: one of `quotas`'; wanted: how many instances of each type it adds.
    Raises: AwsError: `ResourceLimitExceeded`.
    """
    with _counting:
        check(platform, region, usage, wanted)
        yield


def check(platform: Platform, region: str, usage: str, wanted: Mapping[str, int]) -> None:
    """Refuse, in AWS's words, what would use more instances than the account may.

    Raises: AwsError: `ResourceLimitExceeded`.
    """
    used = _in_use(platform, region, usage)
    for instance_type, count in wanted.items():
        name, current = quotas.name_of(usage, instance_type), used.get(instance_type, 0)
        most = quotas.allowed(platform.settings.home, name)
        if current + count > most:
            raise AwsError(
                "ResourceLimitExceeded",
                f"The account-level service limit '{name}' is {most} Instances, with current utilization of "
                f"{current} Instances and a request delta of {count} Instances. Please use AWS Service "
                "Quotas to request an increase for this quota. If AWS Service Quotas is not available, "
                "contact AWS support to request an increase for this quota.",
            )


def of_variants(config: Record) -> dict[str, int]:
    """Return the instances of an endpoint configuration, by type."""
    return _sums(
        (each["InstanceType"], each["InitialInstanceCount"]) for each in config["ProductionVariants"]
    )


def of_cluster(cluster: Mapping[str, object]) -> dict[str, int]:
    """Return the instances of a job, by type."""
    return {str(cluster["InstanceType"]): int(str(cluster["InstanceCount"]))}


def _in_use(platform: Platform, region: str, usage: str) -> dict[str, int]:
    count = {
        quotas.TRAINING: _of_training,
        quotas.PROCESSING: _of_processing,
        quotas.ENDPOINT: _of_endpoints,
        quotas.NOTEBOOK: _of_notebooks,
    }[usage]
    return _sums(count(platform, region))


def _of_training(platform: Platform, region: str) -> Iterator[tuple[str, int]]:
    for job in TRAINING.in_region(platform, region):
        if job[TRAINING.status] not in TERMINAL:
            yield from of_cluster(job["ResourceConfig"]).items()


def _of_processing(platform: Platform, region: str) -> Iterator[tuple[str, int]]:
    for job in PROCESSING.in_region(platform, region):
        if job[PROCESSING.status] not in TERMINAL:
            yield from of_cluster(job["ProcessingResources"]["ClusterConfig"]).items()


def _of_endpoints(platform: Platform, region: str) -> Iterator[tuple[str, int]]:
    """While an endpoint is updated, the old machines serve and the new ones start."""
    for endpoint in platform.store.list(ENDPOINT.kind, region):
        if endpoint["EndpointStatus"] not in _WITHOUT_MACHINE:
            yield from endpoint[MACHINES].items()
            yield from endpoint.get(NEW_MACHINES, {}).items()


def _of_notebooks(platform: Platform, region: str) -> Iterator[tuple[str, int]]:
    for notebook in platform.store.list(_NOTEBOOK, region):
        if notebook["NotebookInstanceStatus"] not in _WITHOUT_MACHINE:
            yield notebook["InstanceType"], 1


def _sums(items: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for instance_type, count in items:
        sums[instance_type] = sums.get(instance_type, 0) + count
    return sums
