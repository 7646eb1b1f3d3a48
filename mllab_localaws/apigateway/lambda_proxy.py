"""The AWS_PROXY integration: a Lambda function gets the whole request and returns the whole answer."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import orjson

from mllab_localaws.apigateway.gateway_replies import Refusal
from mllab_localaws.apigateway.live import LambdaProxy, Method
from mllab_localaws.apigateway.proxy_event import proxy_event
from mllab_localaws.apigateway.proxy_response import MalformedResponseError, http_reply
from mllab_localaws.apigateway.templates import render
from mllab_localaws.apigateway.visit import Visit
from mllab_localaws.lambda_.functions import Functions, Invocation
from mllab_localaws.platform import ACCOUNT
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.http import HttpReply

_PRINCIPAL = "apigateway.amazonaws.com"
_FAILED = "Execution failed due to configuration error: "


class LambdaProxies:
    """Asks functions in the name of API Gateway."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._running: set[asyncio.Task[Invocation]] = set()

    async def answer(self, visit: Visit, method: Method, integration: LambdaProxy) -> HttpReply:
        """Return what the function answers.

        Raises: Refusal: it may not be asked (500), failed or returned what no answer is (502), or took too
            long (504).
        """
        if integration.http_method != "POST":
            # Lambda's Invoke is a POST, whatever the caller's method is.
            raise Refusal("API_CONFIGURATION_ERROR", log=_FAILED + "Lambda is asked by POST only")
        event = proxy_event(visit.request, visit.stage, method, visit.path_parameters, visit.context())
        visit.log.data("Endpoint request body after transformations", event, visit.settings)
        began = time.monotonic()
        try:
            invocation = await self._invoke(visit, method, integration, event)
        finally:
            visit.integration_ms = (time.monotonic() - began) * 1000
        return _reply(visit, invocation)

    async def _invoke(
        self, visit: Visit, method: Method, integration: LambdaProxy, event: bytes
    ) -> Invocation:
        stage = visit.stage
        variables = {f"stageVariables.{name}": value for name, value in stage.variables.items()}
        source = f"{stage.api_id}/{stage.name}/{visit.request.method}{method.resource_path}"
        task = asyncio.ensure_future(
            self._functions.invoke(
                render(integration.function, variables),
                event,
                principal=_PRINCIPAL,
                source_arn=f"arn:aws:execute-api:{stage.region}:{ACCOUNT}:{source}",
            )
        )
        # As on AWS, a function goes on after its caller has given up: nobody can take back what it does.
        self._running.add(task)
        task.add_done_callback(self._ended)
        done, _ = await asyncio.wait({task}, timeout=integration.timeout)
        if not done:
            raise Refusal("INTEGRATION_TIMEOUT", log="Execution failed due to a timeout error")
        try:
            return task.result()
        except AwsError as refusal:
            if refusal.status == 413:  # the event around the body counts too, and Lambda takes 6 MB
                raise Refusal("REQUEST_TOO_LARGE", log=refusal.message) from refusal
            reason = f"Invalid permissions on Lambda function, or it cannot be asked: {refusal.message}"
            raise Refusal("API_CONFIGURATION_ERROR", log=_FAILED + reason) from refusal

    def _ended(self, task: asyncio.Task[Invocation]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that nothing complains that nobody did


def _reply(visit: Visit, invocation: Invocation) -> HttpReply:
    """Return the answer that an invocation stands for.

    Raises: Refusal: there is none.
    """
    payload, deployment = invocation.payload, visit.stage.deployment
    visit.log.data("Endpoint response body before transformations", payload, visit.settings)
    if invocation.function_error is not None:
        reason = "Lambda execution failed with status 200 due to customer function error: "
        reason += f"{_message(payload)}. Lambda request id: {invocation.request_id}"
        raise Refusal("DEFAULT_5XX", status=502, log=reason)
    accept = visit.request.by_name.get("accept", "")
    try:
        reply = http_reply(payload, accept, deployment.binary_media_types)
    except MalformedResponseError as error:
        visit.log.info(f"What is malformed: {error}")
        reason = _FAILED + "Malformed Lambda proxy response"
        raise Refusal("DEFAULT_5XX", status=502, log=reason) from error
    return replace(reply, headers={**reply.headers, "X-Amzn-Trace-Id": visit.request.trace_id})


def _message(payload: bytes) -> str:
    try:
        error = orjson.loads(payload)
    except ValueError:
        return "unknown"
    return str(error.get("errorMessage", "unknown")) if isinstance(error, dict) else "unknown"
