"""Processing jobs: Create, Describe, List, Stop, Delete."""

from __future__ import annotations

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import processing_request, state_events, tags
from mllab_localaws.sagemaker.arns import arn
from mllab_localaws.sagemaker.job_queue import JobQueue
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.processing_run import KIND, TERMINAL, ProcessingRun, WhenOver
from mllab_localaws.store import AlreadyExistsError, Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error

_LISTING = Listing(name="ProcessingJobName", status="ProcessingJobStatus")


class Processing(Service):
    """Processing jobs run in threads, at most `settings.cores` at a time; further ones wait."""

    name = "sagemaker"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._queue = JobQueue(platform.settings.cores, "processing")

    @operation
    def create_processing_job(self, call: Call) -> Reply:
        """Check the request, record the job and start it.

        Raises: AwsError: `ValidationException`, or `ResourceInUse` for a name that is taken.
        """
        return self.begin(call)

    def begin(self, call: Call, when_over: WhenOver | None = None, **members: str) -> Reply:
        """Do what CreateProcessingJob does, for a service that has jobs of its own.

        Args:
            when_over: called with the job's last record.
            members: further members of DescribeProcessingJob, e.g. MonitoringScheduleArn.
        """
        store, name = self._platform.store, call.params["ProcessingJobName"]
        job_arn = arn(call.region, KIND, name)
        processing_request.check(call.params, self._platform, call.region)
        new_tags = call.params.get("Tags", [])
        tags.check(new_tags)
        record = processing_request.new_record(call.params, job_arn, self._platform.clock.now()) | members
        try:
            store.insert(KIND, call.region, name.lower(), record)
        except AlreadyExistsError as error:
            raise AwsError(
                "ResourceInUse",
                "Job name must be unique within an AWS account and region, and a job with this name already "
                f"exists ({job_arn})",
            ) from error
        tags.attach(store, call.region, job_arn, new_tags)
        state_events.publish(self._platform, call.region, state_events.PROCESSING_JOB, job_arn, record)
        self._queue.start(call.region, name, ProcessingRun(self._platform, call.region, name, when_over))
        return {"ProcessingJobArn": job_arn}

    @operation
    def describe_processing_job(self, call: Call) -> Reply:
        """Return everything about one job."""
        return self._record(call)

    @operation
    def list_processing_jobs(self, call: Call) -> Reply:
        """Return summaries of jobs, filtered and sorted."""
        page, token = _LISTING.page(self._platform.store.list(KIND, call.region), call.params)
        return {"ProcessingJobSummaries": page, **token}

    @operation
    def stop_processing_job(self, call: Call) -> Reply:
        """Tell a job to stop; it has two minutes to end by itself."""
        name, now = self._record(call)["ProcessingJobName"], self._platform.clock.now()

        def stopping(record: Record) -> Record:
            status = record["ProcessingJobStatus"]
            if status in TERMINAL:
                raise validation_error(
                    f"The request was rejected because the processing job is in status {status}."
                )
            return {**record, "ProcessingJobStatus": "Stopping", "LastModifiedTime": now}

        state_events.modify(
            self._platform,
            state_events.PROCESSING_JOB,
            stopping,
            kind=KIND,
            region=call.region,
            name=name.lower(),
        )
        self._queue.stop(call.region, name)
        return {}

    @operation
    def delete_processing_job(self, call: Call) -> Reply:
        """Forget a job that is over; its results stay in S3.

        Raises: AwsError: `ResourceInUse`, it still runs.
        """
        record = self._record(call)
        status, job_arn = record["ProcessingJobStatus"], record["ProcessingJobArn"]
        if status not in TERMINAL:
            raise AwsError("ResourceInUse", f"Processing job {job_arn} is in status {status}; stop it first.")
        self._platform.store.delete(KIND, call.region, record["ProcessingJobName"].lower())
        tags.detach(self._platform.store, call.region, job_arn)
        return {}

    def close(self) -> None:
        """End every job at once; called when the local AWS ends."""
        self._queue.close()

    def _record(self, call: Call) -> Record:
        name = call.params["ProcessingJobName"]
        record = self._platform.store.get(KIND, call.region, name.lower())
        if record is None:
            raise validation_error(f"Could not find requested job with name: {name}")
        return record
