"""Tuning jobs that really search: the training jobs that they launch, what they find, and how they end."""

from __future__ import annotations

import io
import itertools
import re
import tarfile
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import tuning_jobs
from botocore.exceptions import ClientError
from tuning_jobs import METRIC, NAME, SKLEARN, STATUS, finished, request, trials, until

ARN = "arn:aws:sagemaker:us-east-1:123456789012"
BUCKET = "tuning-tests"
# A script that does what its hyperparameters say.
SCRIPT = """
import argparse, signal, sys, time
parser = argparse.ArgumentParser()
parser.add_argument("--guess", type=float, default=0.0)
parser.add_argument("--mode", default="score")
arguments, _ = parser.parse_known_args()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if arguments.mode == "score":
    print(f"score={(arguments.guess - 3) ** 2:.6f};", flush=True)
elif arguments.mode == "fail":
    raise ValueError("as asked")
elif arguments.mode == "epochs":
    for epoch in range(1, 6):
        print(f"score={arguments.guess + 1 / epoch:.6f};", flush=True)
        time.sleep(0.0 if arguments.guess < 5 else 60.0)
elif arguments.mode == "hang":
    print("hanging", flush=True)
    time.sleep(300)
"""
MINIMIZE = {"Type": "Minimize", "MetricName": "score"}


@pytest.fixture(scope="module")
def aws(client: Callable[..., Any]) -> SimpleNamespace:
    aws = tuning_jobs.prepare(client, BUCKET)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("script.py")
        member.size = len(SCRIPT)
        tar.addfile(member, io.BytesIO(SCRIPT.encode()))
    aws.s3.put_object(Bucket=BUCKET, Key="code.tar.gz", Body=archive.getvalue())
    return aws


def _scripted(aws: SimpleNamespace, name: str, mode: str = "score", **members: Any) -> dict[str, Any]:
    """Return a request that searches `guess` with the script; its best is at 3."""
    made = request(aws, name, config=members)
    made["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"] = MINIMIZE
    made["HyperParameterTuningJobConfig"].setdefault("ParameterRanges", {})
    if "ParameterRanges" not in members:
        made["HyperParameterTuningJobConfig"]["ParameterRanges"] = {
            "ContinuousParameterRanges": [{"Name": "guess", "MinValue": "0", "MaxValue": "10"}]
        }
    made["TrainingJobDefinition"] |= {
        "AlgorithmSpecification": {
            "TrainingImage": SKLEARN,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9.]+);"}],
        },
        "StaticHyperParameters": {
            "sagemaker_program": '"script.py"',
            "sagemaker_submit_directory": f'"s3://{BUCKET}/code.tar.gz"',
            "mode": f'"{mode}"',
        },
    }
    return made


def _create(aws: SimpleNamespace, tuning: dict[str, Any]) -> str:
    arn: str = aws.sagemaker.create_hyper_parameter_tuning_job(**tuning)["HyperParameterTuningJobArn"]
    return arn


@pytest.fixture(scope="module")
def tuned(aws: SimpleNamespace) -> dict[str, Any]:
    """The description of a finished tuning job over the built-in XGBoost."""
    tags = [{"Key": "mllab:student", "Value": "ana"}]
    assert _create(aws, request(aws, "Tuned", Tags=tags)) == f"{ARN}:hyper-parameter-tuning-job/tuned"
    return finished(aws, "Tuned")


def test_all_training_jobs_run_and_the_best_one_is_named(aws: SimpleNamespace, tuned: dict[str, Any]) -> None:
    assert tuned[STATUS] == "Completed"
    assert tuned["TrainingJobStatusCounters"] == {
        "Completed": 4,
        "InProgress": 0,
        "RetryableError": 0,
        "NonRetryableError": 0,
        "Stopped": 0,
    }
    assert tuned["ObjectiveStatusCounters"] == {"Succeeded": 4, "Pending": 0, "Failed": 0}
    summaries = trials(aws, "Tuned")
    best = min(summaries, key=lambda summary: float(summary[METRIC]["Value"]))
    assert tuned["BestTrainingJob"] == best
    assert best[METRIC]["MetricName"] == "validation:rmse"
    assert best[METRIC]["Type"] == "Minimize"
    assert tuned["HyperParameterTuningEndTime"] >= tuned["CreationTime"]
    assert tuned["ConsumedResources"]["RuntimeInSeconds"] >= 1


def test_each_training_job_is_an_ordinary_one_that_knows_its_tuning_job(
    aws: SimpleNamespace, tuned: dict[str, Any]
) -> None:
    for number, summary in enumerate(trials(aws, "Tuned"), start=1):
        assert re.fullmatch(rf"Tuned-{number:03d}-[0-9a-f]{{8}}", summary["TrainingJobName"])
        job = aws.sagemaker.describe_training_job(TrainingJobName=summary["TrainingJobName"])
        assert job["TuningJobArn"] == tuned["HyperParameterTuningJobArn"]
        searched = summary["TunedHyperParameters"]
        assert job["HyperParameters"] == {
            "num_round": "5",
            "objective": "reg:squarederror",
            "_tuning_objective_metric": "validation:rmse",
            **searched,
        }
        assert 0.1 <= float(searched["eta"]) <= 0.5
        assert searched["max_depth"] in "123456"
        final = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
        assert final["validation:rmse"] == pytest.approx(summary[METRIC]["Value"])
        tags = aws.sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
        assert tags == [{"Key": "mllab:student", "Value": "ana"}]
        bucket, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
        assert aws.s3.head_object(Bucket=bucket, Key=key)["ContentLength"] > 0


def test_the_description_keeps_the_request_and_adds_the_objective(
    aws: SimpleNamespace, tuned: dict[str, Any]
) -> None:
    shown = tuned["TrainingJobDefinition"]
    assert shown["StaticHyperParameters"] == {
        "num_round": "5",
        "objective": "reg:squarederror",
        "_tuning_objective_metric": "validation:rmse",
    }
    assert shown["RoleArn"] == aws.role
    assert shown["EnableManagedSpotTraining"] is False
    assert tuned["HyperParameterTuningJobConfig"] == {
        **request(aws, "Tuned")["HyperParameterTuningJobConfig"],
        "TrainingJobEarlyStoppingType": "Off",
    }


def test_a_metric_that_is_not_the_objectives_default_is_evaluated_for_the_search(
    aws: SimpleNamespace,
) -> None:
    objective = {"Type": "Maximize", "MetricName": "validation:r2"}
    limits = {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2}
    members = {"HyperParameterTuningJobObjective": objective, "ResourceLimits": limits}
    _create(aws, request(aws, "by-r2", config=members))
    job = finished(aws, "by-r2")
    assert job["ObjectiveStatusCounters"]["Succeeded"] == 2
    values = [summary[METRIC]["Value"] for summary in trials(aws, "by-r2")]
    assert job["BestTrainingJob"][METRIC]["Value"] == max(values)


def test_no_more_than_the_allowed_number_run_at_a_time(aws: SimpleNamespace) -> None:
    limits = {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1}
    _create(aws, _scripted(aws, "one-by-one", ResourceLimits=limits))
    finished(aws, "one-by-one")
    summaries = trials(aws, "one-by-one")
    for before, after in itertools.pairwise(summaries):
        assert after["CreationTime"] >= before["TrainingEndTime"]


def test_bayesian_search_uses_what_it_has_seen(aws: SimpleNamespace) -> None:
    limits = {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 2}
    _create(aws, _scripted(aws, "bayesian", Strategy="Bayesian", ResourceLimits=limits))
    assert finished(aws, "bayesian")[STATUS] == "Completed"
    distances = [abs(float(each["TunedHyperParameters"]["guess"]) - 3) for each in trials(aws, "bayesian")]
    assert min(distances[5:]) < 1
    assert sum(distances[6:]) / 6 < sum(distances[:6]) / 6


def test_a_grid_is_searched_whole(aws: SimpleNamespace) -> None:
    ranges = {
        "CategoricalParameterRanges": [
            {"Name": "guess", "Values": ["1", "3"]},
            {"Name": "color", "Values": ['"red"', '"blue"']},
        ]
    }
    limits = {"MaxParallelTrainingJobs": 2}
    _create(aws, _scripted(aws, "grid", Strategy="Grid", ParameterRanges=ranges, ResourceLimits=limits))
    job = finished(aws, "grid")
    tried = sorted(tuple(sorted(each["TunedHyperParameters"].items())) for each in trials(aws, "grid"))
    assert len(tried) == len(set(tried)) == 4
    assert job["BestTrainingJob"]["TunedHyperParameters"]["guess"] == "3"


def test_the_same_seed_searches_the_same_values(aws: SimpleNamespace) -> None:
    limits = {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1}
    found = []
    for name in ("seeded-a", "seeded-b"):
        _create(aws, _scripted(aws, name, ResourceLimits=limits))
        finished(aws, name)
        found.append([each["TunedHyperParameters"]["guess"] for each in trials(aws, name)])
    assert found[0] == found[1]
    assert len(set(found[0])) == 2


# How it ends


def test_when_every_training_job_fails_the_tuning_job_fails_and_says_why(aws: SimpleNamespace) -> None:
    _create(aws, _scripted(aws, "failing", "fail"))
    job = finished(aws, "failing")
    assert job[STATUS] == "Failed"
    assert job["FailureReason"].startswith("No training job succeeded after 4 attempts.")
    assert "as asked" in job["FailureReason"]
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == 4
    assert job["ObjectiveStatusCounters"]["Failed"] == 4
    assert "BestTrainingJob" not in job
    assert all("as asked" in summary["FailureReason"] for summary in trials(aws, "failing"))


def test_a_metric_that_never_appears_fails_the_objective_not_the_training(aws: SimpleNamespace) -> None:
    limits = {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 2}
    _create(aws, _scripted(aws, "silent", "quiet", ResourceLimits=limits))
    job = finished(aws, "silent")
    assert job[STATUS] == "Failed"
    assert re.match(r"No objective metrics found after running [56] training jobs\.", job["FailureReason"])
    summaries = trials(aws, "silent")
    assert {summary["ObjectiveStatus"] for summary in summaries} == {"Failed"}
    assert "Completed" in {summary["TrainingJobStatus"] for summary in summaries}
    assert all(METRIC not in summary for summary in summaries)


def test_some_failures_do_not_fail_the_search(aws: SimpleNamespace) -> None:
    ranges = {"CategoricalParameterRanges": [{"Name": "mode", "Values": ['"fail"', '"score"']}]}
    limits = {"MaxParallelTrainingJobs": 1}
    tuning = _scripted(aws, "mixed", Strategy="Grid", ParameterRanges=ranges, ResourceLimits=limits)
    del tuning["TrainingJobDefinition"]["StaticHyperParameters"]["mode"]
    _create(aws, tuning)
    job = finished(aws, "mixed")
    assert job[STATUS] == "Completed"
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 1, "Pending": 0, "Failed": 1}
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"mode": '"score"'}


def test_a_reached_target_ends_the_search(aws: SimpleNamespace) -> None:
    limits = {"MaxNumberOfTrainingJobs": 50, "MaxParallelTrainingJobs": 1}
    criteria = {"TargetObjectiveMetricValue": 100.0}
    _create(aws, _scripted(aws, "on-target", ResourceLimits=limits, TuningJobCompletionCriteria=criteria))
    job = finished(aws, "on-target")
    assert job[STATUS] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == 1


def test_a_search_that_no_longer_improves_ends(aws: SimpleNamespace) -> None:
    ranges = {"CategoricalParameterRanges": [{"Name": "guess", "Values": ["3", "4", "5", "6", "7", "8"]}]}
    criteria = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}
    members = {"ParameterRanges": ranges, "ResourceLimits": {"MaxParallelTrainingJobs": 1}}
    _create(aws, _scripted(aws, "stuck", Strategy="Grid", TuningJobCompletionCriteria=criteria, **members))
    job = finished(aws, "stuck")
    assert job[STATUS] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == 4
    assert job["TuningJobCompletionDetails"] == {"NumberOfTrainingJobsObjectiveNotImproving": 3}


def test_a_training_job_that_does_worse_than_the_earlier_ones_is_stopped_early(aws: SimpleNamespace) -> None:
    ranges = {"CategoricalParameterRanges": [{"Name": "guess", "Values": ["1", "2", "3", "9", "0.5"]}]}
    members = {
        "ParameterRanges": ranges,
        "ResourceLimits": {"MaxParallelTrainingJobs": 1},
        "Strategy": "Grid",
    }
    _create(aws, _scripted(aws, "early", "epochs", TrainingJobEarlyStoppingType="Auto", **members))
    job = finished(aws, "early")
    assert job[STATUS] == "Completed"
    statuses = [summary["TrainingJobStatus"] for summary in trials(aws, "early")]
    assert statuses == ["Completed", "Completed", "Completed", "Stopped", "Completed"]
    assert job["TrainingJobStatusCounters"]["Stopped"] == 1
    assert job["ObjectiveStatusCounters"]["Succeeded"] == 5
    assert trials(aws, "early")[3][METRIC]["Value"] == pytest.approx(10.0)
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"guess": "0.5"}


def test_stopping_stops_the_training_jobs_and_launches_no_more(aws: SimpleNamespace) -> None:
    _create(aws, _scripted(aws, "stopped", "hang"))
    until(aws, "stopped", lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 2)
    aws.sagemaker.stop_hyper_parameter_tuning_job(**{NAME: "stopped"})
    job = finished(aws, "stopped")
    assert job[STATUS] == "Stopped"
    assert job["TrainingJobStatusCounters"]["Stopped"] == 2
    assert [summary["TrainingJobStatus"] for summary in trials(aws, "stopped")] == ["Stopped", "Stopped"]
    with pytest.raises(ClientError, match="is in status Stopped"):
        aws.sagemaker.stop_hyper_parameter_tuning_job(**{NAME: "stopped"})


def test_a_training_job_stopped_by_hand_is_counted_and_the_search_goes_on(aws: SimpleNamespace) -> None:
    ranges = {"CategoricalParameterRanges": [{"Name": "mode", "Values": ['"hang"', '"score"']}]}
    limits = {"MaxParallelTrainingJobs": 1}
    tuning = _scripted(aws, "by-hand", Strategy="Grid", ParameterRanges=ranges, ResourceLimits=limits)
    del tuning["TrainingJobDefinition"]["StaticHyperParameters"]["mode"]
    _create(aws, tuning)
    until(aws, "by-hand", lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 1)
    [hanging] = trials(aws, "by-hand")
    aws.sagemaker.stop_training_job(TrainingJobName=hanging["TrainingJobName"])
    job = finished(aws, "by-hand")
    assert job[STATUS] == "Completed"
    assert job["TrainingJobStatusCounters"]["Stopped"] == 1
    assert job["TrainingJobStatusCounters"]["Completed"] == 1


def test_an_output_bucket_that_goes_away_fails_the_tuning_job_with_the_reason(aws: SimpleNamespace) -> None:
    aws.s3.create_bucket(Bucket="tuning-vanishes")
    tuning = _scripted(aws, "vanishing", ResourceLimits=_limits(10, 1))
    tuning["TrainingJobDefinition"]["OutputDataConfig"] = {"S3OutputPath": "s3://tuning-vanishes/out"}
    _create(aws, tuning)
    until(aws, "vanishing", lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 1)
    bucket = aws.client("s3")
    for each in bucket.list_objects_v2(Bucket="tuning-vanishes").get("Contents", []):
        bucket.delete_object(Bucket="tuning-vanishes", Key=each["Key"])
    bucket.delete_bucket(Bucket="tuning-vanishes")
    job = finished(aws, "vanishing")
    assert job[STATUS] == "Failed"
    assert "tuning-vanishes" in job["FailureReason"]


def _limits(most: int, parallel: int) -> dict[str, int]:
    return {"MaxNumberOfTrainingJobs": most, "MaxParallelTrainingJobs": parallel}


# Listing, deleting


def test_training_jobs_are_listed_by_objective_value(aws: SimpleNamespace, tuned: dict[str, Any]) -> None:
    by_value = trials(aws, "Tuned", SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
    values = [summary[METRIC]["Value"] for summary in by_value]
    assert values == sorted(values, reverse=True)
    assert len(values) == 4
    page = aws.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(**{NAME: "Tuned"}, MaxResults=3)
    rest = aws.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        **{NAME: "Tuned"}, MaxResults=3, NextToken=page["NextToken"]
    )
    assert len(page["TrainingJobSummaries"]) + len(rest["TrainingJobSummaries"]) == 4
    assert trials(aws, "Tuned", StatusEquals="Failed") == []


def test_tuning_jobs_are_listed_with_their_counters(aws: SimpleNamespace, tuned: dict[str, Any]) -> None:
    [summary] = aws.sagemaker.list_hyper_parameter_tuning_jobs(
        NameContains="Tuned", StatusEquals="Completed"
    )["HyperParameterTuningJobSummaries"]
    assert summary["HyperParameterTuningJobArn"] == tuned["HyperParameterTuningJobArn"]
    assert summary["Strategy"] == "Random"
    assert summary["TrainingJobStatusCounters"]["Completed"] == 4


def test_a_tuning_job_is_deleted_once_it_is_over_and_its_training_jobs_stay(aws: SimpleNamespace) -> None:
    client = aws.sagemaker
    _create(aws, _scripted(aws, "deleted", "hang", ResourceLimits=_limits(1, 1)))
    with pytest.raises(client.exceptions.ResourceInUse):
        client.delete_hyper_parameter_tuning_job(**{NAME: "deleted"})
    until(aws, "deleted", lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 1)
    client.stop_hyper_parameter_tuning_job(**{NAME: "deleted"})
    finished(aws, "deleted")
    [trial] = trials(aws, "deleted")
    client.delete_hyper_parameter_tuning_job(**{NAME: "deleted"})
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.describe_hyper_parameter_tuning_job(**{NAME: "deleted"})
    assert client.describe_training_job(TrainingJobName=trial["TrainingJobName"])


def test_a_missing_tuning_job_is_said_to_be_missing_by_every_operation(aws: SimpleNamespace) -> None:
    client = aws.sagemaker
    for operation in (
        client.describe_hyper_parameter_tuning_job,
        client.stop_hyper_parameter_tuning_job,
        client.delete_hyper_parameter_tuning_job,
        client.list_training_jobs_for_hyper_parameter_tuning_job,
    ):
        with pytest.raises(client.exceptions.ResourceNotFound, match="can't find a tuning job"):
            operation(**{NAME: "nothing"})
