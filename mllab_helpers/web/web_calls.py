"""Calling the API as any client would: over HTTP, with a key, and without AWS's SDK."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mllab_helpers.errors import LabError
from mllab_helpers.lab.clock import wait_until
from mllab_helpers.web.errors import (
    ApiFailed,
    ApiKeyRefused,
    ApiUnreachable,
    HouseRefused,
    TooManyCalls,
    WrongApiPath,
)

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab
    from mllab_helpers.web.web_keys import ApiKey

_OK, _FORBIDDEN, _TOO_MANY, _SERVER_ERRORS = 200, 403, 429, 500
_SECONDS = 35.0  # a little longer than API Gateway itself waits
_LIVE_SECONDS = 180.0
_AT_ONCE = 16


@dataclass(frozen=True, repr=False)
class Answer:
    """What a client got.

    Attributes:
        text: the body as it came.
        milliseconds: from sending to the whole answer.
        request: by which the function's log knows the request; empty when it never got that far.
    """

    status: int
    text: str
    milliseconds: float = 0.0
    request: str = ""

    def __repr__(self) -> str:
        return f"{self.status} {self.text}"

    @property
    def message(self) -> str:
        """The `message` of an error, or the whole text when it has none."""
        try:
            content = json.loads(self.text)
        except ValueError:
            return self.text
        return str(content.get("message")) if isinstance(content, dict) else self.text


def post(
    url: str, content: Mapping[str, Any] | str, *, key: str | None = None, session: Any = None
) -> Answer:
    """Send one POST, whatever comes back.

    Args: content: a house, or any text; key: of the API; session: of `requests`, for many calls in a row.
    Raises: ApiUnreachable.
    """
    import requests

    body = content if isinstance(content, str) else json.dumps(content)
    headers = {"Content-Type": "application/json"} | ({"x-api-key": key} if key else {})
    sender = session or requests
    try:
        came = sender.post(url, data=body.encode(), headers=headers, timeout=_SECONDS)
    except requests.RequestException as error:
        raise ApiUnreachable(url=url, reason=type(error).__name__) from error
    request = came.headers.get("X-Lambda-Request-Id", "")
    return Answer(came.status_code, came.content.decode(), came.elapsed.total_seconds() * 1000, request)


def ask_price(url: str, house: Mapping[str, Any], *, key: str | None = None) -> float:
    """Ask the API for the price of a house, in USD.

    Raises: ApiKeyRefused, WrongApiPath, TooManyCalls, HouseRefused, ApiFailed, ApiUnreachable.
    """
    answer = post(url, house, key=key)
    if answer.status != _OK:
        raise explain(answer, url)
    return float(json.loads(answer.text)["price_usd"])


def explain(answer: Answer, url: str) -> LabError:
    """Choose the lab's error for an answer that is no price."""
    if answer.status == _FORBIDDEN and answer.message == "Missing Authentication Token":
        return WrongApiPath(url=url)
    if answer.status == _FORBIDDEN:
        return ApiKeyRefused(url=url, message=answer.message)
    if answer.status == _TOO_MANY:
        return TooManyCalls(message=answer.message)
    if answer.status >= _SERVER_ERRORS:
        return ApiFailed(url=url, status=answer.status, message=answer.message)
    return HouseRefused(status=answer.status, message=answer.message)


def wait_until_live(lab: Lab, url: str, key: str) -> None:
    """Wait until the newest deployment and key are known everywhere: on AWS up to a minute.

    It asks with an empty object, which the body check refuses before the Lambda is woken.

    Raises: TookTooLong.
    """
    wait_until(
        lab.clock,
        lambda: post(url, "{}", key=key).status,
        lambda status: status not in (_FORBIDDEN, 404),
        what=url,
        pause=lab.pause,
        limit=_LIVE_SECONDS,
    )


def burst(url: str, house: Mapping[str, Any], *, key: str, count: int) -> dict[int, int]:
    """Send many requests at once; return how many answers of each status came back.

    Raises: ApiUnreachable.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = pool.map(lambda _: post(url, house, key=key).status, range(count))
        return dict(sorted(Counter(answers).items()))


def save_key(lab: Lab, key: ApiKey) -> Path:
    """Write the key where only its owner can read it, as a line that a shell understands.

    Returns: the file, for `source`; clean-up of the key does not need it.
    """
    path = lab.folder / "api_key.env"
    lab.folder.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"export API_KEY={key.value}\n")
    return path
