"""What can go wrong between a client and the web API. See `errors` for how messages are made."""

from __future__ import annotations

from typing import ClassVar

from mllab_helpers.errors import LabError


class FunctionFailed(LabError):
    """Lambda could not make a function ready, or the function ended with an error."""

    key: ClassVar[str] = "function_failed"


class ApiKeyRefused(LabError):
    """The API wants a key, and got none, or one that it does not know (403 Forbidden)."""

    key: ClassVar[str] = "api_key_refused"


class WrongApiPath(LabError):
    """The API has nothing under this path and method (403 Missing Authentication Token)."""

    key: ClassVar[str] = "wrong_api_path"


class TooManyCalls(LabError):
    """The usage plan's rate or quota is used up (429)."""

    key: ClassVar[str] = "too_many_calls"


class HouseRefused(LabError):
    """The API does not accept the body (another 4xx)."""

    key: ClassVar[str] = "house_refused"


class ApiFailed(LabError):
    """Something behind the API failed (5xx)."""

    key: ClassVar[str] = "api_failed"


class ApiUnreachable(LabError):
    """No answer came from the API's address."""

    key: ClassVar[str] = "api_unreachable"
