"""The Runtime API: what a function's process asks for its next event and tells what came of it.

Contract: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. A secret in the path tells the
processes apart, and keeps others out. Zips of functions are handed out here too, as S3 does on AWS.
"""

from __future__ import annotations

import json
import secrets

from mllab_localaws.asgi import Exchange
from mllab_localaws.lambda_ import outcome
from mllab_localaws.lambda_.code import CodeStore
from mllab_localaws.lambda_.execution_environment import ExecutionEnvironment, InvocationEvent
from mllab_localaws.lambda_.outcome import Outcome
from mllab_localaws.lambda_.pool import Pool
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.http import HttpReply

PATH = "/_lambda/"
_RUNTIME = "2018-06-01/runtime/"
_JSON = {"Content-Type": "application/json"}


class RuntimeApi:
    """Answers below `/_lambda/`."""

    def __init__(self, pool: Pool, code: CodeStore) -> None:
        self._pool = pool
        self._code = code

    async def __call__(self, asked: Exchange) -> HttpReply:
        """Answer one request of a process, or of somebody who looks at a function's zip."""
        run_id, _, path = asked.path.removeprefix(PATH).partition("/")
        if run_id == "code":
            return self._download(asked, path)
        environment = self._pool.environment(run_id)
        if environment is None:
            return _refusal(403, "InvalidRuntime", "No process of a function is known by this address.")
        return await _answer(asked, environment, path)

    def _download(self, asked: Exchange, code_id: str) -> HttpReply:
        body = self._code.archive(code_id)
        if asked.method != "GET" or body is None:
            return _refusal(404, "NotFound", "No function has this code (any more).")
        return HttpReply(200, body, {"Content-Type": "application/zip"})


async def _answer(asked: Exchange, environment: ExecutionEnvironment, path: str) -> HttpReply:
    match asked.method, path.removeprefix(_RUNTIME).split("/"):
        case "GET", ["invocation", "next"]:
            return _event_reply(environment, await environment.next_event())
        case "POST", ["invocation", request_id, "response"]:
            return await _take_response(asked, environment, request_id)
        case "POST", ["invocation", request_id, "error"]:
            return _accepted(environment.answer(request_id, await _read_error(asked, environment)))
        case "POST", ["init", "error"]:
            return _accepted(environment.fail_to_start(await _read_error(asked, environment)))
    return _refusal(404, "InvalidPath", f"{asked.method} {path} is not part of the Runtime API.")


async def _take_response(asked: Exchange, environment: ExecutionEnvironment, request_id: str) -> HttpReply:
    try:
        body = await asked.read(outcome.LONGEST_RESPONSE_BYTES)
    except AwsError:
        environment.answer(request_id, outcome.too_large())
        message = f"Exceeded maximum allowed payload size ({outcome.LONGEST_RESPONSE_BYTES} bytes)."
        return _refusal(413, "Function.ResponseSizeTooLarge", message)
    return _accepted(environment.answer(request_id, outcome.returned(body)))


async def _read_error(asked: Exchange, environment: ExecutionEnvironment) -> Outcome:
    body = await asked.read(outcome.LONGEST_RESPONSE_BYTES)
    return outcome.raised(environment.masked(body.decode("utf-8", "replace")).encode())


def _event_reply(environment: ExecutionEnvironment, event: InvocationEvent | None) -> HttpReply:
    if event is None:
        return _refusal(500, "Runtime.Ended", "There will be no more events.")
    trace = f"Root=1-{secrets.token_hex(4)}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"
    headers = {
        **_JSON,
        "Lambda-Runtime-Aws-Request-Id": event.request_id,
        "Lambda-Runtime-Deadline-Ms": str(environment.deadline_milliseconds()),
        "Lambda-Runtime-Invoked-Function-Arn": environment.function.arn,
        "Lambda-Runtime-Trace-Id": trace,
    }
    if event.client_context is not None:
        headers["Lambda-Runtime-Client-Context"] = event.client_context
    return HttpReply(200, event.payload, headers)


def _accepted(known: bool) -> HttpReply:
    if not known:
        return _refusal(400, "InvalidRequestID", "Nobody waits for this (any more).")
    return HttpReply(202, b'{"status":"OK"}\n', _JSON)


def _refusal(status: int, error_type: str, message: str) -> HttpReply:
    body = json.dumps({"errorType": error_type, "errorMessage": message}).encode()
    return HttpReply(status, body, _JSON)
