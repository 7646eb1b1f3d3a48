"""SageMaker training jobs: start one, follow it, learn why it failed, open what it made.

https://docs.aws.amazon.com/sagemaker/latest/dg/how-it-works-training.html
"""

from __future__ import annotations

import io
import re
import shutil
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers import images, progress, storage
from mllab_helpers.aws_errors import error_code, error_message, translate
from mllab_helpers.errors import ArtefactDamaged, JobNameInUse, JobNotFound, NoMetrics, TrainingFailed
from mllab_helpers.identity.propagation import when_role_is_ready
from mllab_helpers.lab.clock import wait_until
from mllab_helpers.names import check_resource_name
from mllab_helpers.texts import say
from mllab_helpers.training.hyperparameters import check_hyperparameters
from mllab_helpers.training.instance_types import TRAINING, check_instance_type
from mllab_helpers.training.logs import parse_round, training_log

if TYPE_CHECKING:
    import pandas as pd
    import xgboost

    from mllab_helpers.lab.lab import Lab

MODEL_FILE = "xgboost-model"
FINISHED = frozenset({"Completed", "Failed", "Stopped"})
# Queueing, fetching the instance and the image come on top of the job's own limit.
_STARTING_SECONDS = 1800.0
_LOG_DELAY_LOOKS = 5
_LAST_LINE = re.compile(r"(?:^|\n)(?:[\w.]*\.)?(\w*(?:Error|Exception|Interrupt)): (.+)", re.DOTALL)


@dataclass(frozen=True, repr=False)
class TrainingResult:
    """A training job that has ended well.

    Attributes:
        status: `Completed`, or `Stopped` when somebody or the time limit stopped it.
        artefact: address of the model.tar.gz.
        seconds: billable, as AWS counts them.
        metrics: the last value of each, e.g. `validation:rmse`.
    """

    name: str
    status: str
    artefact: str
    seconds: int
    instance_type: str
    metrics: Mapping[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        metrics = ", ".join(f"{name} {_in_words(value)}" for name, value in self.metrics.items())
        return say("training.result", name=self.name, status=self.status, metrics=metrics)


def image_uri(lab: Lab, version: str = images.CURRENT_VERSION) -> str:
    """Return the address of AWS's XGBoost image in the lab's region.

    Raises: UnknownImage, UnknownRegion.
    """
    return images.xgboost_image(lab.region, version)


def training_request(
    lab: Lab,
    name: str,
    *,
    channels: Mapping[str, str],
    hyperparameters: Mapping[str, object],
    image: str | None = None,
    output_prefix: str = "models",
    instance_type: str = "ml.m5.large",
    max_seconds: int = 3600,
) -> dict[str, Any]:
    """Return the request that starts a training job, as `create_training_job` takes it.

    Args:
        channels: the `s3://` prefix of each channel, e.g. `{"train": ..., "validation": ...}`; CSV files.
        image: None for the current XGBoost.
        output_prefix: where in the lab's bucket the artefact goes.
        max_seconds: after which AWS stops the job.
    """
    return {
        "TrainingJobName": check_resource_name(lab.student, name),
        "AlgorithmSpecification": {"TrainingImage": image or image_uri(lab), "TrainingInputMode": "File"},
        "RoleArn": lab.role_arn,
        "InputDataConfig": [_channel(channel, uri) for channel, uri in channels.items()],
        "OutputDataConfig": {"S3OutputPath": f"s3://{lab.bucket}/{output_prefix}"},
        "ResourceConfig": {
            "InstanceType": check_instance_type(lab, instance_type, TRAINING),
            "InstanceCount": 1,
            "VolumeSizeInGB": 5,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": max_seconds},
        "HyperParameters": {key: str(value) for key, value in hyperparameters.items()},
        "Tags": lab.tags,
    }


@translate()
def start_training(
    lab: Lab,
    name: str,
    channels: Mapping[str, str],
    hyperparameters: Mapping[str, object],
    **settings: Any,
) -> str:
    """Start a training job, after a look at what would make it fail minutes later.

    Args: as for `training_request`.
    Returns: the job's name.
    Raises: BadHyperparameter, EmptyPrefix, JobNameInUse, QuotaExceeded, WrongResourceName.
    """
    check_hyperparameters(hyperparameters)
    for uri in channels.values():
        storage.require_objects(lab, uri)
    request = training_request(lab, name, channels=channels, hyperparameters=hyperparameters, **settings)
    lab.note_creating("training-job", name, request["ResourceConfig"]["InstanceType"])
    try:
        when_role_is_ready(lab, lambda: lab.client("sagemaker").create_training_job(**request))
    except ClientError as error:
        if error_code(error) == "ResourceInUse":
            raise JobNameInUse(name=name) from error
        raise
    return name


@translate()
def wait_for_training(lab: Lab, name: str, *, print_every: int = 0) -> TrainingResult:
    """Follow a training job to its end, round by round.

    Args: print_every: print the metrics of every so-many-th round; 0 prints none.
    Raises:
        TrainingFailed: with the reason in one readable line.
        JobNotFound.
        KeyboardInterrupt: after saying that the job goes on, and how to stop it.
    """
    job = _describe(lab, name)
    reader, limit = training_log(lab, name), job["StoppingCondition"]["MaxRuntimeInSeconds"]
    rounds = int(job.get("HyperParameters", {}).get("num_round", 0)) or None
    with progress.show(say("training.training", name=name), total=rounds) as shown:

        def look() -> dict[str, Any]:
            seen = _describe(lab, name)
            shown.tell(seen["SecondaryStatus"])
            for number, metrics in filter(None, map(parse_round, reader.read_new())):
                shown.move_to(number + 1)
                if print_every and number % print_every == 0:
                    shown.write(_round_in_words(number, metrics))
            return seen

        try:
            job = wait_until(
                lab.clock,
                look,
                lambda seen: seen["TrainingJobStatus"] in FINISHED,
                what=name,
                pause=lab.pause,
                limit=limit + _STARTING_SECONDS,
            )
        except KeyboardInterrupt:
            print(say("training.goes_on", name=name))
            raise
        if job["TrainingJobStatus"] == "Failed":
            raise TrainingFailed(name=name, reason=explain_failure(lab, name, job.get("FailureReason", "")))
    return _result(job)


@translate()
def describe_training(lab: Lab, name: str) -> TrainingResult:
    """Return what is known about a training job now.

    Raises: JobNotFound.
    """
    return _result(_describe(lab, name))


@translate()
def stop_training(lab: Lab, name: str) -> None:
    """Ask a training job to stop; silent when it has already ended.

    Raises: JobNotFound.
    """
    if _describe(lab, name)["TrainingJobStatus"] not in FINISHED:
        lab.client("sagemaker").stop_training_job(TrainingJobName=name)


@translate()
def learning_curve(lab: Lab, name: str) -> pd.DataFrame:
    """Read from the job's log how the metrics moved.

    Returns: one row per round: `round`, and `<channel>_<metric>` for each, e.g. `validation_rmse`.
    Raises: NoMetrics: the log holds no metric lines; JobNotFound.
    """
    import pandas as pd

    expected = int(_describe(lab, name).get("HyperParameters", {}).get("num_round", 0))
    reader, rows = training_log(lab, name), dict[int, dict[str, float]]()
    # CloudWatch Logs may show the last lines seconds after the job's end; early stopping makes fewer rounds.
    for look in range(_LOG_DELAY_LOOKS):
        new = [found for found in map(parse_round, reader.read_new()) if found]
        rows.update(new)
        if len(rows) >= expected or (look and rows and not new):
            break
        lab.clock.sleep(lab.pause)
    if not rows:
        raise NoMetrics(name=name)
    curve: pd.DataFrame = pd.DataFrame([{"round": number, **rows[number]} for number in sorted(rows)])
    return curve


def fetch_artefact(lab: Lab, artefact: str) -> Path:
    """Download a model.tar.gz and unpack it.

    Args: artefact: its `s3://` address, or its key in the lab's bucket.
    Returns: the folder with the unpacked files.
    Raises: NoSuchObject; ArtefactDamaged: it is no archive, or holds no model.
    """
    body = storage.download(lab, artefact)
    folder = lab.folder / "artefacts" / re.sub(r"\W+", "-", artefact.removeprefix("s3://"))
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as archive:
            _unpack(archive, folder)
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
        raise ArtefactDamaged(artefact=artefact, reason=error) from error
    if not (folder / MODEL_FILE).is_file():
        found = ", ".join(sorted(path.name for path in folder.glob("*"))) or "-"
        raise ArtefactDamaged(artefact=artefact, reason=say("training.no_model_file", found=found))
    return folder


def load_model(lab: Lab, artefact: str) -> xgboost.Booster:
    """Download an artefact and load the model in it.

    Raises: as `fetch_artefact`.
    """
    import xgboost

    booster = xgboost.Booster()
    booster.load_model(bytearray((fetch_artefact(lab, artefact) / MODEL_FILE).read_bytes()))
    return booster


def readable_reason(reason: str) -> str:
    """Return the last line of the traceback in a FailureReason, or an empty text when it was cut off before.

    AWS keeps 1,024 characters of what the algorithm wrote, and a long traceback fills them.
    """
    text = re.sub(r",? ?exit code: \d+\s*$", "", reason.strip())
    if "Traceback (most recent call last)" not in text:
        # An algorithm that could not write its reason (a full disk, say) leaves only the class of the error.
        return text if text.partition(":")[2].strip() else ""
    text = text.partition("\nStack trace:")[0]  # of XGBoost's own, below its message
    found = _LAST_LINE.search(text.rpartition("Traceback (most recent call last)")[2])
    if found is None:
        return ""
    # The container writes the traceback, a blank line, and the message once more.
    message, _, again = found[2].strip().partition("\n\n")
    return message if message.startswith(again.strip()) else found[2].strip()


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write the archive's files below a folder.

    By hand, because `extractall` refuses paths that lead outside only since Python 3.10.12.
    """
    folder.mkdir(parents=True)
    for member in archive:
        target = (folder / member.name).resolve()
        if not target.is_relative_to(folder.resolve()):
            raise ValueError(say("training.path_outside", path=member.name))
        contents = archive.extractfile(member) if member.isfile() else None
        if contents is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents.read())


def explain_failure(lab: Lab, name: str, reason: str) -> str:
    """Return why a training job failed: its FailureReason without the traceback, or the end of its log.

    Args: reason: the job's FailureReason.
    """
    readable = readable_reason(reason)
    if readable:
        return readable
    lines = training_log(lab, name).read_new()
    said = [found[2] for line in lines if (found := _LAST_LINE.search(line))]
    return (said or lines or [reason])[-1].strip()


def _describe(lab: Lab, name: str) -> dict[str, Any]:
    try:
        job: dict[str, Any] = lab.client("sagemaker").describe_training_job(TrainingJobName=name)
    except ClientError as error:
        # The API's model says ResourceNotFound; the service has been seen to answer ValidationException.
        missing = "not found" in error_message(error).lower()
        if missing and error_code(error) in ("ResourceNotFound", "ValidationException"):
            raise JobNotFound(name=name) from error
        raise
    return job


def _result(job: Mapping[str, Any]) -> TrainingResult:
    return TrainingResult(
        name=job["TrainingJobName"],
        status=job["TrainingJobStatus"],
        artefact=job.get("ModelArtifacts", {}).get("S3ModelArtifacts", ""),
        seconds=int(job.get("BillableTimeInSeconds", 0)),
        instance_type=job["ResourceConfig"]["InstanceType"],
        metrics={metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList", [])},
    )


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    # Without a content type the algorithm takes the file for libsvm and fails.
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}


def _round_in_words(number: int, metrics: Mapping[str, float]) -> str:
    values = "  ".join(f"{name.replace('_', ' ')} {_in_words(value)}" for name, value in metrics.items())
    return say("training.round", number=number, values=values)


def _in_words(value: float) -> str:
    """Round as the size deserves: dollars to the dollar, shares to four digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
