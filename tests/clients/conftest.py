"""A local AWS of the session's own, and what a user's shell knows of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import boto3
import pytest
from small_houses import Account
from web_api_of_houses import Deployed, deployed_api

from mllab_localaws import daemon
from mllab_localaws.files import Connection


@pytest.fixture(scope="session")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A local AWS on a free port."""
    home = tmp_path_factory.mktemp("local-aws") / "home"
    yield daemon.start(home)
    daemon.stop(home)


@pytest.fixture(scope="session")
def environment_variables(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All that a client's process is given: the local AWS's variables, and nothing of the user's own AWS."""
    home = str(tmp_path_factory.mktemp("client-home"))
    return {"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8", **connection.environment()}


@pytest.fixture(scope="session")
def account(connection: Connection) -> Account:
    """The account through boto3, for preparing what a client starts from and for looking at what it left."""
    return Account(
        boto3.Session(
            aws_access_key_id=connection.access_key,
            aws_secret_access_key=connection.secret_key,
            region_name=connection.region,
        ),
        connection.endpoint_url,
    )


@pytest.fixture(scope="session")
def deployed(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """An API in front of a model, as notebook 04 builds it."""
    with deployed_api(connection, tmp_path_factory.mktemp("lab")) as made:
        yield made
