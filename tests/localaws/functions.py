"""Functions for tests: zips of sources, a role that Lambda may assume, and invoking in one line."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WRITES_LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def zipped(files: Mapping[str, str | bytes] | str) -> bytes:
    """Return a zip of files by name; a text alone becomes `app.py`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ({"app.py": files} if isinstance(files, str) else files).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def create_role(iam: Any, name: str, trust: Any = TRUST) -> str:
    """Return the ARN of a role that may write logs, made when it is not there."""
    try:
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        iam.attach_role_policy(RoleName=name, PolicyArn=WRITES_LOGS)
    except iam.exceptions.EntityAlreadyExistsException:
        role = iam.get_role(RoleName=name)
    return str(role["Role"]["Arn"])


@dataclass(frozen=True)
class Answer:
    """What Invoke answered.

    Attributes: log: its tail, line by line.
    """

    value: Any
    error: str | None
    log: list[str]
    reply: Mapping[str, Any]


@dataclass(frozen=True)
class Workshop:
    """Makes functions and invokes them."""

    client: Any
    role: str

    def create(self, name: str, files: Mapping[str, str | bytes] | str, **members: Any) -> Any:
        """Create a function of the newest runtime that AWS has for this Python."""
        request = {
            "FunctionName": name,
            "Role": self.role,
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "Code": {"ZipFile": zipped(files)},
            **members,
        }
        return self.client.create_function(**request)

    def invoke(self, name: str, event: Any = None, **members: Any) -> Answer:
        """Invoke and decode."""
        members.setdefault("LogType", "Tail")
        reply = self.client.invoke(FunctionName=name, Payload=json.dumps(event), **members)
        log = base64.b64decode(reply.get("LogResult", "")).decode()
        value = json.loads(reply["Payload"].read() or "null")
        return Answer(value, reply.get("FunctionError"), log.splitlines(), reply)
