"""Training, processing and tuning jobs as records: added, found, changed, told to stop and forgotten by name.

Names are unique whatever their case (ARNs carry them in lower case), and keep the case they were given.
Each new status is said on the event bus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import state_events, tags
from mllab_localaws.sagemaker.arns import arn
from mllab_localaws.store import AlreadyExistsError, Record
from mllab_localaws.wire.errors import AwsError, validation_error

TERMINAL = frozenset({"Completed", "Failed", "Stopped"})

# From a record and the time, in seconds since the epoch, to the record that replaces it.
Change = Callable[[Record, float], Record]


@dataclass(frozen=True)
class JobKind:
    """One kind of job.

    Attributes:
        kind: as ARNs and the store spell it, e.g. `training-job`.
        members: how the names of its name, ARN and status begin, e.g. `TrainingJob`.
        text: as error messages spell it, e.g. `training job`.
        event: the detail type of its events.
        taken, missing: AWS's texts for a name that somebody or nobody has, with `{name}` and `{arn}`.
        missing_code: AWS's error code for a name that nobody has.
    """

    kind: str
    members: str
    text: str
    event: str
    taken: str
    missing: str
    missing_code: str = "ValidationException"

    @property
    def name(self) -> str:
        """The member with a job's name."""
        return f"{self.members}Name"

    @property
    def status(self) -> str:
        """The member with a job's status."""
        return f"{self.members}Status"

    def arn(self, region: str, name: str) -> str:
        """Return a job's ARN."""
        return arn(region, self.kind, name)

    def insert(self, platform: Platform, region: str, record: Record, request_tags: tags.TagList) -> None:
        """Add a record and its tags.

        Raises: AwsError: `ResourceInUse`, the name is taken; or the tags are not valid.
        """
        tags.check(request_tags)
        name = record[self.name]
        job_arn = self.arn(region, name)
        try:
            platform.store.insert(self.kind, region, name.lower(), record)
        except AlreadyExistsError as error:
            raise AwsError("ResourceInUse", self.taken.format(name=name, arn=job_arn)) from error
        tags.attach(platform.store, region, job_arn, request_tags)
        state_events.publish(platform, region, self.event, job_arn, record)

    def in_region(self, platform: Platform, region: str) -> list[Record]:
        """Return every record of a region."""
        return platform.store.list(self.kind, region)

    def get(self, platform: Platform, region: str, name: str) -> Record:
        """Return a record.

        Raises: AwsError: there is none.
        """
        return self._found(platform.store.get(self.kind, region, name.lower()), region, name)

    def modify(self, platform: Platform, region: str, name: str, change: Change) -> Record:
        """Replace a record by what `change` returns, in one step.

        Raises: AwsError: there is none, or what `change` raises.
        """
        now = platform.clock.now()
        after = state_events.modify(
            platform,
            self.event,
            lambda record: change(record, now),
            kind=self.kind,
            region=region,
            name=name.lower(),
        )
        return self._found(after, region, name)

    def update(self, platform: Platform, region: str, name: str, **members: object) -> Record:
        """Set members of a record, and the time of its last change.

        Raises: AwsError: there is none.
        """

        def changed(record: Record, now: float) -> Record:
            return {**record, **members, "LastModifiedTime": now}

        return self.modify(platform, region, name, changed)

    def stop(self, platform: Platform, region: str, name: str, stopping: Change | None = None) -> str:
        """Record that a job is told to stop.

        Args: stopping: how the record changes, when it is not by its status alone.
        Returns: the job's name in its own case.
        Raises: AwsError: there is no such job, or it is over.
        """

        def checked(record: Record, now: float) -> Record:
            status = record[self.status]
            if status in TERMINAL:
                raise validation_error(
                    f"The request was rejected because the {self.text} is in status {status}."
                )
            if stopping is not None:
                return stopping(record, now)
            return {**record, self.status: "Stopping", "LastModifiedTime": now}

        return str(self.modify(platform, region, name, checked)[self.name])

    def get_over(self, platform: Platform, region: str, name: str) -> Record:
        """Return the record of a job that is over.

        Raises: AwsError: there is none, or `ResourceInUse`, it still runs.
        """
        record = self.get(platform, region, name)
        if record[self.status] not in TERMINAL:
            job = f"{self.text.capitalize()} {self.arn(region, name)}"
            raise AwsError("ResourceInUse", f"{job} is in status {record[self.status]}; stop it first.")
        return record

    def delete(self, platform: Platform, region: str, name: str) -> None:
        """Forget a job that is over, and its tags.

        Raises: AwsError: as `get_over`.
        """
        self.get_over(platform, region, name)
        platform.store.delete(self.kind, region, name.lower())
        tags.detach(platform.store, region, self.arn(region, name))

    def _found(self, record: Record | None, region: str, name: str) -> Record:
        if record is None:
            raise AwsError(self.missing_code, self.missing.format(name=name, arn=self.arn(region, name)))
        return record


TRAINING = JobKind(
    "training-job",
    "TrainingJob",
    "training job",
    state_events.TRAINING_JOB,
    taken="Training job names must be unique within an AWS account and region, and a training job with "
    "this name already exists ({arn})",
    missing="Requested resource not found.",
)
PROCESSING = JobKind(
    "processing-job",
    "ProcessingJob",
    "processing job",
    state_events.PROCESSING_JOB,
    taken="Job name must be unique within an AWS account and region, and a job with this name already "
    "exists ({arn})",
    missing="Could not find requested job with name: {name}",
)
TUNING = JobKind(
    "hyper-parameter-tuning-job",
    "HyperParameterTuningJob",
    "hyperparameter tuning job",
    state_events.TUNING_JOB,
    taken="A hyperparameter tuning job with the name, {name}, already exists. Choose a different name.",
    missing="Amazon SageMaker can't find a tuning job called {name}. Type another name.",
    missing_code="ResourceNotFound",
)
