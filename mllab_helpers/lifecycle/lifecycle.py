"""A model's life after its first training: pipeline executions, registry, approval, and who starts what.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html
https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mllab_helpers import progress, storage
from mllab_helpers.aws_errors import translate
from mllab_helpers.deployment import deployment
from mllab_helpers.errors import NoModelPackage, NoPipelineExecution, RollOutFailed, TookTooLong
from mllab_helpers.lab.clock import wait_until
from mllab_helpers.lifecycle.retraining import step_name
from mllab_helpers.texts import say
from mllab_helpers.training.logs import LogReader

if TYPE_CHECKING:
    import pandas as pd

    from mllab_helpers.lab.lab import Lab

FINISHED = frozenset({"Succeeded", "Failed", "Stopped"})
_START_SECONDS = 120.0
_EXECUTION_SECONDS = 3600.0
_ROLL_OUT_SECONDS = 1800.0
_LOG_LINES = 6


@dataclass(frozen=True, repr=False)
class Execution:
    """A pipeline execution that is over.

    Attributes:
        status: `Succeeded`, `Failed` or `Stopped`.
        reason: why it failed; empty otherwise.
        seconds: from its start to its end.
    """

    arn: str
    status: str
    reason: str
    seconds: float

    def __repr__(self) -> str:
        return say("lifecycle.execution", status=self.status, reason=self.reason).strip()


@dataclass(frozen=True, repr=False)
class Evaluation:
    """What the evaluation step measured: RMSE in USD, and the median relative error (bias)."""

    rows: int
    champion_rmse: float
    challenger_rmse: float
    champion_bias: float
    challenger_bias: float

    @property
    def gain(self) -> float:
        """By what share the challenger's RMSE is smaller; negative when it is larger."""
        return 1 - self.challenger_rmse / self.champion_rmse

    def __repr__(self) -> str:
        return say(
            "lifecycle.evaluation",
            champion=self.champion_rmse,
            challenger=self.challenger_rmse,
            rows=self.rows,
        )


@dataclass(frozen=True, repr=False)
class Package:
    """A version in the model registry.

    Attributes:
        approval: `PendingManualApproval`, `Approved` or `Rejected`.
        artefact: `s3://` address of its model.tar.gz.
    """

    arn: str
    group: str
    version: int
    approval: str
    artefact: str

    def __repr__(self) -> str:
        return say("lifecycle.package", group=self.group, version=self.version, approval=self.approval)


# --- executions


@translate()
def executions(lab: Lab, pipeline: str) -> list[str]:
    """Return the ARNs of a pipeline's executions, latest first."""
    pages = lab.client("sagemaker").get_paginator("list_pipeline_executions")
    return [
        found["PipelineExecutionArn"]
        for page in pages.paginate(PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending")
        for found in page["PipelineExecutionSummaries"]
    ]


@translate()
def wait_for_start(lab: Lab, pipeline: str, *, known: list[str]) -> str:
    """Wait until somebody (a rule, say) has started the pipeline.

    Args: known: executions from before, as `executions` returned them.
    Returns: the new execution's ARN.
    Raises: NoPipelineExecution: nobody did within two minutes.
    """
    try:
        return wait_until(
            lab.clock,
            lambda: next((arn for arn in executions(lab, pipeline) if arn not in known), ""),
            bool,
            what=pipeline,
            pause=max(lab.pause, 0.1),
            limit=_START_SECONDS,
        )
    except TookTooLong as error:
        raise NoPipelineExecution(name=pipeline) from error


@translate()
def wait_for_execution(lab: Lab, execution: str) -> Execution:
    """Follow an execution to its end, whatever it is.

    Args: execution: its ARN.
    """
    sagemaker = lab.client("sagemaker")
    with progress.show(say("lifecycle.executing")) as shown:

        def look() -> dict[str, Any]:
            seen: dict[str, Any] = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
            if seen["PipelineExecutionStatus"] not in FINISHED:
                steps = _steps(lab, execution)
                shown.tell(str(steps[-1]["StepName"]) if steps else "")
            return seen

        try:
            found = wait_until(
                lab.clock,
                look,
                lambda seen: seen["PipelineExecutionStatus"] in FINISHED,
                what=execution.rpartition("/")[2],
                pause=lab.pause,
                limit=_EXECUTION_SECONDS,
            )
        except KeyboardInterrupt:
            print(say("lifecycle.goes_on", name=execution))
            raise
    seconds = (found["LastModifiedTime"] - found["CreationTime"]).total_seconds()
    return Execution(execution, found["PipelineExecutionStatus"], found.get("FailureReason", ""), seconds)


@translate()
def steps_table(lab: Lab, execution: str) -> pd.DataFrame:
    """Return what an execution did, in order.

    Returns: `step`, `status`, `start`, `end` (times; NaT while it runs), `seconds`, `outcome` (of a
        condition, or why a step failed). Steps that never ran are not there, as on AWS.
    """
    import pandas as pd

    rows = [
        {
            "step": step["StepName"].removeprefix(step_name(lab, "")),
            "status": step["StepStatus"],
            "start": step.get("StartTime"),
            "end": step.get("EndTime"),
            "outcome": step.get("FailureReason", "")
            or step["Metadata"].get("Condition", {}).get("Outcome", ""),
        }
        for step in _steps(lab, execution)
    ]
    table: pd.DataFrame = pd.DataFrame(rows, columns=["step", "status", "start", "end", "outcome"])
    table.insert(4, "seconds", (table["end"] - table["start"]).dt.total_seconds())
    return table


@translate()
def read_evaluation(lab: Lab, execution: str) -> Evaluation:
    """Return what an execution's evaluation step measured.

    Raises: NoPipelineExecution: the execution did not get that far.
    """
    job = next(
        (step for step in _steps(lab, execution) if step["StepName"] == step_name(lab, "Evaluate")), None
    )
    if job is None or "ProcessingJob" not in job["Metadata"]:
        raise NoPipelineExecution(name=execution.rpartition("/")[2])
    name = job["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    described = lab.client("sagemaker").describe_processing_job(ProcessingJobName=name)
    folder = described["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    report = json.loads(storage.download(lab, f"{folder}/evaluation.json"))
    champion, challenger = report["champion"], report["challenger"]
    return Evaluation(
        rows=report["rows"],
        champion_rmse=champion["rmse"],
        challenger_rmse=challenger["rmse"],
        champion_bias=champion["bias"],
        challenger_bias=challenger["bias"],
    )


# --- the registry


@translate()
def ensure_package_group(lab: Lab, name: str) -> str:
    """Create the group in which versions of the model are registered, or find it again."""
    sagemaker = lab.client("sagemaker")
    pages = sagemaker.get_paginator("list_model_package_groups").paginate(NameContains=name)
    groups = [
        group["ModelPackageGroupName"] for page in pages for group in page["ModelPackageGroupSummaryList"]
    ]
    if name not in groups:
        lab.note_creating("model-package-group", name)
        sagemaker.create_model_package_group(ModelPackageGroupName=name, Tags=lab.tags)
    return name


@translate()
def packages(lab: Lab, group: str) -> list[Package]:
    """Return the versions of a group, latest first."""
    sagemaker = lab.client("sagemaker")
    pages = sagemaker.get_paginator("list_model_packages")
    found = pages.paginate(ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending")
    arns = [package["ModelPackageArn"] for page in found for package in page["ModelPackageSummaryList"]]
    return [_package(sagemaker.describe_model_package(ModelPackageName=arn)) for arn in arns]


@translate()
def latest_package(lab: Lab, group: str) -> Package:
    """Return the latest version of a group.

    Raises: NoModelPackage: nothing was registered.
    """
    found = packages(lab, group)
    if not found:
        raise NoModelPackage(group=group)
    return found[0]


# --- what is in service


@translate()
def champion_artefact(lab: Lab, endpoint: str) -> str:
    """Return the `s3://` address of the artefact that an endpoint serves.

    Raises: EndpointNotFound.
    """
    container = _container(lab, endpoint)
    if "ModelPackageName" in container:
        described = lab.client("sagemaker").describe_model_package(
            ModelPackageName=container["ModelPackageName"]
        )
        return _package(described).artefact
    return str(container["ModelDataUrl"])


@translate()
def wait_for_roll_out(lab: Lab, endpoint: str, package: Package, *, function: str) -> deployment.Endpoint:
    """Wait until an endpoint serves a registered version.

    Args: function: the name of the function that rolls out, whose log tells why it could not.
    Raises: RollOutFailed: the function failed, the endpoint went back to the model it had, or the version is
        not in service after half an hour.
    """
    # The function may have failed before anybody waits: what counts is everything since the approval.
    approved = _changed_at(lab, package.arn)
    log, said = LogReader(lab, f"/aws/lambda/{function}", since=approved), list[str]()

    def failure(reason: str) -> RollOutFailed:
        return RollOutFailed(name=endpoint, package=package.arn, log=reason.strip())

    with progress.show(say("lifecycle.rolling_out", name=endpoint)) as shown:

        def look() -> tuple[str, str]:
            seen = deployment.describe_endpoint(lab, endpoint)
            shown.tell(seen.status)
            said.extend(log.read_new())
            wrong = next((line for line in said if _tells_a_failure(line, package.arn)), "")
            if reason := wrong or deployment.failed_update(lab, endpoint, since=approved):
                raise failure(reason)
            return seen.status, str(_container(lab, endpoint).get("ModelPackageName", ""))

        try:
            wait_until(
                lab.clock,
                look,
                lambda seen: seen == ("InService", package.arn),
                what=endpoint,
                pause=max(lab.pause, 0.2),
                limit=_ROLL_OUT_SECONDS,
            )
        except TookTooLong as error:
            raise failure("".join(said[-_LOG_LINES:])) from error
    return deployment.describe_endpoint(lab, endpoint)


def _changed_at(lab: Lab, package: str) -> float:
    """Return when a version was approved, or registered when nobody has touched it since."""
    described = lab.client("sagemaker").describe_model_package(ModelPackageName=package)
    changed: float = described.get("LastModifiedTime", described["CreationTime"]).timestamp()
    return changed


def _tells_a_failure(line: str, package: str) -> bool:
    """Say whether a line of the function's log means that this version will not get into service.

    It is the function's own word about the version, or Lambda's word that the function could not run to its
    end. Retries of another version's roll-out write into the same log.
    """
    ended = ("Task timed out", "Error: Runtime exited")
    return line.startswith((f"{package} did not go", "[ERROR] Runtime.")) or any(
        words in line for words in ended
    )


def _container(lab: Lab, endpoint: str) -> Mapping[str, Any]:
    sagemaker = lab.client("sagemaker")
    config = sagemaker.describe_endpoint_config(
        EndpointConfigName=deployment.describe_endpoint(lab, endpoint).config
    )
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    container: Mapping[str, Any] = model.get("PrimaryContainer") or model["Containers"][0]
    return container


def _steps(lab: Lab, execution: str) -> list[dict[str, Any]]:
    pages = lab.client("sagemaker").get_paginator("list_pipeline_execution_steps")
    return [
        step
        for page in pages.paginate(PipelineExecutionArn=execution, SortOrder="Ascending")
        for step in page["PipelineExecutionSteps"]
    ]


def _package(described: Mapping[str, Any]) -> Package:
    [container, *_] = described["InferenceSpecification"]["Containers"]
    return Package(
        arn=described["ModelPackageArn"],
        group=described["ModelPackageGroupName"],
        version=described["ModelPackageVersion"],
        approval=described["ModelApprovalStatus"],
        artefact=container["ModelDataUrl"],
    )
