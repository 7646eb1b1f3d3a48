"""One tuning job from its first training job to its end.

When it ends by itself: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-progress.html
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import tuning_record, tuning_search
from mllab_localaws.sagemaker.control import ControlPlane
from mllab_localaws.sagemaker.job_records import TERMINAL, TUNING
from mllab_localaws.sagemaker.metric_histories import MetricHistories
from mllab_localaws.sagemaker.tuning_early_stopping import is_hopeless
from mllab_localaws.sagemaker.tuning_request import TuningPlan
from mllab_localaws.sagemaker.tuning_search import Suggestion
from mllab_localaws.store import Record
from mllab_localaws.wire.errors import AwsError

# So many training jobs without a single objective value, and AWS gives up.
HOPELESS_TRIALS = 5
LONGEST_REASON = 1024
_LOOK_SECONDS = 1.0
# A training job's log lines wake whoever waits, many times a second.
_PAUSE_SECONDS = 0.02
_log = logging.getLogger(__name__)


@dataclass
class _Trial:
    """A launched training job as it was seen last."""

    suggestion: Suggestion
    name: str
    summary: Record

    @property
    def is_over(self) -> bool:
        return self.summary["TrainingJobStatus"] in TERMINAL


@dataclass(frozen=True)
class _Ending:
    """Why no further training job is launched; `stops` those that run when it does not wait for them."""

    status: str
    reason: str | None = None
    stops: bool = True


@dataclass
class _Progress:
    """The trials in the order of their launch, and those that are over in the order of their end."""

    trials: list[_Trial] = field(default_factory=list)
    ended: list[_Trial] = field(default_factory=list)

    @property
    def running(self) -> list[_Trial]:
        return [trial for trial in self.trials if not trial.is_over]

    @property
    def summaries(self) -> list[Record]:
        return [trial.summary for trial in self.trials]


class TuningRun:
    """Runs one recorded tuning job; `execute` returns when it is over."""

    def __init__(
        self,
        platform: Platform,
        control: ControlPlane,
        histories: MetricHistories,
        *,
        region: str,
        name: str,
        plan: TuningPlan,
    ) -> None:
        self._platform = platform
        self._control = control
        self._histories = histories
        self._region = region
        self._name = name
        self._plan = plan
        self._arn = TUNING.arn(region, name)
        self._began = platform.clock.now()
        self._stopped = threading.Event()
        self._abandoned = threading.Event()
        self._progress = _Progress()
        self._ending: _Ending | None = None

    def stop(self) -> None:
        """Launch no more, stop what runs, and end as Stopped."""
        self._stopped.set()
        self._platform.store.touch()

    def abandon(self) -> None:
        """Launch no more, because the local AWS ends."""
        self._abandoned.set()
        self._platform.store.touch()

    def execute(self) -> None:
        """Run the job and record how it ended."""
        try:
            ending = self._tune()
        except Exception:
            _log.exception("tuning job %s", self._name)
            self._stop(self._progress.running)
            reason = "InternalServerError: The local AWS failed; see `mllab local logs`."
            ending = _Ending("Failed", reason)
        if ending is not None:
            self._finish(ending)
        for trial in self._progress.trials:
            self._histories.forget(self._region, trial.name)

    def _tune(self) -> _Ending | None:
        """Return how the job ended, None when it was abandoned."""
        plan = self._plan
        if TUNING.get(self._platform, self._region, self._name)[TUNING.status] == "Stopping":
            self._stopped.set()  # by a request that came before this run was known
        search = tuning_search.start(plan.strategy, plan.ranges, plan.seed, maximize=plan.maximize)
        while not self._abandoned.is_set():
            version = self._platform.store.version
            for trial in self._observe():
                search.tell(trial.suggestion, tuning_record.objective_value(trial.summary))
            self._ending = self._ending or self._decide()
            if self._ending is None:
                if plan.stops_early:
                    self._stop(self._hopeless())
                self._launch(search)
            elif self._ending.stops:
                self._stop(self._progress.running)
            if self._ending is not None and not self._progress.running:
                return self._ending
            self._platform.store.wait(version, _LOOK_SECONDS)
            time.sleep(_PAUSE_SECONDS)
        return None

    def _observe(self) -> list[_Trial]:
        """Look at the training jobs that run, record what is new, and return those that have ended."""
        ended, changed = [], False
        for trial in self._progress.running:
            try:
                summary = self._summary(trial.name, trial.suggestion)
            except AwsError:  # it was deleted as soon as it was over
                summary = {**trial.summary, "TrainingJobStatus": "Stopped", "ObjectiveStatus": "Failed"}
            if summary != trial.summary:
                trial.summary, changed = summary, True
                self._platform.store.update(
                    tuning_record.TRIAL_KIND, self._region, trial.name.lower(), **summary
                )
                if trial.is_over:
                    ended.append(trial)
        self._progress.ended += ended
        if changed:
            self._record()
        return ended

    def _summary(self, training_job: str, suggestion: Suggestion) -> Record:
        training = self._call("DescribeTrainingJob", TrainingJobName=training_job)
        return tuning_record.trial_summary(training, suggestion.values, self._plan)

    def _decide(self) -> _Ending | None:
        """Return why the search is over, None while it goes on."""
        plan, progress = self._plan, self._progress
        if self._stopped.is_set():
            return _Ending("Stopped")
        hopeless = not any(tuning_record.METRIC in trial.summary for trial in progress.ended)
        if hopeless and len(progress.ended) >= min(HOPELESS_TRIALS, plan.most_jobs):
            return _Ending("Failed", self._why_hopeless())
        if plan.most_seconds is not None and self._platform.clock.now() - self._began >= plan.most_seconds:
            return _Ending("Completed")
        if self._has_target() or (plan.patience is not None and self._not_improving() >= plan.patience):
            return _Ending("Completed")
        if len(progress.trials) == plan.most_jobs and not progress.running:
            return _Ending("Completed", stops=False)
        return None

    def _has_target(self) -> bool:
        best = tuning_record.best(self._progress.summaries, self._plan)
        if best is None or self._plan.target is None:
            return False
        value: float = best[tuning_record.METRIC]["Value"]
        return value >= self._plan.target if self._plan.maximize else value <= self._plan.target

    def _not_improving(self) -> int:
        """Return how many training jobs have ended with an objective since the best one did."""
        summaries = [trial.summary for trial in self._progress.ended if tuning_record.METRIC in trial.summary]
        best = tuning_record.best(summaries, self._plan)
        return 0 if best is None else len(summaries) - 1 - summaries.index(best)

    def _why_hopeless(self) -> str:
        ended = self._progress.ended
        failed = [trial.summary for trial in ended if trial.summary["TrainingJobStatus"] == "Failed"]
        if not failed:
            return (
                f"No objective metrics found after running {len(ended)} training jobs. Please ensure that "
                "the custom algorithm is emitting the objective metric as defined by the regular expression "
                "provided."
            )
        last = failed[-1]
        return (
            f"No training job succeeded after {len(ended)} attempts. Please take a look at the training job "
            f"failures to get more details. {last['TrainingJobName']}: {last.get('FailureReason', '')}"
        )[:LONGEST_REASON]

    def _launch(self, search: tuning_search.Search) -> None:
        """Begin training jobs until as many run as may."""
        plan, progress = self._plan, self._progress
        while len(progress.running) < plan.most_parallel and len(progress.trials) < plan.most_jobs:
            suggestion = search.suggest()
            if suggestion is None:
                return
            name = f"{self._name}-{len(progress.trials) + 1:03d}-{secrets.token_hex(4)}"
            try:
                self._begin(name, suggestion)
            except AwsError as error:
                reason = f"Training job {name} could not be created: {error}"
                self._ending = _Ending("Failed", reason[:LONGEST_REASON])
                return

    def _begin(self, name: str, suggestion: Suggestion) -> None:
        """Create one training job and remember it.

        Raises: AwsError: it is refused.
        """
        training = self._plan.training
        parameters = {
            **training,
            "TrainingJobName": name,
            "TuningJobArn": self._arn,
            "HyperParameters": {**training["HyperParameters"], **suggestion.values},
        }
        if self._plan.stops_early:
            self._histories.follow(self._region, name, self._plan.metric)
        self._call("CreateTrainingJob", **parameters)
        summary = self._summary(name, suggestion)
        record = {**summary, "TuningJobName": self._name}
        self._platform.store.insert(tuning_record.TRIAL_KIND, self._region, name.lower(), record)
        self._progress.trials.append(_Trial(suggestion, name, summary))
        self._record()

    def _hopeless(self) -> list[_Trial]:
        """Return the training jobs that do worse than the earlier ones did."""
        maximize, ended = self._plan.maximize, self._progress.ended
        earlier = [self._values(trial) for trial in ended if tuning_record.METRIC in trial.summary]
        return [
            trial
            for trial in self._progress.running
            if is_hopeless(self._values(trial), earlier, maximize=maximize)
        ]

    def _values(self, trial: _Trial) -> list[float]:
        return self._histories.values(self._region, trial.name)

    def _stop(self, trials: Sequence[_Trial]) -> None:
        for trial in trials:
            if trial.summary["TrainingJobStatus"] == "InProgress":
                # It may have ended at this moment.
                with contextlib.suppress(AwsError):
                    self._call("StopTrainingJob", TrainingJobName=trial.name)

    def _record(self) -> None:
        """Bring counters and best training job of the tuning job's record up to date."""
        best = tuning_record.best(self._progress.summaries, self._plan)
        self._change(
            **tuning_record.counters(self._progress.summaries),
            **({} if best is None else {"BestTrainingJob": best}),
        )

    def _finish(self, ending: _Ending) -> None:
        now = self._platform.clock.now()
        self._change(
            **{TUNING.status: ending.status},
            **({} if ending.reason is None else {"FailureReason": ending.reason}),
            HyperParameterTuningEndTime=now,
            TuningJobCompletionDetails={"NumberOfTrainingJobsObjectiveNotImproving": self._not_improving()},
            ConsumedResources={"RuntimeInSeconds": max(1, round(now - self._began))},
        )

    def _change(self, **members: Any) -> None:
        TUNING.update(self._platform, self._region, self._name, **members)

    def _call(self, operation: str, **params: Any) -> Record:
        return dict(self._control.call(operation, params, self._region, self._plan.training["RoleArn"]))
