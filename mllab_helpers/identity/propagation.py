"""Waits until AWS knows a new role or policy everywhere.

IAM is eventually consistent: what was just created can be refused for some seconds (IAM User Guide,
"Changes that I make are not always immediately visible").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from mllab_helpers.aws_errors import error_code, error_message, is_denial
from mllab_helpers.errors import Denied

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

Answer = TypeVar("Answer")

_SECONDS = 60.0
# How SageMaker, Lambda and EventBridge Scheduler, in this order, say that they may not put a role on.
_CANNOT_ASSUME = re.compile("assume role|assumed by Lambda|assume the role")
_CODES = ("ValidationException", "InvalidParameterValueException")


def when_role_is_ready(lab: Lab, call: Callable[[], Answer]) -> Answer:
    """Make a call that gives a service a new role, again for a minute while the service cannot assume it."""
    return _again_while(lab, _cannot_assume, call)


def when_learner_is_known(lab: Lab) -> None:
    """Wait until AWS knows the learner's role and its policy everywhere, for a minute at the most."""
    _again_while(lab, _is_denied, lambda: lab.as_learner().client("sagemaker").list_models(MaxResults=1))


def _again_while(lab: Lab, is_unknown: Callable[[Exception], bool], call: Callable[[], Answer]) -> Answer:
    deadline = lab.clock.now() + _SECONDS
    while True:
        try:
            return call()
        except (ClientError, Denied) as error:
            if not is_unknown(error) or lab.clock.now() >= deadline:
                raise
        lab.clock.sleep(max(lab.pause, 1.0))


def _cannot_assume(error: Exception) -> bool:
    return (
        isinstance(error, ClientError)
        and error_code(error) in _CODES
        and _CANNOT_ASSUME.search(error_message(error)) is not None
    )


def _is_denied(error: Exception) -> bool:
    return isinstance(error, Denied) or (isinstance(error, ClientError) and is_denial(error))
