"""Invoke (contract F.4), and what can go wrong inside a function (F.3)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from functions import Workshop, create_role
from in_process import until

ECHO = "def handler(event, context):\n    return event\n"


@pytest.fixture(scope="module")
def workshop(client: Callable[..., Any]) -> Workshop:
    return Workshop(client("lambda"), create_role(client("iam"), "lambda-invoke"))


@pytest.fixture(scope="module")
def echo(workshop: Workshop) -> str:
    workshop.create("invoke-echo", ECHO)
    return "invoke-echo"


def refused(workshop: Workshop, **arguments: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as error:
        workshop.client.invoke(**arguments)
    response = error.value.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return response["Error"]["Code"], response["Error"]["Message"], status


@pytest.mark.parametrize(
    "event", [None, 7, "text", "ñandú ✓", [], {"a": {"b": [1.5, True, None]}}, {"big": "x" * 2_000_000}]
)
def test_an_event_arrives_whole_and_the_result_comes_back_whole(
    workshop: Workshop, echo: str, event: Any
) -> None:
    answer = workshop.invoke(echo, event)
    assert answer.value == event
    assert answer.error is None
    assert (answer.reply["StatusCode"], answer.reply["ExecutedVersion"]) == (200, "$LATEST")


def test_without_a_payload_the_event_is_an_empty_object(workshop: Workshop, echo: str) -> None:
    assert json.loads(workshop.client.invoke(FunctionName=echo)["Payload"].read()) == {}


def test_the_log_comes_only_when_asked_for_and_at_most_4_kb_of_it(workshop: Workshop, echo: str) -> None:
    assert "LogResult" not in workshop.client.invoke(FunctionName=echo)
    workshop.create("invoke-chatty", "def handler(e, c):\n  for n in range(900): print('line', n)\n")
    answer = workshop.invoke("invoke-chatty")
    assert len(base64.b64decode(answer.reply["LogResult"])) == 4096
    assert "line 899" in answer.log
    assert answer.log[-1].startswith("REPORT RequestId: ")


def test_a_dry_run_runs_nothing(workshop: Workshop, echo: str, client: Callable[..., Any]) -> None:
    workshop.create("invoke-dry", ECHO)
    assert workshop.client.invoke(FunctionName="invoke-dry", InvocationType="DryRun")["StatusCode"] == 204
    groups = client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/invoke-dry")["logGroups"]
    assert groups == []


@pytest.mark.parametrize("payload", [b"{", b"\xff", b"{'a': 1}", b"NaN", b" "])
def test_a_payload_that_is_no_json_is_refused(workshop: Workshop, echo: str, payload: bytes) -> None:
    code, message, status = refused(workshop, FunctionName=echo, Payload=payload)
    assert (code, status) == ("InvalidRequestContentException", 400)
    assert message.startswith("Could not parse request body into json: ")


def test_a_payload_has_six_megabytes_at_most_and_one_when_nobody_waits(workshop: Workshop, echo: str) -> None:
    assert (
        workshop.client.invoke(FunctionName=echo, Payload=b'"' + b"x" * 6291454 + b'"')["StatusCode"] == 200
    )
    too_long = b'"' + b"x" * 6291455 + b'"'
    assert refused(workshop, FunctionName=echo, Payload=too_long)[::2] == ("RequestTooLargeException", 413)
    too_long = b'"' + b"x" * 1024**2 + b'"'
    assert refused(workshop, FunctionName=echo, Payload=too_long, InvocationType="Event")[2] == 413


def test_the_client_context_reaches_the_function(workshop: Workshop) -> None:
    workshop.create("invoke-context", "def handler(e, c): return c.client_context.custom")
    context = base64.b64encode(json.dumps({"custom": {"a": "é"}}).encode()).decode()
    assert workshop.invoke("invoke-context", ClientContext=context).value == {"a": "é"}
    code, _, _ = refused(workshop, FunctionName="invoke-context", ClientContext="rubbish")
    assert code == "InvalidRequestContentException"


def test_bytes_come_back_as_they_are(workshop: Workshop) -> None:
    workshop.create("invoke-bytes", "def handler(e, c): return b'\\x00\\xff'")
    assert workshop.client.invoke(FunctionName="invoke-bytes")["Payload"].read() == b"\x00\xff"


def test_an_exception_of_the_handler_comes_with_status_200_and_function_error(workshop: Workshop) -> None:
    workshop.create("invoke-raises", "def handler(e, c):\n    raise KeyError('price')\n")
    answer = workshop.invoke("invoke-raises")
    assert (answer.reply["StatusCode"], answer.error) == (200, "Unhandled")
    assert answer.value == {
        "errorMessage": "'price'",
        "errorType": "KeyError",
        "requestId": answer.log[0].split()[2],
        "stackTrace": ["  File \"/var/task/app.py\", line 2, in handler\n    raise KeyError('price')\n"],
    }
    assert answer.log[1] == "[ERROR] KeyError: 'price'"
    assert workshop.invoke("invoke-raises").error == "Unhandled"  # and the process goes on


@pytest.mark.parametrize(
    ("handler", "source", "error_type", "message"),
    [
        ("nodot", ECHO, "Runtime.MalformedHandlerName", "Bad handler 'nodot': not enough values to unpack"),
        (
            "none.handler",
            ECHO,
            "Runtime.ImportModuleError",
            "Unable to import module 'none': No module named",
        ),
        ("app.handler", "import pandas", "Runtime.ImportModuleError", "No module named 'pandas'"),
        (
            "app.handler",
            "def (",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'app': invalid syntax",
        ),
        ("app.none", ECHO, "Runtime.HandlerNotFound", "Handler 'none' missing on module 'app'"),
        ("app.handler", "1 / 0", "ZeroDivisionError", "division by zero"),
        ("sys.exit", ECHO, "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys"),
    ],
)
def test_a_function_that_cannot_be_started_says_why(
    workshop: Workshop, handler: str, source: str, error_type: str, message: str
) -> None:
    name = f"invoke-start-{abs(hash((handler, source)))}"
    workshop.create(name, source, Handler=handler)
    for _ in range(2):
        answer = workshop.invoke(name)
        assert (answer.error, answer.value["errorType"]) == ("Unhandled", error_type)
        assert message in answer.value["errorMessage"]
        assert answer.value["requestId"] == ""
        assert any(error_type in line for line in answer.log)


EXITS = {
    "import os; os._exit(0)": "without providing a reason",
    "raise SystemExit(3)": "with error: exit status 3",
    "import os; os.kill(os.getpid(), 9)": "with error: signal: killed",
    "import os; os.kill(os.getpid(), 11)": "with error: signal: segmentation fault",
}


@pytest.mark.parametrize("code", EXITS)
def test_a_process_that_ends_in_the_middle_is_reported_and_the_next_call_finds_a_new_one(
    workshop: Workshop, code: str
) -> None:
    name = f"invoke-exit-{list(EXITS).index(code)}"
    workshop.create(name, f"def handler(e, c):\n    if e == 'end':\n        {code}\n    return e\n")
    assert workshop.invoke(name, "stay").value == "stay"
    answer = workshop.invoke(name, "end")
    request_id = next(line.split()[2] for line in answer.log if line.startswith("START"))
    assert answer.error == "Unhandled"
    assert answer.value == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request_id} Error: Runtime exited {EXITS[code]}",
    }
    assert answer.value["errorMessage"] in answer.log
    assert workshop.invoke(name, "stay").value == "stay"


def test_a_process_that_ends_while_it_starts_is_reported(workshop: Workshop) -> None:
    workshop.create("invoke-exit-start", "import os; os._exit(5)")
    answer = workshop.invoke("invoke-exit-start")
    assert answer.value["errorType"] == "Runtime.ExitError"
    assert answer.value["errorMessage"].endswith("Runtime exited with error: exit status 5")


def test_a_function_that_takes_too_long_is_ended(workshop: Workshop) -> None:
    workshop.create(
        "invoke-slow", "import time\ndef handler(e, c):\n    time.sleep(e)\n    return 1", Timeout=1
    )
    assert workshop.invoke("invoke-slow", 0).value == 1
    answer = workshop.invoke("invoke-slow", 30)
    request_id = answer.log[0].split()[2]
    assert answer.value == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds",
    }
    assert any(line.endswith(f"Z {request_id} Task timed out after 1.00 seconds") for line in answer.log)
    assert answer.log[-1].endswith("\tStatus: timeout\t")
    assert workshop.invoke("invoke-slow", 0).value == 1


def test_a_function_that_uses_more_memory_than_it_has_is_killed(workshop: Workshop) -> None:
    source = (
        "import time\ndef handler(e, c):\n    a = bytearray(e * 1024 ** 2)\n"
        "    time.sleep(0.3)\n    return len(a)"
    )
    workshop.create("invoke-memory", source, Timeout=10)
    assert workshop.invoke("invoke-memory", 20).value == 20 * 1024**2
    answer = workshop.invoke("invoke-memory", 300)
    assert answer.value["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert "\tMax Memory Used: 128 MB\t" in answer.log[-1]


def test_memory_of_the_functions_children_counts(workshop: Workshop) -> None:
    child = "block = bytearray(300 * 1024 ** 2); import time; time.sleep(20)"
    source = (
        f"import subprocess, sys\ndef handler(e, c):\n    subprocess.run([sys.executable, '-c', {child!r}])\n"
    )
    workshop.create("invoke-family", source, Timeout=15)
    assert workshop.invoke("invoke-family").value["errorMessage"].endswith("signal: killed")


def test_a_result_that_is_no_json_is_a_marshal_error(workshop: Workshop) -> None:
    workshop.create("invoke-marshal", "def handler(e, c): return object()")
    answer = workshop.invoke("invoke-marshal")
    assert answer.value["errorType"] == "Runtime.MarshalError"
    assert answer.value["errorMessage"].startswith("Unable to marshal response: ")


def test_a_result_of_more_than_six_megabytes_is_too_large(workshop: Workshop) -> None:
    workshop.create("invoke-large", "def handler(e, c): return 'x' * e", MemorySize=512, Timeout=30)
    assert len(workshop.invoke("invoke-large", 6_000_000).value) == 6_000_000
    answer = workshop.invoke("invoke-large", 7_000_000)
    assert answer.value == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    assert workshop.invoke("invoke-large", 3).value == "xxx"


def test_an_event_is_accepted_at_once_and_run_soon(workshop: Workshop, client: Callable[..., Any]) -> None:
    workshop.create(
        "invoke-later", "import time\ndef handler(e, c):\n    time.sleep(0.5)\n    print('got', e)"
    )
    reply = workshop.client.invoke(FunctionName="invoke-later", InvocationType="Event", Payload=b'"it"')
    assert reply["StatusCode"] == 202
    assert reply["Payload"].read() == b""
    assert "ExecutedVersion" not in reply
    messages = log_messages(client("logs"), "invoke-later")
    assert "got it\n" not in messages
    until(lambda: "got it\n" in log_messages(client("logs"), "invoke-later"), "the event has run")


def test_an_event_that_fails_is_run_three_times_with_one_request_id(
    workshop: Workshop, client: Callable[..., Any]
) -> None:
    workshop.create("invoke-again", "def handler(e, c):\n    print('run', c.aws_request_id)\n    1 / 0")
    workshop.client.invoke(FunctionName="invoke-again", InvocationType="Event")

    def runs() -> list[str]:
        return [line for line in log_messages(client("logs"), "invoke-again") if line.startswith("run")]

    until(lambda: len(runs()) == 3, "it ran three times")
    assert len(set(runs())) == 1


def log_messages(logs: Any, function: str) -> list[str]:
    """Return the messages of a function's log group, of all streams."""
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"] for event in events]
