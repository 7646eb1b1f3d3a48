"""The gateway: one ASGI application that decides which service answers a request.

In this order: is the host name ours, who is asking, which service is meant. Services of ours come first,
storage goes to moto, and what nobody here answers is refused by name.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from a2wsgi import WSGIMiddleware
from botocore.exceptions import UnknownServiceError

from mllab_localaws import health
from mllab_localaws.access.authentication import check_s3_body
from mllab_localaws.addressing import api_in_path_form, in_path_form
from mllab_localaws.asgi import ClientGoneError, Exchange, Message, Receive, Send, exchange
from mllab_localaws.buckets import Buckets
from mllab_localaws.events.queues import long_poll
from mllab_localaws.guard import Guard, Signer
from mllab_localaws.hold import Holder
from mllab_localaws.instance_host import instance_host
from mllab_localaws.moto_backend import SERVICES as MOTO_SERVICES
from mllab_localaws.moto_backend import wsgi_application
from mllab_localaws.moto_messaging import Queues
from mllab_localaws.platform import Platform
from mllab_localaws.reading import Found, read, read_s3
from mllab_localaws.sagemaker.runtime import MAX_BODY_BYTES, Runtime
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
_PROTOCOLS |= {"sqs": "json", "events": "json", "monitoring": "json", "tagging": "json"}
# Requests that carry no signature of AWS's: the callers of an API, functions asking for their next event, and
# notebook instances asking for their credentials.
Door = Callable[[Exchange], Awaitable[HttpReply]]
_READS = ("GetObject", "HeadObject")
# Services whose signing name is not the name of their model.
_MODEL_NAMES = {
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
    "states": "stepfunctions",
}
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
        self._guard = Guard(platform)
        self._buckets = Buckets(platform)
        self._queues = Queues()
        self._instance_host = instance_host()
        self._moto: dict[str, WSGIMiddleware] = {}
        self._loaded: set[str] = set()
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
        if not self._host_is_ours(asked.headers.get("host", "")):
            return HttpReply(403, b"The local AWS answers on 127.0.0.1 and localhost only.\n")
        if asked.path == health.PATH:
            return health.answer(asked.headers, self._secret_key, self._incarnation)
        asked = api_in_path_form(asked)
        for beginning, door in self._doors.items():
            if asked.path.startswith(beginning):
                return await door(asked)
        signed = self._guard.identify(asked, _error_protocol(asked))
        if signed.service == "sagemaker" and asked.path.startswith("/endpoints/"):
            return await self._invoke(asked, signed)
        if signed.service == "s3":
            return await self._s3(asked, signed)
        return await self._control_plane(asked, signed)

    def _host_is_ours(self, host: str) -> bool:
        name = host.partition(":")[0].lower()
        return name in (*_HOSTS, self._instance_host) or name.endswith(".localhost")

    async def _invoke(self, asked: Exchange, signed: Signer) -> HttpReply:
        endpoint, _, action = asked.path.removeprefix("/endpoints/").partition("/")
        if action != "invocations":
            raise not_implemented("sagemaker-runtime", f"{asked.method} {asked.path}")
        body = await asked.read(MAX_BODY_BYTES)
        signed.verify(hashlib.sha256(body).hexdigest())
        self._guard.authorize(signed, "sagemaker-runtime", "InvokeEndpoint", {"EndpointName": endpoint})
        return await self._runtime.invoke(signed.region, endpoint, asked.headers, body)

    async def _s3(self, as_sent: Exchange, signed: Signer) -> HttpReply | None:
        asked = in_path_form(as_sent)
        said = signed.verify_s3()
        if "transfer-encoding" in asked.headers and "content-length" not in asked.headers:
            # As on S3; moto would take the body for an empty one.
            message = "You must provide the Content-Length HTTP header."
            raise AwsError("MissingContentLength", message, status=411)
        asked = _as_bytes(asked)
        # Objects stream through; only requests about a bucket itself are small enough to be looked at.
        about_bucket = not asked.path.removeprefix("/").partition("/")[2]
        body = await asked.read(_LONGEST_CONTROL_BODY) if about_bucket else None
        request = asked.request(body or b"")
        loop = asyncio.get_running_loop()
        if body is not None:
            check_s3_body(said, body)
        found = await loop.run_in_executor(self._threads, self._admit_s3, request, signed)
        done = partial(self._guard.after, "s3", found.operation.name)
        try:
            if body is not None:
                reply = await loop.run_in_executor(self._threads, self._buckets.answer, request)
                if reply is not None:
                    return reply
            await asked.before_reply(done).hand_over(self._moto_application("s3"), body)
        finally:
            done()
        return None

    def _admit_s3(self, request: HttpRequest, signed: Signer) -> Found:
        """Return what a request asks of S3, if it may; a thousand keys to delete are a thousand decisions."""
        found = read_s3(request)
        self._guard.authorize(signed, "s3", found.operation.name, found.params)
        if found.operation.name in _READS and self._is_missing(found.params):
            self._guard.hide_missing(signed, found.params["Bucket"])
        return found

    def _is_missing(self, params: Mapping[str, Any]) -> bool:
        objects, bucket = self._platform.objects, params["Bucket"]
        missing = objects.exists(bucket) and not objects.holds(bucket, params["Key"])
        return missing and "VersionId" not in params

    async def _control_plane(self, asked: Exchange, signed: Signer) -> HttpReply | None:
        longest = _LONGEST_CONTROL_BODIES.get(signed.service, _LONGEST_CONTROL_BODY)
        body = await asked.read(longest)
        work = partial(self._read, asked, signed, body, longest)
        is_short = len(body) <= _SHORT_CONTROL_BODY and "content-encoding" not in asked.headers
        if is_short and signed.service in self._loaded:
            request, found = work()
        else:
            request, found = await asyncio.get_running_loop().run_in_executor(self._threads, work)
            self._loaded.add(signed.service)
        if found is None:
            # A large model takes a second to load, and an endpoint's requests must not wait for it.
            name = await asyncio.to_thread(_operation_name, signed.service, request)
            raise not_implemented(signed.service, name)
        service = found.operation.service_model.service_name
        self._guard.authorize(signed, service, found.operation.name, found.params)
        try:
            return await self._answer_control_plane(asked, signed, request, found, body)
        finally:
            self._guard.after(service, found.operation.name)

    async def _answer_control_plane(
        self, asked: Exchange, signed: Signer, request: HttpRequest, found: Found, body: bytes
    ) -> HttpReply | None:
        dispatcher, operation = self._dispatchers.get(signed.service), found.operation
        if dispatcher is not None and operation.name in dispatcher:
            call = Call(operation.name, found.params, signed.caller, signed.region, asked.request_id)
            reply = await self._holder.answer(
                call, request.headers.get("user-agent", ""), lambda: self._ask(dispatcher, call)
            )
            spoken = models.spoken_protocol(operation.service_model, request)
            return protocol.serialise(operation, reply, asked.request_id, spoken)
        if signed.service == "sqs":
            body = await long_poll(asked, body, signed.region, self._queues)
        done = partial(self._guard.after, signed.service, operation.name)
        await asked.before_reply(done).hand_over(self._moto_application(signed.service), body)
        return None

    def _read(
        self, asked: Exchange, signed: Signer, body: bytes, longest: int
    ) -> tuple[HttpRequest, Found | None]:
        """Return a verified request, and what it asks for; None when that is not here.

        Raises: AwsError: the signature is wrong, it cannot be read, or its parameters are not valid.
        """
        signed.verify(hashlib.sha256(body).hexdigest())
        request = protocol.decoded(asked.request(body), longest)
        dispatcher = self._dispatchers.get(signed.service)

        def is_ours(operation: str) -> bool:
            return dispatcher is not None and operation in dispatcher

        name = dispatcher.service_name if dispatcher else MOTO_SERVICES.get(signed.service)
        has_moto = signed.service in MOTO_SERVICES
        found = read(name, request, is_ours, has_moto=has_moto) if name else None
        if found is not None and is_ours(found.operation.name):
            validate(found.operation, found.params)
        return request, found

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


def _as_bytes(asked: Exchange) -> Exchange:
    """Return an upload as S3 takes it: of one that urllib or curl calls a form, moto would keep nothing."""
    if not asked.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return asked
    others = [(name, value) for name, value in asked.scope["headers"] if name != b"content-type"]
    headers = [*others, (b"content-type", b"binary/octet-stream")]
    return replace(asked, scope={**asked.scope, "headers": headers})


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
