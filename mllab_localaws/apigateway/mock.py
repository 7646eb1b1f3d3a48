"""The MOCK integration: API Gateway answers by itself, which is how OPTIONS gets its CORS headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mllab_localaws.apigateway.gateway_replies import Refusal
from mllab_localaws.apigateway.templates import mapped_headers, render
from mllab_localaws.store import Record
from mllab_localaws.wire.http import HttpReply

# Templates of the AWS console and of many tutorials leave the quotes out.
_STATUS = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})\b""")


@dataclass(frozen=True)
class MockResponse:
    """An integration response; without a pattern it answers what no other one does.

    Attributes: headers: mappings, as the control plane has them.
    """

    status: int
    pattern: re.Pattern[str] | None
    headers: Mapping[str, str]
    templates: Mapping[str, str]


@dataclass(frozen=True)
class Mock:
    """A MOCK integration.

    Attributes: templates: by content type; the text says which status it stands for.
    """

    templates: Mapping[str, str]
    passthrough: str
    responses: tuple[MockResponse, ...]


def mock_of(integration: Record) -> Mock:
    """Return a record's integration, ready to use."""
    responses = []
    for status, response in integration.get("integrationResponses", {}).items():
        pattern = response.get("selectionPattern")
        responses.append(
            MockResponse(
                int(status),
                re.compile(pattern) if pattern else None,
                response.get("responseParameters", {}),
                response.get("responseTemplates", {}),
            )
        )
    templates = {name.lower(): text for name, text in integration.get("requestTemplates", {}).items()}
    return Mock(templates, integration["passthroughBehavior"], tuple(responses))


def answer(mock: Mock, content_type: str, variables: Mapping[str, str]) -> HttpReply:
    """Return the answer to a request.

    Args:
        content_type: of the request.
        variables: what templates may name, e.g. `context.requestId`.
    Raises: Refusal: 415, or 500 when nothing says which status is meant.
    """
    template = mock.templates.get(content_type)
    if template is None and (
        mock.passthrough == "NEVER" or (mock.passthrough == "WHEN_NO_TEMPLATES" and mock.templates)
    ):
        raise Refusal("UNSUPPORTED_MEDIA_TYPE")
    found = _STATUS.search(render(template or "", variables))
    if found is None:
        reason = "Execution failed due to configuration error: Unable to parse statusCode."
        raise Refusal("API_CONFIGURATION_ERROR", log=reason + " It should be an integer")
    chosen = _choose(mock, found[1])
    if chosen is None:
        reason = "Execution failed due to configuration error: "
        reason += "No match for output mapping and no default output mapping configured. "
        reason += f"Endpoint Response Status Code: {found[1]}"
        raise Refusal("API_CONFIGURATION_ERROR", log=reason)
    media_type, body = next(iter(chosen.templates.items()), ("application/json", ""))
    mappings = mapped_headers(chosen.headers, "method.response.header.", variables)
    headers = {"Content-Type": media_type, **dict(mappings)}
    return HttpReply(chosen.status, render(body, variables).encode(), headers)


def _choose(mock: Mock, status: str) -> MockResponse | None:
    for response in mock.responses:
        if response.pattern is not None and response.pattern.fullmatch(status):
            return response
    return next((response for response in mock.responses if response.pattern is None), None)
