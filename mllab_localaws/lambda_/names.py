"""Function names as requests spell them: a name, a partial ARN (`123456789012:function:name`) or an ARN."""

from __future__ import annotations

import re

from mllab_localaws.platform import ACCOUNT
from mllab_localaws.store import Record, Store
from mllab_localaws.wire.errors import AwsError

KIND = "function"
LATEST = "$LATEST"
_LONGEST_NAME = 64
_SPELLING = re.compile(
    r"(?:(?:arn:aws:lambda:)?(?:(?P<region>[a-z0-9-]+):)?(?P<account>\d{12}):(?:function:)?)?"
    r"(?P<name>[\w-]+)(?::(?P<qualifier>\$LATEST|[\w-]+))?"
)


def arn(region: str, name: str) -> str:
    """Return a function's ARN."""
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"


def spelled_arn(spelled: str, region: str, qualifier: str | None = None) -> str:
    """Return the ARN that a spelling means, of a function, version or alias, whether it exists or not.

    Args: qualifier: the request's own, where it has one.
    """
    found = _SPELLING.fullmatch(spelled)
    if found is None:
        return arn(region, spelled)
    version = found["qualifier"] or qualifier
    where = f"{found['region'] or region}:{found['account'] or ACCOUNT}"
    return f"arn:aws:lambda:{where}:function:{found['name']}{f':{version}' if version else ''}"


def function_name(spelled: str, region: str, qualifier: str | None = None) -> str:
    """Return the plain name in any spelling.

    Args: qualifier: the request's own, where it has one.
    Raises: AwsError: another account or region, a version or alias (there are none), or too long a name.
    """
    found = _SPELLING.fullmatch(spelled)
    if found is None or len(found["name"]) > _LONGEST_NAME:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{spelled}' at 'functionName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_LONGEST_NAME}",
        )
    if (found["region"] or region, found["account"] or ACCOUNT) != (region, ACCOUNT):
        raise not_found(spelled)
    name, version = found["name"], found["qualifier"] or qualifier
    if version not in (None, LATEST):
        raise not_found(f"{arn(region, name)}:{version}")
    return name


def find(store: Store, region: str, spelled: str, qualifier: str | None = None) -> Record:
    """Return a function's record.

    Raises: AwsError: `ResourceNotFoundException`.
    """
    name = function_name(spelled, region, qualifier)
    record = store.get(KIND, region, name)
    if record is None:
        raise not_found(arn(region, name))
    return record


def not_found(function: str) -> AwsError:
    """Say that a function is missing, by its ARN."""
    return missing(f"Function not found: {function}")


def missing(message: str) -> AwsError:
    """Return Lambda's error for whatever is not there."""
    return AwsError("ResourceNotFoundException", message, status=404, members={"Type": "User"})


def invalid(message: str) -> AwsError:
    """Return Lambda's error for what a request should not say."""
    return AwsError("InvalidParameterValueException", message, members={"Type": "User"})


def conflict(message: str) -> AwsError:
    """Return Lambda's error for what is there already."""
    return AwsError("ResourceConflictException", message, status=409, members={"Type": "User"})
