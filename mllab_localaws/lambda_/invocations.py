"""The Invoke operation: with an answer, without one, or only to see whether it would be allowed."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

from mllab_localaws.lambda_.asynchronous import AsynchronousInvocations
from mllab_localaws.lambda_.execution_environment import InvocationEvent
from mllab_localaws.lambda_.invoker import LONGEST_EVENT, LONGEST_PAYLOAD, Invoker, check_payload
from mllab_localaws.lambda_.names import LATEST, find
from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.validation import refuse_others

_LONGEST_CLIENT_CONTEXT = 3583
_KNOWN = ("FunctionName", "InvocationType", "LogType", "ClientContext", "Payload", "Qualifier")


class Invocations(Service):
    """Invoke."""

    name = "lambda"

    def __init__(self, platform: Platform, invoker: Invoker, later: AsynchronousInvocations) -> None:
        self._platform = platform
        self._invoker = invoker
        self._later = later

    @operation
    async def invoke(self, call: Call) -> Reply:
        """Run a function; an error of the function is an ordinary answer, with `FunctionError`.

        Raises: AwsError: the function is not there, throttled, or cannot be given this payload.
        """
        params = call.params
        refuse_others(params, _KNOWN, "Invoke")
        record = find(self._platform.store, call.region, params["FunctionName"], params.get("Qualifier"))
        kind = params.get("InvocationType") or "RequestResponse"
        payload = params.get("Payload") or b"{}"
        check_payload(payload, LONGEST_EVENT if kind == "Event" else LONGEST_PAYLOAD)
        event = InvocationEvent(str(uuid.uuid4()), payload, _client_context(params.get("ClientContext")))
        if kind == "DryRun":
            return {"StatusCode": 204}
        if kind == "Event":
            self._later.put(call.region, record, event)
            return {"StatusCode": 202}
        done = await self._invoker.run(call.region, record, event)
        reply: dict[str, Any] = {"StatusCode": 200, "ExecutedVersion": LATEST, "Payload": done.payload}
        if done.function_error:
            reply["FunctionError"] = done.function_error
        if params.get("LogType") == "Tail":
            reply["LogResult"] = base64.b64encode(done.log_tail).decode()
        return reply


def _client_context(encoded: str | None) -> str | None:
    if not encoded:
        return None
    try:
        context = json.loads(base64.b64decode(encoded, validate=True))
    except ValueError:
        context = None
    if not isinstance(context, dict) or len(encoded) > _LONGEST_CLIENT_CONTEXT:
        message = (
            "Client context must be a valid Base64-encoded JSON object of at most "
            f"{_LONGEST_CLIENT_CONTEXT} characters."
        )
        raise AwsError("InvalidRequestContentException", message, members={"Type": "User"})
    return json.dumps(context)
