"""What a signed request says of itself: the key that signed it, the region and the service it is meant for.

Source: "Authenticating Requests (AWS Signature Version 4)"; presigned S3 URLs may still carry version 2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs

DEFAULT_REGION = "us-east-1"
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")


class Scope(NamedTuple):
    """The credential scope of a signature."""

    access_key: str
    region: str
    service: str


def read_scope(headers: Mapping[str, str], query_string: str) -> Scope | None:
    """Return the scope from the Authorization header or a presigned URL; None for an unsigned request."""
    signed = _CREDENTIAL.search(headers.get("authorization", ""))
    if signed:
        return Scope(*signed.groups())
    if "X-Amz-Credential" not in query_string and "AWSAccessKeyId" not in query_string:
        return None
    query = parse_qs(query_string)
    presigned = _CREDENTIAL.search("Credential=" + query.get("X-Amz-Credential", [""])[0])
    if presigned:
        return Scope(*presigned.groups())
    if "AWSAccessKeyId" in query:
        return Scope(query["AWSAccessKeyId"][0], DEFAULT_REGION, "s3")
    return None
