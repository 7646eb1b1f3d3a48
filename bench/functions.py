"""A Lambda function to be measured."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from bench.invoke import client
from bench.roles import create_role
from mllab_localaws.files import Connection


def create_function(connection: Connection, name: str, source: str, **settings: Any) -> str:
    """Create a function of one file whose `handler` answers, with a role of the same name; return its ARN."""
    logs = "service-role/AWSLambdaBasicExecutionRole"
    role = create_role(client("iam", connection), name, ["lambda.amazonaws.com"], logs)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", source)
    created = client("lambda", connection).create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.12",
        Handler="app.handler",
        Code={"ZipFile": package.getvalue()},
        **settings,
    )
    return str(created["FunctionArn"])
