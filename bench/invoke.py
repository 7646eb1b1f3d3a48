"""What the local AWS adds to a client's `invoke_endpoint`.

Bound: one row to an XGBoost endpoint takes at most 1 ms more (median) than the same boto3 call to a bare echo
server. Both are called in turns, in one run.

    python bench/invoke.py
"""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import numpy as np

from bench.roles import create_role
from mllab_localaws import daemon
from mllab_localaws.files import Connection

BODY = b"3,2.25,2570,7242,2,0,0,3,7,2170,400,1951"
FEATURES = 12
ROUNDS = 5
CALLS = 100
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
NAME = "bench"

ECHO = """
import socket, uvicorn

async def echo(scope, receive, send):
    body = (await receive())["body"]
    headers = [(b"content-type", b"text/csv"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})

listener = socket.create_server(("127.0.0.1", 0))
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(echo, lifespan="off", log_config=None)).run(sockets=[listener])
"""


def measure() -> dict[str, float]:
    """Return both medians and what the local AWS adds, in milliseconds."""
    with tempfile.TemporaryDirectory() as directory, echo_server() as echo_url:
        home = Path(directory, "home")
        connection = daemon.start(home)
        try:
            create_endpoint(connection)
            endpoint = client("sagemaker-runtime", connection)
            echo = client("sagemaker-runtime", connection, endpoint_url=echo_url)
            _median_ms(endpoint)
            rounds = [(_median_ms(endpoint), _median_ms(echo)) for _ in range(ROUNDS)]
        finally:
            daemon.stop(home)
    with_endpoint, with_echo = (statistics.median(side) for side in zip(*rounds, strict=True))
    return {
        "invoke_endpoint_ms": with_endpoint,
        "echo_ms": with_echo,
        "invoke_added_ms": statistics.median(one - other for one, other in rounds),
    }


@contextmanager
def echo_server() -> Iterator[str]:
    """Serve whatever is posted back to whoever posts it, and yield the server's address."""
    process = subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()


def _median_ms(client: Any) -> float:
    def call() -> None:
        client.invoke_endpoint(EndpointName=NAME, ContentType="text/csv", Body=BODY)["Body"].read()

    return statistics.median(_milliseconds(call) for _ in range(CALLS))


def _milliseconds(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def client(service: str, connection: Connection, **overrides: str) -> Any:
    """Return a boto3 client of a local AWS."""
    arguments = {
        "endpoint_url": connection.endpoint_url,
        "region_name": connection.region,
        "aws_access_key_id": connection.access_key,
        "aws_secret_access_key": connection.secret_key,
        **overrides,
    }
    return boto3.client(service, **arguments)


def create_endpoint(connection: Connection, **config: Any) -> None:
    """Put the endpoint of the measurement into service."""
    s3, iam, sagemaker = (client(service, connection) for service in ("s3", "iam", "sagemaker"))
    s3.create_bucket(Bucket=NAME)
    s3.put_object(Bucket=NAME, Key="model.tar.gz", Body=_artefact())
    role = create_role(iam, NAME)
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{NAME}/model.tar.gz"}
    sagemaker.create_model(ModelName=NAME, PrimaryContainer=container, ExecutionRoleArn=role)
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": NAME,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName=NAME, ProductionVariants=[variant], **config)
    sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=NAME)


def _artefact() -> bytes:
    import xgboost

    rows = np.random.default_rng(0).random((500, FEATURES))
    booster = xgboost.train({"max_depth": 5}, xgboost.DMatrix(rows, rows.sum(axis=1)), 100)
    model, archive = bytes(booster.save_raw("ubj")), io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(model)
        tar.addfile(member, io.BytesIO(model))
    return archive.getvalue()


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
