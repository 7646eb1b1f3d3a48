"""Requests to deployed APIs, from the caller's first byte to the answer, in AWS's order.

Unknown API or stage, unknown path or method, API key, throttle, quota, required parameters, body, size, and
then the integration. All of it runs in the gateway's event loop and waits for nothing but the function, and
for the processes that check bodies.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable, Iterator
from dataclasses import replace

from mllab_localaws.apigateway import gateway_replies, mock, request_metrics
from mllab_localaws.apigateway.access import Access, Limit, Plan
from mllab_localaws.apigateway.account import BURST, RATE, log_writer
from mllab_localaws.apigateway.api_request import MAX_BODY_BYTES, ApiRequest, read
from mllab_localaws.apigateway.gateway_replies import Refusal
from mllab_localaws.apigateway.lambda_proxy import LambdaProxies
from mllab_localaws.apigateway.limits import TokenBuckets, Usage
from mllab_localaws.apigateway.live import LambdaProxy, LiveStages, Method
from mllab_localaws.apigateway.request_validation import validate
from mllab_localaws.apigateway.visit import Visit
from mllab_localaws.asgi import Exchange
from mllab_localaws.lambda_.functions import Functions
from mllab_localaws.platform import Platform
from mllab_localaws.wire.http import HttpReply

_log = logging.getLogger(__name__)
_ACCOUNT_LIMIT = Limit(RATE, BURST)


class DataPlane:
    """Answers the callers of all stages."""

    def __init__(
        self, platform: Platform, stages: LiveStages, access: Access, usage: Usage, functions: Functions
    ) -> None:
        self._platform = platform
        self._stages = stages
        self._access = access
        self._usage = usage
        self._buckets = TokenBuckets()
        self._proxies = LambdaProxies(functions)

    async def __call__(self, asked: Exchange) -> HttpReply:
        """Answer one request.

        Raises: ClientGoneError: its caller closed the connection before its end.
        """
        began = time.monotonic()
        request = await read(asked, self._platform.clock.now())
        stage = self._stages.find(request.api_id, request.stage)
        if stage is None:
            return _signed(gateway_replies.reply(Refusal("INVALID_API_KEY"), {}, {}), request)
        visit = Visit(request, stage)
        try:
            reply = await self._answer(visit)
        except Refusal as refusal:
            visit.log.failed(refusal.log or str(refusal))
            reply = _refuse(visit, refusal)
        except Exception:
            _log.exception("%s %s failed", request.method, asked.path)
            reply = _refuse(visit, Refusal("API_CONFIGURATION_ERROR"))
        self._account_for(visit, reply, (time.monotonic() - began) * 1000)
        return _signed(reply, request)

    async def _answer(self, visit: Visit) -> HttpReply:
        """Return what the integration answers.

        Raises: Refusal: the request does not get that far, or the integration has no answer.
        """
        request = visit.request
        method = _route(visit)
        visit.log.started(method)
        plan = self._admit(visit, method)
        self._limit(visit, method, plan)
        if request.body is None:
            message = f"The body is longer than {MAX_BODY_BYTES} bytes"
            raise Refusal("REQUEST_TOO_LARGE", log=message)
        await validate(request, method, visit.path_parameters)
        visit.log.data("Method request body before transformations", request.body, visit.settings)
        if isinstance(method.integration, LambdaProxy):
            return await self._proxies.answer(visit, method, method.integration)
        return mock.answer(method.integration, request.content_type, visit.variables())

    def _admit(self, visit: Visit, method: Method) -> Plan | None:
        """Return the usage plan under which a request calls; None where no key is asked for.

        Raises: Refusal: the key is missing, unknown, disabled, or in no plan that has this stage.
        """
        if not method.key_required:
            return None
        value = visit.request.by_name.get("x-api-key", "")
        stage = visit.stage
        found = self._access.find(stage.region, value, (stage.api_id, stage.name))
        if found is None:
            raise Refusal(
                "INVALID_API_KEY", log="API Key is missing, unknown, disabled or not in a usage plan"
            )
        visit.key, plan = found
        return plan

    def _limit(self, visit: Visit, method: Method, plan: Plan | None) -> None:
        """Count a request against every limit that it falls under.

        Raises: Refusal: one of them is reached.
        """
        now = visit.request.time
        if not self._buckets.take(list(_limits(visit, method, plan)), now):
            raise Refusal("THROTTLED", log="Rate limit exceeded")
        if plan is None or visit.key is None:
            return
        if not self._usage.take(plan.id, visit.key.id, plan.quota, now):
            raise Refusal("QUOTA_EXCEEDED", log="API Key quota exceeded")

    def _account_for(self, visit: Visit, reply: HttpReply, latency: float) -> None:
        """Write metrics and log; a caller gets the answer whatever becomes of them."""
        try:
            request_metrics.record(self._platform.metrics, visit, reply.status, latency)
            visit.log.info(f"Method completed with status: {reply.status}")
            writer, now = log_writer(self._platform.store, visit.stage.region), self._platform.clock.now()
            visit.log.write(self._platform.logs, writer, visit.stage, visit.settings, now)
        except Exception:
            _log.exception("metrics or log of %s were not written", visit.request.request_id)


def _route(visit: Visit) -> Method:
    """Find the method that a request means.

    Raises: Refusal: 403, AWS's answer to a wrong path and to a wrong method alike.
    """
    found = visit.stage.deployment.router.find(visit.request.path)
    if found is None:
        raise Refusal("MISSING_AUTHENTICATION_TOKEN", log=f"No resource has the path {visit.request.path}")
    methods, visit.path_parameters = found
    visit.method = methods.get(visit.request.method) or methods.get("ANY")
    if visit.method is None:
        reason = f"{visit.request.path} has no method {visit.request.method}"
        raise Refusal("MISSING_AUTHENTICATION_TOKEN", log=reason)
    return visit.method


def _limits(visit: Visit, method: Method, plan: Plan | None) -> Iterator[tuple[Hashable, Limit]]:
    """Return the buckets that a request takes from: the client's first, the account's last."""
    stage = (visit.stage.api_id, visit.stage.name)
    name = (method.resource_path, method.http_method)
    if plan is not None and visit.key is not None:
        client = (plan.id, visit.key.id)
        if name in plan.methods:
            yield ("client method", client, stage, name), plan.methods[name]
        if plan.throttle is not None:
            yield ("client", client), plan.throttle
    if visit.settings.limit is not None:
        yield ("method", stage, name), visit.settings.limit
    yield ("account", visit.stage.region), _ACCOUNT_LIMIT


def _refuse(visit: Visit, refusal: Refusal) -> HttpReply:
    own = visit.stage.deployment.responses
    return gateway_replies.reply(refusal, own, visit.variables() if own else {})


def _signed(reply: HttpReply, request: ApiRequest) -> HttpReply:
    """Add the headers that every answer has."""
    ids = {"x-amzn-RequestId": request.request_id, "x-amz-apigw-id": request.extended_id}
    return replace(reply, headers={**ids, **reply.headers})
