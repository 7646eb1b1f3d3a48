"""The door at which the programs of a notebook instance get credentials: a session of the instance's role.

botocore asks again before they expire. On AWS an instance finds them in its instance metadata.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from mllab_localaws.asgi import Exchange
from mllab_localaws.caller import SAGEMAKER
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.notebook_machine import Machine
from mllab_localaws.wire.http import HttpReply

SESSION_SECONDS = 3600
# What a notebook instance's session is called on AWS.
_SESSION = "SageMaker"


class InstanceCredentials:
    """Answers machines, each by a token of its own.

    Args: machine_of: returns the machine that runs and has a token, None when there is none.
    """

    def __init__(self, platform: Platform, machine_of: Callable[[str], Machine | None]) -> None:
        self._roles = platform.roles
        self._machine_of = machine_of

    async def __call__(self, asked: Exchange) -> HttpReply:
        """Answer one request for credentials."""
        machine = self._machine_of(asked.headers.get("authorization", ""))
        if asked.method != "GET" or machine is None:
            return _reply(403, {"code": "AccessDenied", "message": "No notebook instance has this token."})
        spec = machine.spec
        if not self._roles.trusts(spec.role_arn, SAGEMAKER):
            message = f"The role {spec.role_arn} of the instance {spec.name} cannot be assumed any more."
            return _reply(400, {"code": "AssumeRoleUnauthorizedAccess", "message": message})
        session = self._roles.assume(spec.role_arn, _SESSION, spec.region, seconds=SESSION_SECONDS)
        return _reply(
            200,
            {
                "AccessKeyId": session.access_key_id,
                "SecretAccessKey": session.secret_access_key,
                "Token": session.session_token,
                "Expiration": _iso(session.expiration),
                "RoleArn": spec.role_arn,
            },
        )


def _reply(status: int, body: dict[str, str]) -> HttpReply:
    return HttpReply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
