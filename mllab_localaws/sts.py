"""STS operations that moto answers without looking at all that was asked: sessions of roles.

Source: AssumeRole in STS's API reference.
"""

from __future__ import annotations

import json
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.validation import refuse_others

_KNOWN = ("RoleArn", "RoleSessionName", "PolicyArns", "Policy", "DurationSeconds", "Tags", "ExternalId")
_DEFAULT_SECONDS = 3600
_CHAINED_SECONDS = 3600


class Sessions(Service):
    """AssumeRole; who may is decided before, by the role's trust policy and the caller's own."""

    name = "sts"

    def __init__(self, platform: Platform) -> None:
        self._roles = platform.roles

    @operation
    def assume_role(self, call: Call) -> Reply:
        """Return credentials of a role, narrowed by the policies that the request brings.

        Raises: AwsError: `ValidationError`, it would last too long; `MalformedPolicyDocument`.
        """
        params = call.params
        refuse_others(params, _KNOWN, "AssumeRole")
        seconds = params.get("DurationSeconds", _DEFAULT_SECONDS)
        self._check_duration(call, seconds)
        if "Policy" in params:
            _check_policy(params["Policy"])
        session = self._roles.assume(
            params["RoleArn"],
            params["RoleSessionName"],
            call.region,
            seconds=seconds,
            policy=params.get("Policy", ""),
            policy_arns=[each["arn"] for each in params.get("PolicyArns", [])],
            tags={tag["Key"]: tag["Value"] for tag in params.get("Tags", [])},
        )
        return {
            "Credentials": {
                "AccessKeyId": session.access_key_id,
                "SecretAccessKey": session.secret_access_key,
                "SessionToken": session.session_token,
                "Expiration": session.expiration,
            },
            "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
        }

    def _check_duration(self, call: Call, seconds: int) -> None:
        longest = self._roles.longest_session(call.params["RoleArn"])
        if seconds > longest:
            raise AwsError(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            )
        if ":assumed-role/" in call.caller.arn and seconds > _CHAINED_SECONDS:
            raise AwsError(
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
                "chaining.",
            )


def _check_policy(text: str) -> None:
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AwsError(
            "MalformedPolicyDocument", f"The policy is not in the valid JSON format: {error}"
        ) from error
    if not isinstance(document, dict) or "Statement" not in document:
        raise AwsError("MalformedPolicyDocument", "Syntax errors in policy: it has no Statement.")
