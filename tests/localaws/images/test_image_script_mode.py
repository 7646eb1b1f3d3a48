"""Script mode of both images: training scripts and inference.py, run as the toolkit runs them."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import tarfile
import threading

import boto3
import numpy as np
import pytest
import xgboost
from image_containers import CSV_CHANNEL, Container, as_csv, eventually, table
from moto.server import ThreadedMotoServer

from mllab_localaws.images.toolkit import source
from mllab_localaws.images.toolkit.errors import UserError
from mllab_localaws.images.toolkit.layout import Layout

IMAGES = ("xgboost", "sklearn")
SUBMITTED = "s3://bucket/prefix/sourcedir.tar.gz"

REPORTING_SCRIPT = """
import argparse, json, os, sys
parser = argparse.ArgumentParser()
parser.add_argument("--max_depth", type=int)
parser.add_argument("--objective")
parser.add_argument("-e", type=float)
print("arguments", json.dumps(vars(parser.parse_args())))
print("environment", json.dumps({k: v for k, v in os.environ.items() if k.startswith("SM_")}))
print("here", os.getcwd())
import helper
open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w").write(helper.CONTENT)
"""


def archive(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content.encode())
            tar.addfile(member, io.BytesIO(content.encode()))
    return buffer.getvalue()


def submit(container: Container, files: dict[str, str], **hyperparameters: str) -> None:
    """Deliver a source archive as the platform does for an S3 URI."""
    container.put("input/data/code/sourcedir.tar.gz", archive(files))
    container.describe(
        {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": SUBMITTED,
            **hyperparameters,
        }
    )


def load(container: Container) -> xgboost.Booster:
    booster = xgboost.Booster()
    booster.load_model(bytearray((container.root / "model" / "xgboost-model").read_bytes()))
    return booster


def said(log: str, word: str) -> dict[str, str]:
    line = next(line for line in log.splitlines() if line.startswith(f"{word} "))
    answer: dict[str, str] = json.loads(line.partition(" ")[2])
    return answer


@pytest.mark.parametrize("image", IMAGES)
def test_a_script_gets_arguments_and_environment(container: Container, image: str) -> None:
    container.image = image
    submit(
        container,
        {"train.py": REPORTING_SCRIPT, "helper.py": "CONTENT = 'learnt'"},
        max_depth="4",
        objective='"reg:squarederror"',
        e="0.1",
        sagemaker_container_log_level="10",
    )

    done = container.train()

    assert done.code == 0, done.log
    assert (container.root / "model" / "model.txt").read_text() == "learnt"
    assert said(done.log, "arguments") == {"max_depth": 4, "objective": "reg:squarederror", "e": 0.1}
    environment = said(done.log, "environment")
    root = str(container.root)
    assert environment["SM_MODEL_DIR"] == f"{root}/model"
    assert environment["SM_CHANNEL_TRAIN"] == f"{root}/input/data/train"
    assert json.loads(environment["SM_CHANNELS"]) == ["train"]
    assert json.loads(environment["SM_HPS"]) == {"max_depth": 4, "objective": "reg:squarederror", "e": 0.1}
    assert environment["SM_HP_MAX_DEPTH"] == "4"
    assert environment["SM_OUTPUT_DATA_DIR"] == f"{root}/output/data"
    assert environment["SM_CURRENT_HOST"] == "algo-1"
    assert json.loads(environment["SM_HOSTS"]) == ["algo-1"]
    assert environment["SM_NUM_GPUS"] == "0"
    assert environment["SM_LOG_LEVEL"] == "10"
    assert environment["SM_USER_ENTRY_POINT"] == "train.py"
    assert json.loads(environment["SM_INPUT_DATA_CONFIG"]) == {"train": CSV_CHANNEL}
    assert json.loads(environment["SM_TRAINING_ENV"])["hyperparameters"]["max_depth"] == 4


@pytest.mark.parametrize("image", IMAGES)
def test_a_failing_script_gives_its_error_and_its_exit_code(container: Container, image: str) -> None:
    container.image = image
    script = "import sys\nprint('about to fail', flush=True)\nraise ValueError('no such column: price')"
    submit(container, {"train.py": script})

    done = container.train()

    assert done.code == 1
    assert (done.failure or "").startswith(
        'ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: no such column: price"\nCommand "'
    )
    assert "about to fail" in done.log
    assert "Traceback (most recent call last):" in done.log


def test_a_scripts_own_exit_code_is_passed_on(container: Container) -> None:
    submit(container, {"train.py": "raise SystemExit(7)"})

    done = container.train()

    assert done.code == 7
    assert "ExitCode 7" in (done.failure or "")


def test_a_shell_script_is_run_by_the_shell(container: Container) -> None:
    submit(container, {"go.sh": 'echo "shell says $1 $2"'}, sagemaker_program="go.sh", depth="3")
    container.put("input/data/code/sourcedir.tar.gz", archive({"go.sh": 'echo "shell says $1 $2"'}))

    done = container.train()

    assert done.code == 0, done.log
    assert "shell says --depth 3" in done.log


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"other.py": ""}, "The program 'train.py' is not in the source directory, which holds other.py."),
        (
            {"train.py": "", "requirements.txt": "numpy\nno-such-package-anywhere>=2  # for plots\n"},
            "requirements.txt asks for no-such-package-anywhere>=2. The local AWS installs no packages",
        ),
        ({"train.py": "", "requirements.txt": "numpy>=999"}, "requirements.txt asks for numpy>=999."),
        ({"train.py": "", "requirements.txt": "-r more.txt"}, "requirements.txt asks for -r more.txt."),
        ({"train.py": "", "../../escaped.py": ""}, "The source archive sourcedir.tar.gz cannot be unpacked"),
    ],
)
def test_a_source_that_cannot_run_is_refused(
    container: Container, files: dict[str, str], message: str
) -> None:
    submit(container, files)

    with pytest.raises(UserError) as refused:
        source.prepare(Layout(container.root), SUBMITTED, "train.py")

    assert message in str(refused.value)
    assert not (container.root.parent / "escaped.py").exists()


def test_requirements_that_are_installed_are_accepted(container: Container) -> None:
    requirements = "# what we need\nnumpy>=1\npywin32; sys_platform == 'win32'\n"
    submit(container, {"train.py": "", "requirements.txt": requirements})

    assert source.prepare(Layout(container.root), SUBMITTED, "train.py") == container.root / "code"


def test_a_broken_archive_is_refused_as_a_failed_job(container: Container) -> None:
    submit(container, {})
    container.put("input/data/code/sourcedir.tar.gz", b"not an archive")

    done = container.train()

    assert done.code == 1
    assert "The source archive sourcedir.tar.gz cannot be unpacked" in (done.failure or "")


def test_a_source_directory_in_the_container_works_without_s3(container: Container) -> None:
    container.put("input/data/code/train.py", "")

    found = source.prepare(Layout(container.root), "/opt/ml/input/data/code", "train.py")

    assert found == container.root / "input" / "data" / "code"


def test_a_source_archive_is_downloaded_with_the_jobs_own_credentials(container: Container) -> None:
    submit(container, {})
    (container.root / "input" / "data" / "code" / "sourcedir.tar.gz").unlink()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        container.environment = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        missing = container.train()
        s3 = boto3.client(
            "s3",
            endpoint_url=f"http://{host}:{port}",
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )
        s3.create_bucket(Bucket="bucket")
        s3.put_object(
            Bucket="bucket", Key="prefix/sourcedir.tar.gz", Body=archive({"train.py": "print('from S3')"})
        )
        found = container.train()
    finally:
        server.stop()

    assert f"The source archive {SUBMITTED} could not be downloaded: " in (missing.failure or "")
    assert "from S3" in found.log


def test_stopping_reaches_the_script(container: Container) -> None:
    script = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('saved'), sys.exit(0)))\n"
        "print('waiting', flush=True)\n"
        "while True: time.sleep(0.1)\n"
    )
    submit(container, {"train.py": script})
    process = subprocess.Popen(
        container.command("train"),
        env=container.variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    with process.stdout as output:
        next(line for line in output if line == b"waiting\n")
        process.send_signal(signal.SIGTERM)
        assert b"saved\n" in output.read()
    eventually(lambda: process.poll() is not None)
    assert process.returncode == 0


def test_scikit_learn_without_a_script_says_what_it_needs(container: Container) -> None:
    container.image = "sklearn"
    container.describe({"num_round": "1"})

    assert "give it a script with the hyperparameters sagemaker_program" in (container.train().failure or "")


def test_scikit_learn_trains_and_serves_with_the_toolkits_defaults(container: Container) -> None:
    container.image = "sklearn"
    script = """
import os, joblib, numpy as np
from sklearn.linear_model import LinearRegression
rows = np.loadtxt(os.environ["SM_CHANNEL_TRAIN"] + "/train.csv", delimiter=",")
joblib.dump(LinearRegression().fit(rows[:, 1:], rows[:, 0]), os.environ["SM_MODEL_DIR"] + "/model.joblib")
"""
    serving = "import joblib\ndef model_fn(model_dir):\n    return joblib.load(model_dir + '/model.joblib')\n"
    submit(container, {"train.py": script})
    container.put("input/data/train/train.csv", as_csv(table(60)))
    assert container.train().code == 0
    container.put("model/code/inference.py", serving)
    container.environment["SAGEMAKER_PROGRAM"] = "inference.py"
    container.environment["SAGEMAKER_SUBMIT_DIRECTORY"] = "/opt/ml/model/code"

    with container.served() as server:
        as_json = server.invoke("[[1, 1, 1, 1], [0, 0, 0, 1]]", "application/json")
        as_text = server.invoke("1,1,1,1\n0,0,0,1\n", accept="text/csv")
        unknown = server.invoke("x", "application/x-image")
        unsupported = server.invoke("[[1, 1, 1, 1]]", "application/json", "image/png")
        wrong = server.invoke("[[1, 1]]", "application/json")

    assert as_json.content_type == "application/json"
    assert json.loads(as_json.text) == pytest.approx([10, 4], abs=1e-4)
    assert [float(line) for line in as_text.text.splitlines()] == pytest.approx([10, 4], abs=1e-4)
    assert unknown.status == 415
    assert "Content type application/x-image is not supported by this framework." in unknown.text
    assert unsupported.status == 406
    assert wrong.status == 500
    assert json.loads(wrong.text)["error"] == "ValueError"
    assert "features" in json.loads(wrong.text)["error-message"]


INFERENCE = """
import json, os
import numpy as np
import xgboost

def model_fn(model_dir):
    booster = xgboost.Booster()
    booster.load_model(os.path.join(model_dir, "xgboost-model"))
    return booster

def input_fn(body, content_type):
    if content_type != "application/json":
        raise ValueError(f"send application/json, not {content_type}")
    return np.array(json.loads(body)["instances"], dtype=float)

def predict_fn(rows, model):
    return model.inplace_predict(rows)

def output_fn(prediction, accept):
    return json.dumps({"prices": prediction.tolist()}), "application/json"
"""


@pytest.fixture
def scripted(container: Container, trained: Container) -> Container:
    container.put("model/xgboost-model", (trained.root / "model" / "xgboost-model").read_bytes())
    container.environment["SAGEMAKER_PROGRAM"] = "inference.py"
    return container


def test_an_inference_script_serves_json_with_the_built_in_model(scripted: Container) -> None:
    scripted.put("model/code/inference.py", INFERENCE)
    rows = table(3, seed=4)[:, 1:].tolist()
    booster = load(scripted)

    with scripted.served(workers=2) as server:
        reply = server.invoke(json.dumps({"instances": rows}), "application/json")
        refused = server.invoke("1,2,3,4", "text/csv")
    assert json.loads(reply.text) == {"prices": booster.inplace_predict(np.array(rows)).tolist()}
    assert reply.content_type == "application/json"
    assert refused.status == 500
    assert json.loads(refused.text)["error-message"] == "send application/json, not text/csv"
    assert "ValueError: send application/json, not text/csv" in server.log


def test_xgboosts_defaults_read_csv_and_write_json(scripted: Container) -> None:
    scripted.put("model/code/inference.py", "SETTING = 1\n")
    booster = load(scripted)

    with scripted.served() as server:
        reply = server.invoke("1,2,3,4\n5,6,,8")
        refused = server.invoke("[[1]]", "application/json")

    rows = np.array([[1, 2, 3, 4], [5, 6, np.nan, 8]])
    assert json.loads(reply.text) == booster.predict(xgboost.DMatrix(rows)).tolist()
    assert refused.status == 415


def test_transform_fn_replaces_the_three_functions(scripted: Container) -> None:
    script = (
        "def model_fn(directory): return 2\n"
        "def transform_fn(model, body, content_type, accept): return str(model * int(body)), 'text/plain'\n"
    )
    scripted.put("model/code/inference.py", script)

    with scripted.served() as server:
        reply = server.invoke("21", "text/csv")

    assert (reply.text, reply.content_type) == ("42", "text/plain")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("def model_fn(d): raise OSError('the file is not there')", "OSError: the file is not there"),
        ("import no_such_module_anywhere", "No module named 'no_such_module_anywhere'"),
        (
            "def transform_fn(*a): 0\ndef input_fn(*a): 0",
            "Cannot use transform_fn implementation with input_fn",
        ),
    ],
)
def test_a_script_that_cannot_start_fails_its_pings_and_says_why(
    scripted: Container, script: str, message: str
) -> None:
    scripted.put("model/code/inference.py", script)

    with scripted.served(ready=500) as server:
        assert message in server.invoke("1,2", "text/csv").text
    assert message in server.log


def test_a_missing_script_stops_the_start(scripted: Container) -> None:
    scripted.put("model/code/other.py", "")

    done = subprocess.run(
        scripted.command("serve", "--bind", "127.0.0.1:0"),
        env=scripted.variables(),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )

    assert done.returncode == 1
    assert "The program 'inference.py' is not in the source directory, which holds other.py." in done.stderr


def test_a_slow_script_does_not_hold_up_pings(scripted: Container) -> None:
    script = "def model_fn(d): return 1\ndef transform_fn(model, body, *_): return open(body).read()\n"
    scripted.put("model/code/inference.py", script)
    fifo = scripted.root / "fifo"
    os.mkfifo(fifo)
    with scripted.served() as server:
        replies: list[str] = []
        waiting = threading.Thread(target=lambda: replies.append(server.invoke(str(fifo), "text/csv").text))
        waiting.start()
        with fifo.open("w") as release:  # opening waits until the script has opened its end
            assert server.ping() == 200
            assert replies == []
            release.write("read")
        waiting.join(timeout=20)
    assert replies == ["read"]
