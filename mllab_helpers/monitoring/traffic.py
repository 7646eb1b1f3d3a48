"""Traffic for an endpoint: requests at a steady pace, some of them broken on purpose."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers import progress
from mllab_helpers.aws_errors import error_code, translate
from mllab_helpers.deployment.predictions import CSV, csv_lines
from mllab_helpers.errors import TooFewRequests
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

# No number at all: the container answers 415, and the platform counts a 4XX error.
BROKEN_BODY = "three bedrooms, please"


@dataclass(frozen=True, repr=False)
class Traffic:
    """What was sent.

    Attributes:
        started, ended: seconds since the epoch.
        answered: requests that got a prediction.
        failed: requests that the endpoint refused.
    """

    started: float
    ended: float
    answered: int
    failed: int

    def __repr__(self) -> str:
        return say("traffic.sent", answered=self.answered, failed=self.failed)


@translate()
def send_traffic(
    lab: Lab, endpoint: str, rows: Any, *, count: int, per_second: float = 20.0, broken_share: float = 0.0
) -> Traffic:
    """Send one-row requests to an endpoint, one after the other.

    Args:
        rows: as for `predictions.predict`; each request carries one of them, in turn.
        count: how many requests; per_second: at most so many.
        broken_share: of them, what part is sent with a body that no model can read (0 to 1).
    Raises: TooFewRequests; AwsRefused: the endpoint does not exist.
    """
    if count < 1:
        raise TooFewRequests(count=count)
    lines = itertools.cycle(csv_lines(rows))
    clock, answered = lab.clock, 0
    started = clock.now()
    with progress.show(say("traffic.sending", name=endpoint), total=count) as shown:
        for number, broken in enumerate(_spread(count, broken_share)):
            early = started + number / per_second - clock.now()
            if early > 0:
                clock.sleep(early)
            line = next(lines)
            answered += _send(lab, endpoint, BROKEN_BODY if broken else line)
            shown.advance(1)
    return Traffic(started, clock.now(), answered, count - answered)


def _spread(count: int, share: float) -> Iterator[bool]:
    """Say of each of `count` requests whether it is broken, the broken ones evenly among the others."""
    for number in range(1, count + 1):
        yield int(number * share) > int((number - 1) * share)


def _send(lab: Lab, endpoint: str, body: str) -> bool:
    try:
        lab.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, ContentType=CSV, Body=body.encode()
        )
    except ClientError as error:
        if error_code(error) != "ModelError":
            raise
        return False
    return True
