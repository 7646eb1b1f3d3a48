"""Script mode serving: the learner's model_fn, input_fn, predict_fn, output_fn (or transform_fn) over HTTP.

Contract of the functions and their defaults: `sagemaker_containers/_transformer.py` and `_worker.py` of
aws/sagemaker-containers.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import socket
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from mllab_localaws.images.toolkit import http, source
from mllab_localaws.images.toolkit.encoders import CSV, JSON, UnsupportedFormatError, media_type
from mllab_localaws.images.toolkit.errors import UserError
from mllab_localaws.images.toolkit.http import Answer, App, Receive, Scope, Send, text
from mllab_localaws.images.toolkit.layout import Layout
from mllab_localaws.images.toolkit.supervisor import Address, supervise

logger = logging.getLogger(__name__)

Transform = Callable[[bytes, str, str], Answer]


@dataclass(frozen=True)
class Defaults:
    """What an image does where the learner's module has no function of its own."""

    model_fn: Callable[[str], Any]
    input_fn: Callable[[Any, str], Any]
    predict_fn: Callable[[Any, Any], Any]
    output_fn: Callable[[Any, str], Any]


def is_wanted() -> bool:
    """Say whether the model names a program to serve with."""
    return bool(os.environ.get("SAGEMAKER_PROGRAM"))


def serve(layout: Layout, address: Address, defaults: Defaults) -> int:
    """Serve with the learner's module until SIGTERM; returns the exit code."""
    limit, workers = http.body_limit(), http.worker_count()
    program = os.environ["SAGEMAKER_PROGRAM"]
    try:
        directory = source.prepare(layout, os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY") or None, program)
    except UserError as error:
        raise ValueError(str(error)) from error

    def work(listener: socket.socket) -> None:
        log = http.AccessLog()
        http.serve(application(_loaded(layout, directory, program, defaults), limit, log), log, listener)

    return supervise(address, workers, work)


def _loaded(layout: Layout, directory: Path, program: str, defaults: Defaults) -> Transform | str:
    try:
        sys.path.insert(0, str(directory))
        module = importlib.import_module(program.removesuffix(".py").replace("/", "."))
        return transformer(module, str(layout.model), defaults)
    except Exception as error:
        # The process goes on and answers /ping with 500, so that the endpoint fails with this as its log.
        logger.exception("%s cannot serve", program)
        return f"{program} cannot serve: {type(error).__name__}: {error}"


def transformer(module: ModuleType, model_dir: str, defaults: Defaults) -> Transform:
    """Load the model and return the function that answers one request.

    Raises: UserError: the module mixes transform_fn with the three functions that it replaces.
    """
    own = {name: getattr(module, name, None) for name in ("input_fn", "predict_fn", "output_fn")}
    transform_fn = getattr(module, "transform_fn", None)
    if transform_fn and any(own.values()):
        raise UserError("Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn")
    model = getattr(module, "model_fn", defaults.model_fn)(model_dir)
    if transform_fn:
        return lambda body, kind, accept: _answer(
            transform_fn(model, _content(body, kind), kind, accept), accept
        )
    input_fn = own["input_fn"] or defaults.input_fn
    predict_fn = own["predict_fn"] or defaults.predict_fn
    output_fn = own["output_fn"] or defaults.output_fn

    def transform(body: bytes, content_type: str, accept: str) -> Answer:
        try:
            data = input_fn(_content(body, content_type), content_type)
        except UnsupportedFormatError as error:
            return _failure(415, error)
        prediction = predict_fn(data, model)
        try:
            return _answer(output_fn(prediction, accept), accept)
        except UnsupportedFormatError as error:
            return _failure(406, error)

    return transform


def application(transform: Transform | str, limit: int, log: http.AccessLog) -> App:
    """Return the ASGI application; one request at a time runs in the learner's code.

    Args: transform: answers a request, or is the message of what went wrong. limit: longest body, in bytes.
    """
    default_accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON)
    one_at_a_time = ThreadPoolExecutor(max_workers=1)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/ping":
            return await http.respond(
                send, text(500, transform) if isinstance(transform, str) else Answer(200)
            )
        try:
            body = await http.read_body(receive, limit)
            answer = await invoke(scope, body)
        except http.BodyTooLargeError:
            answer = text(413, f"Request Entity Too Large: the body is longer than {limit} bytes.")
        log.note(scope, answer)
        await http.respond(send, answer)
        return None

    async def invoke(scope: Scope, body: bytes) -> Answer:
        if scope["path"] != "/invocations":
            return Answer(404, b"{}", b"application/json")
        if scope["method"] != "POST":
            return text(405, "The method is not allowed for the requested URL.")
        if isinstance(transform, str):
            return text(500, transform)
        accept = http.header(scope, b"accept")
        accept = default_accept if accept in (None, "", "*/*") else accept
        content_type = http.header(scope, b"content-type") or JSON
        # In a thread, so that /ping is answered while the learner's code works.
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(one_at_a_time, _guarded, transform, body, content_type, accept)

    return app


def _guarded(transform: Transform, body: bytes, content_type: str, accept: str) -> Answer:
    try:
        return transform(body, content_type, accept)
    except Exception as error:
        logger.exception("Exception on /invocations [POST]")
        return _failure(500, error)


def _failure(status: int, error: Exception) -> Answer:
    content = {
        "error": type(error).__name__,
        "error-message": str(error),
        "stack-trace": "".join(traceback.format_exception(error)),
    }
    return Answer(status, json.dumps(content).encode(), b"application/json")


def _content(body: bytes, content_type: str) -> str | bytes:
    """Hand text formats over as text, as the toolkit does."""
    return body.decode() if media_type(content_type) in (CSV, JSON) else body


def _answer(result: Any, accept: str) -> Answer:
    body, content_type = result if isinstance(result, tuple) else (result, accept)
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, bytes | bytearray):
        raise UserError(
            "output_fn must return str or bytes, or a pair with the content type; "
            f"it returned {type(body).__name__}"
        )
    return Answer(200, bytes(body), str(content_type).encode("latin-1"))
