"""One training job from Starting to its end: data in, program run, artefacts out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from mllab_localaws import sandbox
from mllab_localaws.caller import acting_as
from mllab_localaws.jobs import Program, python_command
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import training_status
from mllab_localaws.sagemaker.images import resolve
from mllab_localaws.sagemaker.job_directory import JobDirectory, pack
from mllab_localaws.sagemaker.job_program import (
    HOST,
    Exit,
    JobFailedError,
    JobProgram,
    environment,
    failing_as,
    failure_reason,
    outcome,
    pull,
)
from mllab_localaws.sagemaker.job_records import TRAINING, Change
from mllab_localaws.sagemaker.metrics import MetricReader
from mllab_localaws.sagemaker.training_request import output_location
from mllab_localaws.store import Record

LOG_GROUP = "/aws/sagemaker/TrainingJobs"


class TrainingRun:
    """Runs one recorded training job; `execute` returns when it is over.

    Args: on_metric: is told each metric's value, as it is logged.
    """

    def __init__(
        self, platform: Platform, region: str, name: str, on_metric: Callable[[str, float], None]
    ) -> None:
        self._on_metric = on_metric
        self._platform = platform
        self._region = region
        self._name = name
        self._directory = JobDirectory(platform.settings.home / "jobs" / region / name)
        self._job = JobProgram(platform)

    def stop(self) -> None:
        """Ask for the end that StopTrainingJob promises: SIGTERM, two minutes, SIGKILL; the model is kept."""
        self._job.stop()

    def abandon(self) -> None:
        """End at once and keep nothing, because the local AWS ends."""
        self._job.abandon()

    def wait_for_capacity(self) -> None:
        """Record that the job waits until others have ended."""
        self._advance("Pending")

    def cancel(self) -> None:
        """Record the end of a job that was stopped before it started."""
        self._change(lambda record, now: training_status.ended(record, "Stopped", now))

    def execute(self) -> None:
        """Run the job and record how it ended."""
        ending, failure = outcome("training", self._name, self._train, self._directory.root)
        self._change(lambda record, now: training_status.ended(record, ending, now, failure))

    def _train(self) -> str:
        """Return the last secondary status of a job that did not fail."""
        record = self._advance("Starting")
        if record["TrainingJobStatus"] == "Stopping":  # by a request that came before this run was known
            self.stop()
        record = self._advance("Downloading")
        record = self._change(lambda record, now: {**record, "TrainingStartTime": now})
        self._stage(record)
        if self._job.is_stopped:
            return "Stopped"
        pull(self._platform, record["RoleArn"], record["AlgorithmSpecification"]["TrainingImage"])
        record = self._advance("Training")
        left = self._run(record)
        if self._job.is_abandoned:
            return "Stopped"
        if left.code != 0 and left.cut_short is None:
            raise JobFailedError(failure_reason(self._directory.failure(), left.code, "training"))
        self._advance("Uploading")
        self._upload(record)
        return left.cut_short or "Completed"

    def _stage(self, record: Record) -> None:
        with failing_as("Data download failed"):
            self._directory.prepare(record)
            for channel in record.get("InputDataConfig", []):
                if self._job.is_stopped:
                    return
                self._directory.download(channel, self._platform.objects, record["RoleArn"])

    def _run(self, record: Record) -> Exit:
        stream = f"{self._name}/{HOST}-{int(self._platform.clock.now())}"
        definitions = record["AlgorithmSpecification"].get("MetricDefinitions", [])
        role, logs = acting_as(record["RoleArn"]), self._platform.logs
        with closing(MetricReader(definitions, self._on_metric)) as reader:

            def log(lines: list[str]) -> None:
                now = self._platform.clock.now()
                logs.append(role, self._region, LOG_GROUP, stream, lines, time=now)
                if notes := reader.read(lines, now):
                    logs.append(role, self._region, LOG_GROUP, stream, notes, time=now)

            deadline = record["TrainingStartTime"] + record["StoppingCondition"]["MaxRuntimeInSeconds"]
            left = self._job.run(
                self._program(record), log, deadline, lambda: self._change(training_status.stopping)
            )
        if reader.final:
            self._change(lambda record, _: {**record, "FinalMetricDataList": reader.final})
        return left

    def _program(self, record: Record) -> Program:
        specification = record["AlgorithmSpecification"]
        image = resolve(specification["TrainingImage"])
        command = specification.get("ContainerEntrypoint")
        if command is None:
            command = python_command(image.module, "train", "--root", sandbox.ML_ROOT)
        variables = {
            **environment(
                self._platform, self._region, record["RoleArn"], image, record.get("Environment", {})
            ),
            "TRAINING_JOB_NAME": self._name,
            "TRAINING_JOB_ARN": record["TrainingJobArn"],
        }
        arguments = specification.get("ContainerArguments", [])
        return Program([*command, *arguments], variables, self._directory.root)

    def _upload(self, record: Record) -> None:
        bucket, prefix = output_location(record)
        role = acting_as(record["RoleArn"])
        # The model last: where there is one, nothing else is missing.
        artefacts = {"output.tar.gz": self._directory.output_data, "model.tar.gz": self._directory.model}
        with failing_as("Artifact upload failed"):
            packed = {name: pack(directory) for name, directory in artefacts.items()}
            for name, body in packed.items():
                if body is not None:
                    self._platform.objects.write(role, bucket, f"{prefix}/{name}", body)

    def _advance(self, secondary: str) -> Record:
        return self._change(lambda record, now: training_status.advanced(record, secondary, now))

    def _change(self, change: Change) -> Record:
        return TRAINING.modify(self._platform, self._region, self._name, change)
