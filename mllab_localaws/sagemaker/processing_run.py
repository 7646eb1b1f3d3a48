"""One processing job from its start to its end: data in, program run, results out.

The container's side: "Create Your Own Processing Container" and "How Amazon SageMaker Processing Configures
Input and Output For Your Processing Container", SageMaker Developer Guide.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from mllab_localaws import sandbox
from mllab_localaws.caller import acting_as
from mllab_localaws.jobs import Program, python_command
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import monitoring_metrics, transfer
from mllab_localaws.sagemaker.images import ANALYZER, resolve_for_processing
from mllab_localaws.sagemaker.job_program import (
    HOST,
    Exit,
    JobFailedError,
    JobProgram,
    environment,
    failing_as,
    failure_reason,
    outcome,
    output_text,
    pull,
)
from mllab_localaws.sagemaker.job_records import PROCESSING
from mllab_localaws.store import Record

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
_CONFIGURED = (
    "ProcessingJobArn",
    "ProcessingJobName",
    "AppSpecification",
    "Environment",
    "ProcessingInputs",
    "ProcessingOutputConfig",
    "ProcessingResources",
    "RoleArn",
    "StoppingCondition",
)

WhenOver = Callable[[Record], None]


class ProcessingRun:
    """Runs one recorded processing job; `execute` returns when it is over.

    Args: when_over: called with the job's last record.
    """

    def __init__(self, platform: Platform, region: str, name: str, when_over: WhenOver | None = None) -> None:
        self._platform = platform
        self._region = region
        self._name = name
        self._when_over = when_over
        # Beside those of training jobs, which may have the same names.
        self._root = platform.settings.home / "jobs" / f"{region}.processing" / name
        self._job = JobProgram(platform)

    def stop(self) -> None:
        """Ask for the end that StopProcessingJob promises: SIGTERM, two minutes, SIGKILL."""
        self._job.stop()

    def abandon(self) -> None:
        """End at once and keep nothing, because the local AWS ends."""
        self._job.abandon()

    def wait_for_capacity(self) -> None:
        """Nothing tells a processing job that waits from one that starts: it is InProgress."""

    def cancel(self) -> None:
        """Record the end of a job that was stopped before it started."""
        self._end("Stopped", None)

    def execute(self) -> None:
        """Run the job and record how it ended."""
        status, failure = outcome("processing", self._name, self._process, self._root)
        self._end(status, failure)

    def _process(self) -> str:
        """Return the last status of a job that did not fail."""
        record = self._change(ProcessingStartTime=self._platform.clock.now())
        if record["ProcessingJobStatus"] == "Stopping":  # by a request that came before this run was known
            return "Stopped"
        self._stage(record)
        if self._job.is_stopped:
            return "Stopped"
        pull(self._platform, record["RoleArn"], record["AppSpecification"]["ImageUri"])
        left = self._run(record)
        message = output_text(self._root / "output" / "message")
        if message:
            self._change(ExitMessage=message)
        if left.cut_short or self._job.is_abandoned:
            return "Stopped"
        if left.code != 0:
            raise JobFailedError(failure_reason(message, left.code, "processing"))
        self._upload(record)
        self._publish_metrics(record)
        return "Completed"

    def _stage(self, record: Record) -> None:
        with failing_as("Data download failed"):
            for path in (self._root / "config", self._root / "output", self._root / "processing"):
                path.mkdir(parents=True)
            self._configure(record)
            for each in record.get("ProcessingInputs", []):
                source = each["S3Input"]
                directory = self._here(source["LocalPath"])
                transfer.download(self._platform.objects, record["RoleArn"], source["S3Uri"], directory)
                if self._job.is_stopped:
                    return
            for each in _outputs(record):
                self._here(each["LocalPath"]).mkdir(parents=True, exist_ok=True)

    def _configure(self, record: Record) -> None:
        files = {
            "processingjobconfig.json": {name: record[name] for name in _CONFIGURED if name in record},
            "resourceconfig.json": {"current_host": HOST, "hosts": [HOST]},
        }
        for name, content in files.items():
            (self._root / "config" / name).write_text(json.dumps(content))

    def _run(self, record: Record) -> Exit:
        stream = f"{self._name}/{HOST}-{int(self._platform.clock.now())}"
        role, clock = acting_as(record["RoleArn"]), self._platform.clock

        def log(lines: list[str]) -> None:
            self._platform.logs.append(role, self._region, LOG_GROUP, stream, lines, time=clock.now())

        deadline = record["ProcessingStartTime"] + record["StoppingCondition"]["MaxRuntimeInSeconds"]
        return self._job.run(self._program(record), log, deadline, self._stopping)

    def _program(self, record: Record) -> Program:
        specification = record["AppSpecification"]
        image = resolve_for_processing(specification["ImageUri"])
        command = specification.get("ContainerEntrypoint")
        if command is None:
            command = python_command(image.module, "--root", sandbox.ML_ROOT)
        variables = environment(
            self._platform, self._region, record["RoleArn"], image, record.get("Environment", {})
        )
        return Program([*command, *specification.get("ContainerArguments", [])], variables, self._root)

    def _upload(self, record: Record) -> None:
        with failing_as("Output upload failed"):
            for each in _outputs(record):
                directory = self._here(each["LocalPath"])
                transfer.upload(self._platform.objects, record["RoleArn"], directory, each["S3Uri"])

    def _publish_metrics(self, record: Record) -> None:
        image = resolve_for_processing(record["AppSpecification"]["ImageUri"])
        if image.repository == ANALYZER or "MonitoringScheduleArn" in record:
            path = self._root / "output" / "metrics" / "cloudwatch"
            lines = output_text(path, monitoring_metrics.LONGEST_FILE)
            monitoring_metrics.publish(self._platform, record["RoleArn"], self._region, lines)

    def _here(self, path: str) -> Path:
        """Return where a path below `/opt/ml` is on this machine."""
        return self._root / Path(path).relative_to(sandbox.ML_ROOT)

    def _stopping(self) -> None:
        self._change(ProcessingJobStatus="Stopping")

    def _end(self, status: str, failure: str | None) -> None:
        def ended(record: Record, now: float) -> Record:
            # A stop that came when the program had ended by itself was promised nevertheless.
            is_late = status == "Completed" and record["ProcessingJobStatus"] == "Stopping"
            reason = {} if failure is None else {"FailureReason": failure}
            return {
                **record,
                **reason,
                "ProcessingJobStatus": "Stopped" if is_late else status,
                "ProcessingEndTime": now,
                "LastModifiedTime": now,
            }

        record = PROCESSING.modify(self._platform, self._region, self._name, ended)
        if self._when_over is not None:
            self._when_over(record)

    def _change(self, **members: object) -> Record:
        return PROCESSING.update(self._platform, self._region, self._name, **members)


def _outputs(record: Record) -> list[Record]:
    return [each["S3Output"] for each in record.get("ProcessingOutputConfig", {}).get("Outputs", [])]
