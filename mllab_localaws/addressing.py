"""Hosts that name a bucket (`bucket.localhost`) or an API (`api.execute-api.localhost`), put into the path.

Whoever looks at a request then finds the name in one place.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mllab_localaws.asgi import Exchange

_API = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.([a-z0-9-]+\.)?localhost(:\d+)?", re.IGNORECASE)
_API_PATH = "/_execute-api/"
_DOMAINS = (".s3.localhost", ".localhost")


def in_path_form(asked: Exchange) -> Exchange:
    """Return the request with its bucket in the path and a host that names none."""
    name, colon, port = asked.headers.get("host", "").partition(":")
    domain = next((each for each in _DOMAINS if name.endswith(each)), None)
    bucket = name.removesuffix(domain) if domain else ""
    if not bucket or name == "s3.localhost":
        return asked
    host = f"localhost{colon}{port}"
    headers = [(key, value) for key, value in asked.scope["headers"] if key != b"host"]
    scope = {
        **asked.scope,
        "path": f"/{bucket}{asked.scope['path']}",
        "raw_path": f"/{bucket}".encode() + asked.scope["raw_path"],
        "headers": [*headers, (b"host", host.encode("latin-1"))],
    }
    return replace(asked, scope=scope, headers={**asked.headers, "host": host})


def api_in_path_form(asked: Exchange) -> Exchange:
    """Return a request to a deployed API with the API in its path; the host stays what the caller used."""
    host = _API.fullmatch(asked.headers.get("host", ""))
    if host is None:
        return asked
    beginning = _API_PATH + host["api"].lower()
    scope = {
        **asked.scope,
        "path": beginning + asked.scope["path"],
        "raw_path": beginning.encode() + asked.scope["raw_path"],
    }
    return replace(asked, scope=scope)
