"""Training jobs: Create, Describe, List, Stop, Delete."""

from __future__ import annotations

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import state_events, tags, training_request, training_status
from mllab_localaws.sagemaker.arns import arn
from mllab_localaws.sagemaker.job_queue import JobQueue
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.metric_histories import MetricHistories
from mllab_localaws.sagemaker.training_run import KIND, TrainingRun
from mllab_localaws.store import AlreadyExistsError, Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error

_LISTING = Listing(name="TrainingJobName", status="TrainingJobStatus")


class Training(Service):
    """Training jobs run in threads, at most `settings.cores` at a time; further ones are Pending."""

    name = "sagemaker"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.histories = MetricHistories()
        self._queue = JobQueue(platform.settings.cores, "training")

    @operation
    def create_training_job(self, call: Call) -> Reply:
        """Check the request, record the job and start it.

        Raises: AwsError: `ValidationException`, or `ResourceInUse` for a name that is taken.
        """
        store, now = self._platform.store, self._platform.clock.now()
        name = call.params["TrainingJobName"]
        job_arn = arn(call.region, KIND, name)
        image = training_request.check(call.params, self._platform, call.region)
        new_tags = call.params.get("Tags", [])
        tags.check(new_tags)
        record = training_request.new_record(call.params, image, job_arn, now)
        record = training_status.entered(record, "Starting", now, "Starting the training job")
        try:
            store.insert(KIND, call.region, name.lower(), record)
        except AlreadyExistsError as error:
            raise AwsError(
                "ResourceInUse",
                "Training job names must be unique within an AWS account and region, and a training job with "
                f"this name already exists ({job_arn})",
            ) from error
        tags.attach(store, call.region, job_arn, new_tags)
        state_events.publish(self._platform, call.region, state_events.TRAINING_JOB, job_arn, record)
        heard = self.histories.listener(call.region, name)
        self._queue.start(call.region, name, TrainingRun(self._platform, call.region, name, heard))
        return {"TrainingJobArn": job_arn}

    @operation
    def describe_training_job(self, call: Call) -> Reply:
        """Return everything about one job."""
        return self._record(call)

    @operation
    def list_training_jobs(self, call: Call) -> Reply:
        """Return summaries of jobs, filtered and sorted."""
        for member in ("WarmPoolStatusEquals", "TrainingPlanArnEquals"):
            if member in call.params:
                raise validation_error(f"{member} is not part of the local AWS; it has no such resources.")
        records = self._platform.store.list(KIND, call.region)
        page, token = _LISTING.page(records, call.params)
        return {"TrainingJobSummaries": page, **token}

    @operation
    def stop_training_job(self, call: Call) -> Reply:
        """Tell a job to stop; it has two minutes to save what it has."""
        name, now = self._record(call)["TrainingJobName"], self._platform.clock.now()

        def stopping(record: Record) -> Record:
            status = record["TrainingJobStatus"]
            if status in training_status.TERMINAL:
                raise validation_error(
                    f"The request was rejected because the training job is in status {status}."
                )
            return training_status.stopping(record, now)

        state_events.modify(
            self._platform,
            state_events.TRAINING_JOB,
            stopping,
            kind=KIND,
            region=call.region,
            name=name.lower(),
        )
        self._queue.stop(call.region, name)
        return {}

    @operation
    def delete_training_job(self, call: Call) -> Reply:
        """Forget a job that is over; its artefacts stay in S3.

        Raises: AwsError: `ResourceInUse`, it still runs.
        """
        record = self._record(call)
        status, job_arn = record["TrainingJobStatus"], record["TrainingJobArn"]
        if status not in training_status.TERMINAL:
            raise AwsError("ResourceInUse", f"Training job {job_arn} is in status {status}; stop it first.")
        self._platform.store.delete(KIND, call.region, record["TrainingJobName"].lower())
        tags.detach(self._platform.store, call.region, job_arn)
        return {}

    def close(self) -> None:
        """End every job at once; called when the local AWS ends."""
        self._queue.close()

    def _record(self, call: Call) -> Record:
        record = self._platform.store.get(KIND, call.region, call.params["TrainingJobName"].lower())
        if record is None:
            raise validation_error("Requested resource not found.")
        return record
