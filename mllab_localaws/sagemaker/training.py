"""Training jobs: Create, Describe, List, Stop, Delete."""

from __future__ import annotations

from mllab_localaws import quotas
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import training_request, training_status
from mllab_localaws.sagemaker.job_queue import JobQueue
from mllab_localaws.sagemaker.job_records import TRAINING
from mllab_localaws.sagemaker.limits import of_cluster, room_for
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.metric_histories import MetricHistories
from mllab_localaws.sagemaker.training_run import TrainingRun
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import validation_error

_LISTING = Listing(name=TRAINING.name, status=TRAINING.status)


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

        Raises: AwsError: `ValidationException`, `ResourceLimitExceeded`, or `ResourceInUse` for a name that
            is taken.
        """
        name, region, now = call.params["TrainingJobName"], call.region, self._platform.clock.now()
        job_arn = TRAINING.arn(region, name)
        image = training_request.check(call.params, self._platform, region)
        record = training_request.new_record(call.params, image, job_arn, now)
        record = training_status.entered(record, "Starting", now, "Starting the training job")
        with room_for(self._platform, region, quotas.TRAINING, of_cluster(call.params["ResourceConfig"])):
            TRAINING.insert(self._platform, region, record, call.params.get("Tags", []))
        heard = self.histories.listener(region, name)
        self._queue.start(region, name, TrainingRun(self._platform, region, name, heard))
        return {"TrainingJobArn": job_arn}

    @operation
    def describe_training_job(self, call: Call) -> Reply:
        """Return everything about one job."""
        return TRAINING.get(self._platform, call.region, call.params["TrainingJobName"])

    @operation
    def list_training_jobs(self, call: Call) -> Reply:
        """Return summaries of jobs, filtered and sorted."""
        for member in ("WarmPoolStatusEquals", "TrainingPlanArnEquals"):
            if member in call.params:
                raise validation_error(f"{member} is not part of the local AWS; it has no such resources.")
        page, token = _LISTING.page(TRAINING.in_region(self._platform, call.region), call.params)
        return {"TrainingJobSummaries": page, **token}

    @operation
    def stop_training_job(self, call: Call) -> Reply:
        """Tell a job to stop; it has two minutes to save what it has."""
        asked = call.params["TrainingJobName"]
        name = TRAINING.stop(self._platform, call.region, asked, training_status.stopping)
        self._queue.stop(call.region, name)
        return {}

    @operation
    def delete_training_job(self, call: Call) -> Reply:
        """Forget a job that is over; its artefacts stay in S3.

        Raises: AwsError: `ResourceInUse`, it still runs.
        """
        TRAINING.delete(self._platform, call.region, call.params["TrainingJobName"])
        return {}

    def close(self) -> None:
        """End every job at once; called when the local AWS ends."""
        self._queue.close()
