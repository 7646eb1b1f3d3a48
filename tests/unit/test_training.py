"""Training jobs: what is checked before, how one is followed, and what is read from its log and artefact."""

from __future__ import annotations

import io
import random
import tarfile
from datetime import datetime, timezone

import pytest

from mllab_helpers import storage
from mllab_helpers.errors import (
    ArtefactDamaged,
    BadHyperparameter,
    EmptyPrefix,
    JobNameInUse,
    JobNotFound,
    NoMetrics,
    TookTooLong,
    TrainingFailed,
    UnknownImage,
    UnknownInstanceType,
    WrongResourceName,
)
from mllab_helpers.identity import identity
from mllab_helpers.training import training
from mllab_helpers.training.hyperparameters import check_hyperparameters
from mllab_helpers.training.instance_types import HOSTING, TRAINING, check_instance_type
from mllab_helpers.training.logs import TRAINING_GROUP, parse_round

HYPERPARAMETERS = {"objective": "reg:squarederror", "num_round": 3, "max_depth": 2, "nthread": 1}
NOW = datetime(2027, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"n_estimators": 100}, "n_estimators"),
        ({"max_deph": 3}, "¿Querías decir 'max_depth'?"),
        ({"eta": 1.5}, r"eta.*0\.\.1.*1\.5"),
        ({"learning_rate": "fast"}, "learning_rate.*'fast'"),
        ({"max_depth": 2.5}, "max_depth.*entero"),
        ({"num_round": 0}, "num_round.*1 o más"),
        ({"num_round": float("nan")}, "num_round"),
        ({"eta": float("nan")}, "eta"),
    ],
)
def test_a_hyperparameter_that_would_fail_the_job_is_named_before_the_call(wrong, said):
    with pytest.raises(BadHyperparameter, match=said):
        check_hyperparameters({**HYPERPARAMETERS, **wrong})


def test_the_number_of_rounds_is_required():
    with pytest.raises(BadHyperparameter, match="num_round"):
        check_hyperparameters({"max_depth": 3})


def test_good_hyperparameters_pass_as_numbers_and_as_texts():
    check_hyperparameters({**HYPERPARAMETERS, "eta": "0.1", "reg_lambda": 2, "eval_metric": "rmse,mae"})


def test_the_image_lies_in_the_lab_s_region_and_latest_is_refused(make_lab):
    image = training.image_uri(make_lab(region="eu-west-1"))
    assert image == "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0"
    with pytest.raises(UnknownImage, match=r"0\.72"):
        training.image_uri(make_lab(), "latest")


def test_images_are_those_of_the_sagemaker_sdk(make_lab):
    from sagemaker.core import image_uris

    from mllab_helpers.images import _TAGS

    for version in _TAGS:
        for region in ("us-east-1", "sa-east-1"):
            expected = image_uris.retrieve("xgboost", region, version)
            assert training.image_uri(make_lab(region=region), version) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[0]#011train-rmse:9.1#011validation-rmse:8.5", (0, {"train_rmse": 9.1, "validation_rmse": 8.5})),
        ("[12]\ttrain-mae:1e-05", (12, {"train_mae": 1e-05})),
        ("[3]#011train-error@0.3:0.25", (3, {"train_error@0.3": 0.25})),
        ("[2027-01-01:00:00:00:INFO] Single node training.", None),
        ("Train matrix has 9 rows and 3 columns", None),
        ("", None),
    ],
)
def test_a_round_is_read_from_a_log_line(line, expected):
    assert parse_round(line) == expected


TRACEBACK = """AlgorithmError: framework error:
Traceback (most recent call last):
  File "a.py", line 1, in f
    raise KeyError("x")
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "b.py", line 9, in g
    raise exc.UserError(message)
sagemaker_algorithm_toolkit.exceptions.UserError: Extraneous hyperparameter found: silent, exit code: 1"""


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (TRACEBACK, "Extraneous hyperparameter found: silent"),
        (TRACEBACK[:100], ""),
        (
            TRACEBACK.replace(", exit", "\n\nExtraneous hyperparameter fou, exit"),
            "Extraneous hyperparameter found: silent",
        ),
        (
            TRACEBACK.replace("silent", "silent\n\nRemove it."),
            "Extraneous hyperparameter found: silent\n\nRemove it.",
        ),
        ("ClientError: No data", "ClientError: No data"),
        ("AlgorithmError: killed, exit code: 137", "AlgorithmError: killed"),
        pytest.param("AlgorithmError: , exit code: 1", "", id="the algorithm could not write its reason"),
    ],
)
def test_a_failure_reason_is_reduced_to_its_last_line(reason, expected):
    assert training.readable_reason(reason) == expected


# --- following a job, with AWS's answers from a script


def described(status="InProgress", **more):
    return {
        "TrainingJobName": "mllab-ana-xgb",
        "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/mllab-ana-xgb",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/model.tar.gz"},
        "TrainingJobStatus": status,
        "SecondaryStatus": "Training" if status == "InProgress" else status,
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "HyperParameters": {"num_round": "3"},
        "CreationTime": NOW,
        **more,
    }


def no_logs_yet(logs, times):
    for _ in range(times):
        logs.add_client_error("describe_log_streams", "ResourceNotFoundException")


def test_a_job_is_followed_to_its_end_and_its_result_reads_as_a_sentence(lab, stub, hand_clock):
    sagemaker, logs = stub("sagemaker"), stub("logs")
    final = [{"MetricName": "validation:rmse", "Value": 131072.4}]
    answers = [described(), described(), described()]
    answers.append(described("Completed", BillableTimeInSeconds=9, FinalMetricDataList=final))
    for answer in answers:
        sagemaker.add_response("describe_training_job", answer)
    no_logs_yet(logs, 3)
    result = training.wait_for_training(lab, "mllab-ana-xgb")
    assert (result.status, result.seconds, result.artefact) == ("Completed", 9, "s3://b/model.tar.gz")
    assert repr(result) == "Trabajo mllab-ana-xgb: Completed. Métricas finales: validation:rmse 131,072"
    assert hand_clock.slept == [5.0, 5.0]


def test_a_failed_job_is_explained_in_one_line(lab, stub, capsys):
    sagemaker = stub("sagemaker")
    sagemaker.add_response("describe_training_job", described())
    sagemaker.add_response("describe_training_job", described("Failed", FailureReason=TRACEBACK))
    no_logs_yet(stub("logs"), 1)
    with pytest.raises(TrainingFailed, match="Motivo: Extraneous hyperparameter found: silent\n"):
        training.wait_for_training(lab, "mllab-ana-xgb")
    assert "listo" not in capsys.readouterr().out


def test_ctrl_c_says_that_the_job_goes_on_and_how_to_stop_it(lab, stub, hand_clock, capsys):
    sagemaker = stub("sagemaker")
    for _ in range(2):
        sagemaker.add_response("describe_training_job", described())
    no_logs_yet(stub("logs"), 1)

    def interrupted(_seconds):
        raise KeyboardInterrupt

    object.__setattr__(lab.clock, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        training.wait_for_training(lab, "mllab-ana-xgb")
    assert 'training.stop_training(lab, "mllab-ana-xgb")' in capsys.readouterr().out


def test_a_job_that_never_ends_is_not_waited_for_forever(lab, stub, hand_clock):
    looks = int((60 + 1800) / lab.pause) + 2
    sagemaker = stub("sagemaker")
    for _ in range(looks):
        sagemaker.add_response("describe_training_job", described())
    no_logs_yet(stub("logs"), looks - 1)
    with pytest.raises(TookTooLong, match="31 minutos"):
        training.wait_for_training(lab, "mllab-ana-xgb")


@pytest.mark.parametrize("code", ["ResourceNotFound", "ValidationException"])
def test_an_unknown_job_is_named(lab, stub, code):
    stub("sagemaker").add_client_error("describe_training_job", code, "Requested resource not found.")
    with pytest.raises(JobNotFound, match="mllab-ana-none"):
        training.describe_training(lab, "mllab-ana-none")


# --- for real, on a local AWS


@pytest.fixture(scope="module")
def rows():
    return b"\n".join(b"%d,%d,%d" % (3 * x + y, x, y) for x in range(12) for y in range(12))


@pytest.fixture
def ready_lab(real_lab, rows):
    storage.ensure_bucket(real_lab)
    identity.ensure_execution_role(real_lab)
    storage.upload_bytes(real_lab, rows, "data/train/rows.csv")
    return real_lab


def channels(lab):
    prefix = f"s3://{lab.bucket}/data/train/"
    return {"train": prefix, "validation": prefix}


def test_a_job_trains_is_followed_and_leaves_a_curve_and_a_model(ready_lab, capsys):
    name = ready_lab.name("xgb")
    training.start_training(ready_lab, name, channels(ready_lab), HYPERPARAMETERS)
    result = training.wait_for_training(ready_lab, name, print_every=2)
    said = capsys.readouterr().out
    assert "ronda    0  train rmse" in said
    assert "ronda    2  train rmse" in said
    assert "ronda    1" not in said
    curve = training.learning_curve(ready_lab, name)
    assert list(curve.columns) == ["round", "train_rmse", "validation_rmse"]
    assert list(curve["round"]) == [0, 1, 2]
    assert curve["train_rmse"].is_monotonic_decreasing
    assert curve["train_rmse"].iloc[-1] == pytest.approx(result.metrics["train:rmse"], abs=1e-3)
    assert training.load_model(ready_lab, result.artefact).num_boosted_rounds() == 3
    assert ("training-job", name) in {(entry.kind, entry.name) for entry in ready_lab.ledger()}
    with pytest.raises(JobNameInUse, match=r"lab\.unique_name"):
        training.start_training(ready_lab, name, channels(ready_lab), HYPERPARAMETERS)


def test_a_job_that_the_algorithm_refuses_fails_with_the_algorithm_s_words(ready_lab):
    request = training.training_request(
        ready_lab,
        ready_lab.name("bad"),
        channels=channels(ready_lab),
        hyperparameters={**HYPERPARAMETERS, "n_estimators": 3},
    )
    ready_lab.client("sagemaker").create_training_job(**request)
    with pytest.raises(TrainingFailed, match="Extraneous hyperparameter found: n_estimators"):
        training.wait_for_training(ready_lab, request["TrainingJobName"])
    with pytest.raises(NoMetrics):
        training.learning_curve(ready_lab, request["TrainingJobName"])


def test_nothing_is_started_on_an_empty_prefix_or_with_a_bad_name(ready_lab):
    with pytest.raises(EmptyPrefix):
        training.start_training(
            ready_lab, ready_lab.name("xgb"), {"train": f"s3://{ready_lab.bucket}/none/"}, HYPERPARAMETERS
        )
    with pytest.raises(WrongResourceName):
        training.start_training(ready_lab, "my_job", channels(ready_lab), HYPERPARAMETERS)
    assert (
        ready_lab.client("sagemaker").list_training_jobs(NameContains=ready_lab.student)[
            "TrainingJobSummaries"
        ]
        == []
    )


def archive(**members):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as opened:
        for name, body in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            opened.addfile(member, io.BytesIO(body))
    return packed.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no archive",
        archive(**{"xgboost-model": random.Random(1).randbytes(5000)})[:2000],
        archive(other=b"x"),
        archive(**{"../xgboost-model": b"x"}),
        archive(**{"/xgboost-model-absolute": b"x"}),
    ],
    ids=["empty", "text", "cut", "no model", "outside", "absolute"],
)
def test_an_artefact_without_a_model_in_it_is_refused(real_lab, tmp_path, body):
    storage.ensure_bucket(real_lab)
    uri = storage.upload_bytes(real_lab, body, "models/model.tar.gz").uri
    with pytest.raises(ArtefactDamaged, match=r"models/model\.tar\.gz"):
        training.fetch_artefact(real_lab, uri)
    assert not list(tmp_path.glob("**/artefacts/xgboost-model"))


def test_log_streams_of_other_jobs_are_not_read(ready_lab):
    logs, short = ready_lab.client("logs"), ready_lab.name("xgb")
    with_group = {"logGroupName": TRAINING_GROUP}
    if not logs.describe_log_groups(logGroupNamePrefix=TRAINING_GROUP)["logGroups"]:
        logs.create_log_group(**with_group)
    stream = {**with_group, "logStreamName": f"{short}-longer/algo-1-1"}
    logs.create_log_stream(**stream)
    logs.put_log_events(**stream, logEvents=[{"timestamp": 1, "message": "[0]#011train-rmse:1.0"}])
    training.start_training(ready_lab, short, channels(ready_lab), HYPERPARAMETERS)
    training.wait_for_training(ready_lab, short)
    assert training.learning_curve(ready_lab, short)["train_rmse"].iloc[0] != 1.0


# --- what is checked before AWS is asked


def test_a_name_from_another_library_is_translated():
    with pytest.raises(BadHyperparameter, match="num_round"):
        check_hyperparameters({"n_estimators": 10})


def test_an_instance_type_that_does_not_exist_gets_the_most_similar_ones(lab):
    with pytest.raises(UnknownInstanceType, match=r"ml\.m5\.large"):
        check_instance_type(lab, "ml.m5.lage", TRAINING)
    assert check_instance_type(lab, "ml.m5.large", HOSTING) == "ml.m5.large"
