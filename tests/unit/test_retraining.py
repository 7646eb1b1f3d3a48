"""The retraining pipeline's document, and the programs that its steps run."""

from __future__ import annotations

import json
import subprocess
import sys
from fnmatch import fnmatchcase

import numpy as np
import pytest
import xgboost

from mllab_helpers import archives, carried, housing
from mllab_helpers.lifecycle import retraining
from mllab_helpers.names import STUDENT_LENGTH
from mllab_helpers.scripts import evaluate, prepare
from mllab_localaws.sagemaker.pipelines.names import job_name

ROLE = "arn:aws:iam::123456789012:role/mllab-ana-execution-role"


@pytest.fixture
def definition(lab):
    lab.remember("role", {"arn": ROLE})
    return retraining.pipeline_definition(
        lab, champion="s3://b/model.tar.gz", package_group="g", hyperparameters={"num_round": 5}
    )


def expressions(value):
    """Return every `Get` in a document."""
    if isinstance(value, dict):
        found = [value["Get"]] if "Get" in value else []
        return found + [each for part in value.values() for each in expressions(part)]
    if isinstance(value, list):
        return [each for part in value for each in expressions(part)]
    return []


def test_every_reference_leads_to_a_parameter_or_an_earlier_step(definition):
    parameters = {parameter["Name"] for parameter in definition["Parameters"]}
    before = []
    for step in definition["Steps"]:
        for reference in expressions(step):
            kind, _, rest = reference.partition(".")
            name = rest.partition(".")[0]
            assert kind == "Execution" or name in (parameters if kind == "Parameters" else before), reference
        before.append(step["Name"])


def test_the_steps_are_those_that_are_promised_and_say_whose_they_are(definition):
    inner = definition["Steps"][-1]["Arguments"]["IfSteps"]
    assert (
        *(step["Name"] for step in definition["Steps"]),
        *(step["Name"] for step in inner),
    ) == ("ana-Prepare", "ana-Train", "ana-Evaluate", "ana-IsBetter", "ana-Register")
    json.dumps(definition)


def test_the_name_of_whose_step_it_is_survives_in_the_job_s_name(make_lab):
    lab = make_lab("a" * STUDENT_LENGTH)
    for step in ("Prepare", "Train", "Evaluate"):
        job = job_name("x" * 12, retraining.step_name(lab, step))
        assert fnmatchcase(job, f"pipelines-*-{lab.student}-*")
        assert not fnmatchcase(job, "pipelines-*-ana-*")


def test_a_better_model_waits_for_somebody_to_look(definition):
    [register] = definition["Steps"][-1]["Arguments"]["IfSteps"]
    assert register["Arguments"]["ModelApprovalStatus"] == "PendingManualApproval"


def lay_out(folder):
    """Put the code of a processing step where a job finds it, and nothing else of the package."""
    for path, content in carried.modules(carried.CLEANING_MODULES).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    for name in ("prepare", "evaluate"):
        (folder / f"{name}.py").write_bytes(carried.program("scripts", name))
    return folder


def run(script, folder, *arguments):
    """Run a step's program as a job does, with the carried code alone."""
    return subprocess.run(
        [sys.executable, "-P" if sys.version_info >= (3, 11) else "-E", str(folder / script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


@pytest.fixture
def job(tmp_path):
    for name in ("new", "known", "output", "messages"):
        (tmp_path / name).mkdir()
    lay_out(tmp_path / "code")
    (tmp_path / "known" / "houses.csv").write_text("1" + ",1" * len(housing.FEATURES) + "\n")
    return tmp_path


def prepare_arguments(job):
    arguments = [part for name in ("new", "known", "output") for part in (f"--{name}", str(job / name))]
    return [*arguments, "--message-folder", str(job / "messages"), "--language", "en"]


def test_new_sales_join_the_known_ones_in_the_algorithms_shape(job):
    (job / "new" / "2015-05.csv").write_bytes(housing.raw_csv(["2015-05"]))
    done = run("prepare.py", job / "code", *prepare_arguments(job))
    assert done.returncode == 0, done.stderr
    shape = housing.check_algorithm_csv(job / "output" / "houses.csv")
    assert (shape.rows, shape.columns) == (1 + 643, 1 + len(housing.FEATURES))


def test_an_export_that_is_none_fails_with_a_sentence_and_writes_nothing(job):
    (job / "new" / "x.csv").write_text("id,date,price\n1,2015-05-01,100\n")
    done = run("prepare.py", job / "code", *prepare_arguments(job))
    assert done.returncode == 1
    assert "bedrooms" in (job / "messages" / prepare.MESSAGE_FILE).read_text()
    assert list((job / "output").iterdir()) == []


def model_of(folder, slope):
    rows = np.arange(20, dtype="float32").reshape(10, 2)
    booster = xgboost.train({"seed": 1}, xgboost.DMatrix(rows, slope * rows[:, 0]), 10)
    folder.mkdir()
    packed = archives.tar_gz({evaluate.MODEL_FILE: bytes(booster.save_raw("ubj"))})
    (folder / "model.tar.gz").write_bytes(packed)
    return folder


def test_the_model_that_fits_better_has_the_smaller_error(tmp_path):
    good, bad = model_of(tmp_path / "good", 2.0), model_of(tmp_path / "bad", 5.0)
    data = tmp_path / "data"
    data.mkdir()
    (data / "rows.csv").write_text("\n".join(f"{4 * n + 1},{2 * n},{2 * n + 1}" for n in range(10)))
    report = evaluate.evaluate(good, bad, data)
    assert report["ratio"] < 0.5
    assert report["rows"] == 10
    assert report["regression_metrics"]["rmse"]["value"] == report["challenger"]["rmse"]


def test_an_archive_without_a_model_is_named(tmp_path):
    folder = tmp_path / "challenger"
    folder.mkdir()
    (folder / "model.tar.gz").write_bytes(archives.tar_gz({"readme.txt": b"hello"}))
    with pytest.raises(ValueError, match=r"challenger.*xgboost-model.*readme\.txt"):
        evaluate.load(folder)
