"""What other services know of Lambda: a function can be asked, in its caller's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Invocation:
    """How one invocation went.

    Attributes:
        payload: what the function returned, or its error as Lambda's JSON.
        function_error: `Unhandled` when the function failed, else None.
        request_id: of the invocation, as its log lines show it.
    """

    payload: bytes
    function_error: str | None
    request_id: str


class Functions(Protocol):
    """Invokes functions."""

    async def invoke(self, arn: str, payload: bytes, *, principal: str, source_arn: str) -> Invocation:
        """Run a function and wait for what it returns.

        Args:
            arn: of the function.
            principal: the service that asks, e.g. `apigateway.amazonaws.com`.
            source_arn: what asks; the function's resource policy decides whether it may.
        Raises: AwsError: no such function, not permitted, or too many requests.
        """
        ...
