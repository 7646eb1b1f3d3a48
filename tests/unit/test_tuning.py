"""Tuning requests, leaderboards, and what else may make a model better."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from mllab_helpers.errors import MetricNotTunable, TuningFailed
from mllab_helpers.training import tuning

ARN = "arn:aws:sagemaker:us-east-1:123456789012"
NOW = datetime(2027, 1, 1, tzinfo=timezone.utc)
REQUEST = {
    "TrainingJobName": "mllab-ana-trial",
    "HyperParameters": {"num_round": "10", "eta": "0.1", "seed": "1"},
    "AlgorithmSpecification": {},
    "RoleArn": "role",
    "InputDataConfig": [],
    "OutputDataConfig": {},
    "ResourceConfig": {},
    "StoppingCondition": {},
    "Tags": [],
}


def request(lab, **changes):
    settings = {"training_request": REQUEST, "ranges": {"eta": (0.1, 0.3), "max_depth": (3, 9)}, "jobs": 4}
    return tuning.tuning_request(lab, "mllab-ana-hpo-1", **{**settings, **changes})


def test_whole_numbers_are_searched_as_such_and_all_limits_are_texts(lab):
    ranges = request(lab)["HyperParameterTuningJobConfig"]["ParameterRanges"]
    assert [(each["Name"], each["MinValue"]) for each in ranges["IntegerParameterRanges"]] == [
        ("max_depth", "3")
    ]
    assert [(each["Name"], each["MaxValue"]) for each in ranges["ContinuousParameterRanges"]] == [
        ("eta", "0.3")
    ]


def test_what_is_searched_is_not_fixed_at_the_same_time(lab):
    definition = request(lab)["TrainingJobDefinition"]
    assert definition["StaticHyperParameters"] == {"num_round": "10", "seed": "1"}
    assert "TrainingJobName" not in definition


def test_a_metric_that_a_regression_does_not_have_is_refused_with_those_it_has(lab):
    with pytest.raises(MetricNotTunable, match="validation:rmse"):
        request(lab, metric="validation:auc")


def test_names_fit_into_the_32_characters_of_a_tuning_job(make_lab):
    assert len(tuning.tuning_name(make_lab(student="a" * 12))) <= 32


def described(status, **members):
    return {
        "HyperParameterTuningJobName": "hpo",
        "HyperParameterTuningJobArn": f"{ARN}:hyper-parameter-tuning-job/hpo",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "ResourceLimits": {"MaxParallelTrainingJobs": 1},
        },
        "HyperParameterTuningJobStatus": status,
        "CreationTime": NOW,
        "TrainingJobStatusCounters": {"Completed": 1, "NonRetryableError": 2},
        "ObjectiveStatusCounters": {},
        **members,
    }


def test_a_search_without_any_result_ends_with_its_reason(lab, stub):
    failed = described("Failed", FailureReason="No objective metrics found")
    scripted = stub("sagemaker")
    scripted.add_response("describe_hyper_parameter_tuning_job", failed)
    scripted.add_response("list_training_jobs_for_hyper_parameter_tuning_job", {"TrainingJobSummaries": []})
    with pytest.raises(TuningFailed, match="No objective metrics found"):
        tuning.wait_for_tuning(lab, "hpo")


def test_a_search_is_followed_to_its_best_job(lab, stub):
    best = {
        "TrainingJobName": "hpo-002-x",
        "TrainingJobArn": f"{ARN}:training-job/hpo-002-x",
        "CreationTime": NOW,
        "TrainingJobStatus": "Completed",
        "TunedHyperParameters": {"eta": "0.2"},
        "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "validation:rmse", "Value": 99.5},
    }
    scripted = stub("sagemaker")
    scripted.add_response("describe_hyper_parameter_tuning_job", described("InProgress"))
    done = described("Completed", BestTrainingJob=best)
    scripted.add_response("describe_hyper_parameter_tuning_job", done)
    result = tuning.wait_for_tuning(lab, "hpo")
    assert (result.best_job, result.best_value, result.completed, result.failed) == ("hpo-002-x", 99.5, 1, 2)


def test_the_leaderboard_ranks_by_objective_and_numbers_trials_by_their_start(lab, stub):
    def job(number, value):
        metric = {"MetricName": "validation:rmse", "Value": value}
        return {
            "TrainingJobName": f"hpo-{number:03d}-x",
            "TrainingJobArn": f"{ARN}:training-job/hpo-{number:03d}-x",
            "CreationTime": NOW + timedelta(seconds=number),
            "TrainingJobStatus": "Failed" if value is None else "Completed",
            "TunedHyperParameters": {"eta": str(number / 10), "max_depth": str(number)},
            **({} if value is None else {"FinalHyperParameterTuningJobObjectiveMetric": metric}),
        }

    jobs = [job(3, 50.0), job(1, 70.0), job(2, None)]
    stub("sagemaker").add_response(
        "list_training_jobs_for_hyper_parameter_tuning_job", {"TrainingJobSummaries": jobs}
    )
    table = tuning.leaderboard(lab, "hpo")
    assert table["trial"].tolist() == [3, 1, 2]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["rmse"].isna().tolist() == [False, False, True]
    assert table["max_depth"].tolist() == [3.0, 1.0, 2.0]
