"""Hyperparameter tuning jobs: Create, Describe, List, Stop, Delete, and the training jobs of one."""

from __future__ import annotations

import threading

from mllab_localaws import quotas
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import tuning_record, tuning_request
from mllab_localaws.sagemaker.control import ControlPlane
from mllab_localaws.sagemaker.job_records import TRAINING, TUNING
from mllab_localaws.sagemaker.limits import of_cluster, room_for
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.metric_histories import MetricHistories
from mllab_localaws.sagemaker.tuning_record import TRIAL_KIND
from mllab_localaws.sagemaker.tuning_run import TuningRun
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation

_NAME = TUNING.name
_LISTING = Listing(name=_NAME, status=TUNING.status, sort_by="Name")
_TRIALS = Listing(name=TRAINING.name, status=TRAINING.status, sort_by="Name")
_BY_OBJECTIVE = "FinalObjectiveMetricValue"
_SUMMARY = (
    _NAME,
    "HyperParameterTuningJobArn",
    TUNING.status,
    "CreationTime",
    "HyperParameterTuningEndTime",
    "LastModifiedTime",
    "TrainingJobStatusCounters",
    "ObjectiveStatusCounters",
)


class Tuning(Service):
    """Each tuning job runs in a thread of its own and starts training jobs as any client would."""

    name = "sagemaker"

    def __init__(self, platform: Platform, control: ControlPlane, histories: MetricHistories) -> None:
        self._platform = platform
        self._histories = histories
        self._control = control
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, str], tuple[TuningRun, threading.Thread]] = {}

    @operation
    def create_hyper_parameter_tuning_job(self, call: Call) -> Reply:
        """Check the request, record the tuning job and start it.

        Raises: AwsError: `ValidationException`, `ResourceLimitExceeded`, or `ResourceInUse` for a name that
            is taken.
        """
        name = call.params[_NAME]
        plan = tuning_request.check(call.params, self._platform, call.region)
        job_arn = TUNING.arn(call.region, name)
        record = tuning_record.new_record(call.params, plan, job_arn, self._platform.clock.now())
        [(instance_type, count)] = of_cluster(plan.training["ResourceConfig"]).items()
        at_once = {instance_type: count * plan.most_parallel}
        with room_for(self._platform, call.region, quotas.TRAINING, at_once):
            TUNING.insert(self._platform, call.region, record, call.params.get("Tags", []))
        run = TuningRun(
            self._platform, self._control, self._histories, region=call.region, name=name, plan=plan
        )
        self._start(call.region, name, run)
        return {"HyperParameterTuningJobArn": job_arn}

    @operation
    def describe_hyper_parameter_tuning_job(self, call: Call) -> Reply:
        """Return everything about one tuning job."""
        return self._record(call)

    @operation
    def list_hyper_parameter_tuning_jobs(self, call: Call) -> Reply:
        """Return summaries of tuning jobs, filtered and sorted."""
        page, token = _LISTING.page(TUNING.in_region(self._platform, call.region), call.params)
        summaries = [
            {
                **{member: record[member] for member in _SUMMARY if member in record},
                "Strategy": record["HyperParameterTuningJobConfig"]["Strategy"],
                "ResourceLimits": record["HyperParameterTuningJobConfig"]["ResourceLimits"],
            }
            for record in page
        ]
        return {"HyperParameterTuningJobSummaries": summaries, **token}

    @operation
    def list_training_jobs_for_hyper_parameter_tuning_job(self, call: Call) -> Reply:
        """Return summaries of the training jobs that a tuning job has launched.

        Sorted by their objective value, those without one are left out, as on AWS.
        """
        trials = self._trials(call.region, self._record(call)[_NAME])
        if call.params.get("SortBy") == _BY_OBJECTIVE:
            values = [(trial, tuning_record.objective_value(trial)) for trial in trials]
            trials = [{**trial, _BY_OBJECTIVE: value} for trial, value in values if value is not None]
        page, token = _TRIALS.page(trials, call.params)
        # The name of the tuning job is given for those that a warm start takes over.
        hidden = ("TuningJobName", _BY_OBJECTIVE)
        summaries = [{name: trial[name] for name in trial if name not in hidden} for trial in page]
        return {"TrainingJobSummaries": summaries, **token}

    @operation
    def stop_hyper_parameter_tuning_job(self, call: Call) -> Reply:
        """Tell a tuning job to stop, and with it every training job that runs for it."""
        name = TUNING.stop(self._platform, call.region, call.params[_NAME])
        with self._lock:
            found = self._runs.get((call.region, name))
        if found is not None:
            found[0].stop()
        return {}

    @operation
    def delete_hyper_parameter_tuning_job(self, call: Call) -> Reply:
        """Forget a tuning job that is over; its training jobs and their artefacts stay.

        Raises: AwsError: `ResourceInUse`, it still runs.
        """
        name = TUNING.get_over(self._platform, call.region, call.params[_NAME])[_NAME]
        for trial in self._trials(call.region, name):
            self._platform.store.delete(TRIAL_KIND, call.region, trial["TrainingJobName"].lower())
        TUNING.delete(self._platform, call.region, name)
        return {}

    def close(self) -> None:
        """Launch nothing more; called when the local AWS ends, before its training jobs do."""
        with self._lock:
            runs = list(self._runs.values())
        for run, _ in runs:
            run.abandon()
        for _, thread in runs:
            thread.join()

    def _start(self, region: str, name: str, run: TuningRun) -> None:
        def execute() -> None:
            try:
                run.execute()
            finally:
                with self._lock:
                    # The name may belong to a new job already, when this one was deleted at once.
                    if self._runs.get((region, name), (None, None))[0] is run:
                        del self._runs[region, name]

        thread = threading.Thread(target=execute, name=f"tuning-{name}", daemon=True)
        with self._lock:
            self._runs[region, name] = run, thread
        thread.start()

    def _trials(self, region: str, name: str) -> list[Record]:
        trials = self._platform.store.list(TRIAL_KIND, region)
        return [trial for trial in trials if trial["TuningJobName"] == name]

    def _record(self, call: Call) -> Record:
        return TUNING.get(self._platform, call.region, call.params[_NAME])
