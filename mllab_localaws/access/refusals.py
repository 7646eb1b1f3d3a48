"""What AWS answers to whom it does not know, or does not let: code, text and status by service and protocol.

Sources: S3's and IAM's lists of error responses; IAM User Guide, "Troubleshoot access denied error messages";
answers of AWS that were published, e.g. with SDK issues.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mllab_localaws.access.evaluation import EXPLICIT_DENY, RESOURCE, Decision
from mllab_localaws.access.model import Access
from mllab_localaws.access.signatures import TIME_FORMAT
from mllab_localaws.caller import Caller
from mllab_localaws.wire.errors import AwsError

_S3, _QUERY = "rest-xml", "query"
_INVALID_TOKEN = "The security token included in the request is invalid."
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
# Of services that answer 403 in JSON, too, or have a code of their own.
_DENIALS = {
    "s3": ("AccessDenied", 403),
    "iam": ("AccessDenied", 403),
    "sts": ("AccessDenied", 403),
    "cloudwatch": ("AccessDenied", 403),
    "sqs": ("AccessDenied", 403),
    "sns": ("AuthorizationError", 403),
    "lambda": ("AccessDeniedException", 403),
    "apigateway": ("AccessDeniedException", 403),
    "scheduler": ("AccessDeniedException", 403),
    "sagemaker-runtime": ("AccessDeniedException", 403),
}


def unknown_key(spoken: str) -> AwsError:
    """Nobody here owns this key.

    Args: spoken: the request's protocol, e.g. `json`; `rest-xml` is S3's.
    """
    if spoken == _S3:
        message = "The AWS Access Key Id you provided does not exist in our records."
        return AwsError("InvalidAccessKeyId", message, status=403)
    return _unrecognised(spoken)


def wrong_token(spoken: str) -> AwsError:
    """The session token is missing, or another one's."""
    if spoken == _S3:
        return AwsError("InvalidToken", "The provided token is malformed or otherwise invalid.")
    return _unrecognised(spoken)


def expired_token(spoken: str) -> AwsError:
    """The session is over."""
    if spoken == _S3:
        return AwsError("ExpiredToken", "The provided token has expired.")
    code = "ExpiredToken" if spoken == _QUERY else "ExpiredTokenException"
    return AwsError(code, "The security token included in the request is expired", status=_status(spoken))


def wrong_signature(spoken: str, message: str = "") -> AwsError:
    """The key's owner has not made this signature for this request."""
    if spoken == _S3:
        short = "The request signature we calculated does not match the signature you provided. "
        return AwsError(
            "SignatureDoesNotMatch", message or short + "Check your key and signing method.", status=403
        )
    code = "SignatureDoesNotMatch" if spoken == _QUERY else "InvalidSignatureException"
    return AwsError(code, message or _MISMATCH, status=_status(spoken))


def wrong_time(spoken: str, signed: datetime, now: datetime, allowed: timedelta) -> AwsError:
    """The client's clock and ours are too far apart."""
    if spoken == _S3:
        message = "The difference between the request time and the current time is too large."
        return AwsError("RequestTimeTooSkewed", message, status=403)
    minutes = f"{allowed.total_seconds() / 60:.0f} min."
    then, here = signed.strftime(TIME_FORMAT), now.strftime(TIME_FORMAT)
    if signed < now:
        limit = (now - allowed).strftime(TIME_FORMAT)
        text = f"Signature expired: {then} is now earlier than {limit} ({here} - {minutes})"
    else:
        limit = (now + allowed).strftime(TIME_FORMAT)
        text = f"Signature not yet current: {then} is still later than {limit} ({here} + {minutes})"
    return wrong_signature(spoken, text)


def denied(caller_arn: str, service: str, access: Access, decision: Decision) -> AwsError:
    """The caller may not do this.

    Args: service: boto3's name of the client.
    """
    code, status = _DENIALS.get(service, ("AccessDeniedException", 400))
    resource = f'"{access.resource}"' if service == "s3" else access.resource
    text = f"User: {caller_arn} is not authorized to perform: {access.action} on resource: {resource}"
    if decision.outcome == EXPLICIT_DENY:
        article = "an" if decision.because.startswith("identity") else "a"
        text += f" with an explicit deny in {article} {decision.because}"
    elif decision.because != RESOURCE:  # of a role that does not trust the caller AWS says no more
        text += f" because no {decision.because} allows the {access.action} action"
    return AwsError(code, text, status=status)


def unassumable(caller: Caller) -> AwsError:
    """The role in whose name a service would act is gone, or does not trust the service."""
    text = (
        f"Could not assume role {caller.role_arn}. Please ensure that the role exists and allows principal "
        f"'{caller.service}' to assume the role."
    )
    return AwsError("AccessDenied", text, status=403)


def _unrecognised(spoken: str) -> AwsError:
    code = "InvalidClientTokenId" if spoken == _QUERY else "UnrecognizedClientException"
    return AwsError(code, _INVALID_TOKEN, status=_status(spoken))


def _status(spoken: str) -> int:
    return 400 if spoken == "json" else 403
