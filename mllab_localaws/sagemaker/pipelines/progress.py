"""What has happened in an execution: statuses in its record, and events that tell of them (contract E.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import state_events
from mllab_localaws.sagemaker.pipelines.definition import Step
from mllab_localaws.sagemaker.pipelines.names import EXECUTION_KIND, execution_key
from mllab_localaws.store import Record

TERMINAL = frozenset({"Stopped", "Failed", "Succeeded"})
_LONGEST_STEP_FAILURE = 1024
_LONGEST_FAILURE = 1300
_STATUS = "PipelineExecutionStatus"


class Progress:
    """Records the statuses of one execution and of its steps."""

    def __init__(self, platform: Platform, region: str, arn: str) -> None:
        self._platform = platform
        self._region = region
        self._arn = arn

    def begun(self) -> None:
        """Tell that the execution exists; its record says so already."""
        record = self._platform.store.get(EXECUTION_KIND, self._region, execution_key(self._arn))
        if record is not None:
            self._tell(record, None)

    def stopping(self) -> bool:
        """Record that the execution is to end; False when it is over already."""
        return self._enter("Stopping", lambda status: status in ("Executing", "Stopping"))

    def ended(self, status: str, failure: str | None = None) -> None:
        """Record how the execution ended; one that was told to stop is Stopped, whatever it had come to."""
        self._enter(status, lambda before: before not in TERMINAL, failure)

    def step(
        self,
        step: Step,
        status: str,
        *,
        metadata: Mapping[str, Any] | None = None,
        failure: str | None = None,
    ) -> None:
        """Record a step's status; a step is in the list from its first one on."""
        now, previous = self._platform.clock.now(), None
        entered: Record = {}

        def changed(record: Record) -> Record:
            nonlocal previous, entered
            steps = {each["StepName"]: each for each in record["Steps"]}
            before = steps.get(step.name)
            previous = before and before["StepStatus"]
            entered = {
                **(before or _new_step(step, now, len(steps))),
                "StepStatus": status,
                **({"Metadata": metadata} if metadata else {}),
                **({"FailureReason": failure[:_LONGEST_STEP_FAILURE]} if failure else {}),
                **({"EndTime": now} if status in TERMINAL else {}),
            }
            steps[step.name] = entered
            return {**record, "Steps": list(steps.values()), "LastModifiedTime": now}

        record = self._modify(changed)
        if record is not None:
            self._tell_step(record, step.type, entered, previous)

    def _enter(self, status: str, may: Callable[[str], bool], failure: str | None = None) -> bool:
        now, previous = self._platform.clock.now(), ""

        def changed(record: Record) -> Record:
            nonlocal previous
            previous = record[_STATUS]
            if not may(previous):
                return record
            ending = "Stopped" if previous == "Stopping" and status in TERMINAL else status
            reason = {"FailureReason": failure[:_LONGEST_FAILURE]} if failure and ending == "Failed" else {}
            return {**record, _STATUS: ending, "LastModifiedTime": now, **reason}

        record = self._modify(changed)
        if record is None or not may(previous):
            return False
        if record[_STATUS] != previous:
            self._tell(record, previous)
        return True

    def _modify(self, change: Callable[[Record], Record]) -> Record | None:
        key = execution_key(self._arn)
        return self._platform.store.modify(EXECUTION_KIND, self._region, key, change)

    def _tell(self, record: Record, previous: str | None) -> None:
        detail = {
            **_execution_detail(record),
            "pipelineExecutionDisplayName": record["PipelineExecutionDisplayName"],
            "pipelineExecutionDescription": record.get("PipelineExecutionDescription"),
            "currentPipelineExecutionStatus": record[_STATUS],
            "previousPipelineExecutionStatus": previous,
            "executionStartTime": record["CreationTime"],
            "executionEndTime": record["LastModifiedTime"] if record[_STATUS] in TERMINAL else None,
            "failureReason": record.get("FailureReason"),
        }
        self._publish(state_events.PIPELINE_EXECUTION, record, detail)

    def _tell_step(self, record: Record, step_type: str, step: Record, previous: str | None) -> None:
        detail = {
            **_execution_detail(record),
            "stepName": step["StepName"],
            "stepType": step_type,
            "currentStepStatus": step["StepStatus"],
            "previousStepStatus": previous,
            "stepStartTime": step["StartTime"],
            "stepEndTime": step.get("EndTime"),
            "metadata": _camel(step.get("Metadata", {})),
            "failureReason": step.get("FailureReason"),
        }
        self._publish(state_events.PIPELINE_STEP, record, detail)

    def _publish(self, detail_type: str, record: Record, detail: Mapping[str, Any]) -> None:
        told = {name: value for name, value in detail.items() if value is not None}
        execution = record["PipelineExecutionArn"]
        state_events.publish(
            self._platform, self._region, detail_type, record["PipelineArn"], told, also=(execution,)
        )


def _execution_detail(record: Record) -> dict[str, Any]:
    return {
        "pipelineArn": record["PipelineArn"],
        "pipelineExecutionArn": record["PipelineExecutionArn"],
    }


def _new_step(step: Step, now: float, order: int) -> Record:
    return {
        "StepName": step.name,
        **({"StepDisplayName": step.display_name} if step.display_name else {}),
        **({"StepDescription": step.description} if step.description else {}),
        "StartTime": now,
        "AttemptCount": 1,
        "Order": order,
    }


def _camel(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name[:1].lower() + name[1:]: _camel(inner) for name, inner in value.items()}
