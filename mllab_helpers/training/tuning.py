"""SageMaker tuning jobs, and what else may make a model better: more data, another algorithm.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from mllab_helpers import archives, carried, images, progress, storage
from mllab_helpers.aws_errors import translate
from mllab_helpers.errors import MetricNotTunable, TuningFailed
from mllab_helpers.identity.propagation import when_role_is_ready
from mllab_helpers.lab.clock import wait_until
from mllab_helpers.texts import say
from mllab_helpers.training import training

if TYPE_CHECKING:
    import pandas as pd

    from mllab_helpers.lab.lab import Lab

OBJECTIVE = "validation:rmse"
_FOREST = "random_forest"
FINISHED = frozenset({"Completed", "Failed", "Stopped"})
# What the built-in XGBoost reports for a regression (Developer Guide, "Tune an XGBoost Model").
REGRESSION_METRICS = frozenset(
    {f"validation:{name}" for name in ("rmse", "mae", "mape", "rmsle", "mse", "mphe", "r2")}
)
_WAIT_SECONDS = 6 * 3600.0
# Training jobs that part b of notebook 05 runs at a time; the doctor asks the quotas for as many.
_AT_ONCE = 2
_OF_EACH_TRIAL = (
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
)


@dataclass(frozen=True, repr=False)
class TuningResult:
    """A tuning job that is over.

    Attributes:
        best_job: name of its best training job; best_value: the objective there.
        completed, failed: how many training jobs ended which way.
    """

    name: str
    status: str
    best_job: str
    best_value: float
    completed: int
    failed: int

    def __repr__(self) -> str:
        return say(
            "tuning.result", name=self.name, status=self.status, count=self.completed, value=self.best_value
        )


def tuning_name(lab: Lab) -> str:
    """Return a tuning job's name that has not been used; it may have 32 characters, half of other names."""
    now = datetime.fromtimestamp(lab.clock.now(), timezone.utc)
    return lab.name(f"hpo-{now:%d%H%M%S}")


def tuning_request(
    lab: Lab,
    name: str,
    *,
    training_request: Mapping[str, Any],
    ranges: Mapping[str, tuple[float, float]],
    jobs: int,
    at_once: int = _AT_ONCE,
    strategy: str = "Bayesian",
    metric: str = OBJECTIVE,
    seed: int = 2014,
) -> dict[str, Any]:
    """Return the request that starts a tuning job, as `create_hyper_parameter_tuning_job` takes it.

    Args:
        training_request: of one of its training jobs, from `training.training_request`; its name is left out,
            and hyperparameters that are searched are taken out of it.
        ranges: lowest and highest value by hyperparameter; two whole numbers are searched as such.
        jobs: training jobs in all; at_once: of them, how many at the same time.
        metric: to make as small as possible.
    Raises: MetricNotTunable: the algorithm does not report it for a regression.
    """
    if metric not in REGRESSION_METRICS:
        raise MetricNotTunable(metric=metric, known=", ".join(sorted(REGRESSION_METRICS)))
    fixed = training_request["HyperParameters"]
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": strategy,
            "RandomSeed": seed,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": metric},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": jobs, "MaxParallelTrainingJobs": at_once},
            "ParameterRanges": _ranges(ranges),
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {key: value for key, value in fixed.items() if key not in ranges},
            **{member: training_request[member] for member in _OF_EACH_TRIAL},
        },
        "Tags": lab.tags,
    }


@translate()
def wait_for_tuning(lab: Lab, name: str) -> TuningResult:
    """Follow a tuning job to its end.

    Raises: TuningFailed: with the reason; KeyboardInterrupt: after saying that it goes on.
    """
    sagemaker = lab.client("sagemaker")
    with progress.show(say("tuning.waiting", name=name)) as shown:

        def look() -> dict[str, Any]:
            seen: dict[str, Any] = sagemaker.describe_hyper_parameter_tuning_job(
                HyperParameterTuningJobName=name
            )
            shown.tell(say("tuning.so_far", count=seen["TrainingJobStatusCounters"].get("Completed", 0)))
            return seen

        try:
            job = wait_until(
                lab.clock,
                look,
                lambda seen: seen["HyperParameterTuningJobStatus"] in FINISHED,
                what=name,
                pause=lab.pause,
                limit=_WAIT_SECONDS,
            )
        except KeyboardInterrupt:
            print(say("tuning.goes_on", name=name))
            raise
    if "BestTrainingJob" not in job:
        raise TuningFailed(name=name, reason=_why_nothing_was_found(lab, job))
    return _result(job)


@translate()
def leaderboard(lab: Lab, name: str) -> pd.DataFrame:
    """Return a tuning job's training jobs, best first.

    Returns: `rank`, `trial` (in the order of their start), `job`, `status`, `rmse` (the objective; NaN for a
        job without one), then one column per hyperparameter that was searched.
    """
    import pandas as pd

    found = _trials(lab, name)
    found.sort(key=lambda summary: (summary["CreationTime"], summary["TrainingJobName"]))
    rows = [
        {
            "trial": number,
            "job": summary["TrainingJobName"],
            "status": summary["TrainingJobStatus"],
            "rmse": summary.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value"),
            **{key: float(value) for key, value in summary["TunedHyperParameters"].items()},
        }
        for number, summary in enumerate(found, start=1)
    ]
    columns = list(rows[0]) if rows else ["trial", "job", "status", "rmse"]
    table: pd.DataFrame = pd.DataFrame(rows, columns=columns)
    table = table.astype({"rmse": "float64"}).sort_values("rmse")
    table.insert(0, "rank", range(1, len(table) + 1))
    ranked: pd.DataFrame = table.reset_index(drop=True)
    return ranked


def train_on_shares(
    lab: Lab, rows: pd.DataFrame, shares: tuple[float, ...], *, request: Mapping[str, Any], write: Any
) -> pd.DataFrame:
    """Train the same model on parts of the training rows: would more data help? Two jobs run at a time.

    Args:
        rows: in random order; shares: between 0 and 1, e.g. `(0.1, 0.25, 0.5, 1.0)`.
        request: of a training job, whose `train` channel and name are replaced.
        write: turns rows into the algorithm's CSV.
    Returns: one row per share: `share`, `rows`, `train_rmse`, `validation_rmse`.
    """
    import pandas as pd

    table = []
    for first in range(0, len(shares), _AT_ONCE):
        started = []
        for share in shares[first : first + _AT_ONCE]:
            part = rows.head(round(share * len(rows)))
            started.append((share, len(part), _start_on_part(lab, share, write(part), request)))
        for share, count, name in started:
            metrics = training.wait_for_training(lab, name).metrics
            table.append((share, count, metrics["train:rmse"], metrics["validation:rmse"]))
    columns = ["share", "rows", "train_rmse", "validation_rmse"]
    result: pd.DataFrame = pd.DataFrame(table, columns=columns)
    return result


@translate()
def forest_request(
    lab: Lab, name: str, *, channels: Mapping[str, str], trees: int = 150, instance_type: str = "ml.m5.large"
) -> dict[str, Any]:
    """Return the request of a script-mode job: a random forest in AWS's scikit-learn image.

    The script is packed, uploaded, and named by two hyperparameters that the image understands.

    Args: channels: `s3://` prefixes of `train`, `validation` and `test`.
    """
    bundle = archives.tar_gz({f"{_FOREST}.py": carried.program("scripts", _FOREST)})
    source = storage.upload_bytes(lab, bundle, "code/random-forest/sourcedir.tar.gz").uri
    request = training.training_request(
        lab,
        name,
        channels=channels,
        image=images.sklearn_image(lab.region),
        instance_type=instance_type,
        hyperparameters={
            "n-estimators": trees,
            "sagemaker_program": f"{_FOREST}.py",
            "sagemaker_submit_directory": source,
        },
    )
    request["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": f"{channel}:rmse", "Regex": rf"{channel}-rmse=([0-9.]+);"}
        for channel in ("train", "validation")
    ]
    return request


@translate()
def forest_predictions(lab: Lab, job: str) -> list[float]:
    """Return what a random forest of `forest_request` predicted for the test rows, one price each.

    Raises: NoSuchObject: the job left no output.
    """
    artefact = training.describe_training(lab, job).artefact
    body = storage.download(lab, artefact.replace("/model.tar.gz", "/output.tar.gz"))
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as archive:
        member = archive.extractfile("predictions.csv")
        lines = member.read().decode().split() if member is not None else []
    return [float(line) for line in lines]


def _trials(lab: Lab, name: str) -> list[dict[str, Any]]:
    pages = lab.client("sagemaker").get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    return [
        summary
        for page in pages.paginate(HyperParameterTuningJobName=name)
        for summary in page["TrainingJobSummaries"]
    ]


def _why_nothing_was_found(lab: Lab, job: Mapping[str, Any]) -> str:
    """Return what SageMaker says of the search, and the cause, which one of its training jobs knows."""
    said = str(job.get("FailureReason", job["HyperParameterTuningJobStatus"]))
    failed = [trial for trial in _trials(lab, job["HyperParameterTuningJobName"]) if "FailureReason" in trial]
    if not failed:
        return said
    for trial in failed:
        said = said.partition(trial["TrainingJobName"])[0]
    name = failed[0]["TrainingJobName"]
    return f"{said.strip()}\n  {name}: {training.explain_failure(lab, name, failed[0]['FailureReason'])}"


def _start_on_part(lab: Lab, share: float, content: bytes, request: Mapping[str, Any]) -> str:
    """Upload a part of the training rows and start a job on it; return the job's name."""
    percent = f"{round(share * 100):03d}"
    prefix = f"training/share-{percent}/"
    storage.upload_bytes(lab, content, f"{prefix}houses.csv")
    name = lab.unique_name(f"share{percent}")
    channels = _with_train(request, f"s3://{lab.bucket}/{prefix}")
    started = {**request, "TrainingJobName": name, "InputDataConfig": channels}
    lab.note_creating("training-job", name, request["ResourceConfig"]["InstanceType"])
    when_role_is_ready(lab, lambda: lab.client("sagemaker").create_training_job(**started))
    return name


def _with_train(request: Mapping[str, Any], uri: str) -> list[dict[str, Any]]:
    """Return a request's channels, with the training rows from elsewhere."""
    channels: list[dict[str, Any]] = []
    for channel in request["InputDataConfig"]:
        source = channel["DataSource"]["S3DataSource"]
        if channel["ChannelName"] == "train":
            source = {**source, "S3Uri": uri}
        channels.append({**channel, "DataSource": {"S3DataSource": source}})
    return channels


def _ranges(ranges: Mapping[str, tuple[float, float]]) -> dict[str, list[dict[str, str]]]:
    sorted_by_kind: dict[str, list[dict[str, str]]] = {}
    for name, (low, high) in ranges.items():
        whole = isinstance(low, int) and isinstance(high, int)
        kind = "IntegerParameterRanges" if whole else "ContinuousParameterRanges"
        # The API takes all numbers as text.
        limits = {"Name": name, "MinValue": str(low), "MaxValue": str(high), "ScalingType": "Auto"}
        sorted_by_kind.setdefault(kind, []).append(limits)
    return sorted_by_kind


def _result(job: Mapping[str, Any]) -> TuningResult:
    best, counters = job["BestTrainingJob"], job["TrainingJobStatusCounters"]
    return TuningResult(
        name=job["HyperParameterTuningJobName"],
        status=job["HyperParameterTuningJobStatus"],
        best_job=best["TrainingJobName"],
        best_value=best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"],
        completed=counters.get("Completed", 0),
        failed=counters.get("NonRetryableError", 0),
    )
