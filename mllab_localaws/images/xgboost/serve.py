"""Algorithm mode serving: the ASGI application behind /ping and /invocations, and its workers.

Routes, order of checks, statuses and texts: `algorithm_mode/serve.py` and `serve_utils.py` of
aws/sagemaker-xgboost-container; unknown paths are answered by its nginx.
"""

from __future__ import annotations

import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable

import numpy as np
from numpy.typing import NDArray

from mllab_localaws.images.toolkit import http
from mllab_localaws.images.toolkit.http import Answer, App, Receive, Scope, Send, text
from mllab_localaws.images.toolkit.layout import Layout
from mllab_localaws.images.toolkit.supervisor import Address, supervise
from mllab_localaws.images.xgboost import channels, csvio, library, tags
from mllab_localaws.images.xgboost.model import Predict, load_booster, predictor
from mllab_localaws.images.xgboost.together import Together

ACCEPTED_TYPES = (
    "csv, libsvm, parquet, recordio-protobuf, text/csv, text/libsvm, text/x-libsvm, "
    "application/x-parquet, application/x-recordio-protobuf"
)
REPLY_TYPES = "['application/json', 'application/jsonlines', 'application/x-recordio-protobuf', 'text/csv']"
WITHOUT_ENCODER = ("application/jsonlines", "application/x-recordio-protobuf")
SERVER_ERROR = b"<!doctype html>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n"

logger = logging.getLogger(__name__)

# From body, Content-Type and Accept to an answer.
Invoke = Callable[[bytes, str | None, str | None], Awaitable[Answer]]


def serve(layout: Layout, address: Address) -> int:
    """Serve the model until SIGTERM; returns the exit code."""
    tag, limit, workers = tags.requested(), http.body_limit(), http.worker_count()
    version = library.load().__version__
    logger.info("The local AWS was asked for image tag %s and serves with XGBoost %s", tag, version)

    def work(listener: socket.socket) -> None:
        log = http.AccessLog()
        http.serve(application(_loaded(layout), tag, limit, log), log, listener)

    return supervise(address, workers, work)


def _loaded(layout: Layout) -> Predict | str:
    """Return the model's prediction function, or why there is none.

    Without a model the process still answers: /ping then says 500, and the endpoint fails with a reason.
    """
    try:
        predict = predictor(load_booster(layout.model))
    except Exception as error:
        logger.exception("Unable to load model")
        return f"Unable to load model: {error}"
    logger.info("Model loaded successfully for worker : %d", os.getpid())
    return predict


def application(model: Predict | str, tag: str, limit: int, log: http.AccessLog) -> App:
    """Return the ASGI application.

    Args: model: predicts, or is the message of what went wrong. limit: longest body, in bytes.
    """
    invoke = invocations(model, tag)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/ping":
            return await http.respond(send, _ping(scope, model))
        try:
            body = await http.read_body(receive, limit)
            answer = await _route(scope, body, invoke)
        except http.BodyTooLargeError:
            answer = text(413, f"Request Entity Too Large: the body is longer than {limit} bytes.")
        log.note(scope, answer)
        await http.respond(send, answer)
        return None

    return app


def _ping(scope: Scope, model: Predict | str) -> Answer:
    if scope["method"] not in ("GET", "HEAD"):
        return _wrong_method()
    return text(500, model) if isinstance(model, str) else Answer(200)


async def _route(scope: Scope, body: bytes, invoke: Invoke) -> Answer:
    path, method = scope["path"], scope["method"]
    if path == "/invocations":
        if method != "POST":
            return _wrong_method()
        return await invoke(body, http.header(scope, b"content-type"), http.header(scope, b"accept"))
    if path == "/execution-parameters":
        return _execution_parameters() if method in ("GET", "HEAD") else _wrong_method()
    return Answer(404, b"{}", b"application/json")


def _wrong_method() -> Answer:
    return text(405, "The method is not allowed for the requested URL.")


def _execution_parameters() -> Answer:
    parameters = {
        "MaxConcurrentTransforms": http.available_cpus(),
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": 6,
    }
    return Answer(200, json.dumps(parameters).encode(), b"application/json")


def invocations(model: Predict | str, tag: str) -> Invoke:
    """Return the function that answers a body with its Content-Type and Accept headers."""
    comma_joined = tags.joins_with_commas(tag)
    default_accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", http.CSV)

    together = None if isinstance(model, str) else Together(model)

    async def invoke(body: bytes, content_type: str | None, accept: str | None) -> Answer:
        if not body:
            return Answer(204)
        try:
            rows = _decode(body, content_type)
        except Exception as error:
            return text(415, str(error))
        if together is None:
            return text(500, str(model))
        try:
            predictions = await together.predict(rows)
        except Exception as error:
            logger.exception("Unable to evaluate payload provided")
            return text(400, f"Unable to evaluate payload provided: {error}")
        return _encode(predictions, accept, default_accept, comma_joined=comma_joined)

    return invoke


def _decode(body: bytes, content_type: str | None) -> NDArray[np.float64]:
    media, _, options = (content_type or channels.DEFAULT_TYPE).lower().partition(";")
    media = media.strip()
    if media not in channels.CSV_TYPES:
        raise ValueError(_refusal(media, content_type))
    if options and _label_size(options) != "1":
        raise ValueError(
            f"{content_type} is not an accepted csv ContentType. "
            "Optional parameter label_size must be equal to 1"
        )
    try:
        rows = csvio.parse(body)
        if np.isinf(rows).any():
            library.load().DMatrix(rows)  # raises, in XGBoost's own words
    except Exception as error:
        raise ValueError(
            "Loading csv data failed with Exception, please ensure data is in csv format:\n"
            f" {type(error)}\n {error}"
        ) from error
    return rows


def _refusal(media: str, content_type: str | None) -> str:
    if media in channels.LIBSVM_TYPES:
        asked = f"content type '{content_type}'" if content_type else "no Content-Type, which means libsvm"
        return (
            f"The request has {asked}. Serving libsvm works on AWS but is not part of the local AWS yet "
            "(docs/local-aws.md). Send rows as text/csv and say so in ContentType."
        )
    if media in ("application/x-recordio-protobuf", "recordio-protobuf"):
        return f"Serving {media} works on AWS but is not part of the local AWS yet (docs/local-aws.md)."
    if media in ("application/x-parquet", "parquet"):
        return f"Content-type {media} is not supported."
    return f"{content_type} is not an accepted ContentType: {ACCEPTED_TYPES}."


def _label_size(options: str) -> str:
    for option in options.split(";"):
        name, _, value = option.partition("=")
        if name.strip() == "label_size":
            return value.strip().strip('"')
    return "1"


def _encode(
    predictions: NDArray[np.float32], accept: str | None, default: str, *, comma_joined: bool
) -> Answer:
    media = (accept or default).partition(";")[0].strip().lower()
    if media == "*/*":
        media = default
    if media == http.CSV:
        return Answer(200, csvio.to_csv(predictions, comma_joined=comma_joined), b"text/csv; charset=utf-8")
    if media == http.JSON:
        return Answer(200, csvio.to_json(predictions), b"application/json")
    if media in WITHOUT_ENCODER:
        # The container accepts these two only to fail at encoding, unless selectable inference is on.
        return Answer(500, SERVER_ERROR, b"text/html")
    return text(
        406, f"Accept type {media} is not supported. Please use supported accept types: {REPLY_TYPES}."
    )
