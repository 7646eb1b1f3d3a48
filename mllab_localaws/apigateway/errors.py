"""The control plane's errors; texts that AWS is known for are AWS's."""

from __future__ import annotations

from functools import partial

from mllab_localaws.wire import validation
from mllab_localaws.wire.errors import AwsError


def bad_request(message: str) -> AwsError:
    """Say what is wrong with a request."""
    return AwsError("BadRequestException", message)


def not_found(message: str) -> AwsError:
    """Say what is missing."""
    return AwsError("NotFoundException", message, status=404)


def conflict(message: str) -> AwsError:
    """Say what is there already."""
    return AwsError("ConflictException", message, status=409)


def not_part(what: str) -> AwsError:
    """Refuse by name what the local AWS would have to ignore."""
    return bad_request(f"{what} is not part of the local AWS; docs/local-aws.md lists what is.")


refuse_others = partial(validation.refuse_others, error=bad_request)
