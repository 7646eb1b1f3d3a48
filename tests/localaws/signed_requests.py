"""Requests that no client would send, signed as AWS's clients sign."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mllab_localaws.files import Connection


def sign(
    connection: Connection,
    service: str,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    region: str = "us-east-1",
) -> dict[str, str]:
    """Return a request's headers with the administrator's signature.

    Args: path: with its query; headers: with a Host that is not the endpoint's, if it likes.
    """
    named = {"Host": urlsplit(connection.endpoint_url).netloc, **(headers or {})}
    request = AWSRequest(method, f"http://{named['Host']}{path}", named, body)
    credentials = Credentials(connection.access_key, connection.secret_key)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(credentials, service, region).add_auth(request)
    return dict(request.headers.items())


def send(
    connection: Connection, method: str, path: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, bytes]:
    """Send a request as it is, and return its status and body."""
    address = urlsplit(connection.endpoint_url)
    raw = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=20)
    raw.request(method, path, body=body, headers=dict(headers))
    answer = raw.getresponse()
    content = answer.read()
    raw.close()
    return answer.status, content
