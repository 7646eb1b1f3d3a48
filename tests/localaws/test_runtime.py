"""InvokeEndpoint against real sockets: what is passed on, and what each failure is called."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from platforms import make_authorizer

from mllab_localaws.clock import SystemClock
from mllab_localaws.cloudwatch.metric_store import MetricStore
from mllab_localaws.moto_backend import Objects
from mllab_localaws.sagemaker import runtime as runtime_module
from mllab_localaws.sagemaker.capture_writer import CaptureWriter
from mllab_localaws.sagemaker.routes import EndpointRoute, Routes, Upstream, VariantRoute
from mllab_localaws.sagemaker.runtime import MAX_BODY_BYTES, Runtime
from mllab_localaws.store import Store
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.http import HttpReply

REGION = "us-east-1"


async def _container(request: web.Request) -> web.Response:
    """Do what the body says, `status:<n> <text>` or `sleep`, or else show what came."""
    body = await request.read()
    status, answer = 200, b""
    if body.startswith(b"status:"):
        status, answer = int(body[7:10]), body[11:]
    elif body == b"sleep":
        await asyncio.sleep(30)
    else:
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = json.dumps({"path": request.path, "headers": headers, "bytes": len(body)}).encode()
    passed_on = {"Content-Type": "text/csv; charset=utf-8", "X-Amzn-SageMaker-Custom-Attributes": "trace=1"}
    return web.Response(status=status, body=answer, headers={**passed_on, "Set-Cookie": "a=b"})


@contextlib.asynccontextmanager
async def _listening(socket: Path) -> AsyncIterator[None]:
    application = web.Application(client_max_size=2 * MAX_BODY_BYTES)
    application.router.add_post("/invocations", _container)
    runner = web.AppRunner(application, shutdown_timeout=0, handler_cancellation=True)
    await runner.setup()
    await web.UnixSite(runner, str(socket)).start()
    try:
        yield
    finally:
        await runner.cleanup()


def _routes(socket: Path) -> Routes:
    routes = Routes()
    routes.set(REGION, "Demo", EndpointRoute([VariantRoute("AllTraffic", 1.0, Upstream(socket))]))
    return routes


def _run(scenario: Callable[[Runtime], Awaitable[Any]], routes: Routes, *listening: Path) -> Any:
    async def main() -> Any:
        captures = CaptureWriter(Objects(make_authorizer(Store())))
        runtime = Runtime(routes, captures, MetricStore(), SystemClock())
        async with contextlib.AsyncExitStack() as stack:
            for socket in listening:
                await stack.enter_async_context(_listening(socket))
            try:
                return await asyncio.wait_for(scenario(runtime), 10)
            finally:
                await runtime.close()
                captures.close()

    return asyncio.run(main())


def _invoke(socket: Path, body: bytes = b"1,2", *, endpoint: str = "Demo", **headers: str) -> HttpReply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer: HttpReply = _run(
        lambda runtime: runtime.invoke(REGION, endpoint, named, body), _routes(socket), socket
    )
    return answer


def _refused(socket: Path, body: bytes = b"1,2", **arguments: Any) -> AwsError:
    with pytest.raises(AwsError) as raised:
        _invoke(socket, body, **arguments)
    return raised.value


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "s.sock"


def test_the_container_sees_the_callers_headers_and_no_others(socket: Path) -> None:
    reply = _invoke(
        socket,
        content_type="text/csv",
        accept="application/json",
        x_amzn_sagemaker_custom_attributes="a=1",
        x_amzn_sagemaker_inference_id="id-1",
        authorization="AWS4-HMAC-SHA256 secret",
    )
    seen = json.loads(reply.body)
    assert seen["path"] == "/invocations"
    assert {name: value for name, value in seen["headers"].items() if name != "host"} == {
        "content-type": "text/csv",
        "accept": "application/json",
        "x-amzn-sagemaker-custom-attributes": "a=1",
        "x-amzn-sagemaker-inference-id": "id-1",
        "user-agent": "AHC/2.0",
        "content-length": "3",
    }


def test_without_content_type_and_accept_the_container_gets_neither(socket: Path) -> None:
    assert not {"content-type", "accept"} & set(json.loads(_invoke(socket).body)["headers"])


def test_the_reply_names_the_variant_and_carries_the_containers_headers(socket: Path) -> None:
    headers = dict(_invoke(socket).headers)
    headers.pop("x-amzn-RequestId")
    assert headers == {
        "x-Amzn-Invoked-Production-Variant": "AllTraffic",
        "Content-Type": "text/csv; charset=utf-8",
        "X-Amzn-SageMaker-Custom-Attributes": "trace=1",
    }


def test_an_empty_answer_of_the_container_is_passed_through_as_204(socket: Path) -> None:
    reply = _invoke(socket, b"status:204")
    assert (reply.status, reply.body) == (204, b"")


def test_a_client_error_of_the_container_becomes_a_model_error(socket: Path) -> None:
    error = _refused(socket, b"status:415 not csv")
    assert (error.code, error.status) == ("ModelError", 424)
    assert error.message == (
        'Received client error (415) from primary with message "not csv". See '
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        "#logEventViewer:group=/aws/sagemaker/Endpoints/Demo in account 123456789012 for more information."
    )
    assert error.members == {
        "ErrorCode": "CLIENT_ERROR_FROM_MODEL",
        "LogStreamArn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/Demo",
        "OriginalMessage": "not csv",
        "OriginalStatusCode": 415,
    }


def test_a_server_error_of_the_container_becomes_a_model_error(socket: Path) -> None:
    error = _refused(socket, b"status:500 boom")
    assert error.message.startswith('Received server error (500) from primary with message "boom". See ')
    assert error.members["ErrorCode"] == "INTERNAL_FAILURE_FROM_MODEL"


def test_a_long_error_is_cut_to_the_apis_limit_and_still_says_where_the_log_is(socket: Path) -> None:
    error = _refused(socket, b"status:400 " + b"x" * 10000)
    assert len(error.message) == 2048
    assert error.message.endswith("for more information.")
    assert error.members["OriginalMessage"] == "x" * 2048


def test_a_model_that_takes_too_long_times_out(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_module, "INVOCATION_SECONDS", 0.1)
    error = _refused(socket, b"sleep")
    assert error.code == "ModelError"
    assert error.members["OriginalStatusCode"] == 0
    assert 'server error (0) from primary with message "Your invocation timed out' in error.message


def test_a_body_of_the_limit_is_served_and_one_byte_more_is_413(socket: Path) -> None:
    assert json.loads(_invoke(socket, bytes(MAX_BODY_BYTES)).body)["bytes"] == MAX_BODY_BYTES
    error = _refused(socket, bytes(MAX_BODY_BYTES + 1))
    assert (error.code, error.status) == ("413", 413)
    assert error.message == "HTTP content length exceeded 6291456 bytes."


@pytest.mark.parametrize("endpoint", ["demo", "other"])
def test_an_endpoint_has_to_match_in_case(socket: Path, endpoint: str) -> None:
    error = _refused(socket, endpoint=endpoint)
    assert (error.code, error.status) == ("ValidationError", 400)
    assert error.message == f"Endpoint {endpoint} of account 123456789012 not found."


def test_an_endpoint_of_another_region_is_not_found(socket: Path) -> None:
    with pytest.raises(AwsError, match="not found"):
        _run(lambda runtime: runtime.invoke("eu-west-1", "Demo", {}, b"1"), _routes(socket), socket)


def test_an_unknown_target_variant_is_refused_by_name(socket: Path) -> None:
    error = _refused(socket, x_amzn_sagemaker_target_variant="Blue")
    assert error.code == "ValidationError"
    assert "Blue" in error.message


def test_what_is_not_part_is_refused_by_name(socket: Path) -> None:
    error = _refused(socket, x_amzn_sagemaker_target_model="a.tar.gz")
    assert (error.code, error.status) == ("NotImplemented", 501)
    assert "TargetModel" in error.message


def test_custom_attributes_have_a_limit(socket: Path) -> None:
    assert _refused(socket, x_amzn_sagemaker_custom_attributes="x" * 1025).code == "ValidationError"


def test_traffic_is_shared_by_weight_and_a_target_overrides_it(socket: Path, tmp_path: Path) -> None:
    upstream = Upstream(socket)
    variants = [("a", 3.0), ("b", 1.0), ("none", 0.0)]
    route = EndpointRoute([VariantRoute(name, weight, upstream) for name, weight in variants])
    counted = Counter(route.choose().name for _ in range(4000))
    assert set(counted) == {"a", "b"}
    assert 0.7 < counted["a"] / 4000 < 0.8
    named = route.named("none")
    assert named is not None
    assert named.name == "none"


def test_a_request_waits_for_a_process_that_is_being_started_again(socket: Path) -> None:
    async def scenario(runtime: Runtime) -> HttpReply:
        asked = asyncio.create_task(runtime.invoke(REGION, "Demo", {}, b"1"))
        await asyncio.sleep(0.1)
        assert not asked.done()
        async with _listening(socket):
            return await asked

    assert _run(scenario, _routes(socket)).status == 200


def test_a_process_that_stays_away_is_a_model_error(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_module, "RESTART_SECONDS", 0.1)
    with pytest.raises(AwsError) as raised:
        _run(lambda runtime: runtime.invoke(REGION, "Demo", {}, b"1"), _routes(socket))
    assert raised.value.code == "ModelError"
    assert "could not get a response from the Demo endpoint" in raised.value.message


def test_a_request_that_breaks_its_process_is_tried_twice_and_not_for_ever(socket: Path) -> None:
    attempts = []

    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        attempts.append(await reader.read(10))
        writer.close()

    async def scenario(runtime: Runtime) -> HttpReply:
        async with await asyncio.start_unix_server(break_off, socket):
            return await runtime.invoke(REGION, "Demo", {}, b"1")

    with pytest.raises(AwsError, match="could not get a response"):
        _run(scenario, _routes(socket))
    assert len(attempts) == 2


def test_a_request_counts_until_it_is_answered_whatever_the_answer(
    socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime_module, "INVOCATION_SECONDS", 0.1)
    routes = _routes(socket)
    upstream = routes.get(REGION, "Demo").choose().upstream  # type: ignore[union-attr]

    async def scenario(runtime: Runtime) -> bool:
        for body in (b"1", b"status:500", b"sleep"):
            with contextlib.suppress(AwsError):
                await runtime.invoke(REGION, "Demo", {}, body)
        await asyncio.get_running_loop().run_in_executor(None, upstream.drain, 5)
        return upstream.drained

    assert _run(scenario, routes, socket) is True


def test_draining_lets_a_request_finish_and_takes_no_new_one(socket: Path) -> None:
    upstream = Upstream(socket)
    assert upstream.enter()
    drained = threading.Thread(target=upstream.drain, args=(5,))
    drained.start()
    while upstream.enter():
        upstream.leave()
    assert not upstream.drained
    upstream.leave()
    drained.join(timeout=5)
    assert upstream.drained


def test_requests_follow_the_route_when_it_moves_to_another_process(socket: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sock"
    routes = _routes(socket)
    old = routes.get(REGION, "Demo").choose().upstream  # type: ignore[union-attr]

    async def scenario(runtime: Runtime) -> str:
        await runtime.invoke(REGION, "Demo", {}, b"1")
        routes.set(REGION, "Demo", EndpointRoute([VariantRoute("New", 1.0, Upstream(other))]))
        old.drain(5)
        reply = await runtime.invoke(REGION, "Demo", {}, b"1")
        return reply.headers["x-Amzn-Invoked-Production-Variant"]

    assert _run(scenario, routes, socket, other) == "New"
