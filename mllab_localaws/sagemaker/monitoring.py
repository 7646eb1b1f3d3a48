"""Monitoring schedules and their executions.

A schedule of the local AWS runs when it is created, changed or started again (`NOW`); none recurs yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import (
    monitoring_execution,
    monitoring_records,
    monitoring_request,
    monitoring_window,
)
from mllab_localaws.sagemaker.control import ControlPlane
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.monitoring_execution import Plan
from mllab_localaws.sagemaker.monitoring_records import DATA_QUALITY, DEFINITION, EXECUTION_KIND, SCHEDULE
from mllab_localaws.sagemaker.processing import Processing
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

_SCHEDULES = Listing(
    name="MonitoringScheduleName", status="MonitoringScheduleStatus", sort_order="Descending"
)
_EXECUTIONS = Listing(name="ExecutionId", status="MonitoringExecutionStatus", sort_order="Descending")
_CONFIG = ("ScheduleConfig", "MonitoringJobDefinition", "MonitoringJobDefinitionName", "MonitoringType")
_ACTIVE = ("Pending", "InProgress", "Stopping")
_LONGEST_REASON = 1024


class Monitoring(Service):
    """The operations of schedules, and ListMonitoringExecutions.

    Args: deliver_captures: brings to S3 what endpoints have captured so far.
    """

    name = "sagemaker"

    def __init__(
        self,
        platform: Platform,
        control: ControlPlane,
        processing: Processing,
        deliver_captures: Callable[[], None],
    ) -> None:
        self._platform = platform
        self._control = control
        self._processing = processing
        self._deliver_captures = deliver_captures

    @operation
    def create_monitoring_schedule(self, call: Call) -> Reply:
        """Record a schedule and run it once."""
        name, now = call.params["MonitoringScheduleName"], self._platform.clock.now()
        config = call.params["MonitoringScheduleConfig"]
        members = self._checked(config, call.region)
        arn = SCHEDULE.arn(call.region, name)
        record = {
            "MonitoringScheduleArn": arn,
            "MonitoringScheduleName": name,
            "MonitoringScheduleStatus": "Scheduled",
            "CreationTime": now,
            "LastModifiedTime": now,
            **members,
        }
        tags = call.params.get("Tags", ())
        SCHEDULE.insert(self._platform.store, call.region, name, record, tags)
        self._execute(call.region, record)
        return {"MonitoringScheduleArn": arn}

    @operation
    def describe_monitoring_schedule(self, call: Call) -> Reply:
        """Return a schedule, and how its last execution went."""
        record = self._schedule(call)
        latest = monitoring_records.executions(
            self._platform.store, call.region, record["MonitoringScheduleName"]
        )[:1]
        return {
            **record,
            **({"LastMonitoringExecutionSummary": monitoring_records.summary(latest[0])} if latest else {}),
        }

    @operation
    def list_monitoring_schedules(self, call: Call) -> Reply:
        """Return schedules, latest first."""
        records = self._platform.store.list(SCHEDULE.kind, call.region)
        page, token = _SCHEDULES.page(_chosen(records, call.params), call.params)
        return {"MonitoringScheduleSummaries": page, **token}

    @operation
    def update_monitoring_schedule(self, call: Call) -> Reply:
        """Replace a schedule's configuration and run it once."""
        name, now = call.params["MonitoringScheduleName"], self._platform.clock.now()
        self._schedule(call)
        members = self._checked(call.params["MonitoringScheduleConfig"], call.region)
        changed = {**members, "MonitoringScheduleStatus": "Scheduled", "LastModifiedTime": now}
        record = SCHEDULE.modify(
            self._platform.store, call.region, name, lambda record: {**record, **changed}
        )
        self._execute(call.region, record)
        return {"MonitoringScheduleArn": record["MonitoringScheduleArn"]}

    @operation
    def start_monitoring_schedule(self, call: Call) -> Reply:
        """Run a schedule that was stopped.

        Raises: AwsError: `ValidationException`, it is not stopped.
        """
        self._checked(self._schedule(call)["MonitoringScheduleConfig"], call.region)
        self._execute(call.region, self._enter(call, "Scheduled", from_status="Stopped"))
        return {}

    @operation
    def stop_monitoring_schedule(self, call: Call) -> Reply:
        """Stop a schedule; an execution that runs goes on."""
        self._enter(call, "Stopped", from_status="Scheduled")
        return {}

    @operation
    def delete_monitoring_schedule(self, call: Call) -> Reply:
        """Forget a schedule; its executions and their reports stay.

        Raises: AwsError: `ValidationException`, an execution still runs.
        """
        record = self._schedule(call)
        name, store = record["MonitoringScheduleName"], self._platform.store
        for execution in monitoring_records.executions(store, call.region, name):
            if execution["MonitoringExecutionStatus"] in _ACTIVE:
                raise validation_error(
                    f'Cannot delete monitoring schedule "{name}": an execution is '
                    f"{execution['MonitoringExecutionStatus']}. Wait for it, or stop its processing job "
                    f"{execution.get('ProcessingJobArn', '')}."
                )
        SCHEDULE.delete(store, call.region, name)
        return {}

    @operation
    def list_monitoring_executions(self, call: Call) -> Reply:
        """Return executions, latest first."""
        params = call.params
        schedule = params.get("MonitoringScheduleName")
        found = [
            record
            for record in _chosen(self._platform.store.list(EXECUTION_KIND, call.region), params)
            if schedule in (None, record["MonitoringScheduleName"]) and _is_scheduled_within(record, params)
        ]
        page, token = _EXECUTIONS.page(found, params)
        return {
            "MonitoringExecutionSummaries": [monitoring_records.summary(each) for each in page],
            **token,
        }

    def _schedule(self, call: Call) -> Record:
        return SCHEDULE.get(self._platform.store, call.region, call.params["MonitoringScheduleName"])

    def _enter(self, call: Call, status: str, *, from_status: str) -> Record:
        now = self._platform.clock.now()

        def entered(record: Record) -> Record:
            if record["MonitoringScheduleStatus"] != from_status:
                raise validation_error(
                    f'Monitoring schedule "{record["MonitoringScheduleName"]}" is '
                    f"{record['MonitoringScheduleStatus']}, not {from_status}."
                )
            return {**record, "MonitoringScheduleStatus": status, "LastModifiedTime": now}

        name = call.params["MonitoringScheduleName"]
        return SCHEDULE.modify(self._platform.store, call.region, name, entered)

    def _checked(self, config: Mapping[str, Any], region: str) -> dict[str, Any]:
        """Return a schedule's members that follow from its configuration.

        Raises: AwsError: the configuration cannot be run.
        """
        refuse_others(config, _CONFIG, "MonitoringScheduleConfig")
        if ("MonitoringJobDefinition" in config) == ("MonitoringJobDefinitionName" in config):
            raise validation_error(
                "MonitoringScheduleConfig must give either a MonitoringJobDefinition or a "
                "MonitoringJobDefinitionName."
            )
        monitoring_request.check_type(config)
        monitoring_window.check(config.get("ScheduleConfig", {}))
        definition = self._definition(config, region)
        monitoring_request.check(definition, self._platform)
        endpoint = monitoring_request.endpoint_of(definition)
        self._capture(endpoint, region, definition["RoleArn"])
        return {
            "MonitoringScheduleConfig": monitoring_request.without_empty(
                {"MonitoringType": DATA_QUALITY, **config}
            ),
            "MonitoringType": DATA_QUALITY,
            "EndpointName": endpoint,
        }

    def _definition(self, config: Mapping[str, Any], region: str) -> Mapping[str, Any]:
        if "MonitoringJobDefinition" in config:
            definition: Mapping[str, Any] = config["MonitoringJobDefinition"]
        else:
            name = config["MonitoringJobDefinitionName"]
            definition = monitoring_request.of_definition(DEFINITION.get(self._platform.store, region, name))
        return self._with_baseline(definition, region)

    def _with_baseline(self, definition: Mapping[str, Any], region: str) -> Mapping[str, Any]:
        """Return a definition that names the files of its baselining job, if it names the job alone."""
        baseline = definition.get("BaselineConfig", {})
        job = baseline.get("BaseliningJobName")
        if not job or "ConstraintsResource" in baseline:
            return definition
        described = self._control.call(
            "DescribeProcessingJob", {"ProcessingJobName": job}, region, definition["RoleArn"]
        )
        outputs = described.get("ProcessingOutputConfig", {}).get("Outputs", [])
        if not outputs:
            raise validation_error(f'Baselining job "{job}" has no output.')
        uri = outputs[0]["S3Output"]["S3Uri"].rstrip("/")
        files = {
            "ConstraintsResource": {"S3Uri": f"{uri}/constraints.json"},
            "StatisticsResource": {"S3Uri": f"{uri}/statistics.json"},
        }
        return {**definition, "BaselineConfig": {**files, **baseline}}

    def _capture(self, endpoint: str, region: str, role_arn: str) -> tuple[str, str]:
        """Return an endpoint's name as it was given, and where its captured data are.

        Raises: AwsError: there is no such endpoint, or it captures nothing.
        """
        described = self._control.call("DescribeEndpoint", {"EndpointName": endpoint}, region, role_arn)
        uri = described.get("DataCaptureConfig", {}).get("DestinationS3Uri")
        if not uri:
            raise validation_error(
                f'Endpoint "{endpoint}" captures no data, so that there is nothing to monitor. Give its '
                "endpoint configuration a DataCaptureConfig, and update the endpoint to it."
            )
        return described["EndpointName"], uri

    def _execute(self, region: str, schedule: Record) -> None:
        """Record an execution and start its processing job; what prevents it is the execution's failure."""
        config, moment = schedule["MonitoringScheduleConfig"], monitoring_execution.now_of(self._platform)
        definition = self._definition(config, region)
        endpoint, uri = self._capture(schedule["EndpointName"], region, definition["RoleArn"])
        window = monitoring_window.window(config["ScheduleConfig"], moment.timestamp())
        name = schedule["MonitoringScheduleName"]
        plan = Plan(region, name, endpoint, definition, uri, window, moment)
        execution = monitoring_execution.new_record(plan, config.get("MonitoringJobDefinitionName"))
        self._platform.store.insert(EXECUTION_KIND, region, execution["ExecutionId"], execution)
        self._deliver_captures()
        try:
            directories = monitoring_execution.captured_directories(plan, self._platform)
        except AwsError as error:  # the role may not look there
            self._fail(region, execution, str(error))
            return
        if directories:
            self._start(plan, execution, schedule["MonitoringScheduleArn"], directories)
        else:
            hours = f"{monitoring_window.text(window.start)} to {monitoring_window.text(window.end)}"
            reason = f"Job inputs had no data: endpoint {endpoint} has captured nothing from {hours}."
            self._fail(region, execution, reason)

    def _start(self, plan: Plan, execution: Record, schedule_arn: str, directories: list[str]) -> None:
        request = monitoring_execution.job_request(plan, directories)
        monitoring_execution.change(
            self._platform, plan.region, execution, MonitoringExecutionStatus="InProgress"
        )
        call = self._control.request("CreateProcessingJob", request, plan.region, plan.definition["RoleArn"])

        def when_over(job: Record) -> None:
            monitoring_execution.change(
                self._platform, plan.region, execution, **monitoring_execution.ended(job)
            )

        try:
            started = self._processing.begin(call, when_over, MonitoringScheduleArn=schedule_arn)
        except AwsError as error:
            self._fail(plan.region, execution, str(error))
            return
        arn = started["ProcessingJobArn"]
        monitoring_execution.change(self._platform, plan.region, execution, ProcessingJobArn=arn)

    def _fail(self, region: str, execution: Record, reason: str) -> None:
        monitoring_execution.change(
            self._platform,
            region,
            execution,
            MonitoringExecutionStatus="Failed",
            FailureReason=reason[:_LONGEST_REASON],
            LastModifiedTime=self._platform.clock.now(),
        )


def _chosen(records: list[Record], params: Mapping[str, Any]) -> list[Record]:
    """Return what watches the endpoint, has the type and uses the definition that are asked for."""
    name = params.get("MonitoringJobDefinitionName")
    return [
        record
        for record in records
        if monitoring_records.is_of(record, params.get("EndpointName"))
        and params.get("MonitoringTypeEquals", DATA_QUALITY) == DATA_QUALITY
        and name in (None, _definition_name(record))
    ]


def _definition_name(record: Record) -> str | None:
    config: Mapping[str, str] = record.get("MonitoringScheduleConfig", record)
    return config.get("MonitoringJobDefinitionName")


def _is_scheduled_within(record: Record, params: Mapping[str, Any]) -> bool:
    after, before = params.get("ScheduledTimeAfter"), params.get("ScheduledTimeBefore")
    time = record["ScheduledTime"]
    return (after is None or time > after.timestamp()) and (before is None or time < before.timestamp())
