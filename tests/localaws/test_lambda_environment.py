"""What a function's process sees (contract F.2), and what its log shows (F.6)."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from functions import Workshop, create_role
from test_lambda_invoke import log_messages

from mllab_localaws import sandbox
from mllab_localaws.files import Connection
from mllab_localaws.lambda_.configuration import RESERVED


@pytest.fixture(scope="module")
def workshop(client: Callable[..., Any]) -> Workshop:
    return Workshop(client("lambda"), create_role(client("iam"), "lambda-environment"))


def test_the_environment_is_lambdas_and_holds_nothing_of_ours(
    workshop: Workshop, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.create(
        "env",
        "import os\ndef handler(e, c): return dict(os.environ)",
        Environment={"Variables": {"COLOUR": "blue", "EMPTY": ""}},
    )
    seen = workshop.invoke("env").value
    assert RESERVED - {"AWS_ACCESS_KEY"} <= set(seen)
    assert (seen["COLOUR"], seen["EMPTY"], seen["TZ"]) == ("blue", "", ":UTC")
    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "env"
    assert seen["AWS_ENDPOINT_URL"] == connection.endpoint_url
    assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    text = repr(seen)
    assert connection.secret_key not in text
    assert str(Path.home()) not in (seen["HOME"], seen.get("USERPROFILE"))
    assert str(connection.home) not in text or not sandbox.available()


def test_boto3_in_a_function_speaks_for_its_role_without_any_setting(workshop: Workshop) -> None:
    source = "import boto3\ndef handler(e, c): return boto3.client('sts').get_caller_identity()['Arn']"
    workshop.create("who", source, Timeout=20)
    answer = workshop.invoke("who")
    assert answer.value == "arn:aws:sts::123456789012:assumed-role/lambda-environment/who"


def test_what_can_be_imported_is_what_awss_runtime_has(workshop: Workshop) -> None:
    source = (
        "import importlib\ndef handler(names, c):\n    found = []\n    for name in names:\n"
        "        try:\n            importlib.import_module(name)\n            found.append(name)\n"
        "        except ImportError:\n            pass\n    return found\n"
    )
    workshop.create("imports", source, Timeout=20, MemorySize=512)
    there = ["boto3", "botocore", "urllib3", "dateutil", "jmespath", "s3transfer", "six", "sqlite3", "ssl"]
    absent = ["numpy", "pandas", "xgboost", "moto", "mllab_localaws", "mllab_helpers", "requests", "psutil"]
    assert workshop.invoke("imports", there + absent).value == there


def test_modules_in_the_zip_come_first(workshop: Workshop) -> None:
    files = {
        "app.py": "import six, pack.inner\ndef handler(e, c): return [six.MINE, pack.inner.NAME]",
        "six.py": "MINE = 'mine'",
        "pack/inner.py": "NAME = __name__",
    }
    workshop.create("own", files)
    assert workshop.invoke("own").value == ["mine", "pack.inner"]


def test_the_code_is_at_var_task_and_cannot_be_changed(workshop: Workshop) -> None:
    source = (
        "import os\ndef handler(e, c):\n    try:\n        open('written', 'w')\n        changed = True\n"
        "    except OSError:\n        changed = False\n    return [os.getcwd(), __file__, changed]\n"
    )
    workshop.create("task", source)
    cwd, path, changed = workshop.invoke("task").value
    if sandbox.available():
        assert (cwd, path, changed) == ("/var/task", "/var/task/app.py", False)


def test_each_process_has_a_tmp_of_its_own_that_stays_while_it_is_warm(workshop: Workshop) -> None:
    source = (
        "import os, tempfile\ndef handler(e, c):\n    path = os.path.join(tempfile.gettempdir(), 'kept')\n"
        "    there = os.path.exists(path)\n    open(path, 'w').write('x')\n    return there\n"
    )
    workshop.create("tmp-a", source)
    workshop.create("tmp-b", source)
    assert [workshop.invoke(name).value for name in ("tmp-a", "tmp-a", "tmp-b")] == [False, True, False]


def test_the_context_object_says_what_lambda_says(workshop: Workshop) -> None:
    source = (
        "def handler(e, c): return [c.function_name, c.function_version, c.memory_limit_in_mb,"
        " c.invoked_function_arn, c.log_group_name, c.get_remaining_time_in_millis(), c.aws_request_id]"
    )
    made = workshop.create("context", source, Timeout=7)
    answer = workshop.invoke("context")
    *said, left, request_id = answer.value
    assert said == ["context", "$LATEST", "128", made["FunctionArn"], "/aws/lambda/context"]
    assert 5000 < left <= 7001  # the clock rounds to milliseconds
    assert request_id in answer.log[0]


def test_a_warm_process_keeps_its_module_state(workshop: Workshop) -> None:
    workshop.create("warm", "n = 0\ndef handler(e, c):\n    global n\n    n += 1\n    return n")
    assert [workshop.invoke("warm").value for _ in range(3)] == [1, 2, 3]


def test_the_log_has_lambdas_lines_around_the_functions_own(
    workshop: Workshop, client: Callable[..., Any]
) -> None:
    source = (
        "import logging, sys\nprint('starting')\nlog = logging.getLogger()\n"
        "def handler(e, c):\n    print('a\\tb')\n    print('', flush=True)\n    log.warning('beware')\n"
        "    log.info('unseen')\n    sys.stderr.write('no line end')\n"
    )
    workshop.create("logged", source)
    cold, warm = workshop.invoke("logged"), workshop.invoke("logged")
    request_id = cold.log[0].split()[2]
    assert cold.log[0] == f"START RequestId: {request_id} Version: $LATEST"
    assert cold.log[1:3] == ["a\tb", ""]
    assert re.fullmatch(rf"\[WARNING\]\t[\d-]+T[\d:.]+Z\t{request_id}\tbeware", cold.log[3])
    assert cold.log[4:6] == ["no line end", f"END RequestId: {request_id}"]
    report = (
        rf"REPORT RequestId: {request_id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms"
        r"\tMemory Size: 128 MB\tMax Memory Used: \d+ MB"
    )
    assert re.fullmatch(report + r"\tInit Duration: \d+\.\d\d ms\t", cold.log[6])
    assert "Init Duration" not in warm.log[-1]
    messages = log_messages(client("logs"), "logged")
    assert messages[0].startswith(f"INIT_START Runtime Version: python:{sys.version.split()[0]}")
    assert "python3.12 was asked for" in messages[0] or sys.version_info[:2] == (3, 12)
    assert messages[1:3] == ["starting\n", f"START RequestId: {request_id} Version: $LATEST\n"]
    assert len(messages) == 2 + 2 * 7


def test_the_log_goes_to_the_group_that_the_function_names(
    workshop: Workshop, client: Callable[..., Any]
) -> None:
    workshop.create("elsewhere", "def handler(e, c): print('here')", LoggingConfig={"LogGroup": "mine/own"})
    workshop.invoke("elsewhere")
    streams = client("logs").describe_log_streams(logGroupName="mine/own")["logStreams"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", streams[0]["logStreamName"])


def test_a_log_group_deleted_under_a_warm_process_comes_back(
    workshop: Workshop, client: Callable[..., Any]
) -> None:
    workshop.create("regroup", "def handler(e, c): print('again')")
    workshop.invoke("regroup")
    client("logs").delete_log_group(logGroupName="/aws/lambda/regroup")
    workshop.invoke("regroup")
    assert "again\n" in log_messages(client("logs"), "regroup")
