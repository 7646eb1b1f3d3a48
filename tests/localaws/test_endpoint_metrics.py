"""What CloudWatch hears of an endpoint: each invocation, and what its processes use of the machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psutil
import pytest
import served_models
from aiohttp import web
from botocore.exceptions import ClientError
from platforms import make_authorizer, make_platform

from mllab_localaws.clock import SystemClock
from mllab_localaws.cloudwatch.metric_store import MetricStore, Observation
from mllab_localaws.leash import Leash
from mllab_localaws.moto_backend import Objects
from mllab_localaws.platform import Platform, Settings
from mllab_localaws.sagemaker import runtime as runtime_module
from mllab_localaws.sagemaker.capture_writer import CaptureWriter
from mllab_localaws.sagemaker.instance_metrics import Instance, InstanceMetrics
from mllab_localaws.sagemaker.routes import EndpointRoute, Routes, Upstream, VariantRoute
from mllab_localaws.sagemaker.runtime import Runtime
from mllab_localaws.store import Store
from mllab_localaws.wire.errors import AwsError

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/r"
BUSY = "print(flush=True)\nwhile True: pass"
Recorded = tuple[str, str, dict[str, str], dict[str, Observation]]


class Heard(MetricStore):
    """Keeps what is recorded, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Recorded] = []

    def record(
        self,
        region: str,
        namespace: str,
        dimensions: Mapping[str, str],
        values: Mapping[str, Observation],
        time: float,
    ) -> None:
        del time
        self.calls.append((region, namespace, dict(dimensions), dict(values)))


async def _container(request: web.Request) -> web.Response:
    body = await request.read()
    if body == b"slow":
        await asyncio.sleep(0.05)
    elif body == b"hangs":
        await asyncio.sleep(30)
    status = int(body) if body.isdigit() else 200
    return web.Response(status=status, body=b"1.0")


@contextlib.asynccontextmanager
async def _listening(socket: Path) -> AsyncIterator[None]:
    application = web.Application()
    application.router.add_post("/invocations", _container)
    runner = web.AppRunner(application, shutdown_timeout=0, handler_cancellation=True)
    await runner.setup()
    await web.UnixSite(runner, str(socket)).start()
    try:
        yield
    finally:
        await runner.cleanup()


def _recorded(
    socket: Path, body: bytes, *, endpoint: str = "Demo", headers: dict[str, str] | None = None
) -> list[Recorded]:
    """Return what was recorded while one invocation went its way, answered or refused."""
    routes, heard = Routes(), Heard()
    routes.set(REGION, "Demo", EndpointRoute([VariantRoute("AllTraffic", 1.0, Upstream(socket))]))

    async def main() -> None:
        captures = CaptureWriter(Objects(make_authorizer(Store())))
        runtime = Runtime(routes, captures, heard, SystemClock())
        async with _listening(socket):
            with contextlib.suppress(AwsError):
                await runtime.invoke(REGION, endpoint, headers or {}, body)
            await runtime.close()
        captures.close()

    asyncio.run(main())
    return heard.calls


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "s.sock"


def test_one_invocation_is_recorded_in_one_call_with_the_full_set_of_dimensions(socket: Path) -> None:
    [(region, namespace, dimensions, values)] = _recorded(socket, b"1,2")
    assert (region, namespace) == (REGION, "AWS/SageMaker")
    assert dimensions == {"EndpointName": "Demo", "VariantName": "AllTraffic"}
    latencies = {name: values.pop(name) for name in ("ModelLatency", "OverheadLatency")}
    assert values == {
        "Invocations": (1.0, "None"),
        "InvocationsPerInstance": (1.0, "None"),
        "Invocation4XXErrors": (0.0, "None"),
        "Invocation5XXErrors": (0.0, "None"),
        "InvocationModelErrors": (0.0, "None"),
    }
    assert {unit for _, unit in latencies.values()} == {"Microseconds"}
    assert all(value > 0 for value, _ in latencies.values())


def test_model_latency_is_the_containers_time_in_microseconds(socket: Path) -> None:
    [(_, _, _, values)] = _recorded(socket, b"slow")
    assert 50_000 <= values["ModelLatency"][0] < 5_000_000
    assert values["OverheadLatency"][0] < values["ModelLatency"][0]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (b"415", (1.0, 0.0, 1.0)),
        (b"500", (0.0, 1.0, 1.0)),
        (b"304", (0.0, 0.0, 1.0)),
        (b"204", (0.0, 0.0, 0.0)),
    ],
)
def test_a_containers_status_decides_which_errors_count(
    socket: Path, body: bytes, errors: tuple[float, float, float]
) -> None:
    [(_, _, _, values)] = _recorded(socket, body)
    names = ("Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors")
    assert tuple(values[name][0] for name in names) == errors
    assert values["Invocations"][0] == 1.0


def test_a_container_that_does_not_answer_in_time_is_a_model_error(
    socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime_module, "INVOCATION_SECONDS", 0.1)
    [(_, _, _, values)] = _recorded(socket, b"hangs")
    assert values["InvocationModelErrors"][0] == 1.0
    assert values["Invocation5XXErrors"][0] == 0.0
    assert values["ModelLatency"][0] >= 100_000


@pytest.mark.parametrize(
    ("endpoint", "headers"),
    [
        ("missing", {}),
        ("demo", {}),
        ("Demo", {"x-amzn-sagemaker-target-variant": "other"}),
        ("Demo", {"x-amzn-sagemaker-custom-attributes": "x" * 1025}),
        ("Demo", {"x-amzn-sagemaker-target-model": "a.tar.gz"}),
    ],
)
def test_what_never_reaches_a_variant_is_not_counted(
    socket: Path, endpoint: str, headers: dict[str, str]
) -> None:
    assert _recorded(socket, b"1", endpoint=endpoint, headers=headers) == []


def test_cloudwatch_shows_an_endpoints_invocations_and_its_processes(client: Callable[..., Any]) -> None:
    aws = served_models.prepare(client, "endpoint-metrics")
    served_models.create_config(aws, "Measured")
    served_models.create_endpoint(aws, "Measured", "Measured")
    try:
        for body in ("0,0", "0,0", "not a number"):
            with contextlib.suppress(ClientError):
                aws.runtime.invoke_endpoint(EndpointName="Measured", ContentType="text/csv", Body=body)
        cloudwatch = client("cloudwatch")
        full = {"EndpointName": "Measured", "VariantName": "AllTraffic"}
        assert _sum(cloudwatch, "AWS/SageMaker", "Invocations", full) == 3
        assert _sum(cloudwatch, "AWS/SageMaker", "Invocation4XXErrors", full) == 1
        assert _sum(cloudwatch, "AWS/SageMaker", "Invocations", {"EndpointName": "Measured"}) is None
        deadline = time.monotonic() + 30
        while _sum(cloudwatch, "/aws/sagemaker/Endpoints", "CPUUtilization", full) is None:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        served_models.delete_endpoint(aws, "Measured")


def _sum(cloudwatch: Any, namespace: str, metric: str, dimensions: dict[str, str]) -> float | None:
    """Return a metric's sum over the last minutes, None when there is none."""
    now = datetime.now(timezone.utc)
    points = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points) if points else None


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def platform(tmp_path: Path, heard: Heard) -> Iterator[Platform]:
    leash = Leash(tmp_path)
    yield make_platform(Settings(tmp_path, tmp_path, "http://127.0.0.1:1", cores=2), leash, metrics=heard)
    leash.close()


@pytest.fixture
def busy() -> Iterator[int]:
    """The id of a process that keeps one core busy through a child of its own."""
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    yield process.pid
    os.killpg(process.pid, 9)
    process.wait()
    process.stdout.close()


def test_instance_metrics_count_the_whole_process_tree(platform: Platform, heard: Heard, busy: int) -> None:
    metrics = InstanceMetrics(platform, lambda: [Instance(REGION, "Demo", "AllTraffic", busy, ROLE)])
    try:
        metrics.sample()
        _spend_cpu(busy, 0.3)
        metrics.sample()
    finally:
        metrics.close()
    (_, _, _, first), (region, namespace, dimensions, second) = heard.calls[:2]
    assert (region, namespace) == (REGION, "/aws/sagemaker/Endpoints")
    assert dimensions == {"EndpointName": "Demo", "VariantName": "AllTraffic"}
    assert set(first) == {"MemoryUtilization", "DiskUtilization"}
    assert set(second) == {"CPUUtilization", "MemoryUtilization", "DiskUtilization"}
    assert {unit for _, unit in second.values()} == {"Percent"}
    assert 1 < second["CPUUtilization"][0] < 130
    assert 0 < second["MemoryUtilization"][0] < 100
    assert 0 < second["DiskUtilization"][0] <= 100


def test_a_process_that_has_ended_is_not_sampled(platform: Platform, heard: Heard) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    metrics = InstanceMetrics(platform, lambda: [Instance(REGION, "Demo", "AllTraffic", gone.pid, ROLE)])
    metrics.sample()
    metrics.close()
    assert heard.calls == []


def test_one_thread_samples_and_ends_when_it_is_closed(platform: Platform) -> None:
    def samplers() -> int:
        return sum(thread.name == "instance-metrics" for thread in threading.enumerate())

    before = samplers()
    metrics = InstanceMetrics(platform, lambda: [])
    assert samplers() == before + 1
    metrics.close()
    assert samplers() == before


def _spend_cpu(pid: int, seconds: float) -> None:
    """Return once the process's children have used some CPU time."""

    def used() -> float:
        times = [child.cpu_times() for child in psutil.Process(pid).children(recursive=True)]
        return sum(each.user + each.system for each in times)

    enough, pause = used() + seconds, threading.Event()
    for _ in range(1000):
        if used() >= enough:
            return
        pause.wait(0.02)
    raise AssertionError("the busy process does not get on")
