"""What the serving processes use of the machine, sampled for all endpoints by one thread.

Names and scales: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html, "Endpoint
metrics". CPU counts 100 for each core, so that two busy cores are 200.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.roles import may_publish

NAMESPACE = "/aws/sagemaker/Endpoints"
EVERY_SECONDS = 5.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Instance:
    """A serving process that stands for an instance.

    Attributes:
        pid: of the process whose descendants are the instance's processes.
        role_arn: in whose name it publishes.
    """

    region: str
    endpoint: str
    variant: str
    pid: int
    role_arn: str


@dataclass(frozen=True)
class _Usage:
    """CPU seconds of each process by `at` (monotonic seconds), and bytes of memory of all together."""

    at: float
    cpu: dict[psutil.Process, float]
    memory: int


class InstanceMetrics:
    """Adds to CloudWatch what the instances use.

    Args: instances: returns those in service.
    """

    def __init__(self, platform: Platform, instances: Callable[[], Sequence[Instance]]) -> None:
        self._platform = platform
        self._instances = instances
        self._before: dict[Instance, _Usage] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._keep_sampling, name="instance-metrics", daemon=True)
        self._thread.start()

    def sample(self) -> None:
        """Record one observation of each instance; CPU from an instance's second sample on."""
        usages = {instance: usage for instance in self._instances() if (usage := _usage(instance.pid))}
        memory = psutil.virtual_memory().total
        disk = psutil.disk_usage(str(self._platform.settings.home)).percent
        for instance, usage in usages.items():
            if not may_publish(self._platform, instance.role_arn, NAMESPACE, instance.region):
                continue
            values = {"MemoryUtilization": 100.0 * usage.memory / memory, "DiskUtilization": disk}
            before = self._before.get(instance)
            if before is not None:
                values["CPUUtilization"] = _cpu_percent(before, usage)
            self._platform.metrics.record(
                instance.region,
                NAMESPACE,
                {"EndpointName": instance.endpoint, "VariantName": instance.variant},
                {name: (value, "Percent") for name, value in values.items()},
                self._platform.clock.now(),
            )
        self._before = usages

    def close(self) -> None:
        """Sample no more."""
        self._closed.set()
        self._thread.join()

    def _keep_sampling(self) -> None:
        while not self._closed.wait(EVERY_SECONDS):
            try:
                self.sample()
            except Exception:
                # One bad reading must not end all further ones.
                _log.exception("endpoints' instance metrics")


def _usage(pid: int) -> _Usage | None:
    """Return what a process and its descendants use, None when it has ended."""
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.Error:
        return None
    cpu: dict[psutil.Process, float] = {}
    memory = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):  # it may end at any moment
            times = process.cpu_times()
            cpu[process] = times.user + times.system
            memory += process.memory_info().rss
    return _Usage(time.monotonic(), cpu, memory)


def _cpu_percent(before: _Usage, now: _Usage) -> float:
    used = sum(seconds - before.cpu.get(process, 0.0) for process, seconds in now.cpu.items())
    return 100.0 * used / max(now.at - before.at, 1e-9)
