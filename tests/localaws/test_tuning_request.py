"""What CreateHyperParameterTuningJob refuses before anything runs, and how it says so."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import tuning_jobs
from botocore.config import Config
from botocore.exceptions import ClientError
from tuning_jobs import NAME, SKLEARN, STATUS, finished, request, until

BUCKET = "tuning-requests"


@pytest.fixture(scope="module")
def aws(client: Callable[..., Any]) -> SimpleNamespace:
    aws = tuning_jobs.prepare(client, BUCKET)
    aws.sagemaker = client("sagemaker", config=Config(parameter_validation=False))
    return aws


def _refused(aws: SimpleNamespace, tuning: dict[str, Any], code: str = "ValidationException") -> str:
    with pytest.raises(ClientError) as raised:
        aws.sagemaker.create_hyper_parameter_tuning_job(**tuning)
    error = raised.value.response["Error"]
    assert error["Code"] == code, error
    with pytest.raises(ClientError, match="can't find"):
        aws.sagemaker.describe_hyper_parameter_tuning_job(**{NAME: tuning[NAME]})
    return str(error["Message"])


def _continuous(name: str, low: str, high: str, **more: str) -> dict[str, Any]:
    return {"ContinuousParameterRanges": [{"Name": name, "MinValue": low, "MaxValue": high, **more}]}


def _integer(name: str, low: str, high: str, **more: str) -> dict[str, Any]:
    return {"IntegerParameterRanges": [{"Name": name, "MinValue": low, "MaxValue": high, **more}]}


def _categorical(name: str, *values: str) -> dict[str, Any]:
    return {"CategoricalParameterRanges": [{"Name": name, "Values": list(values)}]}


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ({}, "1 to 30"),
        (_continuous("eta", "0.5", "0.1"), "must be less than"),
        (_continuous("eta", "0.5", "0.5"), "must be less than"),
        (_continuous("eta", "low", "0.5"), '"low" is no number'),
        (_continuous("eta", "nan", "0.5"), "MinValue nan is not between"),
        (_continuous("eta", "0.1", "inf"), "MaxValue inf is not between"),
        (_continuous("eta", "-1e308", "1e308"), "is not between"),
        (_integer("num_round", "1", "9" * 200), "is not between"),
        (_integer("max_depth", "1.5", "3"), '"1.5" is no whole number'),
        (_continuous("gamma", "0", "5", ScalingType="Logarithmic"), "above 0"),
        (_continuous("eta", "0.1", "1", ScalingType="ReverseLogarithmic"), "MaxValue < 1"),
        (_integer("max_depth", "1", "3", ScalingType="ReverseLogarithmic"), "continuous ranges only"),
        (_integer("max_depth", "1", "3", ScalingType="Cubic"), "enum value set"),
        (_categorical("eta", "0.1", "0.1"), "differ"),
        (_categorical("eta", *map(str, range(31))), "less than or equal to 30"),
        ({**_continuous("eta", "0.1", "0.5"), **_categorical("eta", "0.1", "0.2")}, "eta has several"),
        ({"AutoParameters": [{"Name": "eta", "ValueHint": "0.1"}]}, "AutoParameters"),
        (_continuous("eta", "0.1", "1.5"), "which the algorithm refuses"),
        (_continuous("max_depth", "1", "6"), "give it an integer range"),
        (_categorical("subsample", "1", "none"), "the value none"),
        (_continuous("learning_rate", "0.1", "0.5"), "untunable hyperparameters: [learning_rate]"),
        (_integer("n_estimators", "10", "50"), "you can tune only [alpha, colsample_bylevel"),
        (_integer("num_round", "10", "50"), "either static or searched; num_round"),
        (_integer("max_depth", "1", "3"), "combinations for the provided ranges [3.0]"),
    ],
)
def test_a_range_that_cannot_be_searched_is_refused(
    aws: SimpleNamespace, ranges: dict[str, Any], said: str
) -> None:
    assert said in _refused(aws, request(aws, "bad-range", config={"ParameterRanges": ranges}))


def _metric(name: str, direction: str = "Minimize") -> dict[str, Any]:
    return {"HyperParameterTuningJobObjective": {"Type": direction, "MetricName": name}}


LIMIT = "ResourceLimitExceeded"


@pytest.mark.parametrize(
    ("config", "said", "code"),
    [
        (_metric("validation:accuracies"), "validation:accuracy, validation:aft-nloglik,", None),
        (_metric("train:rmse"), "does not exist", None),
        (_metric("validation:rmse", "Maximize"), "Minimize, not Maximize", None),
        (_metric("validation:rmse", "Best"), "enum value set", None),
        ({"HyperParameterTuningJobObjective": None}, "needs a HyperParameterTuningJobObjective", None),
        ({"Strategy": "Hyperband"}, "Hyperband is not part", None),
        ({"Strategy": "Clever"}, "enum value set", None),
        ({"Strategy": "Grid"}, "categorical ranges only", None),
        ({"StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1}}}, "StrategyConfig", None),
        ({"ResourceLimits": {"MaxParallelTrainingJobs": 1}}, "needs MaxNumberOfTrainingJobs", None),
        ({"ResourceLimits": {"MaxNumberOfTrainingJobs": 1}}, "maxParallelTrainingJobs", None),
        ({"ResourceLimits": tuning_jobs.limits(20, 11)}, "at most 10 parallel training jobs", LIMIT),
        ({"ResourceLimits": tuning_jobs.limits(10_001, 1)}, "at most 10000 training jobs", LIMIT),
        ({"ResourceLimits": tuning_jobs.limits(751, 1), "Strategy": "Bayesian"}, "at most 750", LIMIT),
        ({"ResourceLimits": {**tuning_jobs.limits(1, 1), "MaxRuntimeInSeconds": 5}}, "120", None),
        (
            {"TuningJobCompletionCriteria": {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}},
            "ConvergenceDetected",
            None,
        ),
    ],
)
def test_a_search_that_cannot_be_made_is_refused(
    aws: SimpleNamespace, config: dict[str, Any], said: str, code: str | None
) -> None:
    tuning = request(aws, "bad-search", config={k: v for k, v in config.items() if v is not None})
    for name in (name for name, value in config.items() if value is None):
        del tuning["HyperParameterTuningJobConfig"][name]
    assert said in _refused(aws, tuning, code or "ValidationException")


def test_a_grid_of_another_size_than_asked_for_is_refused(aws: SimpleNamespace) -> None:
    config = {"Strategy": "Grid", "ParameterRanges": _categorical("eta", "0.1", "0.2", "0.3")}
    assert "each of the 3 combinations" in _refused(aws, request(aws, "bad-grid", config=config))


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ({"RoleArn": "arn:aws:iam::123456789012:role/nobody"}, "execution role ARN"),
        ({"OutputDataConfig": {"S3OutputPath": "s3://no-such-bucket-here/out"}}, "no-such-bucket-here"),
        ({"InputDataConfig": [tuning_jobs.channel("train", "s3://no-such-bucket-here/")]}, "No S3 objects"),
        ({"EnableManagedSpotTraining": True}, "EnableManagedSpotTraining"),
        ({"RetryStrategy": {"MaximumRetryAttempts": 1}}, "RetryStrategy"),
        ({"StaticHyperParameters": {"_tuning_objective_metric": "validation:rmse"}}, "leave it out"),
        ({"AlgorithmSpecification": {"TrainingImage": "own:1", "TrainingInputMode": "File"}}, "no program"),
        (
            {"AlgorithmSpecification": {"TrainingImage": SKLEARN, "TrainingInputMode": "File"}},
            "A metric is required for this hyperparameter tuning job objective. Provide a metric in the "
            'metric definitions: "validation:rmse" is not among []',
        ),
    ],
)
def test_training_jobs_that_could_not_start_are_refused_at_once(
    aws: SimpleNamespace, definition: dict[str, Any], said: str
) -> None:
    assert said in _refused(aws, request(aws, "bad-training", definition=definition))


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"TrainingJobDefinition": None}, "needs a TrainingJobDefinition"),
        ({"WarmStartConfig": {"WarmStartType": "TransferLearning"}}, "parentHyperParameterTuningJobs"),
        (
            {
                "WarmStartConfig": {
                    "WarmStartType": "TransferLearning",
                    "ParentHyperParameterTuningJobs": [{NAME: "parent"}],
                }
            },
            "WarmStartConfig",
        ),
        ({"Autotune": {"Mode": "Enabled"}}, "Autotune"),
        ({"Tags": [{"Key": "aws:mine", "Value": ""}]}, "reserved"),
    ],
)
def test_what_tuning_jobs_do_not_have_here_is_refused_by_name(
    aws: SimpleNamespace, members: dict[str, Any], said: str
) -> None:
    tuning = {**request(aws, "not-here"), **members}
    assert said in _refused(aws, {name: value for name, value in tuning.items() if value is not None})


@pytest.mark.parametrize("name", ["a" * 33, "with_underscore", "", "-a"])
def test_a_name_that_aws_would_refuse_is_refused(aws: SimpleNamespace, name: str) -> None:
    with pytest.raises(ClientError, match="hyperParameterTuningJobName") as raised:
        aws.sagemaker.create_hyper_parameter_tuning_job(**request(aws, name))
    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_a_name_of_32_characters_leaves_room_for_its_training_jobs_and_is_taken_once(
    aws: SimpleNamespace,
) -> None:
    name = "n" * 32
    tuning = request(aws, name, config={"ResourceLimits": tuning_jobs.limits(1, 1)})
    aws.sagemaker.create_hyper_parameter_tuning_job(**tuning)
    with pytest.raises(aws.sagemaker.exceptions.ResourceInUse, match=f"name, {name}, already exists"):
        aws.sagemaker.create_hyper_parameter_tuning_job(**tuning)
    assert finished(aws, name)[STATUS] == "Completed"


def test_the_training_jobs_own_metric_definitions_show_the_objective(aws: SimpleNamespace) -> None:
    members = {**_metric("validation:f1", "Maximize"), "ResourceLimits": tuning_jobs.limits(1, 1)}
    aws.sagemaker.create_hyper_parameter_tuning_job(**request(aws, "own-metrics", config=members))
    until(aws, "own-metrics", lambda job: sum(job["ObjectiveStatusCounters"].values()) == 1)
    [trial] = tuning_jobs.trials(aws, "own-metrics")
    training = aws.sagemaker.describe_training_job(TrainingJobName=trial["TrainingJobName"])
    definitions = training["AlgorithmSpecification"]["MetricDefinitions"]
    assert "validation:f1" in [each["Name"] for each in definitions]
    finished(aws, "own-metrics")
