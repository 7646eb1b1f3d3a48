"""AWS's signatures: what a request says of its own, and whether its key's owner has made it.

Sources: IAM User Guide, "AWS Signature Version 4 for API requests"; Amazon S3 API Reference, "Authenticating
Requests" (header, query parameters, and version 2 in query parameters).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit

from botocore.auth import HmacV1QueryAuth
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials as BotoCredentials
from botocore.utils import normalize_url_path

from mllab_localaws.platform import DEFAULT_REGION

ALGORITHM = "AWS4-HMAC-SHA256"
TIME_FORMAT = "%Y%m%dT%H%M%SZ"
UNSIGNED = "UNSIGNED-PAYLOAD"
CONTENT_HASH = "x-amz-content-sha256"
_SIGNATURE_PARAMETER = "X-Amz-Signature"
_UNRESERVED = "-_.~"
_PART = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")


@dataclass(frozen=True)
class Signature:
    """What a signature says of itself; nothing of it is believed before it is verified.

    Attributes:
        service: the signing name, e.g. `s3`.
        date: of the credential scope, e.g. `20261124`.
        time: when it was signed; None when that cannot be read.
        signed_headers: names in lower case.
        expires: seconds for which a presigned URL holds; None for a request.
        version: 4, or 2 for the oldest kind of presigned S3 URLs, whose `expires` ends at a fixed time.
    """

    access_key: str
    region: str
    service: str
    date: str = ""
    time: datetime | None = None
    signed_headers: tuple[str, ...] = ()
    signature: str = ""
    token: str = ""
    expires: int | None = None
    version: int = 4


@dataclass(frozen=True)
class Signed:
    """A request as far as a signature covers it.

    Attributes:
        raw_path: as it was sent.
        headers: names in lower case, in order, as often as they came.
        body_hash: SHA-256 in hexadecimal of the body, or what stands for it.
    """

    method: str
    raw_path: str
    query_string: str
    headers: Sequence[tuple[str, str]]
    body_hash: str


def read(headers: Mapping[str, str], query_string: str) -> Signature | None:
    """Return the signature in the Authorization header or in a presigned URL; None for an unsigned request.

    Args: headers: names in lower case.
    """
    authorization = headers.get("authorization", "")
    if authorization.startswith(ALGORITHM):
        parts = dict(_PART.findall(authorization))
        moment = headers.get("x-amz-date") or headers.get("date", "")
        return _version_4(parts, moment, headers.get("x-amz-security-token", ""))
    if "X-Amz-Credential" not in query_string and "AWSAccessKeyId" not in query_string:
        return None
    query = {name: values[0] for name, values in parse_qs(query_string).items()}
    if "X-Amz-Credential" in query:
        parts = {
            name: query.get(f"X-Amz-{name}", "") for name in ("Credential", "SignedHeaders", "Signature")
        }
        expires = query.get("X-Amz-Expires", "")
        return _version_4(
            parts,
            query.get("X-Amz-Date", ""),
            query.get("X-Amz-Security-Token", ""),
            int(expires) if expires.isascii() and expires.isdigit() else -1,
        )
    return _version_2(query)


def verify(signature: Signature, secret_key: str, request: Signed) -> bool:
    """Say whether a signature was made with this key, for this very request."""
    made = _expected_2 if signature.version == 2 else _expected_4
    return hmac.compare_digest(made(signature, secret_key, request).encode(), signature.signature.encode())


def unsigned_headers(signature: Signature, headers: Mapping[str, str]) -> list[str]:
    """Return the headers that a signature has to cover and does not: the host and all of AWS's own."""
    if signature.version == 2:
        return []
    covered = {*signature.signed_headers, CONTENT_HASH if signature.expires is not None else ""}
    return [name for name in headers if (name == "host" or name.startswith("x-amz-")) and name not in covered]


def _version_4(
    parts: Mapping[str, str], moment: str, token: str, expires: int | None = None
) -> Signature | None:
    scope = parts.get("Credential", "").split("/")
    if len(scope) != 5 or scope[4] != "aws4_request" or not all(scope):
        return None
    access_key, date, region, service, _ = scope
    names = tuple(parts.get("SignedHeaders", "").lower().split(";"))
    made = parts.get("Signature", "")
    return Signature(access_key, region, service, date, _time(moment), names, made, token, expires)


def _version_2(query: Mapping[str, str]) -> Signature | None:
    if not query.get("AWSAccessKeyId"):
        return None
    until = query.get("Expires", "")
    return Signature(
        query["AWSAccessKeyId"],
        DEFAULT_REGION,
        "s3",
        signature=query.get("Signature", ""),
        token=query.get("x-amz-security-token", ""),
        expires=int(until) if until.isascii() and until.isdigit() and len(until) < 12 else 0,
        version=2,
    )


@lru_cache(64)
def _time(text: str) -> datetime | None:
    for form in (TIME_FORMAT, "%a, %d %b %Y %H:%M:%S GMT"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
    return None


def _expected_4(signature: Signature, secret_key: str, request: Signed) -> str:
    canonical = "\n".join(
        (
            request.method,
            _canonical_path(request.raw_path, signature.service),
            _canonical_query(request.query_string),
            *_canonical_headers(signature.signed_headers, request.headers),
            "",
            ";".join(signature.signed_headers),
            request.body_hash,
        )
    )
    scope = f"{signature.date}/{signature.region}/{signature.service}/aws4_request"
    moment = signature.time.strftime(TIME_FORMAT) if signature.time else ""
    # Header values were bytes, read as Latin-1.
    digest = hashlib.sha256(canonical.encode("latin-1", "replace")).hexdigest()
    to_sign = f"{ALGORITHM}\n{moment}\n{scope}\n{digest}"
    key = _signing_key(secret_key, signature.date, signature.region, signature.service)
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


@lru_cache(256)
def _signing_key(secret_key: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _canonical_path(raw_path: str, service: str) -> str:
    if service == "s3":
        # Encoded once, and taken as it is, so that keys may hold dots and double slashes.
        return quote(unquote(raw_path, "latin-1"), safe="/" + _UNRESERVED, encoding="latin-1") or "/"
    return "/" if raw_path in ("", "/") else quote(normalize_url_path(raw_path), safe="/" + _UNRESERVED)


def _canonical_query(query_string: str) -> str:
    if not query_string:
        return ""
    pairs = [part.partition("=")[::2] for part in query_string.split("&") if part]
    encoded = sorted((_encoded(name), _encoded(value)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded if name != _SIGNATURE_PARAMETER)


def _encoded(text: str) -> str:
    return quote(unquote(text, "latin-1"), safe=_UNRESERVED, encoding="latin-1")


def _canonical_headers(names: Sequence[str], headers: Sequence[tuple[str, str]]) -> list[str]:
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name, []).append(" ".join(value.split()))
    return [f"{name}:{','.join(values.get(name, []))}" for name in names]


class _Version2(HmacV1QueryAuth):  # type: ignore[misc]  # botocore has no types
    """botocore's signer of the oldest kind of URLs, at the time that a URL names."""

    def _get_date(self) -> str:
        return str(self._expires)


def _expected_2(signature: Signature, secret_key: str, request: Signed) -> str:
    auth = _Version2(BotoCredentials(signature.access_key, secret_key), signature.expires)
    headers = HTTPHeaders()
    # What was signed as a header may have moved into the URL.
    moved = [(name.lower(), value) for name, value in parse_qsl(request.query_string)]
    for name, value in [*(each for each in moved if each[0].startswith("x-amz-")), *request.headers]:
        if name not in headers:
            headers[name] = value
    split = urlsplit(f"{request.raw_path}?{request.query_string}")
    text: str = auth.canonical_string(request.method, split, headers, auth_path=request.raw_path)
    made: str = auth.sign_string(text)
    return made


def expected_now(now: float) -> datetime:
    """Return a time of the clock as signatures write it."""
    return datetime.fromtimestamp(now, timezone.utc)


def is_expired(signature: Signature, now: datetime) -> bool:
    """Say whether a presigned URL has ended."""
    if signature.expires is None:
        return False
    if signature.version == 2:
        return now.timestamp() > signature.expires
    return signature.time is not None and now > signature.time + timedelta(seconds=signature.expires)
