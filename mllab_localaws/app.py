"""The gateway: one ASGI application that decides which service answers a request.

In this order: is the host name ours, who is asking, which service is meant. Services of ours come first,
storage goes to moto, and what nobody here answers is refused by name.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from a2wsgi import WSGIMiddleware
from botocore.exceptions import UnknownServiceError
from moto.core.model import OperationModel

from mllab_localaws import health
from mllab_localaws.addressing import api_in_path_form, in_path_form
from mllab_localaws.asgi import ClientGoneError, Exchange, Message, Receive, Send, exchange
from mllab_localaws.buckets import Buckets
from mllab_localaws.caller import Caller
from mllab_localaws.events.queues import long_poll
from mllab_localaws.hold import Holder
from mllab_localaws.moto_backend import SERVICES as MOTO_SERVICES
from mllab_localaws.moto_backend import is_region, wsgi_application
from mllab_localaws.moto_messaging import Queues
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.runtime import MAX_BODY_BYTES, Runtime
from mllab_localaws.signature import Scope
from mllab_localaws.wire import models, protocol
from mllab_localaws.wire.call import Call, Dispatcher, Reply
from mllab_localaws.wire.errors import AwsError, not_implemented
from mllab_localaws.wire.http import HttpReply, HttpRequest
from mllab_localaws.wire.validation import validate

# Larger than any request of the control plane, smaller than what would hurt.
_LONGEST_CONTROL_BODY = 16 * 1024**2
_LONGEST_CONTROL_BODIES = {"lambda": 70167211}  # a zip of 50 MB in base64, as Lambda has it
# What is longer is read in a thread: 48 MB take 0.3 s, which nobody else should have to wait.
_SHORT_CONTROL_BODY = 64 * 1024
_HOSTS = ("127.0.0.1", "localhost")
_THREADS = 8
_PROTOCOLS = {"s3": "rest-xml", "iam": "query", "sts": "query", "sns": "query", "logs": "json"}
_PROTOCOLS |= {"sqs": "json", "events": "json", "monitoring": "json"}
# Requests that carry no signature of AWS's: the callers of an API, and functions asking for their next event.
Door = Callable[[Exchange], Awaitable[HttpReply]]
# A request, and the service, operation and parameters of ours that it means.
_Read = tuple[HttpRequest, tuple[Dispatcher, OperationModel, dict[str, Any]] | None]
# Services whose signing name is not the name of their model.
_MODEL_NAMES = {"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi", "states": "stepfunctions"}
_log = logging.getLogger(__name__)


class Gateway:
    """The local AWS as one ASGI application.

    Args:
        dispatchers: operations of ours, by signing name.
        doors: who answers requests without a signature, by the beginning of their path.
        secret_key: what `status` shows to be told that this is the local AWS it looks for.
        incarnation: a new word at each start; a client that knows another one talks to an empty memory.
    """

    def __init__(
        self,
        platform: Platform,
        dispatchers: Mapping[str, Dispatcher],
        runtime: Runtime,
        holder: Holder,
        *,
        doors: Mapping[str, Door],
        secret_key: str,
        incarnation: str,
    ) -> None:
        self._platform = platform
        self._dispatchers = dispatchers
        self._runtime = runtime
        self._holder = holder
        self._doors = doors
        self._secret_key = secret_key
        self._incarnation = incarnation
        self._buckets = Buckets(platform)
        self._queues = Queues()
        self._moto: dict[str, WSGIMiddleware] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="service")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        asked = exchange(scope, receive, send)
        try:
            reply = await self._answer(asked)
        except ClientGoneError:
            return
        except AwsError as refusal:
            reply = self._refusal(asked, refusal)
        except Exception:
            _log.exception("%s %s failed", asked.method, asked.path)
            failure = AwsError("InternalFailure", "The local AWS failed; see `mllab local logs`.", status=500)
            reply = self._refusal(asked, failure)
        if reply is not None:
            await asked.reply(reply)

    async def _answer(self, asked: Exchange) -> HttpReply | None:
        """Return the reply, or None when moto has sent it already."""
        if not _host_is_ours(asked.headers.get("host", "")):
            return HttpReply(403, b"The local AWS answers on 127.0.0.1 and localhost only.\n")
        if asked.path == health.PATH:
            return health.answer(asked.headers, self._secret_key, self._incarnation)
        asked = api_in_path_form(asked)
        for beginning, door in self._doors.items():
            if asked.path.startswith(beginning):
                return await door(asked)
        signed, caller = self._authenticate(asked)
        if signed.service == "sagemaker" and asked.path.startswith("/endpoints/"):
            return await self._invoke(asked, signed, caller)
        if signed.service == "s3":
            return await self._s3(in_path_form(asked))
        return await self._control_plane(asked, signed, caller)

    def _authenticate(self, asked: Exchange) -> tuple[Scope, Caller]:
        if asked.signed is None:
            if "x-amz-target" in asked.headers:
                message = "Request is missing Authentication Token"
                raise AwsError("MissingAuthenticationToken", message, status=403)
            raise AwsError("AccessDenied", "Access Denied", status=403)
        credentials = self._platform.roles.credentials(asked.signed.access_key)
        if credentials is None:
            code = "InvalidAccessKeyId" if asked.signed.service == "s3" else "InvalidClientTokenId"
            raise AwsError(code, "The security token included in the request is invalid.", status=403)
        if not is_region(asked.signed.region):
            message = f"Credential should be scoped to a valid region, not '{asked.signed.region}'."
            code = "AuthorizationHeaderMalformed" if asked.signed.service == "s3" else "SignatureDoesNotMatch"
            raise AwsError(code, message)
        return asked.signed, credentials.caller

    async def _invoke(self, asked: Exchange, signed: Scope, caller: Caller) -> HttpReply:
        endpoint, _, action = asked.path.removeprefix("/endpoints/").partition("/")
        if action != "invocations":
            raise not_implemented("sagemaker-runtime", f"{asked.method} {asked.path}")
        body = await asked.read(MAX_BODY_BYTES)
        return await self._runtime.invoke(signed.region, endpoint, asked.headers, body, caller)

    async def _s3(self, asked: Exchange) -> HttpReply | None:
        if "transfer-encoding" in asked.headers and "content-length" not in asked.headers:
            # As on S3; moto would take the body for an empty one.
            message = "You must provide the Content-Length HTTP header."
            raise AwsError("MissingContentLength", message, status=411)
        # Objects stream through; only requests about a bucket itself are small enough to be looked at.
        body = None
        if not asked.path.removeprefix("/").partition("/")[2]:
            body = await asked.read(_LONGEST_CONTROL_BODY)
            request = asked.request(body)
            reply = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._buckets.answer, request
            )
            if reply is not None:
                return reply
        await asked.hand_over(self._moto_application("s3"), body)
        return None

    async def _control_plane(self, asked: Exchange, signed: Scope, caller: Caller) -> HttpReply | None:
        longest = _LONGEST_CONTROL_BODIES.get(signed.service, _LONGEST_CONTROL_BODY)
        body = await asked.read(longest)
        if len(body) > _SHORT_CONTROL_BODY or "content-encoding" in asked.headers:
            work = partial(self._read, asked, signed, body, longest)
            request, found = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        else:
            request, found = self._read(asked, signed, body, longest)
        if found:
            dispatcher, operation, params = found
            call = Call(operation.name, params, caller, signed.region, asked.request_id)
            reply = await self._holder.answer(
                call, request.headers.get("user-agent", ""), lambda: self._ask(dispatcher, call)
            )
            spoken = models.spoken_protocol(operation.service_model, request)
            return protocol.serialise(operation, reply, asked.request_id, spoken)
        if signed.service in MOTO_SERVICES:
            if signed.service == "sqs":
                body = await long_poll(asked, body, signed.region, self._queues)
            await asked.hand_over(self._moto_application(signed.service), body)
            return None
        # A large model takes a second to load, and an endpoint's requests must not wait for it.
        name = await asyncio.to_thread(_operation_name, signed.service, request)
        raise not_implemented(signed.service, name)

    def _read(self, asked: Exchange, signed: Scope, body: bytes, longest: int) -> _Read:
        """Return a request, and what it asks of which service of ours; None when it asks nothing of them.

        Raises: AwsError: it cannot be read, or its parameters are not valid.
        """
        request = protocol.decoded(asked.request(body), longest)
        dispatcher = self._dispatchers.get(signed.service)
        found = dispatcher and models.find_operation(models.service_model(dispatcher.service_name), request)
        if not dispatcher or not found or found[0].name not in dispatcher:
            return request, None
        operation, labels = found
        params = protocol.parse(operation, request, labels)
        validate(operation, params)
        return request, (dispatcher, operation, params)

    def _refusal(self, asked: Exchange, error: AwsError) -> HttpReply:
        spoken, code = _error_protocol(asked), None
        if asked.signed and (spoken == "query" or asked.headers.get("x-amzn-query-mode") == "true"):
            dispatcher = self._dispatchers.get(asked.signed.service)
            if dispatcher:
                code = models.query_code(models.service_model(dispatcher.service_name), error.code)
        return protocol.serialise_error(error, spoken, asked.request_id, code)

    async def _ask(self, dispatcher: Dispatcher, call: Call) -> Reply:
        if dispatcher.is_asynchronous(call.operation):
            return await dispatcher.answer(call)
        return await asyncio.get_running_loop().run_in_executor(self._threads, dispatcher, call)

    def _moto_application(self, service: str) -> WSGIMiddleware:
        if service not in self._moto:
            self._moto[service] = WSGIMiddleware(wsgi_application(MOTO_SERVICES[service]), workers=_THREADS)
        return self._moto[service]


def _host_is_ours(host: str) -> bool:
    name = host.partition(":")[0]
    return name in _HOSTS or name.endswith(".localhost")


def _error_protocol(asked: Exchange) -> str:
    """In which form a client looks for an error, when no operation is known yet."""
    if "x-amz-target" in asked.headers:
        return "json"
    if asked.signed is None:
        return "rest-xml"
    if asked.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return "query"
    return _PROTOCOLS.get(asked.signed.service, "rest-json")


def _operation_name(signing_name: str, request: HttpRequest) -> str:
    """Name the operation of a service that is not here; its path when botocore does not know it either."""
    with contextlib.suppress(UnknownServiceError):
        model = models.service_model(_MODEL_NAMES.get(signing_name, signing_name))
        found = models.find_operation(model, request)
        if found:
            return str(found[0].name)
    return f"{request.method} {request.path}"
