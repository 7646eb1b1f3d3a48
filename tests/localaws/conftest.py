"""A platform in a temporary directory, and a started local AWS with boto3 clients."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from boto_clients import make_client
from identities import allow, make_role, trust

from mllab_localaws import daemon, sandbox
from mllab_localaws.files import Connection


@pytest.fixture(scope="session")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A local AWS of the test session's own, on a free port."""
    home: Path = tmp_path_factory.mktemp("local-aws") / "home"
    yield daemon.start(home)
    daemon.stop(home)


@pytest.fixture(scope="session")
def client(connection: Connection) -> Callable[..., Any]:
    """`client("s3")`: a boto3 client with the administrator's key; keyword arguments override."""

    return partial(make_client, connection)


@pytest.fixture(scope="session")
def sagemaker(client: Callable[..., Any]) -> Any:
    return client("sagemaker")


@pytest.fixture(scope="session")
def logs(client: Callable[..., Any]) -> Any:
    return client("logs")


@pytest.fixture
def name() -> str:
    """A name that no other test gives to anything."""
    return f"test-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def logging_role(client: Callable[..., Any]) -> str:
    """The account's role by which API Gateway writes logs."""
    writes = allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
    _, arn = make_role(client, writes, trusting=trust({"Service": "apigateway.amazonaws.com"}))
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}
    client("apigateway").update_account(patchOperations=[patch])
    return arn


@pytest.fixture
def no_sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A machine without bubblewrap."""
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.isolation.cache_clear()
    yield
    sandbox.isolation.cache_clear()
