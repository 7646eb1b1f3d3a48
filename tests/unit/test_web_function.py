"""The Lambda's archive, role and deployment, with AWS's answers from a script."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import sys
import zipfile

import pytest
from botocore.stub import ANY

from mllab_helpers import texts
from mllab_helpers.errors import AwsRefused, WrongResourceName
from mllab_helpers.identity import roles
from mllab_helpers.web import functions, web_function
from mllab_helpers.web.errors import FunctionFailed
from mllab_helpers.web.web_function import Report

NAME = "mllab-ana-predict-house"
ARN = f"arn:aws:lambda:us-east-1:123456789012:function:{NAME}"
ROLE = "arn:aws:iam::123456789012:role/mllab-ana-lambda-role"
ABSENT = ("ResourceNotFoundException", f"Function not found: {ARN}")
ARCHIVE = b"PK a zip"


def described(**changes):
    return {
        "FunctionName": NAME,
        "FunctionArn": ARN,
        "Role": ROLE,
        "Handler": "predict_house.handler",
        "Runtime": functions.RUNTIME,
        "MemorySize": functions.MEMORY_MB,
        "Timeout": functions.TIMEOUT_SECONDS,
        "Environment": {"Variables": {"ENDPOINT_NAME": "houses", "MESSAGE_LANGUAGE": "es"}},
        "CodeSha256": base64.b64encode(hashlib.sha256(ARCHIVE).digest()).decode(),
        "State": "Active",
        "LastUpdateStatus": "Successful",
        **changes,
    }


def ensure(lab, **changes):
    facts = {"role": ROLE, "endpoint": "houses", "archive": ARCHIVE, **changes}
    return web_function.ensure_function(lab, NAME, **facts)


def test_a_function_is_created_and_returned_once_it_is_active(lab, stub):
    functions = stub("lambda")
    functions.add_client_error("get_function_configuration", *ABSENT)
    functions.add_response("create_function", described(State="Pending"))
    functions.add_response("get_function_configuration", described(State="Pending"))
    functions.add_response("get_function_configuration", described())
    assert ensure(lab) == ARN
    assert [(entry.kind, entry.name) for entry in lab.ledger()] == [("function", NAME)]


def test_a_role_that_lambda_does_not_know_yet_is_waited_for(lab, stub, hand_clock):
    functions = stub("lambda")
    functions.add_client_error("get_function_configuration", *ABSENT)
    refusal = "The role defined for the function cannot be assumed by Lambda."
    functions.add_client_error("create_function", "InvalidParameterValueException", refusal)
    functions.add_response("create_function", described())
    functions.add_response("get_function_configuration", described())
    assert ensure(lab) == ARN
    assert hand_clock.slept == [5.0]


def test_a_role_that_never_becomes_known_is_an_error_after_a_minute(lab, stub, hand_clock):
    functions = stub("lambda")
    functions.add_client_error("get_function_configuration", *ABSENT)
    refusal = "The role defined for the function cannot be assumed by Lambda."
    for _ in range(13):
        functions.add_client_error("create_function", "InvalidParameterValueException", refusal)
    with pytest.raises(AwsRefused, match="assumed by Lambda"):
        ensure(lab)
    assert sum(hand_clock.slept) == 60


def test_a_function_that_is_as_it_should_be_is_left_alone(lab, stub):
    functions = stub("lambda")
    for _ in range(2):
        functions.add_response("get_function_configuration", described())
    assert ensure(lab) == ARN
    assert lab.ledger() == []


def test_other_code_is_uploaded_and_other_settings_are_written(lab, stub):
    functions = stub("lambda")
    functions.add_response("get_function_configuration", described(CodeSha256="old", Timeout=3))
    expected = {"FunctionName": NAME, "ZipFile": ARCHIVE}
    functions.add_response("update_function_code", described(), expected)
    functions.add_response("get_function_configuration", described(LastUpdateStatus="InProgress"))
    functions.add_response("get_function_configuration", described())
    wanted = dict.fromkeys(("Role", "Handler", "Runtime", "MemorySize", "Environment"), ANY)
    functions.add_response(
        "update_function_configuration", described(), {"FunctionName": NAME, "Timeout": 20, **wanted}
    )
    functions.add_response("get_function_configuration", described())
    assert ensure(lab) == ARN


def test_another_language_is_another_setting(lab, stub):
    functions = stub("lambda")
    functions.add_response("get_function_configuration", described())
    functions.add_response("update_function_configuration", described())
    functions.add_response("get_function_configuration", described())
    texts.use("en")
    ensure(lab)


@pytest.mark.parametrize(
    "failed",
    [
        {"State": "Failed", "StateReason": "the image is broken"},
        {"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "the image is broken"},
    ],
)
def test_a_function_that_cannot_start_says_why(lab, stub, failed):
    functions = stub("lambda")
    for _ in range(2):
        functions.add_response("get_function_configuration", described(**failed))
    with pytest.raises(FunctionFailed, match=f"{NAME}.*the image is broken"):
        ensure(lab)


def test_a_name_that_clean_up_would_not_find_is_refused(lab):
    with pytest.raises(WrongResourceName):
        web_function.ensure_function(lab, "predict", role=ROLE, endpoint="houses")


def test_the_role_may_ask_one_endpoint_and_write_its_own_log_and_nothing_else(lab):
    statements = roles.policy(lab, "lambda")["Statement"]
    assert [statement["Resource"] for statement in statements] == [
        "arn:aws:sagemaker:us-east-1:123456789012:endpoint/mllab-ana-houses",
        "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/mllab-ana-*",
    ]


def test_the_same_sources_make_the_same_archive():
    assert web_function.package() == web_function.package()


@pytest.mark.parametrize("module", ["predict_house", "course_handler"])
def test_the_archive_holds_everything_that_the_handler_imports(tmp_path, module):
    zipfile.ZipFile(io.BytesIO(web_function.package(module))).extractall(tmp_path)
    code = f"import {module}, mllab_helpers; print(mllab_helpers.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "AWS_DEFAULT_REGION": "us-east-1", "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))


def test_report_lines_are_read_with_and_without_a_start(lab, stub):
    logs = stub("logs")
    logs.add_response("describe_log_streams", {"logStreams": [{"logStreamName": "s"}]})
    memory = "Memory Size: 512 MB\tMax Memory Used: 80 MB\t"
    lines = [
        "START RequestId: a Version: $LATEST\n",
        f"REPORT RequestId: a\tDuration: 15.74 ms\tBilled Duration: 16 ms\t{memory}"
        "Init Duration: 130.49 ms\t\n",
        f"REPORT RequestId: b\tDuration: 2.00 ms\tBilled Duration: 2 ms\t{memory}\n",
    ]
    for events in (lines, []):
        page = {"events": [{"message": line} for line in events], "nextForwardToken": "end"}
        logs.add_response("get_log_events", page)
    assert web_function.read_reports(lab, NAME) == {"a": Report(15.74, 130.49), "b": Report(2.0, None)}
