"""API Gateway's own answers to callers: AWS's unless the deployed API says otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping

from mllab_localaws.apigateway.gateway_responses import DEFAULT_TEMPLATE, DEFAULTS
from mllab_localaws.apigateway.templates import mapped_headers, render
from mllab_localaws.store import Record
from mllab_localaws.wire.http import HttpReply


class Refusal(Exception):
    """A request that API Gateway answers by itself.

    Args:
        response_type: the gateway response, e.g. `THROTTLED`.
        message: instead of the type's own.
        status: instead of the type's own; needed for DEFAULT_5XX, which has none.
        log: what the stage's execution log says about it.
    """

    def __init__(
        self, response_type: str, message: str = "", *, status: int | None = None, log: str = ""
    ) -> None:
        default = DEFAULTS.get(response_type, DEFAULTS["API_CONFIGURATION_ERROR"])
        super().__init__(f"{response_type}: {log or message or default.message}")
        self.response_type = response_type
        self.status = status or default.status
        self.message = message or default.message
        self.error = default.error
        self.log = log


def reply(refusal: Refusal, own: Mapping[str, Record], sources: Mapping[str, str]) -> HttpReply:
    """Return the answer for a refusal.

    Args:
        own: the API's gateway responses, by type; those for all 4XX or 5XX stand in for types without one.
        sources: what mappings and templates may name, e.g. `method.request.header.Origin`.
    """
    fallback = "DEFAULT_4XX" if refusal.status < 500 else "DEFAULT_5XX"
    response = own.get(refusal.response_type) or own.get(fallback) or {}
    variables = {
        **sources,
        "context.error.message": refusal.message,
        "context.error.messageString": json.dumps(refusal.message),
        "context.error.responseType": refusal.response_type,
        "context.error.validationErrorString": refusal.message,
    }
    templates = response.get("responseTemplates") or {"application/json": DEFAULT_TEMPLATE}
    media_type = "application/json" if "application/json" in templates else next(iter(templates))
    headers = {"Content-Type": media_type, "x-amzn-ErrorType": refusal.error}
    parameters = response.get("responseParameters", {})
    headers.update(mapped_headers(parameters, "gatewayresponse.header.", variables))
    body = render(templates[media_type], variables)
    return HttpReply(int(response.get("statusCode", refusal.status)), body.encode(), headers)
