"""A request against what its method asks for: parameters that must be there, a body that fits a model."""

from __future__ import annotations

from collections.abc import Mapping

from mllab_localaws.apigateway.api_request import ApiRequest
from mllab_localaws.apigateway.gateway_replies import Refusal
from mllab_localaws.apigateway.live import Method
from mllab_localaws.bounded.calls import TookTooLongError


async def validate(request: ApiRequest, method: Method, path_parameters: Mapping[str, str]) -> None:
    """Check a request before its integration sees it.

    Raises: Refusal: parameters are missing, or the body does not fit.
    """
    missing = [name for place, name in method.required if not _value(request, place, name, path_parameters)]
    if missing:
        message = f"Missing required request parameters: [{', '.join(missing)}]"
        raise Refusal("BAD_REQUEST_PARAMETERS", message, log=message)
    schema = method.schemas.get(request.content_type) or method.schemas.get("$default")
    if schema is None:
        return
    try:
        fits = await schema.accepts(request.body or b"")
    except TookTooLongError as error:
        # Nothing shows that it fits, and a function must not see what was not checked.
        raise Refusal("BAD_REQUEST_BODY", log=f"Request body was not checked to the end: {error}") from error
    if not fits:
        raise Refusal(
            "BAD_REQUEST_BODY",
            log=f"Request body does not match model schema for content type {request.content_type}",
        )


def _value(request: ApiRequest, place: str, name: str, path_parameters: Mapping[str, str]) -> str:
    """Return a parameter, empty when it is missing; blank is as good as missing."""
    if place == "header":
        return request.by_name.get(name.lower(), "").strip()
    if place == "path":
        return path_parameters.get(name, "")
    return dict(request.query).get(name, "").strip()
