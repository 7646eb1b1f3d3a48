"""Searches that find nothing, on a local AWS: the reason is told, and the next search goes on."""

from __future__ import annotations

import re

import pytest

from mllab_helpers import storage, texts
from mllab_helpers.aws_errors import translate
from mllab_helpers.errors import AwsRefused, TuningFailed
from mllab_helpers.identity import identity
from mllab_helpers.training import training, tuning

ROWS = b"\n".join(b"%d,%d" % (2 * x, x) for x in range(50))


@pytest.fixture
def lab(real_lab):
    storage.ensure_bucket(real_lab)
    identity.ensure_execution_role(real_lab)
    storage.upload_bytes(real_lab, ROWS, "data/rows.csv")
    return real_lab


def search(lab, start=True, **changes):
    data = f"s3://{lab.bucket}/data/"
    one = training.training_request(
        lab,
        lab.name("trial"),
        channels={"train": data, "validation": data},
        hyperparameters=changes.pop("hyperparameters", {"num_round": 2}),
    )
    request = tuning.tuning_request(
        lab,
        tuning.tuning_name(lab) + changes.pop("suffix", ""),
        training_request=one,
        ranges={"eta": (0.1, 0.3)},
        jobs=2,
        **changes,
    )
    if start:
        with translate():
            lab.client("sagemaker").create_hyper_parameter_tuning_job(**request)
    return request


@pytest.mark.parametrize(
    ("language", "words"),
    [("es", "terminó sin ningún modelo que comparar"), ("en", "ended without a model to compare")],
)
def test_when_every_trial_fails_the_reason_is_told_and_the_next_search_goes_on(lab, language, words):
    texts.use(language)
    # Prices are no probabilities: each training ends with an error of XGBoost's.
    wrong = {"num_round": 2, "objective": "binary:logistic"}
    name = search(lab, hyperparameters=wrong)["HyperParameterTuningJobName"]
    with pytest.raises(TuningFailed, match=f"{name} {words}.*succeeded after 2 attempts") as failed:
        tuning.wait_for_tuning(lab, name)
    assert "base_score must be in (0,1)" in str(failed.value)
    assert not re.search("Traceback|Stack trace", str(failed.value))
    table = tuning.leaderboard(lab, name)
    assert list(table["status"]) == ["Failed", "Failed"]
    assert table["rmse"].isna().all()

    again = search(lab, suffix="b")["HyperParameterTuningJobName"]
    assert tuning.wait_for_tuning(lab, again).completed == 2


def test_a_metric_that_the_algorithm_does_not_have_is_refused_by_sagemaker_before_anything_runs(lab):
    request = search(lab, start=False)
    objective = request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    objective["MetricName"] = "validation:happiness"
    with pytest.raises(AwsRefused, match="validation:happiness"), translate():
        lab.client("sagemaker").create_hyper_parameter_tuning_job(**request)
    found = lab.client("sagemaker").list_training_jobs(NameContains=request["HyperParameterTuningJobName"])
    assert found["TrainingJobSummaries"] == []


def test_a_search_that_was_stopped_before_its_first_trial_has_an_empty_leaderboard(lab, monkeypatch):
    class Nothing:
        def paginate(self, **_):
            return [{"TrainingJobSummaries": []}]

    monkeypatch.setattr(lab.client("sagemaker"), "get_paginator", lambda _: Nothing())
    assert list(tuning.leaderboard(lab, "none")["job"]) == []
