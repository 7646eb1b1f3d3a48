"""Jobs and the local AWS itself killed in the middle, as a learner's helpers meet it."""

from __future__ import annotations

import contextlib
import time

import psutil
import pytest

from mllab_helpers import storage
from mllab_helpers.errors import LocalAwsDied, LocalAwsForgot, MonitoringFailed, NoModelPackage, TuningFailed
from mllab_helpers.identity import roles
from mllab_helpers.lab.lab import Lab
from mllab_helpers.lifecycle import lifecycle, retraining
from mllab_helpers.monitoring import drift
from mllab_helpers.training import training, tuning
from mllab_localaws import daemon

ROWS = b"\n".join(b"%d,%d" % (2 * x, x) for x in range(50))
SECONDS = 30


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The directory of a local AWS that the test may kill."""
    home = tmp_path / "home"
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(home))
    yield home
    daemon.stop(home)


@pytest.fixture
def lab(home):
    return furnished(Lab.open(backend="local", student="eva"))


def furnished(lab):
    storage.ensure_bucket(lab)
    roles.ensure_roles(lab)
    learner = lab.as_learner()
    storage.upload_bytes(learner, ROWS, "data/rows.csv")
    return learner


def start_search(lab, rounds):
    data = f"s3://{lab.bucket}/data/"
    one = training.training_request(
        lab,
        lab.name("trial"),
        channels={"train": data, "validation": data},
        hyperparameters={"num_round": rounds, "nthread": 1},
    )
    name = lab.name(f"hpo-{rounds}")
    request = tuning.tuning_request(
        lab, name, training_request=one, ranges={"eta": (0.1, 0.3)}, jobs=1, at_once=1
    )
    lab.client("sagemaker").create_hyper_parameter_tuning_job(**request)
    return name


def start_pipeline(lab, code):
    """Start the retraining pipeline with another first step, which has its own idea of how to end."""
    group = lifecycle.ensure_package_group(lab, lab.name("houses"))
    artefact = storage.upload_bytes(lab, b"champion", "models/model.tar.gz").uri
    pipeline = lab.name("retraining")
    retraining.ensure_pipeline(
        lab, pipeline, champion=artefact, package_group=group, hyperparameters={"num_round": 1}
    )
    for key in (f"{retraining.INCOMING}2015-04.csv", f"{retraining.KNOWN}rows.csv"):
        storage.upload_bytes(lab, ROWS, key)
    storage.upload_bytes(lab, code, "code/retraining/prepare.py")
    started = lab.client("sagemaker").start_pipeline_execution(PipelineName=pipeline)
    return started["PipelineExecutionArn"], group


def sleeper(lab, thing):
    """Return a processing job that would run for minutes."""
    request = drift.baseline_request(lab, lab.name(thing), f"s3://{lab.bucket}/data/")
    request["AppSpecification"] = {
        "ImageUri": training.image_uri(lab),
        "ContainerEntrypoint": ["python3", "-c", "import time; time.sleep(600)"],
    }
    return request


def programs(home, part=""):
    """Return the processes of jobs: each has a directory below the data directory."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if f"{home}/jobs" in line and part in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def until(condition):
    deadline = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def kill_program(home, part=""):
    """Kill a job's program once it runs, with all that stands around it."""
    for process in until(lambda: programs(home, part)):
        with contextlib.suppress(psutil.NoSuchProcess):  # it went with the one around it
            process.kill()


def test_a_search_whose_only_training_is_killed_says_so_and_the_next_one_goes_on(home, lab):
    name = start_search(lab, 100_000_000)
    kill_program(home, name)
    with pytest.raises(TuningFailed, match=f"{name} terminó sin ningún modelo"):
        tuning.wait_for_tuning(lab, name)
    assert programs(home) == []
    assert tuning.wait_for_tuning(lab, start_search(lab, 2)).completed == 1


def test_a_pipeline_whose_job_is_killed_fails_registers_nothing_and_can_be_started_again(home, lab):
    execution, group = start_pipeline(lab, b"import time; time.sleep(600)")
    kill_program(home)
    ended = lifecycle.wait_for_execution(lab, execution)
    assert ended.status == "Failed"
    steps = lifecycle.steps_table(lab, execution)
    assert list(steps["step"]) == ["Prepare"]
    assert "killed" in steps.loc[0, "outcome"]
    with pytest.raises(NoModelPackage):
        lifecycle.latest_package(lab, group)
    assert programs(home) == []
    again, _ = start_pipeline(lab, b"raise SystemExit('no sales in it')")
    assert lifecycle.wait_for_execution(lab, again).status == "Failed"


def test_a_processing_job_that_is_killed_says_so(home, lab, monkeypatch):
    look = lab.client("sagemaker").describe_processing_job

    def look_and_kill(**request):
        for process in programs(home):
            with contextlib.suppress(psutil.NoSuchProcess):  # it had ended by itself
                process.kill()
        return look(**request)

    monkeypatch.setattr(lab.client("sagemaker"), "describe_processing_job", look_and_kill)
    with pytest.raises(MonitoringFailed, match="killed"):
        drift.run_processing(lab, sleeper(lab, "sleep"))
    assert programs(home) == []


def test_a_local_aws_that_is_killed_leaves_nothing_running_and_the_lab_says_what_to_do(home, lab):
    lab.remember("training", {"job": "some"})
    lab.client("sagemaker").create_processing_job(**sleeper(lab, "sleep"))
    until(lambda: programs(home, "sleep"))
    search = start_search(lab, 100_000_000)
    execution, _ = start_pipeline(lab, b"import time; time.sleep(600)")
    psutil.Process(daemon.status(home).pid).kill()
    until(lambda: not programs(home))
    for wait in (
        lambda: tuning.wait_for_tuning(lab, search),
        lambda: lifecycle.wait_for_execution(lab, execution),
        lambda: drift.run_processing(lab, sleeper(lab, "again")),
    ):
        with pytest.raises(LocalAwsDied, match="mllab local logs"):
            wait()
    reopened = Lab.open(backend="local", student="eva")
    with pytest.raises(LocalAwsForgot, match="lo olvidó todo"):
        reopened.recall("training")
    again = furnished(reopened)
    assert tuning.wait_for_tuning(again, start_search(again, 2)).completed == 1
