"""boto3 clients of a local AWS."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from mllab_localaws.files import Connection


def make_client(connection: Connection, service: str, **overrides: Any) -> Any:
    """Return a client with the administrator's key that does not try again; keyword arguments override."""
    arguments = {
        "endpoint_url": connection.endpoint_url,
        "region_name": connection.region,
        "aws_access_key_id": connection.access_key,
        "aws_secret_access_key": connection.secret_key,
        "config": Config(retries={"total_max_attempts": 1}),
        **overrides,
    }
    return boto3.client(service, **arguments)
