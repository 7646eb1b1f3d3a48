"""One execution from its first step to its last.

One thread follows all steps: it starts those that are ready, looks at those that run, and sleeps until
something in the store changes. Jobs run where every job runs, so nothing waits for anything here.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mllab_localaws.caller import acting_as
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.control import ControlPlane
from mllab_localaws.sagemaker.pipelines import conditions
from mllab_localaws.sagemaker.pipelines.actions import ACTIONS, CONDITION, FAIL, Action
from mllab_localaws.sagemaker.pipelines.arguments import as_request
from mllab_localaws.sagemaker.pipelines.definition import Step
from mllab_localaws.sagemaker.pipelines.errors import StepError
from mllab_localaws.sagemaker.pipelines.expressions import as_text, resolve
from mllab_localaws.sagemaker.pipelines.names import job_name
from mllab_localaws.sagemaker.pipelines.progress import Progress
from mllab_localaws.sagemaker.pipelines.scope import Facts, StepScope
from mllab_localaws.wire.call import Reply
from mllab_localaws.wire.errors import AwsError

_LOOK_SECONDS = 1.0
# By which SageMaker's SDKs find out where a job comes from.
_ORIGIN_TAG = "sagemaker:pipeline-execution-arn"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Started:
    """A step that runs: its operation, and what the resource is called there."""

    step: Step
    action: Action
    resource: str


class PipelineRun:
    """Follows one execution; `execute` returns when it is over.

    Args: most: steps that may run at the same time; None for no limit.
    """

    def __init__(
        self,
        platform: Platform,
        control: ControlPlane,
        region: str,
        facts: Facts,
        steps: Mapping[str, Step],
        *,
        most: int | None = None,
    ) -> None:
        self._platform = platform
        self._control = control
        self._region = region
        self._facts = facts
        self._role = acting_as(facts.role_arn)
        self._steps = steps
        self._most = most or len(steps)
        self._progress = Progress(platform, region, facts.execution_arn)
        self._stopped = threading.Event()
        self._abandoned = threading.Event()
        self._waiting = dict(steps)
        self._running: dict[str, _Started] = {}
        self._stopping: set[str] = set()
        self._described: dict[str, Mapping[str, Any]] = {}
        self._failed: dict[str, str] = {}

    def stop(self) -> None:
        """Start nothing more, and stop what runs."""
        self._stopped.set()
        self._platform.store.touch()

    def abandon(self) -> None:
        """Do and record nothing more, because the local AWS ends."""
        self._abandoned.set()
        self._platform.store.touch()

    def execute(self) -> None:
        """Run the steps and record how the execution ended."""
        try:
            self._progress.begun()
            self._follow()
        except Exception:
            if not self._abandoned.is_set():
                _log.exception("pipeline execution %s", self._facts.execution_arn)
                self._stop_running()
                self._progress.ended("Failed", "InternalServerError: The local AWS failed; see its log.")
            return
        if not self._abandoned.is_set():
            self._end()

    def _follow(self) -> None:
        store = self._platform.store
        while not self._abandoned.is_set():
            version = store.version
            if self._stopped.is_set():
                self._stop_running()
            moved = [self._look(started) for started in list(self._running.values())]
            if not self._stopped.is_set():
                moved += [self._start(step) for step in self._ready()]
            if any(moved):
                continue
            if not self._running:
                return
            store.wait(version, _LOOK_SECONDS)

    def _end(self) -> None:
        if self._stopped.is_set():
            self._progress.ended("Stopped")
        elif self._failed:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in self._failed.items())
            self._progress.ended("Failed", f"Step failure: One or multiple steps failed. {reasons}")
        else:
            self._progress.ended("Succeeded")

    def _ready(self) -> list[Step]:
        """Return the steps that may start now; after a failure there are none."""
        if self._failed:
            return []
        ready = [step for step in self._waiting.values() if step.after <= self._described.keys()]
        return ready[: max(0, self._most - len(self._running))]

    def _start(self, step: Step) -> bool:
        del self._waiting[step.name]
        if self._failed or self._stopped.is_set():  # since this one became ready
            return False
        self._progress.step(step, "Starting")
        name = job_name(self._facts.execution_id, step.name)
        platform = self._platform
        scope = StepScope(self._facts, platform.clock, platform.objects, self._steps, self._described, name)
        try:
            if step.type == CONDITION:
                self._decide(step, scope)
            elif step.type == FAIL:
                self._fail_on_purpose(step, scope)
            else:
                self._act(step, scope)
        except StepError as error:
            self._fail(step, str(error))
        return True

    def _decide(self, step: Step, scope: StepScope) -> None:
        self._progress.step(step, "Executing")
        outcome = all(conditions.holds(condition, scope) for condition in step.arguments["Conditions"])
        for name in step.else_steps if outcome else step.if_steps:
            self._waiting.pop(name)
        self._succeed(step, {"Outcome": str(outcome)}, metadata={"Condition": {"Outcome": str(outcome)}})

    def _fail_on_purpose(self, step: Step, scope: StepScope) -> None:
        message = as_text(resolve(step.arguments["ErrorMessage"], scope))
        self._progress.step(step, "Executing", metadata={"Fail": {"ErrorMessage": message}})
        self._fail(step, message)

    def _act(self, step: Step, scope: StepScope) -> None:
        action = ACTIONS[step.type]
        request = as_request(action, resolve(step.arguments, scope))
        if action.name is not None:
            request[action.name] = scope.job_name
            tag = {"Key": _ORIGIN_TAG, "Value": self._facts.execution_arn}
            request["Tags"] = [*request.get("Tags", ()), tag]
        else:
            request = self._registration(request)
        arn = self._call(action.create, request)[action.arn]
        self._progress.step(step, "Executing", metadata={action.resource: {"Arn": arn}})
        self._running[step.name] = _Started(step, action, scope.job_name if action.name else arn)

    def _registration(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the request of a RegisterModel step: it says where it is from, and its group exists."""
        if group := request.get("ModelPackageGroupName"):
            try:
                self._look_up("DescribeModelPackageGroup", {"ModelPackageGroupName": group})
            except AwsError:
                self._call("CreateModelPackageGroup", {"ModelPackageGroupName": group})
        origin = {"GeneratedBy": self._facts.execution_arn, **request.get("MetadataProperties", {})}
        return {**request, "MetadataProperties": origin}

    def _look(self, started: _Started) -> bool:
        """Return whether a running step has ended."""
        step, action = started.step, started.action
        # What is finished at once nobody waits for: it is only looked up.
        ask = self._look_up if action.status is None else self._call
        try:
            described = ask(action.describe, {action.described_by: started.resource})
        except (StepError, AwsError) as error:
            self._fail(step, str(error))
            return True
        status = "Completed" if action.status is None else described[action.status]
        if status == "Completed":
            self._succeed(step, described)
        elif status == "Failed":
            self._fail(step, f"ClientError: {described.get('FailureReason', 'it gives no reason')}")
        elif status == "Stopped" and self._stopped.is_set():
            del self._running[step.name]
            self._progress.step(step, "Stopped")
        elif status == "Stopped":
            why = described.get("SecondaryStatus", "Stopped")
            self._fail(step, f"ClientError: {started.resource} was stopped before its end ({why}).")
        else:
            return False
        return True

    def _stop_running(self) -> None:
        for name, started in self._running.items():
            if name not in self._stopping and started.action.stop is not None:
                self._stopping.add(name)
                self._progress.step(started.step, "Stopping")
                with contextlib.suppress(StepError):  # it has just ended by itself
                    self._call(started.action.stop, {started.action.described_by: started.resource})

    def _succeed(
        self, step: Step, described: Mapping[str, Any], *, metadata: Mapping[str, Any] | None = None
    ) -> None:
        self._running.pop(step.name, None)
        self._described[step.name] = described
        self._progress.step(step, "Succeeded", metadata=metadata)

    def _fail(self, step: Step, reason: str) -> None:
        self._running.pop(step.name, None)
        self._failed[step.name] = reason
        self._progress.step(step, "Failed", failure=reason)

    def _look_up(self, operation: str, params: Mapping[str, Any]) -> Reply:
        """Ask in SageMaker's own name."""
        return self._control.call(operation, params, self._region, self._facts.role_arn)

    def _call(self, operation: str, params: Mapping[str, Any]) -> Reply:
        """Ask in the name of the pipeline's role.

        Raises: StepError: what is asked for is refused, to the role or at all.
        """
        try:
            return self._control.call_as(self._role, operation, params, self._region)
        except AwsError as error:
            raise StepError(
                f"ClientError: Failed to invoke sagemaker:{operation}. Error Details: {error.message}"
            ) from error
