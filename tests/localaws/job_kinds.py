"""What training and processing jobs call the same things, for tests of what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import processing_jobs
import training_jobs
from job_waiting import TERMINAL, until

from mllab_localaws.sagemaker.processing import Processing
from mllab_localaws.sagemaker.training import Training


@dataclass(frozen=True)
class JobKind:
    """One kind of job.

    Attributes:
        operation: how the operations' names end in Python, e.g. `training_job`.
        members: how the names of its own members begin, e.g. `TrainingJob`.
        directories: what follows the region in the name of the directory of its jobs' directories.
        request: `request(name, role, code)`, a request that runs Python code.
        reads, writes: the members of a request that reads from, or writes to an S3 URI.
        results: the directory whose files are written there.
    """

    service: type[Training] | type[Processing]
    operation: str
    members: str
    directories: str
    request: Callable[..., dict[str, Any]]
    reads: Callable[[str], dict[str, Any]]
    writes: Callable[[str], dict[str, Any]]
    results: str
    logged: Callable[..., str]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The kind as messages spell it: `training job`."""
        return self.operation.replace("_", " ")

    @property
    def name(self) -> str:
        """The member with a job's name."""
        return f"{self.members}Name"

    @property
    def status(self) -> str:
        """The member with a job's status."""
        return f"{self.members}Status"

    def create(self, sagemaker: Any, request: dict[str, Any]) -> Any:
        """Send a request of this kind."""
        return getattr(sagemaker, f"create_{self.operation}")(**request)

    def call(self, sagemaker: Any, verb: str, name: str) -> Any:
        """Describe, stop or delete a job."""
        return getattr(sagemaker, f"{verb}_{self.operation}")(**{self.name: name})

    def finished(self, sagemaker: Any, name: str) -> dict[str, Any]:
        """Return a job's description once it is over."""
        return until(
            lambda: self.call(sagemaker, "describe", name), lambda job: job[self.status] in TERMINAL, 30
        )


TRAINING = JobKind(
    Training,
    "training_job",
    "TrainingJob",
    directories="",
    request=training_jobs.job_request,
    reads=lambda uri: {"InputDataConfig": [training_jobs.channel("data", uri)]},
    writes=lambda uri: {"OutputDataConfig": {"S3OutputPath": uri}},
    results="/opt/ml/model",
    logged=training_jobs.logged,
)
PROCESSING = JobKind(
    Processing,
    "processing_job",
    "ProcessingJob",
    directories=".processing",
    request=processing_jobs.job_request,
    reads=lambda uri: {"ProcessingInputs": [processing_jobs.source("data", uri)]},
    writes=lambda uri: {"ProcessingOutputConfig": processing_jobs.results(uri)},
    results="/opt/ml/processing/output",
    logged=processing_jobs.logged,
)
BOTH = (TRAINING, PROCESSING)
