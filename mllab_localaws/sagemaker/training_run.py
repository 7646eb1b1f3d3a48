"""One training job from Starting to its end: data in, program run, artefacts out."""

from __future__ import annotations

import contextlib
import errno
import logging
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mllab_localaws import sandbox
from mllab_localaws.jobs import Program, Running, python_command
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import training_status
from mllab_localaws.sagemaker.images import resolve
from mllab_localaws.sagemaker.job_directory import HOST, LONGEST_FAILURE, JobDirectory, pack
from mllab_localaws.sagemaker.metrics import MetricReader
from mllab_localaws.sagemaker.training_request import output_location
from mllab_localaws.store import Record
from mllab_localaws.wire.errors import AwsError

KIND = "training-job"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
STOP_GRACE_SECONDS = 120.0
_LOOK_SECONDS = 0.1
_KILLED = 128 + signal.SIGKILL
_CANNOT_RUN = 127
_log = logging.getLogger(__name__)


class JobFailedError(Exception):
    """The job ends as Failed; the text is its FailureReason."""


@dataclass(frozen=True)
class _Exit:
    """How the program ended: its exit code, and what cut it short (`Stopped`, `MaxRuntimeExceeded`)."""

    code: int
    cut_short: str | None


class TrainingRun:
    """Runs one recorded training job; `execute` returns when it is over."""

    def __init__(self, platform: Platform, region: str, name: str) -> None:
        self._platform = platform
        self._region = region
        self._name = name
        self._directory = JobDirectory(platform.settings.home / "jobs" / region / name)
        self._stopped = threading.Event()
        self._abandoned = threading.Event()
        self._running: Running | None = None

    def stop(self) -> None:
        """Ask for the end that StopTrainingJob promises: SIGTERM, two minutes, SIGKILL; the model is kept."""
        self._stopped.set()

    def abandon(self) -> None:
        """End at once and keep nothing, because the local AWS ends."""
        self._abandoned.set()
        self._stopped.set()
        if self._running is not None:
            self._running.kill()

    def wait_for_capacity(self) -> None:
        """Record that the job waits until others have ended."""
        self._advance("Pending")

    def cancel(self) -> None:
        """Record the end of a job that was stopped before it started."""
        self._change(lambda record, now: training_status.ended(record, "Stopped", now))

    def execute(self) -> None:
        """Run the job and record how it ended."""
        threading.current_thread().name = f"training-{self._name}"
        failure: str | None = None
        ending = "Failed"
        try:
            ending = self._train()
        except JobFailedError as error:
            failure = str(error)
        except Exception:
            _log.exception("training job %s", self._name)
            failure = "InternalServerError: The local AWS failed; see `mllab local logs`."
        finally:
            shutil.rmtree(self._directory.root, ignore_errors=True)
        self._change(lambda record, now: training_status.ended(record, ending, now, failure))

    def _train(self) -> str:
        """Return the last secondary status of a job that did not fail."""
        record = self._advance("Starting")
        if record["TrainingJobStatus"] == "Stopping":  # by a request that came before this run was known
            self.stop()
        record = self._advance("Downloading")
        record = self._change(lambda record, now: {**record, "TrainingStartTime": now})
        self._stage(record)
        if self._stopped.is_set():
            return "Stopped"
        record = self._advance("Training")
        left = self._run(record)
        if self._abandoned.is_set():
            return "Stopped"
        if left.code != 0 and left.cut_short is None:
            raise JobFailedError(self._failure_reason(left.code))
        self._advance("Uploading")
        self._upload(record)
        return left.cut_short or "Completed"

    def _stage(self, record: Record) -> None:
        objects, role = self._platform.objects, record["RoleArn"]
        with _failing_as("Data download failed"):
            self._directory.prepare(record)
            for channel in record.get("InputDataConfig", []):
                if self._stopped.is_set():
                    return
                self._directory.download(
                    channel,
                    lambda bucket, prefix: [each.key for each in objects.list(role, bucket, prefix)],
                    lambda bucket, key: objects.read(role, bucket, key),
                )

    def _run(self, record: Record) -> _Exit:
        reader = MetricReader(record["AlgorithmSpecification"].get("MetricDefinitions", []))
        stream = f"{self._name}/{HOST}-{int(self._platform.clock.now())}"

        def log(lines: list[str]) -> None:
            now = self._platform.clock.now()
            reader.read(lines, now)
            self._platform.logs.append(self._region, LOG_GROUP, stream, lines, now)

        try:
            self._running = Running(self._program(record), log, self._platform.leash)
        except (OSError, ValueError) as error:
            reason = f"The container's entry point cannot be run: {error}, exit code: {_CANNOT_RUN}"
            raise JobFailedError(f"AlgorithmError: {reason}") from error
        if self._abandoned.is_set():
            self._running.kill()
        left = self._watch(self._running, record)
        if reader.final:
            self._change(lambda record, _: {**record, "FinalMetricDataList": reader.final})
        return left

    def _watch(self, running: Running, record: Record) -> _Exit:
        """Wait for the program's end, and bring it about when somebody or the clock asks for it."""
        most = record["StoppingCondition"]["MaxRuntimeInSeconds"]
        while (code := running.wait(_LOOK_SECONDS)) is None:
            out_of_time = self._platform.clock.now() - record["TrainingStartTime"] >= most
            if out_of_time or self._stopped.is_set():
                self._change(training_status.stopping)
                cut_short = "Stopped" if self._stopped.is_set() else "MaxRuntimeExceeded"
                return _Exit(running.stop(STOP_GRACE_SECONDS), cut_short)
        return _Exit(code, "Stopped" if self._stopped.is_set() else None)

    def _program(self, record: Record) -> Program:
        specification = record["AlgorithmSpecification"]
        image = resolve(specification["TrainingImage"])
        command = specification.get("ContainerEntrypoint")
        if command is None:
            command = python_command(image.module, "train", "--root", sandbox.ML_ROOT)
        settings = self._platform.settings
        environment = {
            **record.get("Environment", {}),
            **self._platform.roles.session(record["RoleArn"], "SageMaker", self._region),
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_ENDPOINT_URL": settings.endpoint_url,
            "TRAINING_JOB_NAME": self._name,
            "TRAINING_JOB_ARN": record["TrainingJobArn"],
            "SAGEMAKER_IMAGE_TAG": image.tag,
        }
        arguments = specification.get("ContainerArguments", [])
        return Program([*command, *arguments], environment, self._directory.root)

    def _upload(self, record: Record) -> None:
        bucket, prefix = output_location(record)
        # The model last: where there is one, nothing else is missing.
        artefacts = {"output.tar.gz": self._directory.output_data, "model.tar.gz": self._directory.model}
        with _failing_as("Artifact upload failed"):
            packed = {name: pack(directory) for name, directory in artefacts.items()}
            for name, body in packed.items():
                if body is not None:
                    self._platform.objects.write(record["RoleArn"], bucket, f"{prefix}/{name}", body)

    def _failure_reason(self, code: int) -> str:
        text = self._directory.failure()
        if not text and code == _KILLED:
            text = "The training process was killed (SIGKILL), by hand or because memory ran out."
        if "/opt/ml" in text and not sandbox.available():
            text += " [/opt/ml does not exist on this machine: use SM_* variables, or install bubblewrap]"
        start, end = "AlgorithmError: ", f", exit code: {code}"
        return start + text[: LONGEST_FAILURE - len(start) - len(end)] + end

    def _advance(self, secondary: str) -> Record:
        return self._change(lambda record, now: training_status.advanced(record, secondary, now))

    def _change(self, change: Callable[[Record, float], Record]) -> Record:
        now = self._platform.clock.now()
        record = self._platform.store.modify(
            KIND, self._region, self._name.lower(), lambda each: change(each, now)
        )
        if record is None:
            raise RuntimeError(f"training job {self._name} has lost its record")
        return record


@contextlib.contextmanager
def _failing_as(what: str) -> Iterator[None]:
    """Turn what S3 or the disk refuses into the job's failure."""
    try:
        yield
    except (AwsError, ValueError) as error:
        raise JobFailedError(f"ClientError: {what}: {error}"[:LONGEST_FAILURE]) from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        cause = "No space left on this machine's disk; make room and start a new job." if full else str(error)
        raise JobFailedError(f"ClientError: {what}: {cause}"[:LONGEST_FAILURE]) from error
