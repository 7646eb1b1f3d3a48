"""When a schedule fires.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mllab_localaws.wire.errors import AwsError, validation_error

_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
_RECURRING = re.compile(r"rate\([1-9]\d* (minutes?|hours?|days?)\)|cron\((\S+ ){5}\S+\)")


def moment(expression: str, timezone: str) -> float:
    """Return when a one-time schedule fires, in seconds since the epoch.

    Raises: AwsError: `ValidationException`, for what is no expression, no time zone, or recurs.
    """
    zone = _zone(timezone)
    once = _AT.fullmatch(expression)
    if once is None:
        if _RECURRING.fullmatch(expression):
            raise validation_error(
                f"{expression}: recurring schedules are not part of the local AWS, which fires at(...) once; "
                "docs/local-aws.md lists what is."
            )
        raise _invalid(expression)
    try:
        return datetime.fromisoformat(once[1]).replace(tzinfo=zone).timestamp()
    except ValueError as error:
        raise _invalid(expression) from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a directory
        raise validation_error(f"Invalid Schedule Expression Timezone {name}.") from error


def _invalid(expression: str) -> AwsError:
    return validation_error(f"Invalid Schedule Expression {expression}.")
