"""The control plane's errors; texts that AWS is known for are AWS's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

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


def refuse_others(params: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Refuse members that the local AWS would have to ignore.

    Args: where: what has these members, e.g. `CreateRestApi`.
    Raises: AwsError: `BadRequestException` naming them.
    """
    accepted = set(known)
    others = sorted(name for name, value in params.items() if name not in accepted and value)
    if others:
        raise not_part(f"{', '.join(others)} of {where}")
