"""S3's virtual-hosted addresses (`http://bucket.localhost/key`), turned into the path form.

Whoever looks at a request then finds the bucket in one place: in the path.
"""

from __future__ import annotations

from dataclasses import replace

from mllab_localaws.asgi import Exchange

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
