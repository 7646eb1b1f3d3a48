"""Errors as AWS sends them: a code, a message, a status."""

from __future__ import annotations

from collections.abc import Mapping


class AwsError(Exception):
    """An answer that the client raises as `ClientError`.

    Args:
        code: AWS's error code, e.g. `ValidationException`.
        message: AWS's text where it is known, otherwise one that says what to do.
        status: HTTP status; most JSON services answer 400 for everything the client did.
        members: further members of the modelled error structure, e.g. `OriginalStatusCode`.
    """

    def __init__(
        self, code: str, message: str, *, status: int = 400, members: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = dict(members or {})


def validation_error(message: str) -> AwsError:
    """SageMaker's error for nearly everything a client did wrong, missing resources included."""
    return AwsError("ValidationException", message)


def not_implemented(service: str, operation: str) -> AwsError:
    """Say by name what the local AWS does not have; 501, so that no client retries."""
    return AwsError(
        "NotImplemented",
        f"{operation} ({service}) is not part of the local AWS; docs/local-aws.md lists what is.",
        status=501,
    )
