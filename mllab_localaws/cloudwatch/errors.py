"""CloudWatch's errors, by the names of their shapes.

Clients of the query protocol see the codes that the model gives those shapes: `InvalidParameterValue` for
`InvalidParameterValueException`, for instance.
"""

from __future__ import annotations

from mllab_localaws.wire.errors import AwsError


def invalid(message: str) -> AwsError:
    """Say that a value is not allowed."""
    return AwsError("InvalidParameterValueException", message)


def contradictory(message: str) -> AwsError:
    """Say that parameters do not go together."""
    return AwsError("InvalidParameterCombinationException", message)


def missing(name: str) -> AwsError:
    """Say that a parameter is required."""
    return AwsError("MissingRequiredParameterException", f"The parameter {name} is required.")


def not_here(what: str) -> AwsError:
    """Say by name what the local AWS's CloudWatch does not have."""
    return invalid(f"{what} is not part of the local AWS; docs/local-aws.md lists what is.")


def invalid_token() -> AwsError:
    """Say that a page was asked for which no answer announced."""
    return AwsError("InvalidNextToken", "Invalid NextToken: pass that of the previous page unchanged.")


def not_found(message: str) -> AwsError:
    """Say that an alarm or a dashboard does not exist."""
    return AwsError("ResourceNotFound", message, status=404)
