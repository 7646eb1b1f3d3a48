"""Processing jobs: Create, Describe, List, Stop, Delete."""

from __future__ import annotations

from mllab_localaws import quotas
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import processing_request
from mllab_localaws.sagemaker.job_queue import JobQueue
from mllab_localaws.sagemaker.job_records import PROCESSING
from mllab_localaws.sagemaker.limits import of_cluster, room_for
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.processing_run import ProcessingRun, WhenOver
from mllab_localaws.wire.call import Call, Reply, Service, operation

_LISTING = Listing(name=PROCESSING.name, status=PROCESSING.status)


class Processing(Service):
    """Processing jobs run in threads, at most `settings.cores` at a time; further ones wait."""

    name = "sagemaker"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._queue = JobQueue(platform.settings.cores, "processing")

    @operation
    def create_processing_job(self, call: Call) -> Reply:
        """Check the request, record the job and start it.

        Raises: AwsError: `ValidationException`, `ResourceLimitExceeded`, or `ResourceInUse` for a name that
            is taken.
        """
        return self.begin(call)

    def begin(self, call: Call, when_over: WhenOver | None = None, **members: str) -> Reply:
        """Do what CreateProcessingJob does, for a service that has jobs of its own.

        Args:
            when_over: called with the job's last record.
            members: further members of DescribeProcessingJob, e.g. MonitoringScheduleArn.
        """
        name, region = call.params["ProcessingJobName"], call.region
        job_arn = PROCESSING.arn(region, name)
        processing_request.check(call.params, self._platform, region)
        record = processing_request.new_record(call.params, job_arn, self._platform.clock.now()) | members
        cluster = of_cluster(call.params["ProcessingResources"]["ClusterConfig"])
        with room_for(self._platform, region, quotas.PROCESSING, cluster):
            PROCESSING.insert(self._platform, region, record, call.params.get("Tags", []))
        self._queue.start(region, name, ProcessingRun(self._platform, region, name, when_over))
        return {"ProcessingJobArn": job_arn}

    @operation
    def describe_processing_job(self, call: Call) -> Reply:
        """Return everything about one job."""
        return PROCESSING.get(self._platform, call.region, call.params["ProcessingJobName"])

    @operation
    def list_processing_jobs(self, call: Call) -> Reply:
        """Return summaries of jobs, filtered and sorted."""
        page, token = _LISTING.page(PROCESSING.in_region(self._platform, call.region), call.params)
        return {"ProcessingJobSummaries": page, **token}

    @operation
    def stop_processing_job(self, call: Call) -> Reply:
        """Tell a job to stop; it has two minutes to end by itself."""
        name = PROCESSING.stop(self._platform, call.region, call.params["ProcessingJobName"])
        self._queue.stop(call.region, name)
        return {}

    @operation
    def delete_processing_job(self, call: Call) -> Reply:
        """Forget a job that is over; its results stay in S3.

        Raises: AwsError: `ResourceInUse`, it still runs.
        """
        PROCESSING.delete(self._platform, call.region, call.params["ProcessingJobName"])
        return {}

    def close(self) -> None:
        """End every job at once; called when the local AWS ends."""
        self._queue.close()
