"""Hyperparameter tuning jobs: Create, Describe, List, Stop, Delete, and the training jobs of one."""

from __future__ import annotations

import threading

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import state_events, tags, tuning_record, tuning_request
from mllab_localaws.sagemaker.arns import arn
from mllab_localaws.sagemaker.control import ControlPlane
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.metric_histories import MetricHistories
from mllab_localaws.sagemaker.tuning_record import KIND, STATUS, TRIAL_KIND
from mllab_localaws.sagemaker.tuning_run import TuningRun
from mllab_localaws.store import AlreadyExistsError, Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error

_NAME = "HyperParameterTuningJobName"
_LISTING = Listing(name=_NAME, status=STATUS, sort_by="Name")
_TRIALS = Listing(name="TrainingJobName", status="TrainingJobStatus", sort_by="Name")
_BY_OBJECTIVE = "FinalObjectiveMetricValue"
_TERMINAL = frozenset({"Completed", "Failed", "Stopped"})
_SUMMARY = (
    _NAME,
    "HyperParameterTuningJobArn",
    STATUS,
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
        name, store = call.params[_NAME], self._platform.store
        plan = tuning_request.check(call.params, self._platform, call.region)
        new_tags = call.params.get("Tags", [])
        tags.check(new_tags)
        job_arn = arn(call.region, KIND, name)
        record = tuning_record.new_record(call.params, plan, job_arn, self._platform.clock.now())
        try:
            store.insert(KIND, call.region, name.lower(), record)
        except AlreadyExistsError as error:
            message = (
                f"A hyperparameter tuning job with the name, {name}, already exists. Choose a different name."
            )
            raise AwsError("ResourceInUse", message) from error
        tags.attach(store, call.region, job_arn, new_tags)
        state_events.publish(self._platform, call.region, state_events.TUNING_JOB, job_arn, record)
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
        page, token = _LISTING.page(self._platform.store.list(KIND, call.region), call.params)
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
        name, now = self._record(call)[_NAME], self._platform.clock.now()

        def stopping(record: Record) -> Record:
            if record[STATUS] in _TERMINAL:
                raise validation_error(
                    f"The request was rejected because the hyperparameter tuning job is in status "
                    f"{record[STATUS]}."
                )
            return {**record, STATUS: "Stopping", "LastModifiedTime": now}

        state_events.modify(
            self._platform,
            state_events.TUNING_JOB,
            stopping,
            kind=KIND,
            region=call.region,
            name=name.lower(),
        )
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
        record = self._record(call)
        name, job_arn = record[_NAME], record["HyperParameterTuningJobArn"]
        if record[STATUS] not in _TERMINAL:
            message = f"Hyperparameter tuning job {job_arn} is in status {record[STATUS]}; stop it first."
            raise AwsError("ResourceInUse", message)
        for trial in self._trials(call.region, name):
            self._platform.store.delete(TRIAL_KIND, call.region, trial["TrainingJobName"].lower())
        self._platform.store.delete(KIND, call.region, name.lower())
        tags.detach(self._platform.store, call.region, job_arn)
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
        name = call.params[_NAME]
        record = self._platform.store.get(KIND, call.region, name.lower())
        if record is None:
            message = f"Amazon SageMaker can't find a tuning job called {name}. Type another name."
            raise AwsError("ResourceNotFound", message)
        return record
