"""Pipeline executions: started, described, listed, stopped; and started by events."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from mllab_localaws.caller import acting_as
from mllab_localaws.events.deliveries import Delivery
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.control import ControlPlane
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.pipelines import definition, errors, parameters
from mllab_localaws.sagemaker.pipelines.names import (
    DEFINITION_KIND,
    EXECUTION_KIND,
    PIPELINE_KIND,
    execution_arn,
    execution_key,
    new_execution_id,
    pipeline_in,
)
from mllab_localaws.sagemaker.pipelines.pipelines import executions_of, find_pipeline, listing_params
from mllab_localaws.sagemaker.pipelines.progress import Progress
from mllab_localaws.sagemaker.pipelines.run import PipelineRun
from mllab_localaws.sagemaker.pipelines.scope import Facts
from mllab_localaws.sagemaker.roles import check_execution_role
from mllab_localaws.sagemaker.users import user_context
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import validation_error
from mllab_localaws.wire.validation import refuse_others

_LATEST_FIRST = Listing(name="PipelineExecutionArn", sort_order="Descending")
_STEPS = Listing(name="StepName", sort_by="Order", sort_order="Descending")
_PARAMETERS = Listing(name="Name", sort_by="Name")
_STARTED = (
    "PipelineName",
    "PipelineExecutionDisplayName",
    "PipelineParameters",
    "PipelineExecutionDescription",
    "ClientRequestToken",
    "ParallelismConfiguration",
    "RoleArn",
)
_ECHOED = ("PipelineExecutionDisplayName", "PipelineExecutionDescription", "ParallelismConfiguration")
# What the record has beyond DescribePipelineExecution.
_OWN = ("Steps", "Values", "Request", "ClientRequestToken")
_CLOSE_SECONDS = 10.0
_log = logging.getLogger(__name__)


class PipelineExecutions(Service):
    """StartPipelineExecution and everything about executions; each runs in a thread of its own."""

    name = "sagemaker"

    def __init__(self, platform: Platform, control: ControlPlane) -> None:
        self._platform = platform
        self._control = control
        self._lock = threading.Lock()
        self._runs: dict[str, tuple[PipelineRun, threading.Thread]] = {}
        self._closed = False
        platform.deliveries.register("sagemaker", self._receive)

    @operation
    def start_pipeline_execution(self, call: Call) -> Reply:
        """Start an execution; a repeated request with the same token answers the same.

        Raises: AwsError: `ConflictException`, the token was used for another request.
        """
        params, region = call.params, call.region
        refuse_others(params, _STARTED, "StartPipelineExecution")
        if params.get("RoleArn"):
            check_execution_role(self._platform, params["RoleArn"])
        pipeline = find_pipeline(self._platform.store, region, params["PipelineName"])
        followed = definition.parse(pipeline["PipelineDefinition"])
        values = parameters.assign(followed.parameters, params.get("PipelineParameters", ()))
        request = json.dumps(params, sort_keys=True, default=str)
        with self._lock:
            if (earlier := self._with_token(call, pipeline)) is None:
                record = self._new_record(call, pipeline, values) | {"Request": request}
                self._begin(region, record, pipeline, followed)
            elif earlier["Request"] == request:
                record = earlier
            else:
                raise errors.conflict(
                    "ClientRequestToken was used for another StartPipelineExecution: give a new one."
                )
        return {"PipelineExecutionArn": record["PipelineExecutionArn"]}

    @operation
    def describe_pipeline_execution(self, call: Call) -> Reply:
        """Return an execution."""
        return {member: value for member, value in self._record(call).items() if member not in _OWN}

    @operation
    def describe_pipeline_definition_for_execution(self, call: Call) -> Reply:
        """Return the definition that an execution follows, whatever has become of its pipeline's."""
        record = self._record(call)
        key = execution_key(record["PipelineExecutionArn"])
        kept = self._platform.store.get(DEFINITION_KIND, call.region, key) or {}
        return {"PipelineDefinition": kept["PipelineDefinition"], "CreationTime": record["CreationTime"]}

    @operation
    def list_pipeline_executions(self, call: Call) -> Reply:
        """Return a pipeline's executions, latest first."""
        params, store = call.params, self._platform.store
        refuse_others(params, set(params) - {"PipelineVersionAlias"}, "ListPipelineExecutions")
        name = find_pipeline(store, call.region, params["PipelineName"])["PipelineName"]
        page, token = _LATEST_FIRST.page(executions_of(store, call.region, name), listing_params(params))
        return {"PipelineExecutionSummaries": [_summary(record) for record in page], **token}

    @operation
    def list_pipeline_execution_steps(self, call: Call) -> Reply:
        """Return the steps that have started, latest first; those that never did are not there."""
        if not call.params.get("PipelineExecutionArn"):
            raise validation_error("ListPipelineExecutionSteps needs a PipelineExecutionArn.")
        page, token = _STEPS.page(self._record(call)["Steps"], call.params)
        steps = [{name: value for name, value in step.items() if name != "Order"} for step in page]
        return {"PipelineExecutionSteps": steps, **token}

    @operation
    def list_pipeline_parameters_for_execution(self, call: Call) -> Reply:
        """Return the value of every parameter of an execution, defaults included."""
        page, token = _PARAMETERS.page(parameters.as_list(self._record(call)["Values"]), call.params)
        return {"PipelineParameters": page, **token}

    @operation
    def stop_pipeline_execution(self, call: Call) -> Reply:
        """Start no further steps and stop those that run.

        Raises: AwsError: `ConflictException`, the execution is over.
        """
        arn = self._record(call)["PipelineExecutionArn"]
        if not Progress(self._platform, call.region, arn).stopping():
            status = self._record(call)["PipelineExecutionStatus"]
            raise errors.conflict(f"Pipeline execution '{arn}' is in status {status} and cannot be stopped.")
        with self._lock:
            run, _ = self._runs.get(arn, (None, None))
        if run is not None:
            run.stop()
        return {"PipelineExecutionArn": arn}

    def close(self) -> None:
        """Leave every execution as it is; called when the local AWS ends, before its jobs do."""
        with self._lock:
            self._closed = True
            runs = list(self._runs.values())
        for run, _ in runs:
            run.abandon()
        for _, thread in runs:
            thread.join(_CLOSE_SECONDS)

    def _begin(self, region: str, record: Record, pipeline: Record, followed: definition.Definition) -> None:
        store, arn = self._platform.store, record["PipelineExecutionArn"]
        key = execution_key(arn)
        text = {"PipelineDefinition": pipeline["PipelineDefinition"]}
        store.insert(DEFINITION_KIND, region, key, text)
        store.insert(EXECUTION_KIND, region, key, record)
        name, begun = pipeline_in(pipeline["PipelineArn"]), {"LastRunTime": record["CreationTime"]}
        store.update(PIPELINE_KIND, region, name, **begun)
        facts = Facts(
            pipeline_name=pipeline["PipelineName"],
            pipeline_arn=pipeline["PipelineArn"],
            execution_id=arn.rpartition("/")[2],
            execution_arn=arn,
            role_arn=record["RoleArn"],
            started=record["CreationTime"],
            values=record["Values"],
        )
        most = record.get("ParallelismConfiguration", {}).get("MaxParallelExecutionSteps")
        run = PipelineRun(self._platform, self._control, region, facts, followed.steps, most=most)
        thread = threading.Thread(
            target=self._execute, args=(run, arn), name=f"pipeline-{facts.execution_id}", daemon=True
        )
        if not self._closed:
            self._runs[arn] = run, thread
            thread.start()

    def _execute(self, run: PipelineRun, arn: str) -> None:
        try:
            run.execute()
        finally:
            with self._lock:
                self._runs.pop(arn, None)

    def _new_record(
        self, call: Call, pipeline: Record, values: Mapping[str, parameters.Value]
    ) -> dict[str, Any]:
        now, by = self._platform.clock.now(), user_context(call.caller)
        inherited = {name: pipeline[name] for name in ("ParallelismConfiguration",) if name in pipeline}
        return {
            "PipelineExecutionDisplayName": f"execution-{round(now * 1000)}",
            **inherited,
            **{member: call.params[member] for member in _ECHOED if call.params.get(member)},
            "PipelineArn": pipeline["PipelineArn"],
            "PipelineExecutionArn": execution_arn(call.region, pipeline["PipelineName"], new_execution_id()),
            "PipelineExecutionStatus": "Executing",
            "RoleArn": call.params.get("RoleArn", pipeline["RoleArn"]),
            "CreationTime": now,
            "LastModifiedTime": now,
            "CreatedBy": by,
            "LastModifiedBy": by,
            "ClientRequestToken": call.params["ClientRequestToken"],
            "Values": dict(values),
            "Steps": [],
        }

    def _with_token(self, call: Call, pipeline: Record) -> Record | None:
        token = call.params["ClientRequestToken"]
        executions = executions_of(self._platform.store, call.region, pipeline["PipelineName"])
        return next((each for each in executions if each["ClientRequestToken"] == token), None)

    def _record(self, call: Call) -> Record:
        arn = call.params["PipelineExecutionArn"]
        record = self._platform.store.get(EXECUTION_KIND, call.region, execution_key(arn))
        if record is None:
            raise errors.not_found(arn)
        return record

    def _receive(self, delivery: Delivery) -> None:
        """Start the pipeline that a rule has as its target, with the parameters that the target gives."""
        arn = delivery.target_arn
        if ":pipeline/" not in arn:
            _log.warning("%s cannot receive an event: of SageMaker's resources only pipelines can", arn)
            return
        given = delivery.parameters.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
        request = {
            "PipelineName": arn,
            "ClientRequestToken": uuid.uuid4().hex,
            **({"PipelineParameters": list(given)} if given else {}),
        }
        role = acting_as(delivery.role_arn, delivery.principal, uuid.uuid4().hex)
        self._control.call_as(role, "StartPipelineExecution", request, arn.split(":")[3])


def _summary(record: Record) -> Record:
    members = (
        "PipelineExecutionArn",
        "PipelineExecutionStatus",
        "PipelineExecutionDescription",
        "PipelineExecutionDisplayName",
    )
    failure = {"PipelineExecutionFailureReason": record["FailureReason"]} if "FailureReason" in record else {}
    kept = {member: record[member] for member in members if member in record}
    return {**kept, "StartTime": record["CreationTime"], **failure}
