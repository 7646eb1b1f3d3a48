"""The one place where what boto3 raises becomes what a learner reads."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    LoginError,
    MetadataRetrievalError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as ConnectionFailed

from mllab_helpers import prices
from mllab_helpers.errors import (
    AwsRefused,
    BadRequest,
    Denied,
    ExpiredCredentials,
    LabError,
    LocalAwsDied,
    NoConnection,
    NoCredentials,
    QuotaExceeded,
    Throttled,
    WrongClock,
    WrongCredentials,
)
from mllab_helpers.texts import say

_ABSENT_CREDENTIALS = (
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    CredentialRetrievalError,
    MetadataRetrievalError,
)
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN_CALLER = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "AuthFailure",
}
# What a wrong clock is refused with, and the seconds that are allowed, less what the answer took.
_SKEW = {
    "SignatureDoesNotMatch": 290,
    "InvalidSignatureException": 290,
    "RequestTimeTooSkewed": 290,
    "403": 890,
}
_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedOperation",
    "403",
}
_QUOTA = {
    "ResourceLimitExceeded",
    "LimitExceeded",
    "LimitExceededException",
    "TooManyBuckets",
    "TopicLimitExceeded",
    "CodeStorageExceededException",
}
_ABSENT = {
    "404",
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
    "ResourceNotFound",
    "ResourceNotFoundException",
}
_THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
}
_CAUSES: dict[type[LabError], set[str]] = {
    WrongCredentials: _UNKNOWN_CALLER,
    Denied: _DENIED,
    Throttled: _THROTTLED,
}

_MACHINES = re.compile(r"'(ml\.\S+) for ([a-z ]+)'")


@contextmanager
def translate() -> Iterator[None]:
    """Raise the lab's own error for what boto3 raises, with the original as its cause.

    A context manager and a decorator: `@translate()` on a helper, `with translate():` in the middle of one.
    """
    try:
        yield
    except ClientError as error:
        raise explain_refusal(error) from error
    except BotoCoreError as error:
        raise explain_no_answer(error) from error


def error_code(error: ClientError) -> str:
    """Return the code of a refusal, e.g. `ValidationException`."""
    return str(error.response["Error"].get("Code", ""))


def error_message(error: ClientError) -> str:
    """Return AWS's own words about a refusal."""
    return str(error.response["Error"].get("Message", ""))


def is_denial(error: ClientError) -> bool:
    """Tell whether AWS refused because the caller lacks a permission."""
    return error_code(error) in _DENIED


@contextmanager
def unless_prepared(*, existed: bool) -> Iterator[None]:
    """Change a role or a bucket, or leave it as a teacher prepared it when the caller may not change it."""
    try:
        yield
    except ClientError as error:
        if not (existed and is_denial(error)):
            raise


def is_absent(error: ClientError) -> bool:
    """Tell whether AWS refused because what a call is about does not exist; SageMaker has no code for it."""
    message = error_message(error).lower()
    return error_code(error) in _ABSENT or (
        error_code(error) == "ValidationException"
        and any(words in message for words in ("could not find", "not found", "not exist", "recordnotfound"))
    )


def is_throttled(error: ClientError) -> bool:
    """Tell whether AWS refused because there were too many requests."""
    return error_code(error) in _THROTTLED


def is_expired(error: ClientError) -> bool:
    """Tell whether AWS refused because the credentials are good no longer."""
    return error_code(error) in _EXPIRED


def has_wrong_clock(error: ClientError) -> bool:
    """Tell whether AWS refused because this machine's clock is too far from its own.

    Amazon S3 allows 15 minutes, and says no more than 403 to a HEAD; others allow 5 (IAM User Guide,
    "Troubleshooting Signature Version 4").
    """
    limit = _SKEW.get(error_code(error))
    return limit is not None and abs(_seconds_ahead(error)) > limit


def _seconds_ahead(error: ClientError) -> float:
    """How far this machine's clock is ahead of that of whoever answered, by the answer's date."""
    said = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        return time.time() - parsedate_to_datetime(said).timestamp()
    except ValueError:
        return 0.0


def explain_refusal(error: ClientError) -> LabError:
    """Choose the lab's error for a call that AWS refused."""
    code = error_code(error)
    facts = {"operation": error.operation_name, "code": code, "message": _as_sentence(error_message(error))}
    if code in _EXPIRED:
        return ExpiredCredentials()
    if has_wrong_clock(error):
        ahead = _seconds_ahead(error)
        how = say("lab.clock_ahead" if ahead > 0 else "lab.clock_behind")
        return WrongClock(minutes=round(abs(ahead) / 60), how=how, **facts)
    if code in _QUOTA:
        said = facts["message"]
        return QuotaExceeded(**{**facts, "message": f"{said} {_other_types(code, said)}".strip()})
    return next((kind for kind, codes in _CAUSES.items() if code in codes), AwsRefused)(**facts)


def _other_types(code: str, message: str) -> str:
    """Say what to try instead of an instance type that lacks quota; nothing when it is about other things."""
    if code != "ResourceLimitExceeded":  # SageMaker's
        return ""
    found = _MACHINES.search(message)
    price_list = found and prices.LIST_OF_USAGE.get(found[2])
    if not found or not price_list:
        return say("aws.other_type")
    others = [each for each in prices.types(price_list) if each != found[1]]
    return say("aws.other_types", machine=found[1], others=", ".join(others))


def _as_sentence(text: str) -> str:
    """Many of AWS's messages end without a full stop, and another sentence follows here."""
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def explain_no_answer(error: BotoCoreError) -> LabError:
    """Choose the lab's error for a call that never got an answer."""
    if isinstance(error, _ABSENT_CREDENTIALS):
        return NoCredentials()
    if isinstance(error, (SSOError, TokenRetrievalError, LoginError)):
        return ExpiredCredentials()
    if isinstance(error, ParamValidationError):
        return BadRequest(message=str(error))
    if isinstance(error, (ConnectionFailed, HTTPClientError)):
        address = str(error.kwargs.get("endpoint_url", ""))
        if urlsplit(address).hostname in ("127.0.0.1", "localhost"):
            return LocalAwsDied()
        return NoConnection(address=address)
    return BadRequest(message=str(error))
