"""What was built, for how long it ran, and what its time costs at list prices.

The ledger knows what was created and how long it lived. For how long a job is billed AWS itself knows, also
for jobs that an SDK, a search, a pipeline or a monitor started.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mllab_helpers import prices
from mllab_helpers.lab import ledger
from mllab_helpers.lab.resource_listing import listed

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

TRAINING_JOB, PROCESSING_JOB = "training-job", "processing-job"
ENDPOINT = "endpoint"
JOBS = (TRAINING_JOB, PROCESSING_JOB)
BILLED_BY_THE_HOUR = {
    ENDPOINT: prices.HOSTING,
    TRAINING_JOB: prices.TRAINING,
    PROCESSING_JOB: prices.PROCESSING,
    "notebook-instance": prices.NOTEBOOK,
}


@dataclass(frozen=True)
class Built:
    """One thing that was built, and what its time costs.

    Attributes:
        seconds: how long its instances ran in all.
        region: where.
    """

    kind: str
    name: str
    instance_type: str = ""
    seconds: float = 0.0
    region: str = prices.REGION

    @property
    def price(self) -> prices.Price | None:
        """The list price of its instance; None when it is not known, or there is none by the hour."""
        use = BILLED_BY_THE_HOUR.get(self.kind)
        return None if use is None else prices.find(use, self.instance_type, self.region)

    @property
    def usd(self) -> float | None:
        """Its cost at list price; None when the price is not known, 0 for what costs nothing by the hour."""
        if self.kind not in BILLED_BY_THE_HOUR:
            return 0.0
        return None if self.price is None else self.price.usd_per_hour * self.seconds / 3600


def built_in_this_chapter(lab: Lab, *, since: float = 0.0) -> list[Built]:
    """Return what was built since the last complete sweep: jobs first, the rest in the order of creation.

    Args: since: seconds since the epoch; only what was built, and only the time that ran, from then on.
    """
    chapter = lab.ledger()
    if not chapter:
        return []
    jobs = {(job.kind, job.name): job for job in _jobs_since(lab, max(since, chapter[0].at))}
    others: dict[tuple[str, str], list[ledger.Entry]] = {}
    for entry in chapter:
        if not _is_of_no_account(entry) and (entry.kind, entry.name) not in jobs:
            others.setdefault((entry.kind, entry.name), []).append(entry)
    # An expiry is noted before its endpoint, which may then never have come to be.
    made = [entries for entries in others.values() if any(each.event != ledger.EXPIRES for each in entries)]
    found = [(_from_ledger(lab, entries, since), entries[-1].at) for entries in made]
    return [*jobs.values(), *(built for built, at in found if at >= since or built.seconds > 0)]


def _from_ledger(lab: Lab, entries: list[ledger.Entry], since: float) -> Built:
    """Account for one thing by its entries."""
    first, types = entries[0], [entry.instance_type for entry in entries if entry.instance_type]
    if first.kind in JOBS:  # it has run once, however often it is noted
        seconds = entries[-1].seconds
    else:
        seconds = sum(life.seconds_since(since) for life in lives(entries, lab.clock.now()))
    return Built(first.kind, first.name, types[-1] if types else "", seconds, lab.region)


@dataclass(frozen=True)
class Life:
    """From a creation to its end (seconds since the epoch), and the seconds that its instances ran."""

    began: float
    ended: float
    seconds: float

    def seconds_since(self, since: float) -> float:
        """Return the share of its instances' seconds that lies after a moment."""
        if since <= self.began:
            return self.seconds
        return 0.0 if since >= self.ended else self.seconds * (self.ended - since) / (self.ended - self.began)


def lives(entries: Iterable[ledger.Entry], now: float) -> list[Life]:
    """Return the lives that one name has ended: by hand, or by expiring, of which nobody wrote a line."""
    noted, guessed = list[Life](), list[Life]()
    began = until = 0.0
    for entry in entries:
        if entry.event == ledger.DELETED:
            noted.append(Life(entry.at - entry.seconds, entry.at, entry.seconds))
            # What was thought to have expired had gone on.
            guessed = [life for life in guessed if life.ended <= noted[-1].began]
            began = until = 0.0
            continue
        if began and 0 < until <= entry.at:
            guessed.append(Life(began, until, until - began))
            began = 0.0
        if entry.event == ledger.EXPIRES:
            until = entry.at + entry.seconds if entry.seconds else 0.0
        else:
            began = entry.at
    if began and 0 < until <= now:
        guessed.append(Life(began, until, until - began))
    return sorted([*noted, *guessed], key=lambda life: life.ended)


def note_job(lab: Lab, arn: str) -> None:
    """Write into the ledger a job that carries no name of the student's, as a pipeline and a monitor make.

    Args: arn: of a training or a processing job; any other is passed over.
    """
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind in JOBS:
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
        return Built(kind, name, job["ResourceConfig"]["InstanceType"], seconds, lab.region)
    job = sagemaker.describe_processing_job(ProcessingJobName=name)
    instance_type = job["ProcessingResources"]["ClusterConfig"]["InstanceType"]
    return Built(kind, name, instance_type, _processing_seconds(job), lab.region)


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
    if entry.event == ledger.SWEPT or entry.kind in ("log-group", "log-stream", "files"):
        return True
    return entry.event == ledger.CREATING and entry.kind in JOBS
