"""What was built, for how long it ran, and what its time costs at list prices.

The ledger knows what was created and how long it lived. For how long a job is billed AWS itself knows, also
for jobs that an SDK, a search, a pipeline or a monitor started.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mllab_helpers import ledger, prices
from mllab_helpers.resource_listing import listed

if TYPE_CHECKING:
    from mllab_helpers.lab import Lab

TRAINING_JOB, PROCESSING_JOB = "training-job", "processing-job"
BILLED_BY_THE_HOUR = {
    "endpoint": prices.HOSTING,
    TRAINING_JOB: prices.TRAINING,
    PROCESSING_JOB: prices.TRAINING,  # the same list: what it asks for an instance is the same
    "notebook-instance": prices.NOTEBOOK,
}


@dataclass(frozen=True)
class Built:
    """One thing that was built, and what its time costs.

    Attributes:
        seconds: how long its instances ran in all.
        usd: at list price; None when the price is not known, 0 for what costs nothing by the hour.
    """

    kind: str
    name: str
    instance_type: str = ""
    seconds: float = 0.0

    @property
    def usd(self) -> float | None:
        if self.kind not in BILLED_BY_THE_HOUR:
            return 0.0
        price = prices.per_hour(BILLED_BY_THE_HOUR[self.kind], self.instance_type)
        return None if price is None else price * self.seconds / 3600


def built_in_this_chapter(lab: Lab) -> list[Built]:
    """Return what was built since the last complete sweep: jobs first, the rest in the order of creation."""
    chapter = lab.ledger()
    if not chapter:
        return []
    jobs = {(job.kind, job.name): job for job in _jobs_since(lab, chapter[0].at)}
    others: dict[tuple[str, str], Built] = {}
    for entry in chapter:
        if _is_of_no_account(entry) or (entry.kind, entry.name) in jobs:
            continue
        others[entry.kind, entry.name] = _lived_on(
            others.get((entry.kind, entry.name), Built(entry.kind, entry.name)), entry
        )
    return [*jobs.values(), *others.values()]


def _lived_on(known: Built, entry: ledger.Entry) -> Built:
    """An endpoint can be made again under its name; a job cannot: noted twice, it has run once."""
    before = 0.0 if entry.kind in (TRAINING_JOB, PROCESSING_JOB) else known.seconds
    return replace(
        known, instance_type=entry.instance_type or known.instance_type, seconds=before + entry.seconds
    )


def note_job(lab: Lab, arn: str) -> None:
    """Write into the ledger a job that carries no name of the student's, as a pipeline and a monitor make.

    Args: arn: of a training or a processing job; any other is passed over.
    """
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind in (TRAINING_JOB, PROCESSING_JOB):
        job = describe_job(lab, kind, name)
        lab.note_deleted(kind, name, job.instance_type, job.seconds)


def describe_job(lab: Lab, kind: str, name: str) -> Built:
    """Return a job with its instance type and the seconds that AWS bills.

    Args: kind: `training-job` or `processing-job`.
    """
    sagemaker = lab.client("sagemaker")
    if kind == TRAINING_JOB:
        job = sagemaker.describe_training_job(TrainingJobName=name)
        seconds = float(job.get("BillableTimeInSeconds", 0))
        return Built(kind, name, job["ResourceConfig"]["InstanceType"], seconds)
    job = sagemaker.describe_processing_job(ProcessingJobName=name)
    instance_type = job["ProcessingResources"]["ClusterConfig"]["InstanceType"]
    return Built(kind, name, instance_type, _processing_seconds(job))


def _processing_seconds(job: Mapping[str, Any]) -> float:
    """AWS states no billable time for a processing job: from its start to its end."""
    if "ProcessingStartTime" not in job or "ProcessingEndTime" not in job:
        return 0.0
    return float((job["ProcessingEndTime"] - job["ProcessingStartTime"]).total_seconds())


def _jobs_since(lab: Lab, since: float) -> Iterator[Built]:
    for kind, operation, summaries, name in (
        (TRAINING_JOB, "list_training_jobs", "TrainingJobSummaries", "TrainingJobName"),
        (PROCESSING_JOB, "list_processing_jobs", "ProcessingJobSummaries", "ProcessingJobName"),
    ):
        found = listed(lab, operation, summaries, name)
        names = sorted(job[name] for job in found if job["CreationTime"].timestamp() >= since)
        yield from (describe_job(lab, kind, each) for each in names)


def _is_of_no_account(entry: ledger.Entry) -> bool:
    """Tell what the receipt leaves out: logs, and a job that was announced but never began."""
    if entry.event == ledger.SWEPT or entry.kind in ("log-group", "log-stream"):
        return True
    return entry.event == ledger.CREATING and entry.kind in (TRAINING_JOB, PROCESSING_JOB)
