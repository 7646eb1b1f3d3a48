"""The machine behind a notebook instance: what it is given, what outlives it, and how it fails."""

from __future__ import annotations

import http.server
import json
import os
import signal
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
import requests
from boto_clients import make_client
from identities import trust
from in_process import until
from notebook_machines import ASK, PYTHON, Lesson, encoded, lesson, processes_of

from mllab_localaws import daemon
from mllab_localaws.sagemaker import notebook_machine
from mllab_localaws.sagemaker.notebook_credentials import SESSION_SECONDS
from mllab_localaws.sagemaker.notebook_machine import Machine


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lesson]:
    with lesson(tmp_path_factory.mktemp("lesson") / "home") as opened:
        yield opened


def test_an_instance_knows_its_name_and_works_in_its_role(taught: Lesson) -> None:
    script = f"cat /opt/ml/metadata/resource-metadata.json; echo; {PYTHON} -c '{ASK}'"
    found = taught.start("knows", OnCreate=script)
    assert found["NotebookInstanceStatus"] == "InService", found
    about, caller, roles, refused = taught.log("knows", "LifecycleConfigOnCreate")
    arn = "arn:aws:sagemaker:us-east-1:123456789012:notebook-instance/knows"
    assert json.loads(about) == {"ResourceArn": arn, "ResourceName": "knows"}
    assert caller == "arn:aws:sts::123456789012:assumed-role/teacher/SageMaker"
    assert (roles, refused) == ("1", "AccessDenied")
    assert any("JupyterLab" in line for line in taught.log("knows", "jupyter.log"))


def test_only_the_folder_sagemaker_outlives_a_stop_and_each_script_has_its_time(taught: Lesson) -> None:
    on_start = (
        "ls /home/ec2-user /home/ec2-user/SageMaker; touch /home/ec2-user/lost /home/ec2-user/SageMaker/kept"
    )
    first = taught.start("again", OnCreate="echo created", OnStart=on_start)
    second = taught.again("again")
    assert first["NotebookInstanceStatus"] == second["NotebookInstanceStatus"] == "InService"
    assert taught.log("again", "LifecycleConfigOnCreate") == ["created"]
    seen = taught.log("again", "LifecycleConfigOnStart")
    assert seen.count("SageMaker") == 2
    assert seen.count("kept") == 1
    assert "lost" not in seen


def test_what_a_script_leaves_in_the_background_goes_on_until_the_instance_stops(taught: Lesson) -> None:
    script = """sudo -u ec2-user -i <<'AS_USER'
    cd SageMaker
    nohup bash -c 'while ! [ -e go ]; do sleep 0.1; done; touch went; exec sleep 1000' > /dev/null 2>&1 &
AS_USER"""
    assert taught.start("behind", OnStart=script)["NotebookInstanceStatus"] == "InService"
    root = taught.root("behind")
    folder = root / "home" / "SageMaker"
    (folder / "go").touch()
    until((folder / "went").exists, "the background process goes on")
    taught.stop("behind")
    assert not processes_of(root)
    taught.aws.client("sagemaker").delete_notebook_instance(NotebookInstanceName="behind")
    until(lambda: not root.exists(), "what the instance kept goes with it")


@pytest.mark.parametrize(("script", "says"), [("cd nowhere", "nowhere"), ("exit 3", "")])
def test_a_script_that_fails_fails_the_instance_in_awss_words(taught: Lesson, script: str, says: str) -> None:
    name = f"fails-{script[:2]}"
    found = taught.start(name, OnStart=f"set -e\n{script}")
    assert found["NotebookInstanceStatus"] == "Failed"
    arn = "arn:aws:sagemaker:us-east-1:123456789012:notebook-instance"
    assert found["FailureReason"] == (
        f"Notebook Instance Lifecycle Config '{arn}-lifecycle-config/{name}' for Notebook Instance "
        f"'{arn}/{name}' took longer than 5 minutes. Please check your CloudWatch logs for more details "
        "if your Notebook Instance has Internet access."
    )
    if says:
        assert says in " ".join(taught.log(name, "LifecycleConfigOnStart"))
    assert not processes_of(taught.root(name))


def test_a_script_that_takes_too_long_fails_the_instance_which_starts_when_it_is_mended(
    taught: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taught.aws.aws.services.sagemaker.notebooks.machines, "script_seconds", 0.5)
    found = taught.start("slow", OnStart="echo begins; sleep 600 & wait")
    assert found["NotebookInstanceStatus"] == "Failed"
    assert "took longer than 5 minutes" in found["FailureReason"]
    assert taught.log("slow", "LifecycleConfigOnStart") == ["begins"]
    assert not processes_of(taught.root("slow"))
    sagemaker = taught.aws.client("sagemaker")
    mended = {"NotebookInstanceLifecycleConfigName": "slow", "OnStart": [{"Content": encoded("true")}]}
    sagemaker.update_notebook_instance_lifecycle_config(**mended)
    monkeypatch.undo()
    sagemaker.start_notebook_instance(NotebookInstanceName="slow")
    found = taught.settled("slow")
    assert found["NotebookInstanceStatus"] == "InService"
    assert "FailureReason" not in found


def test_credentials_are_renewed_for_as_long_as_the_instance_runs(taught: Lesson) -> None:
    machine = next(iter(taught.aws.aws.services.sagemaker.notebooks.machines.all()))
    asked = [
        requests.get(
            f"{taught.aws.url}/_instances/credentials",
            headers={"Authorization": machine.credentials_token},
            timeout=30,
        ).json()
        for _ in range(2)
    ]
    assert asked[0]["AccessKeyId"] != asked[1]["AccessKeyId"]
    expires = datetime.strptime(asked[0]["Expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    assert 0 < (expires - datetime.now(timezone.utc)).total_seconds() <= SESSION_SECONDS


def test_a_machine_that_ends_late_does_not_take_its_successor_along(
    taught: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, wait = threading.Event(), Machine.wait

    def wait_longer(machine: Machine) -> bool:
        was_told = wait(machine)
        assert gone.wait(60)
        return was_told

    def threads() -> int:
        return sum(thread.name == "notebook-instance" for thread in threading.enumerate())

    monkeypatch.setattr(Machine, "wait", wait_longer)
    assert taught.start("late")["NotebookInstanceStatus"] == "InService"
    assert taught.again("late")["NotebookInstanceStatus"] == "InService"
    machines = taught.aws.aws.services.sagemaker.notebooks.machines
    second, before = machines.find("us-east-1", "late"), threads()
    assert second is not None
    gone.set()
    until(lambda: threads() < before, "the first machine has ended")
    found = machines.find("us-east-1", "late")
    second.kill()  # whom nobody finds, nobody would end
    assert found is second


def test_whoever_listens_where_jupyterlab_will_is_not_shown_its_token(
    taught: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    class Squatter(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(f"{self.path} {self.headers.as_string()}")
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Squatter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(notebook_machine, "_free_port", lambda: server.server_port)
        found = taught.start("squatted")
        server.shutdown()
    assert found["NotebookInstanceStatus"] == "Failed"
    assert "JupyterLab ended" in found["FailureReason"]
    assert heard
    assert "token" not in " ".join(heard).lower()
    assert "authorization" not in " ".join(heard).lower()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_instance_outlives_its_local_aws(tmp_path: Path, number: int) -> None:
    home = tmp_path / "home"
    connection = daemon.start(home)
    try:
        trusted = trust({"Service": "sagemaker.amazonaws.com"})
        role = make_client(connection, "iam").create_role(RoleName="r", AssumeRolePolicyDocument=trusted)
        sagemaker = make_client(connection, "sagemaker")
        named = {"NotebookInstanceName": "orphan"}
        sagemaker.create_notebook_instance(**named, InstanceType="ml.t3.medium", RoleArn=role["Role"]["Arn"])
        until(lambda: processes_of(home / "instances"), "the instance runs")
        os.kill(connection.pid, number)
        until(lambda: not processes_of(home / "instances"), "nothing of the instance runs")
    finally:
        daemon.stop(home)
