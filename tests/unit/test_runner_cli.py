"""The `mllab` command and the local AWS that it starts, uses and stops."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import psutil
import pytest
from runner_notebooks import printed, write_notebook

from mllab_helpers.cli import main
from mllab_localaws import daemon, quotas

START = "import os, signal\nfrom mllab_localaws import daemon\nstarted = daemon.start(daemon.default_home())"


@pytest.fixture
def mllab(tmp_path: Path):
    own = {"MLLAB_LOCAL_HOME": str(tmp_path / "home"), "MLLAB_LANGUAGE": "en"}

    def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **own}
        line = [sys.executable, "-m", "mllab_helpers.cli", *map(str, arguments)]
        return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)

    yield command
    command("local", "down")


def test_the_local_aws_is_started_found_emptied_and_stopped(mllab, tmp_path):
    assert mllab("local", "status").returncode == 1
    assert "has not written a log" in mllab("local", "logs").stderr
    assert mllab("local", "up").returncode == 0
    assert str(tmp_path / "home") in mllab("local", "status").stdout
    assert len(mllab("local", "logs", "--lines", "1").stdout.splitlines()) == 1
    before = mllab("local", "env").stdout
    assert mllab("local", "reset").returncode == 0
    assert mllab("local", "env").stdout != before  # other keys
    assert "has stopped" in mllab("local", "down").stdout
    assert "not running" in mllab("local", "down").stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("run --backend elsewhere", "--backend no puede ser 'elsewhere'; elige entre"),
        ("local quota name many", "error: 0: 'many' no es"),
        ("run --student", "a --student le falta un valor"),
        ("run -p one", "a -p le falta un valor"),
        ("local", "falta decir: orden"),
        ("run --nothing", "no existe aquí: --nothing"),
    ],
)
def test_what_is_wrong_with_a_command_line_is_said_in_the_learner_s_language(line, said, monkeypatch, capsys):
    monkeypatch.delenv("MLLAB_LANGUAGE", raising=False)
    with pytest.raises(SystemExit, match="2"):
        main.main(line.split())
    assert said in capsys.readouterr().err


def test_costs_and_expired_endpoints_are_asked_for_by_a_command(mllab):
    for arguments in (("costs",), ("clean", "--expired")):
        idle = mllab(*arguments, "--backend", "local")
        assert (idle.returncode, "holds nothing" in idle.stdout) == (0, True)
    assert mllab("local", "up").returncode == 0
    found = mllab("costs", "--backend", "local", "--student", "eva", "--region", "eu-west-1")
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] == (
        "On AWS, since the last clean-up: < 0.01 USD. Nothing is left running."
    )
    expired = mllab("clean", "--expired", "--backend", "local", "--student", "eva")
    assert (expired.returncode, expired.stdout.splitlines()[-1]) == (0, "No endpoint has expired.")
    refused = mllab("costs", "--backend", "local", "--student", "Eva María")
    assert (refused.returncode, "evamaria" in refused.stderr) == (1, True)


def test_in_a_notebook_instance_on_aws_the_local_aws_names_its_address_for_a_browser(
    mllab, tmp_path, monkeypatch
):
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:notebook-instance/banco"
    metadata = tmp_path / "resource-metadata.json"
    metadata.write_text(json.dumps({"ResourceArn": arn, "ResourceName": "banco"}))
    monkeypatch.setenv("MLLAB_INSTANCE_METADATA", str(metadata))
    said = mllab("local", "up").stdout
    port = daemon.status(tmp_path / "home").endpoint_url.rpartition(":")[2]
    assert f"https://banco.notebook.eu-west-1.sagemaker.aws/proxy/{port}/" in said


def test_the_kernel_that_the_notebooks_ask_for_is_this_environment(mllab, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("JUPYTER_DATA_DIR", raising=False)
    said = mllab("kernel").stdout
    (specification,) = tmp_path.rglob("kernels/mllab/kernel.json")
    assert json.loads(specification.read_text())["argv"][0] == sys.executable
    assert json.loads(specification.read_text())["display_name"] == "mllab"
    assert str(specification.parent) in said
    assert sys.prefix in said


def test_the_environment_that_is_printed_leads_any_client_to_the_local_aws(mllab):
    unset, *lines = mllab("local", "env").stdout.splitlines()
    assert unset == "unset AWS_SESSION_TOKEN AWS_SECURITY_TOKEN"
    exports = [line.removeprefix("export ") for line in lines]
    values = dict(shlex.split(line)[0].split("=", 1) for line in exports)
    lists = "import boto3; print(boto3.client('s3').list_buckets()['Buckets'])"
    environment = {"PATH": os.environ["PATH"], **values}
    done = subprocess.run(
        [sys.executable, "-c", lists], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n", done.stderr


def test_who_asked_for_what_is_printed_as_a_table(mllab, tmp_path):
    assert "Nobody has asked" in mllab("local", "access").stdout
    mllab("local", "up")
    connection = daemon.status(tmp_path / "home")
    storage = boto3.client(
        "s3",
        endpoint_url=connection.endpoint_url,
        aws_access_key_id=connection.access_key,
        aws_secret_access_key=connection.secret_key,
        region_name=connection.region,
    )
    storage.list_buckets()
    heads, *rows = mllab("local", "access").stdout.splitlines()
    assert heads.split() == ["who", "action", "resource", "decision"]
    asked = ["user/administrator", "s3:ListAllMyBuckets", "arn:aws:s3:::*", "allowed"]
    assert [row.split() for row in rows] == [asked]
    spanish = mllab("--language", "es", "local", "access").stdout
    assert "permitido" in spanish
    assert mllab("local", "reset").returncode == 0
    assert "Nobody has asked" in mllab("local", "access").stdout


def test_a_quota_is_set_by_its_name_and_a_name_that_there_is_not_gets_similar_ones(mllab, tmp_path):
    name = "ml.m5.large for training job usage"
    assert f"{name}: 0" in mllab("local", "quota", name, "0").stdout
    assert quotas.allowed(tmp_path / "home", name) == 0
    wrong = mllab("local", "quota", "ml.m5.large for training", "0")
    assert wrong.returncode == 1
    assert name in wrong.stderr
    for value in ("-1", "many", "10001"):
        assert "is no number of instances" in mllab("local", "quota", name, value).stderr


def test_a_policy_can_be_printed_for_what_a_school_gives(mllab):
    role = "arn:aws:iam::111122223333:role/LabRole"
    given = ("--bucket", "school-bucket", "--role-arn", role)
    done = mllab("policy", "learner", "--account", "111122223333", "--student", "ana", *given)
    document = json.loads(done.stdout)
    assert "arn:aws:s3:::school-bucket/*" in done.stdout
    passing = [each for each in document["Statement"] if each["Sid"].startswith("PassRoles")]
    assert role in json.dumps(passing)
    assert "mllab-111122223333" not in done.stdout


def test_a_policy_too_long_for_a_managed_one_says_so_and_is_divided_into_files(mllab, tmp_path):
    asked = ("policy", "learner", "--account", "111122223333", "--student", "ana")
    whole = mllab(*asked)
    assert "6,144" in whole.stderr
    assert "--output" in whole.stderr
    folder = tmp_path / "policies"
    done = mllab(*asked, "--output", folder)
    paths = [folder / f"mllab-ana-learner-{number}.json" for number in (1, 2)]
    assert sorted(folder.iterdir()) == paths
    assert all(str(path) in done.stdout for path in paths)
    parts = [json.loads(path.read_text())["Statement"] for path in paths]
    assert [*parts[0], *parts[1]] == json.loads(whole.stdout)["Statement"]


def test_a_policy_that_fits_is_one_file_and_a_folder_that_cannot_be_is_named(mllab, tmp_path):
    asked = ("policy", "teacher", "--account", "111122223333")
    assert mllab(*asked).stderr == ""
    mllab(*asked, "--output", tmp_path)
    assert [path.name for path in tmp_path.glob("*.json")] == ["mllab-teacher.json"]
    (tmp_path / "file").touch()
    done = mllab(*asked, "--output", tmp_path / "file")
    assert done.returncode == 1
    assert f"{tmp_path / 'file'} cannot be written" in done.stderr


def test_a_port_in_use_is_named(mllab):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = mllab("local", "up", "--port", port)
    assert done.returncode == 1
    assert f"uses port {port}" in done.stderr


def test_a_port_asked_for_while_it_runs_on_another_is_said_not_to_be_taken(mllab):
    mllab("local", "up")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = mllab("local", "up", "--port", port)
    assert done.returncode == 1
    assert f"port {port} was not taken" in done.stderr
    running = mllab("local", "status").stdout
    assert running == done.stdout
    own_port = running.split("127.0.0.1:")[1].split()[0]
    assert mllab("local", "up", "--port", own_port).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["up", "--port", "65536"], "'65536' is no port"),
        (["up", "--port", "-1"], "'-1' is no port"),
        (["up", "--port", "http"], "'http' is no port"),
        (["logs", "--lines", "-1"], "'-1' is no number of lines"),
    ],
)
def test_a_number_that_makes_no_sense_is_a_usage_error(mllab, arguments, problem):
    done = mllab("local", *arguments)
    assert done.returncode == 2
    assert problem in done.stderr


def test_a_data_directory_that_cannot_be_made_is_named_without_a_log_that_is_not_there(mllab, tmp_path):
    (tmp_path / "home").touch()
    done = mllab("local", "up")
    assert done.returncode == 1
    assert f"{tmp_path / 'home'}: File exists" in done.stderr
    assert "Traceback" not in done.stderr
    assert "log" not in done.stderr


def test_a_directory_of_something_else_is_refused_in_the_learners_language(mllab, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").touch()
    done = mllab("--language", "es", "local", "up")
    assert done.returncode == 1
    assert done.stderr.startswith(f"La carpeta {tmp_path / 'home'} no es del AWS local: contiene thesis.txt")
    assert "data directory" not in done.stderr


def test_a_run_stops_the_local_aws_that_its_notebooks_started(mllab, tmp_path):
    write_notebook(tmp_path / "notebooks" / "01_a.ipynb", f"{START}\nprint(started.pid)")
    write_notebook(tmp_path / "notebooks" / "02_b.ipynb", f"{START}\nprint(started.pid)")
    done = mllab(
        "run", "--notebooks", tmp_path / "notebooks", "--output", tmp_path / "out", "--backend", "local"
    )
    assert done.returncode == 0, done.stderr
    first, second = (printed(tmp_path / "out" / f"{name}.ipynb") for name in ("01_a", "02_b"))
    assert first == second  # the notebooks of a run share one
    assert not psutil.pid_exists(int(first))
    assert not (tmp_path / "home").exists()  # the learner's own was left alone


def test_a_failed_run_stops_its_local_aws_too(mllab, tmp_path):
    write_notebook(
        tmp_path / "notebooks" / "01_a.ipynb", f"{START}\nprint(started.pid)", "raise ValueError('no')"
    )
    done = mllab("run", "--notebooks", tmp_path / "notebooks", "--output", tmp_path / "out")
    assert done.returncode == 1
    assert not psutil.pid_exists(int(printed(tmp_path / "out" / "01_a.ipynb")))


def test_a_shared_run_leaves_the_learners_local_aws_running(mllab, tmp_path):
    mllab("local", "up")
    write_notebook(tmp_path / "notebooks" / "01_a.ipynb", f"{START}\nprint(started.endpoint_url)")
    mllab("run", "--shared", "--notebooks", tmp_path / "notebooks", "--output", tmp_path / "out")
    assert printed(tmp_path / "out" / "01_a.ipynb").strip() in mllab("local", "status").stdout


def test_when_the_local_aws_dies_the_run_names_its_log_and_keeps_it(mllab, tmp_path):
    kill = (
        f"{START}\nos.kill(started.pid, signal.SIGKILL)\nos.waitpid(started.pid, 0)\nraise ValueError('gone')"
    )
    write_notebook(tmp_path / "notebooks" / "01_a.ipynb", kill)
    done = mllab(
        "run", "--notebooks", tmp_path / "notebooks", "--output", tmp_path / "out", "--backend", "local"
    )
    assert done.returncode == 1
    assert "died before the end" in done.stderr
    log = Path(done.stderr.rsplit(": ", 1)[1].strip())
    assert log.read_text()
    shutil.rmtree(log.parent)


def test_a_policy_is_printed_ready_for_iam(mllab):
    asked = ("policy", "learner", "--account", "111122223333", "--region", "eu-west-1")
    one, all_of_them = mllab(*asked, "--student", "eva"), mllab(*asked)
    buckets = [json.loads(done.stdout)["Statement"][0]["Resource"] for done in (one, all_of_them)]
    assert buckets == [f"arn:aws:s3:::mllab-111122223333-eu-west-1-{whose}" for whose in ("eva", "*")]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["learner", "--account", "12"], 2, "'12' is no AWS account"),
        (["janitor", "--account", "111122223333"], 2, "janitor"),
        (["learner", "--account", "111122223333", "--student", "Ana María"], 1, "anamaria"),
        (["learner", "--account", "111122223333", "--region", "mars-1"], 1, "mars-1"),
    ],
)
def test_a_policy_for_nobody_or_nowhere_is_refused(mllab, arguments, status, said):
    done = mllab("policy", *arguments)
    assert done.returncode == status
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["nothing"], ["run", "--backend", "azure"], ["--language", "fr", "run"]]
)
def test_a_command_that_does_not_exist_is_a_usage_error(mllab, arguments):
    done = mllab(*arguments)
    assert done.returncode == 2
    assert "usage: mllab" in done.stderr


def test_a_wrong_parameter_is_an_error_and_no_traceback(mllab, tmp_path):
    write_notebook(tmp_path / "notebooks" / "01_a.ipynb")
    done = mllab("run", "--notebooks", tmp_path / "notebooks", "-p", "max_deep", "4")
    assert done.returncode == 1
    assert "max_deep: no parameter has this name" in done.stderr
    assert "Traceback" not in done.stderr
