"""List operations hand out pages: at most `limit` items, and a `position` to go on from."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mllab_localaws.apigateway.errors import bad_request
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Reply

_DEFAULT, _MOST = 25, 500


def page(items: Sequence[Record], params: Mapping[str, Any], key: Callable[[Record], str]) -> Reply:
    """Return one page of items in the order of `key`, which tells them apart.

    Raises: AwsError: `limit` or `position` are not valid.
    """
    limit = params.get("limit", _DEFAULT)
    if not 1 <= limit <= _MOST:
        raise bad_request(f"Invalid limit {limit}: a page has 1 to {_MOST} items.")
    last = _decode(params["position"]) if params.get("position") else ""
    left = [item for item in sorted(items, key=key) if key(item) > last]
    shown = left[:limit]
    more = {"position": _encode(key(shown[-1]))} if len(left) > limit else {}
    return {"items": shown, **more}


def _encode(key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _decode(position: str) -> str:
    try:
        key = json.loads(base64.urlsafe_b64decode(position))
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, str):
        raise bad_request("Invalid position: pass that of the previous page.")
    return key
