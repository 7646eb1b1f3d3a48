"""How invocations end: with a result, or with one of the errors that Lambda itself reports.

Forms: recordings of AWS; see also "Lambda function errors" in Lambda's guide.
"""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass

from mllab_localaws.lambda_.function_log import timeout_text

LONGEST_RESPONSE_BYTES = 6291556


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended.

    Attributes:
        payload: what the function returned, or its error as JSON.
        failed: the function did not return.
        line: what Lambda itself adds to the log, empty for nothing.
        status: as the REPORT line shows it.
    """

    payload: bytes
    failed: bool = True
    line: str = ""
    status: str = ""


def returned(payload: bytes) -> Outcome:
    """The function returned."""
    return Outcome(payload, failed=False)


def raised(payload: bytes) -> Outcome:
    """The function, or its import, raised an exception."""
    return Outcome(payload, status="error")


def timed_out(request_id: str, seconds: int, line: str) -> Outcome:
    """The function took longer than its timeout."""
    message = f"RequestId: {request_id} Error: {timeout_text(seconds)}"
    return Outcome(_payload("Sandbox.Timedout", message), line=line, status="timeout")


def exited(request_id: str, code: int) -> Outcome:
    """The function's process ended by itself, or was ended.

    Args: code: exit code, 128 + n for signal n.
    """
    message = f"RequestId: {request_id} Error: Runtime exited {_how(code)}"
    line = f"{message}\nRuntime.ExitError"
    return Outcome(_payload("Runtime.ExitError", message), line=line, status="error")


def too_large() -> Outcome:
    """The function returned more than a caller can be given."""
    message = f"Response payload size exceeded maximum allowed payload size ({LONGEST_RESPONSE_BYTES} bytes)."
    return Outcome(_payload("Function.ResponseSizeTooLarge", message), status="error")


def _how(code: int) -> str:
    if code == 0:
        return "without providing a reason"
    number = code - 128
    if number in set(signal.Signals):
        return f"with error: signal: {(signal.strsignal(number) or str(number)).lower()}"
    return f"with error: exit status {code}"


def _payload(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()
