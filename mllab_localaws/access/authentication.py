"""Who has signed a request: its key is known, its time right, its session alive, its signature its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from mllab_localaws.access import refusals, signatures
from mllab_localaws.access.signatures import CONTENT_HASH, UNSIGNED, Signature, Signed
from mllab_localaws.addressing import in_path_form
from mllab_localaws.asgi import Exchange
from mllab_localaws.clock import Clock
from mllab_localaws.moto_identity import Credentials
from mllab_localaws.wire.errors import AwsError

_SKEW, _S3_SKEW = timedelta(minutes=5), timedelta(minutes=15)
_LONGEST_PRESIGNED = 604800
# Read by us and by moto, which would not read the same of two.
_ONCE = (
    *("authorization", "host", "content-type", "x-amz-target", "x-amz-date", "x-amz-security-token"),
    *("x-amz-content-sha256", "x-amz-copy-source"),
)


class Authenticator:
    """Finds and verifies whoever signed a request.

    Args: find: returns what belongs to an access key, None when nobody owns it.
    """

    def __init__(self, find: Callable[[str], Credentials | None], clock: Clock) -> None:
        self._find = find
        self._clock = clock
        self._known: dict[str, Credentials] = {}

    def identify(self, asked: Exchange, signature: Signature, spoken: str) -> Credentials:
        """Return whom a signature names, before its body is read; nothing is proved yet.

        Args: spoken: the protocol in which a refusal is answered.
        Raises: AwsError: the key is unknown, its session is over, or the time is wrong.
        """
        credentials = self._known.get(signature.access_key)
        if credentials is None:
            credentials = self._find(signature.access_key)
            if credentials is None:
                raise refusals.unknown_key(spoken)
            self._known[signature.access_key] = credentials
        if not credentials.active:
            raise refusals.unknown_key(spoken)
        now = signatures.expected_now(self._clock.now())
        self._check_token(signature, credentials, now, spoken)
        _check_time(signature, now, spoken)
        _check_headers(asked, signature, spoken)
        return credentials

    def verify(
        self, asked: Exchange, signature: Signature, credentials: Credentials, spoken: str, body_hash: str
    ) -> None:
        """Prove that the owner of the key has signed this request.

        Args: body_hash: SHA-256 of the body in hexadecimal, or what S3 takes for it.
        Raises: AwsError: somebody else has, or it was changed on its way.
        """
        query = asked.scope["query_string"].decode("latin-1")
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in asked.scope["headers"]
        ]
        # The old version signs the bucket in the path, wherever it was sent.
        raw_path = in_path_form(asked).raw_path if signature.version == 2 else asked.raw_path
        request = Signed(asked.method, raw_path, query, headers, body_hash)
        if not signatures.verify(signature, credentials.secret_key, request):
            raise refusals.wrong_signature(spoken)

    def forget(self) -> None:
        """Look every key up again, because IAM may have changed it."""
        self._known.clear()

    def _check_token(
        self, signature: Signature, credentials: Credentials, now: datetime, spoken: str
    ) -> None:
        if signature.token != credentials.token:
            # A session's key alone is no key at all.
            raise refusals.wrong_token(spoken) if signature.token else refusals.unknown_key(spoken)
        if credentials.expires is not None and now >= credentials.expires:
            self._known.pop(signature.access_key, None)
            raise refusals.expired_token(spoken)


def s3_body_hash(asked: Exchange, signature: Signature) -> str:
    """Return what an S3 request says of its body, which streams and is not read here.

    Raises: AwsError: it says nothing.
    """
    if signature.expires is not None:
        covered = CONTENT_HASH in signature.signed_headers
        return asked.headers.get(CONTENT_HASH, UNSIGNED) if covered else UNSIGNED
    if CONTENT_HASH not in asked.headers:
        raise AwsError("InvalidRequest", f"Missing required header for this request: {CONTENT_HASH}")
    return asked.headers[CONTENT_HASH]


def check_s3_body(said: str, body: bytes) -> None:
    """Compare a body with the hash that was signed for it, if it was one.

    Raises: AwsError: `XAmzContentSHA256Mismatch`.
    """
    is_hash = len(said) == hashlib.sha256().digest_size * 2
    if is_hash and said.lower() != hashlib.sha256(body).hexdigest():
        message = f"The provided '{CONTENT_HASH}' header does not match what was computed."
        raise AwsError("XAmzContentSHA256Mismatch", message)


def _check_time(signature: Signature, now: datetime, spoken: str) -> None:
    if signature.version == 2:
        if signatures.is_expired(signature, now):
            raise _expired_url()
        return
    if signature.time is None:
        message = "AWS authentication requires a valid Date or x-amz-date header"
        raise AwsError("AccessDenied" if spoken == "rest-xml" else "IncompleteSignature", message, status=403)
    if signature.date != signature.time.strftime("%Y%m%d"):
        moment = signature.time.strftime(signatures.TIME_FORMAT)
        message = (
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{signature.date}' != '{moment[:8]}', from '{moment}'."
        )
        raise refusals.wrong_signature(spoken, message)
    allowed = _S3_SKEW if spoken == "rest-xml" else _SKEW
    if signature.expires is not None:
        _check_presigned(signature, now, allowed)
    elif abs(now - signature.time) > allowed:
        raise refusals.wrong_time(spoken, signature.time, now, allowed)


def _check_presigned(signature: Signature, now: datetime, allowed: timedelta) -> None:
    if signature.expires is None or not 0 <= signature.expires <= _LONGEST_PRESIGNED:
        message = (
            "X-Amz-Expires must be a number of seconds that is non-negative and not more than a week "
            f"({_LONGEST_PRESIGNED} seconds)."
        )
        raise AwsError("AuthorizationQueryParametersError", message)
    if signatures.is_expired(signature, now):
        raise _expired_url()
    if signature.time is not None and signature.time - now > allowed:
        raise AwsError("AccessDenied", "Request is not yet valid", status=403)


def _expired_url() -> AwsError:
    return AwsError("AccessDenied", "Request has expired", status=403)


def _check_headers(asked: Exchange, signature: Signature, spoken: str) -> None:
    unsigned = signatures.unsigned_headers(signature, asked.headers)
    if unsigned:
        message = f"There were headers present in the request which were not signed: {', '.join(unsigned)}"
        raise (
            AwsError("AccessDenied", message, status=403)
            if spoken == "rest-xml"
            else refusals.wrong_signature(spoken, message)
        )
    names = [name.decode("latin-1") for name, _ in asked.scope["headers"]]
    if len(names) > len(asked.headers):
        repeated = [name for name in _ONCE if names.count(name) > 1]
        if repeated:
            raise AwsError("InvalidRequest", f"The header {repeated[0]} is there more than once.")
