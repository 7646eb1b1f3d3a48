"""CreateHyperParameterTuningJob's checks, and what they make of the request.

Members and limits: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import training_request, tuning_ranges, tuning_xgboost
from mllab_localaws.sagemaker.tuning_ranges import Categories, Range
from mllab_localaws.store import Record
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

OBJECTIVE = "_tuning_objective_metric"
MOST_PARALLEL = 10
MOST_JOBS = {"Random": 10_000}
MOST_JOBS_OTHERWISE = 750

_MEMBERS = ("HyperParameterTuningJobName", "HyperParameterTuningJobConfig", "TrainingJobDefinition", "Tags")
_CONFIG = (
    "Strategy",
    "HyperParameterTuningJobObjective",
    "ResourceLimits",
    "ParameterRanges",
    "TrainingJobEarlyStoppingType",
    "TuningJobCompletionCriteria",
    "RandomSeed",
)
_LIMITS = ("MaxNumberOfTrainingJobs", "MaxParallelTrainingJobs", "MaxRuntimeInSeconds")
_CRITERIA = ("TargetObjectiveMetricValue", "BestObjectiveNotImproving")
# Members of the definition that are members of CreateTrainingJob as well.
_PASSED_ON = (
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "Environment",
    "EnableInterContainerTrafficEncryption",
)


@dataclass(frozen=True)
class TuningPlan:
    """What a tuning job does.

    Attributes:
        direction: Maximize or Minimize.
        most_seconds: of the whole tuning job, None without a limit.
        target: objective value at which the job has what it wants.
        stops_early: whether training jobs are stopped that do worse than earlier ones.
        patience: completed jobs without a better one, after which it gives up.
        training: CreateTrainingJob's parameters, but for the name and the searched hyperparameters.
    """

    strategy: str
    ranges: tuple[Range, ...]
    seed: int | None
    metric: str
    direction: str
    most_jobs: int
    most_parallel: int
    most_seconds: float | None
    target: float | None
    patience: int | None
    stops_early: bool
    training: Record

    @property
    def maximize(self) -> bool:
        """Whether a larger objective is better."""
        return self.direction == "Maximize"


def check(params: Mapping[str, Any], platform: Platform, region: str) -> TuningPlan:
    """Refuse what AWS refuses at once and what the local AWS cannot do.

    Raises: AwsError: `ValidationException` or `ResourceLimitExceeded`.
    """
    refuse_others(params, _MEMBERS, "CreateHyperParameterTuningJob")
    config, definition = params["HyperParameterTuningJobConfig"], params.get("TrainingJobDefinition")
    if not definition:
        raise validation_error("A tuning job needs a TrainingJobDefinition.")
    _check_features(config)
    ranges = tuning_ranges.read(config.get("ParameterRanges", {}))
    objective = config.get("HyperParameterTuningJobObjective")
    if not objective:
        raise validation_error("A tuning job needs a HyperParameterTuningJobObjective.")
    training = _training(params, definition, objective["MetricName"])
    image = training_request.check(training, platform, region)
    _check_overlap(definition.get("StaticHyperParameters", {}), ranges)
    if "xgboost" in image.repository and not training_request.is_script_mode(training):
        tuning_xgboost.check_objective(objective["MetricName"], objective["Type"])
        tuning_xgboost.check_ranges(definition["AlgorithmSpecification"]["TrainingImage"], ranges)
    else:
        _check_metric(objective["MetricName"], definition["AlgorithmSpecification"])
    limits, criteria = config["ResourceLimits"], config.get("TuningJobCompletionCriteria", {})
    return TuningPlan(
        strategy=config["Strategy"],
        ranges=ranges,
        seed=config.get("RandomSeed"),
        metric=objective["MetricName"],
        direction=objective["Type"],
        most_jobs=_most_jobs(config["Strategy"], limits, ranges),
        most_parallel=limits["MaxParallelTrainingJobs"],
        most_seconds=limits.get("MaxRuntimeInSeconds"),
        target=criteria.get("TargetObjectiveMetricValue"),
        patience=criteria.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving"),
        stops_early=config.get("TrainingJobEarlyStoppingType") == "Auto",
        training=training,
    )


def _check_features(config: Mapping[str, Any]) -> None:
    if config["Strategy"] == "Hyperband":
        raise _not_here("Strategy Hyperband")
    refuse_others(config, _CONFIG, "HyperParameterTuningJobConfig")
    refuse_others(config["ResourceLimits"], _LIMITS, "ResourceLimits")
    refuse_others(config.get("TuningJobCompletionCriteria", {}), _CRITERIA, "TuningJobCompletionCriteria")


def _training(params: Mapping[str, Any], definition: Mapping[str, Any], metric: str) -> Record:
    accepted = (*_PASSED_ON, "StaticHyperParameters", "DefinitionName")
    refuse_others(definition, accepted, "TrainingJobDefinition")
    given = {member: definition[member] for member in _PASSED_ON if definition.get(member)}
    static = definition.get("StaticHyperParameters", {})
    return {**given, "HyperParameters": {**static, OBJECTIVE: metric}, "Tags": params.get("Tags", [])}


def _check_overlap(static: Mapping[str, str], ranges: tuple[Range, ...]) -> None:
    both = sorted({each.name for each in ranges} & set(static))
    if both:
        raise validation_error(
            f"Hyperparameters are either static or searched; {', '.join(both)} stands in "
            "StaticHyperParameters and in ParameterRanges."
        )
    if OBJECTIVE in static:
        raise validation_error(f"{OBJECTIVE} is given by the tuning job itself; leave it out.")


def _check_metric(metric: str, specification: Mapping[str, Any]) -> None:
    names = [each["Name"] for each in specification.get("MetricDefinitions", [])]
    if metric not in names:
        raise validation_error(
            "A metric is required for this hyperparameter tuning job objective. Provide a metric in the "
            f'metric definitions: "{metric}" is not among [{", ".join(names)}].'
        )


def _most_jobs(strategy: str, limits: Mapping[str, int], ranges: tuple[Range, ...]) -> int:
    """Return how many training jobs there will be at most."""
    if limits["MaxParallelTrainingJobs"] > MOST_PARALLEL:
        raise _over_limit("parallel training jobs", limits["MaxParallelTrainingJobs"], MOST_PARALLEL)
    combinations, asked = tuning_ranges.combinations(ranges), limits.get("MaxNumberOfTrainingJobs")
    if strategy == "Grid":
        if not all(isinstance(each, Categories) for each in ranges):
            raise validation_error("Strategy Grid searches categorical ranges only.")
        if asked is not None and asked != combinations:
            raise validation_error(
                f"Strategy Grid runs one training job for each of the {combinations:.0f} combinations; leave "
                f"MaxNumberOfTrainingJobs out, or give that number instead of {asked}."
            )
        asked = int(combinations)
    if asked is None:
        raise validation_error(f"Strategy {strategy} needs MaxNumberOfTrainingJobs in ResourceLimits.")
    most = MOST_JOBS.get(strategy, MOST_JOBS_OTHERWISE)
    if asked > most:
        raise _over_limit("training jobs", asked, most)
    if combinations < asked:
        raise validation_error(
            "You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter "
            f"combinations for the provided ranges [{combinations}] must be equal or greater than the value "
            f"of MaxNumberOfJobs, [{asked}]. Provide additional ranges."
        )
    return asked


def _over_limit(what: str, asked: int, most: int) -> AwsError:
    return AwsError(
        "ResourceLimitExceeded", f"A tuning job has at most {most} {what}; {asked} were asked for."
    )


def _not_here(what: str) -> AwsError:
    return validation_error(
        f"{what} is not part of the local AWS's tuning jobs; docs/local-aws.md lists what is."
    )
