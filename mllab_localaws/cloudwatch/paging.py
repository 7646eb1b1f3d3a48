"""Pages of lists: a token says where the next one begins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from mllab_localaws.cloudwatch.errors import invalid_token

Item = TypeVar("Item")


def page(items: Sequence[Item], token: str | None, size: int) -> tuple[Sequence[Item], dict[str, str]]:
    """Return a page of items, and `{"NextToken": ...}` when there are more.

    Raises: AwsError: `InvalidNextToken`.
    """
    begin = offset(token)
    following = {"NextToken": as_token(begin + size)} if begin + size < len(items) else {}
    return items[begin : begin + size], following


def page_after(
    named: Sequence[tuple[str, Item]], token: str | None, size: int
) -> tuple[list[Item], dict[str, str]]:
    """Return a page of items in the order of their names; what comes or goes meanwhile shifts no page.

    Raises: AwsError: `InvalidNextToken`.
    """
    last = _decode(token) if token else ""
    rest = [(name, item) for name, item in named if not token or name > last]
    chosen = rest[:size]
    following = {"NextToken": _encode(chosen[-1][0])} if len(rest) > size else {}
    return [item for _, item in chosen], following


def offset(token: str | None) -> int:
    """Return the position that a token stands for.

    Raises: AwsError: `InvalidNextToken`.
    """
    text = _decode(token) if token else "0"
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise invalid_token()
    return int(text)


def as_token(position: int) -> str:
    """Return the token of a position."""
    return _encode(str(position))


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def _decode(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise invalid_token() from error
