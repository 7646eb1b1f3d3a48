"""Functions' processes: reused, bounded, ended; nothing survives the local AWS."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from functions import Workshop, create_role, zipped
from in_process import InProcess, served, until
from test_lambda_invoke import log_messages

from mllab_localaws import daemon
from mllab_localaws.files import Connection
from mllab_localaws.lambda_ import pool

PID = "import os, time\ndef handler(e, c):\n    time.sleep(e or 0)\n    return c.log_stream_name"
BOUND = max(4, 2 * (os.cpu_count() or 1))


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with served(tmp_path_factory.mktemp("lambda-processes") / "home") as local:
        yield local


@pytest.fixture(scope="module")
def workshop(local: InProcess) -> Workshop:
    return workshop_of(local.client)


def workshop_of(client: Callable[[str], Any]) -> Workshop:
    return Workshop(client("lambda"), create_role(client("iam"), "lambda"))


def programs(home: Path) -> list[psutil.Process]:
    """Return the function processes of a local AWS; each has a directory below its data directory."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and str(home / "functions") in " ".join(
                process.cmdline()
            ):
                found.append(process)
    return found


def home(local: InProcess) -> Path:
    return local.aws.platform.settings.home


def runs(local: InProcess) -> list[Path]:
    """Return the directories of the processes that there are."""
    return list((home(local) / "functions" / "runs").iterdir())


ASKS_TWICE = """
import http.client, os, select
def ask():
    host, _, path = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
    connection = http.client.HTTPConnection(host)
    connection.request("GET", f"/{path}/2018-06-01/runtime/invocation/next")
    return connection
def handler(event, context):
    both = {each.sock: each for each in (ask(), ask())}
    answered, _, _ = select.select(list(both), [], [], 10)
    return [both[each].getresponse().status for each in answered]
"""


def test_of_two_requests_for_an_event_the_earlier_one_is_not_left_waiting(workshop: Workshop) -> None:
    workshop.create("asks-twice", ASKS_TWICE, Timeout=20)
    assert workshop.invoke("asks-twice").value == [500]


def test_calls_at_the_same_time_get_processes_of_their_own_up_to_a_bound(
    local: InProcess, workshop: Workshop
) -> None:
    workshop.create("bounded", PID, Timeout=10)
    with ThreadPoolExecutor(3 * BOUND) as threads:
        streams = list(threads.map(lambda _: workshop.invoke("bounded", 0.2).value, range(3 * BOUND)))
    assert 1 < len(set(streams)) <= BOUND
    assert len(runs(local)) <= BOUND


def test_an_idle_process_of_another_function_ends_to_make_room(local: InProcess, workshop: Workshop) -> None:
    names = [f"room-{number}" for number in range(BOUND + 2)]
    for name in names:
        workshop.create(name, PID)
    assert len({workshop.invoke(name).value for name in names}) == BOUND + 2
    until(lambda: len(runs(local)) <= BOUND, "the first ones are gone")


def test_when_all_processes_stay_busy_a_call_is_throttled(
    local: InProcess, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.create("hog", PID, Timeout=30)
    workshop.create("starved", PID)
    run = pool.Pool.run

    async def impatient(self: Any, function: Any, event: Any, *, reserved: Any, patience: float) -> Any:
        return await run(self, function, event, reserved=reserved, patience=0.2)

    with ThreadPoolExecutor(BOUND) as threads:
        busy = [threads.submit(workshop.invoke, "hog", 4) for _ in range(BOUND)]
        until(lambda: in_state(local, "BUSY") == BOUND, "all processes are busy")
        monkeypatch.setattr(pool.Pool, "run", impatient)
        with pytest.raises(ClientError) as refused:
            workshop.invoke("starved")
        assert all(call.result().error is None for call in busy)
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert refused.value.response["Reason"] == "ConcurrentInvocationLimitExceeded"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


def in_state(local: InProcess, state: str) -> int:
    environments = list(local.aws.services.lambda_._pool._environments.values())
    return sum(each.state.name == state for each in environments)


def test_reserved_concurrency_throttles_at_once_and_zero_everything(
    local: InProcess, workshop: Workshop
) -> None:
    lambda_ = workshop.client
    workshop.create("reserved", PID, Timeout=10)
    assert "ReservedConcurrentExecutions" not in lambda_.get_function_concurrency(FunctionName="reserved")
    lambda_.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=1)
    workshop.invoke("reserved")
    shown = lambda_.get_function(FunctionName="reserved")
    assert shown["Concurrency"] == {"ReservedConcurrentExecutions": 1}
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(workshop.invoke, "reserved", 1)
        until(lambda: in_state(local, "BUSY") == 1, "the call is under way")
        with pytest.raises(lambda_.exceptions.TooManyRequestsException) as refused:
            workshop.invoke("reserved")
        assert not first.done()
        assert first.result().error is None
    assert refused.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    lambda_.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=0)
    with pytest.raises(lambda_.exceptions.TooManyRequestsException):
        workshop.invoke("reserved")
    lambda_.delete_function_concurrency(FunctionName="reserved")
    assert workshop.invoke("reserved").error is None
    with pytest.raises(lambda_.exceptions.InvalidParameterValueException):
        lambda_.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=901)


def test_an_update_lets_a_call_under_way_finish_with_the_old_code(
    local: InProcess, workshop: Workshop
) -> None:
    source = "import time\ndef handler(e, c):\n    time.sleep(e)\n    import late\n    return late.NAME"
    workshop.create("update", {"app.py": source, "late.py": "NAME = 'old'"}, Timeout=10)
    with ThreadPoolExecutor(1) as threads:
        old = threads.submit(workshop.invoke, "update", 1)
        until(lambda: in_state(local, "BUSY") == 1, "the call is under way")
        workshop.client.update_function_code(
            FunctionName="update", ZipFile=zipped({"app.py": source, "late.py": "NAME = 'new'"})
        )
        assert workshop.invoke("update", 0).value == "new"
        assert old.result().value == "old"


def test_processes_and_code_of_a_deleted_function_are_removed(local: InProcess, workshop: Workshop) -> None:
    def packages() -> set[str]:
        return {path.name for path in (home(local) / "functions" / "code").iterdir()}

    before = packages()
    workshop.create("removed", "def handler(e, c): return os")
    code_id = next(iter(packages() - before)).removesuffix(".zip")
    workshop.invoke("removed")
    until(lambda: any(code_id in " ".join(each.cmdline()) for each in programs(home(local))), "it runs")
    workshop.client.delete_function(FunctionName="removed")
    until(lambda: packages() == before, "its code is gone")
    until(lambda: not any(code_id in " ".join(each.cmdline()) for each in programs(home(local))), "it ended")


def test_idle_processes_end_after_a_while(
    local: InProcess, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.create("idle", PID)
    first = workshop.invoke("idle").value
    monkeypatch.setattr(pool, "IDLE_SECONDS", 0.1)

    def none_is_left() -> bool:
        local.loop.call_soon_threadsafe(local.aws.services.lambda_._pool.end_idle)
        return not runs(local)

    until(none_is_left, "no process is left")
    monkeypatch.undo()
    assert workshop.invoke("idle").value != first


def test_a_process_killed_by_hand_is_replaced(local: InProcess, workshop: Workshop) -> None:
    workshop.create("killed", "import os\ndef handler(e, c): return c.log_stream_name")
    first = workshop.invoke("killed").value
    until(lambda: in_state(local, "RETURNING") == 0, "the process is idle")
    for process in programs(home(local)):
        with contextlib.suppress(psutil.Error):
            process.kill()
    until(lambda: not runs(local), "they are gone")
    answer = workshop.invoke("killed")
    assert answer.error is None
    assert answer.value != first


def test_a_function_runs_on_when_its_caller_waits_no_longer(local: InProcess, workshop: Workshop) -> None:
    source = (
        "import time\nruns = []\ndef handler(e, c):\n    time.sleep(e)\n    runs.append(e)\n    return runs"
    )
    arn = workshop.create("left", source)["FunctionArn"]
    workshop.client.add_permission(
        FunctionName="left", StatementId="all", Action="lambda:InvokeFunction", Principal="*"
    )
    workshop.invoke("left", 0)
    functions = local.aws.services.lambda_.functions

    async def impatient() -> None:
        call = functions.invoke(arn, b"0.5", principal="apigateway.amazonaws.com", source_arn="")
        await asyncio.wait_for(call, 0.1)

    with pytest.raises((asyncio.TimeoutError, TimeoutError)):
        local.run(impatient())
    until(lambda: in_state(local, "BUSY") == 0, "the call is over")
    assert workshop.invoke("left", 0).value == [0, 0.5, 0]


def test_what_a_process_started_ends_with_it(workshop: Workshop, local: InProcess) -> None:
    mark = f"mllab-test-{os.getpid()}"
    child = f"import time; time.sleep(60)  # {mark}"
    source = (
        "import subprocess, sys, time\n"
        f"def handler(e, c):\n    command = [sys.executable, '-c', {child!r}]\n"
        "    subprocess.Popen(command, start_new_session=True)\n    time.sleep(30)\n"
    )
    workshop.create("family", source, Timeout=1)
    assert workshop.invoke("family").value["errorType"] == "Sandbox.Timedout"

    def alive() -> bool:
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE and mark in " ".join(process.cmdline()[-1:]):
                    return True
        return False

    until(lambda: not alive(), "the child is gone")


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Connection]:
    """A local AWS that the test may end as it likes."""
    connection = daemon.start(tmp_path / "home")
    yield connection
    daemon.stop(connection.home)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_local_aws_that_ends_with_a_call_under_way(
    another: Connection, number: signal.Signals, client: Callable[..., Any]
) -> None:
    def client_of_it(service: str) -> Any:
        return client(
            service,
            endpoint_url=another.endpoint_url,
            aws_access_key_id=another.access_key,
            aws_secret_access_key=another.secret_key,
        )

    workshop = workshop_of(client_of_it)
    workshop.create("endless", PID, Timeout=100)
    said: list[Any] = []

    def call() -> None:
        try:
            said.append(workshop.invoke("endless", 60).value["errorType"])
        except (ConnectionClosedError, ClientError) as error:
            said.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    logs = client_of_it("logs")
    until(lambda: any(line.startswith("START R") for line in log_messages(logs, "endless")), "it runs")
    assert programs(another.home)
    os.kill(another.pid, number)
    thread.join(10)
    assert said, "the caller waits for ever"
    until(lambda: not programs(another.home), "no process of a function is left")
    if number == signal.SIGTERM:
        assert said == ["Runtime.ExitError"]
        assert "Traceback" not in daemon.logs(another.home).read_text()


def test_the_runtime_api_knows_its_own_processes_only(local: InProcess, workshop: Workshop) -> None:
    source = (
        "import os, urllib.request, urllib.error\n"
        "def handler(e, c):\n    base = os.environ['AWS_LAMBDA_RUNTIME_API']\n"
        "    if e['strange']:\n        base = base[:-4] + 'aaaa'\n"
        "    url = f\"http://{base}/{e['path']}\"\n"
        "    request = urllib.request.Request(url, method=e['method'], data=b'{}')\n"
        "    try:\n        return urllib.request.urlopen(request).status\n"
        "    except urllib.error.HTTPError as error:\n        return error.code\n"
    )
    workshop.create("prober", source)

    def probe(path: str, method: str = "POST", strange: bool = False) -> Any:
        return workshop.invoke("prober", {"path": path, "method": method, "strange": strange}).value

    invocation = "2018-06-01/runtime/invocation"
    assert probe(f"{invocation}/next", "GET", strange=True) == 403
    assert probe(f"{invocation}/another/response") == 400
    assert probe(f"{invocation}/another/error") == 400
    assert probe("2018-06-01/runtime/init/error") == 400
    assert probe("2018-06-01/runtime/rubbish") == 404
    assert probe("rubbish", "GET") == 404
