"""Algorithm mode training of the XGBoost image, run as a process in a temporary /opt/ml."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
import xgboost
from image_containers import CSV_CHANNEL, Container, as_csv, eventually, table

from mllab_localaws.images.toolkit.errors import UserError
from mllab_localaws.images.xgboost import channels, data

METRIC_LINE = re.compile(r"^\[(\d+)\]\t(.*)$", re.MULTILINE)
BOTH_CHANNELS = {"train": CSV_CHANNEL, "validation": CSV_CHANNEL}


def rounds(log: str) -> list[dict[str, float]]:
    return [
        {name: float(value) for name, value in (pair.rsplit(":", 1) for pair in line.split("\t"))}
        for _, line in METRIC_LINE.findall(log)
    ]


def load(container: Container) -> xgboost.Booster:
    booster = xgboost.Booster()
    booster.load_model(bytearray((container.root / "model" / "xgboost-model").read_bytes()))
    return booster


def test_training_prints_the_containers_log_and_saves_one_model(container: Container) -> None:
    container.describe({"num_round": "3", "objective": "reg:squarederror", "max_depth": "3"}, BOTH_CHANNELS)
    container.put("input/data/train/a.csv", as_csv(table(200)))
    container.put("input/data/validation/b.csv", as_csv(table(50, seed=1)))
    container.environment["SAGEMAKER_IMAGE_TAG"] = "1.0-1"

    done = container.train()

    assert done.code == 0, done.log
    assert done.failure is None
    expected = [
        "Imported framework sagemaker_xgboost_container.training",
        "Failed to parse hyperparameter objective value reg:squarederror to Json.",
        "Returning the value itself",
        "No GPUs detected (normal if no gpus installed)",
        "Running XGBoost Sagemaker in algorithm mode",
        f"asked for image tag 1.0-1 and runs XGBoost {xgboost.__version__}",
        "Determined 0 GPU(s) available on the instance.",
        "Determined delimiter of CSV input is ','",
        f"File path {container.root}/input/data/train of input files",
        "Single node training.",
        "Train matrix has 200 rows and 4 columns",
        "Validation matrix has 50 rows",
        "[0]\ttrain-rmse:",
        "[2]\ttrain-rmse:",
    ]
    places = [done.log.find(text) for text in expected]
    assert -1 not in places
    assert places == sorted(places)
    assert re.search(r"^\[\d{4}-\d\d-\d\d:\d\d:\d\d:\d\d:INFO\] ", done.log)
    assert re.search(r"\[1\]\ttrain-rmse:\d+\.\d{5}\tvalidation-rmse:\d+\.\d{5}\n", done.log)
    assert [path.name for path in (container.root / "model").iterdir()] == ["xgboost-model"]
    assert load(container).num_boosted_rounds() == 3


@pytest.mark.filterwarnings("ignore:.*Text file input")
def test_the_model_is_the_one_that_xgboost_trains_on_the_same_file(trained: Container) -> None:
    path = trained.root / "input" / "data" / "train" / "train.csv"
    matrix = xgboost.DMatrix(f"{path}?format=csv&label_column=0")
    plain = xgboost.train({"objective": "reg:squarederror", "nthread": 1}, matrix, 10)

    assert np.array_equal(load(trained).predict(matrix), plain.predict(matrix))


@pytest.mark.parametrize(
    ("hyperparameters", "described", "message"),
    [
        ({"num_round": "5", "silent": "1"}, None, "Extraneous hyperparameter found: silent"),
        (
            {"num_round": "5"},
            {"train": {name: value for name, value in CSV_CHANNEL.items() if name != "ContentType"}},
            "of file 'train.csv' is not 'LIBSVM' format. Please ensure the file is in 'LIBSVM' format.",
        ),
        ({"num_round": "5"}, BOTH_CHANNELS, "No data in validation channel path "),
        (
            {"num_round": "5", "_kfold": "3"},
            None,
            "k-fold cross-validation (hyperparameter _kfold) works on AWS",
        ),
        ({"num_round": "5", "objective": "binary:logistic"}, None, "XGB train call failed with exception:"),
    ],
)
def test_a_failed_job_leaves_exit_code_1_and_its_reason(
    container: Container,
    hyperparameters: dict[str, str],
    described: dict[str, dict[str, str]] | None,
    message: str,
) -> None:
    container.describe(hyperparameters, described)
    container.put("input/data/train/train.csv", as_csv(table(30)))

    done = container.train()

    assert done.code == 1
    assert done.failure is not None
    assert done.failure.startswith("framework error: \nTraceback (most recent call last):\n")
    assert message in done.failure
    assert len(done.failure) <= 1024
    assert message in done.log
    assert list((container.root / "model").iterdir()) == []


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ({}, "Missing required channel: train"),
        ({**BOTH_CHANNELS, "test": CSV_CHANNEL}, "Extraneous channel found: test"),
        (
            {"train": {**CSV_CHANNEL, "ContentType": "text/csv; label_size=1"}},
            "Channel configuration for 'train' channel is not supported: "
            "{'ContentType': 'text/csv; label_size=1'",
        ),
        (
            {"train": {**CSV_CHANNEL, "ContentType": "text/libsvm", "TrainingInputMode": "Pipe"}},
            "Channel configuration for 'train' channel is not supported: {'ContentType': 'text/libsvm'",
        ),
        (
            {"train": {**CSV_CHANNEL, "TrainingInputMode": "Pipe"}},
            "Pipe mode (channel 'train') works on AWS but is not part of the local AWS yet. docs",
        ),
    ],
)
def test_a_wrong_channel_is_refused(described: dict[str, dict[str, str]], message: str) -> None:
    with pytest.raises(UserError) as refused:
        channels.validate(described)

    assert message in str(refused.value)


def test_formats_that_only_aws_reads_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "train.svm").write_text("1 1:0.5 2:3\n")

    with pytest.raises(UserError, match=r"'text/libsvm' works on AWS but is not part of the local AWS yet"):
        data.check_format([tmp_path / "train.svm"], "text/libsvm")


def test_a_hidden_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").touch()

    with pytest.raises(UserError, match=r"Hidden file found in the data path! Remove that before"):
        data.files(tmp_path)


def test_an_empty_channel_is_refused(container: Container) -> None:
    container.describe({"num_round": "5"})
    container.put("input/data/train/train.csv", "")

    done = container.train()

    assert f"No data in training channel path {container.root}/input/data/train" in (done.failure or "")


def test_identical_files_in_both_channels_are_only_warned_about(container: Container) -> None:
    container.describe({"num_round": "1"}, BOTH_CHANNELS)
    for channel in BOTH_CHANNELS:
        container.put(f"input/data/{channel}/same.csv", as_csv(table(30)))

    done = container.train()

    assert done.code == 0
    assert ":WARNING] Suspected identical files found." in done.log


def test_a_header_and_words_train_silently_as_on_aws(container: Container) -> None:
    container.describe({"num_round": "1"})
    container.put("input/data/train/train.csv", "price,rooms\n10,2\n20,three\n30,\n")

    done = container.train()

    assert done.code == 0
    assert "Train matrix has 4 rows and 1 columns" in done.log


def test_files_of_several_folders_and_any_name_are_one_data_set(container: Container) -> None:
    container.describe({"num_round": "1"}, {"train": {**CSV_CHANNEL, "TrainingInputMode": "FastFile"}})
    container.put("input/data/train/part one?.csv", as_csv(table(30)))
    container.put("input/data/train/2014/05/part#2.csv", as_csv(table(20, seed=1)))

    done = container.train()

    assert done.code == 0, done.log
    assert "Train matrix has 50 rows and 4 columns" in done.log


def test_semicolons_are_found_to_be_the_delimiter(container: Container) -> None:
    container.describe({"num_round": "1"})
    container.put("input/data/train/train.csv", as_csv(table(30)).replace(",", ";"))

    done = container.train()

    assert "Determined delimiter of CSV input is ';'" in done.log
    assert "Train matrix has 30 rows and 4 columns" in done.log


def test_weights_in_the_second_column_change_the_model(container: Container) -> None:
    numbers = table(100)
    weights = np.where(numbers[:, 1] > 0, 100.0, 0.01)
    container.describe({"num_round": "2", "csv_weights": "1"})
    container.put("input/data/train/train.csv", as_csv(np.insert(numbers, 1, weights, axis=1)))

    done = container.train()

    assert "Train matrix has 100 rows and 4 columns" in done.log
    matrix = xgboost.DMatrix(numbers[:, 1:].astype(np.float32), label=numbers[:, 0], weight=weights)
    expected = xgboost.train({"nthread": 1}, matrix, 2).predict(matrix)
    assert np.allclose(load(container).predict(matrix, validate_features=False), expected, rtol=1e-5)


def test_metrics_of_the_container_are_right_and_come_after_xgboosts_own(container: Container) -> None:
    container.describe({"num_round": "3", "eval_metric": "mse,r2,mape,mae"}, BOTH_CHANNELS)
    container.put("input/data/train/a.csv", as_csv(table(200)))
    validation = table(50, seed=1)
    container.put("input/data/validation/b.csv", as_csv(validation))

    done = container.train()

    last = rounds(done.log)[-1]
    assert [name for name in last if name.startswith("train")] == [
        "train-mape", "train-mse", "train-r2", "train-mae",
    ]  # fmt: skip
    errors = load(container).inplace_predict(validation[:, 1:]) - validation[:, 0]
    assert last["validation-mse"] == pytest.approx(np.mean(errors**2), abs=1e-4)
    assert last["validation-mae"] == pytest.approx(np.mean(np.abs(errors)), abs=1e-4)
    assert last["validation-r2"] == pytest.approx(1 - np.mean(errors**2) / np.var(validation[:, 0]), abs=1e-4)


@pytest.mark.parametrize(("tag", "moves"), [("1.7-1", True), ("3.2-0", False)])
def test_accuracy_stands_still_on_the_tags_where_it_does_on_aws(
    container: Container, tag: str, moves: bool
) -> None:
    numbers = table(300)
    numbers[:, 0] = numbers[:, 0] > 1
    container.describe(
        {"num_round": "8", "objective": "binary:logistic", "max_depth": "2", "eval_metric": "accuracy"}
    )
    container.put("input/data/train/a.csv", as_csv(numbers))
    container.environment["SAGEMAKER_IMAGE_TAG"] = tag

    accuracies = {line["train-accuracy"] for line in rounds(container.train().log)}

    assert (len(accuracies) > 1) is moves
    if not moves:
        assert accuracies == {round(numbers[:, 0].mean(), 5)}


@pytest.mark.parametrize(("metric", "stops"), [({"eval_metric": "rmse"}, True), ({}, False)])
def test_early_stopping_needs_an_evaluation_metric(
    container: Container, metric: dict[str, str], stops: bool
) -> None:
    noise = table(80)
    noise[:, 0] = np.random.default_rng(5).normal(size=80)
    container.describe({"num_round": "40", "early_stopping_rounds": "2", **metric}, BOTH_CHANNELS)
    container.put("input/data/train/a.csv", as_csv(noise[:40]))
    container.put("input/data/validation/b.csv", as_csv(noise[40:]))

    history = rounds(container.train().log)

    assert (len(history) < 40) is stops
    scores = [line["validation-rmse"] for line in history]
    kept = load(container).num_boosted_rounds()
    assert kept == (int(np.argmin(scores)) + 1 if stops else 40)


def test_tuning_adds_its_metric_and_stops_on_it(container: Container) -> None:
    container.describe(
        {"num_round": "2", "eval_metric": "rmse", "_tuning_objective_metric": "validation:mape"},
        BOTH_CHANNELS,
    )
    container.put("input/data/train/a.csv", as_csv(table(50)))
    container.put("input/data/validation/b.csv", as_csv(table(50, seed=1)))

    done = container.train()

    assert "Setting up HPO optimized metric to be : mape" in done.log
    assert set(rounds(done.log)[0]) == {"train-rmse", "train-mape", "validation-rmse", "validation-mape"}


@pytest.mark.parametrize(("keep", "files"), [("true", ["xgboost-model"]), ("false", [])])
def test_a_stopped_job_keeps_its_model_only_when_asked_to(
    container: Container, keep: str, files: list[str]
) -> None:
    container.describe({"num_round": "1000000", "max_depth": "2", "save_model_on_termination": keep})
    container.put("input/data/train/a.csv", as_csv(table(50)))
    process = subprocess.Popen(
        container.command("train"),
        env=container.variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    with process.stdout as output:
        next(line for line in output if line.startswith(b"[2]\t"))
        process.send_signal(signal.SIGTERM)
        for _ in output:
            pass
    eventually(lambda: process.poll() is not None)

    assert process.returncode == 0
    kept = sorted(path.name for path in (container.root / "model").iterdir() if not path.name.startswith("."))
    assert kept == files
    if kept:
        assert load(container).num_boosted_rounds() > 2


def test_several_instances_are_refused_by_name(container: Container) -> None:
    container.describe({"num_round": "1"})
    container.put("input/data/train/a.csv", as_csv(table(50)))
    container.put("input/config/resourceconfig.json", json.dumps({"hosts": ["algo-1", "algo-2"]}))

    assert "Training on several instances (2 were asked for) works on AWS" in (
        container.train().failure or ""
    )
