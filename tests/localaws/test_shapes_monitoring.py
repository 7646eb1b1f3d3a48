"""Processing and monitoring operations answer in the shape that AWS's own service model defines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_recorder import Recorder, implemented
from monitored_endpoints import ENDPOINT, LAST_HOUR, World, houses, open_world, this_hour
from processing_jobs import ANALYZER, RESOURCES, finished, job_request, log_lines

from mllab_localaws.sagemaker.monitoring import Monitoring
from mllab_localaws.sagemaker.monitoring_definitions import DataQualityDefinitions
from mllab_localaws.sagemaker.processing import Processing

OURS = implemented(Processing, DataQualityDefinitions, Monitoring)
NAME = "shapes-of-monitoring"


@pytest.fixture(scope="module")
def recorder(client: Callable[..., Any]) -> Recorder:
    """The replies of a scenario that calls every operation."""
    recorder = Recorder(client)
    world = open_world(recorder.client)
    _process(world.sagemaker, world.role)
    _monitor(world)
    assert log_lines(client("logs"), "watched-baseline") != []
    return recorder


def _process(sagemaker: Any, role: str) -> None:
    failing = "open('/opt/ml/output/message', 'w').write('why'); raise SystemExit(1)"
    network = {"EnableInterContainerTrafficEncryption": True}
    request = job_request(NAME, role, failing, NetworkConfig=network, Tags=[{"Key": "a", "Value": "b"}])
    sagemaker.create_processing_job(**request)
    assert finished(sagemaker, NAME)["ExitMessage"] == "why"
    sagemaker.list_processing_jobs(MaxResults=1)
    sagemaker.create_processing_job(**job_request(f"{NAME}-2", role, "import time; time.sleep(60)"))
    sagemaker.stop_processing_job(ProcessingJobName=f"{NAME}-2")
    finished(sagemaker, f"{NAME}-2")
    sagemaker.delete_processing_job(ProcessingJobName=f"{NAME}-2")


def _monitor(world: World) -> None:
    sagemaker, inline = world.sagemaker, world.definition()
    sagemaker.create_data_quality_job_definition(
        JobDefinitionName=NAME,
        DataQualityBaselineConfig=inline["BaselineConfig"],
        DataQualityAppSpecification={"ImageUri": ANALYZER},
        DataQualityJobInput=inline["MonitoringInputs"][0],
        DataQualityJobOutputConfig=inline["MonitoringOutputConfig"],
        JobResources=RESOURCES,
        RoleArn=world.role,
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    sagemaker.describe_data_quality_job_definition(JobDefinitionName=NAME)
    sagemaker.list_data_quality_job_definitions()
    window = {**LAST_HOUR, "DataAnalysisStartTime": "-PT20H", "DataAnalysisEndTime": "-PT18H"}
    by_name = {"MonitoringJobDefinition": None, "MonitoringJobDefinitionName": NAME}
    world.schedule(NAME, ScheduleConfig=window, **by_name)
    assert world.execution(NAME)["MonitoringExecutionStatus"] == "Failed"
    schedule = {"MonitoringScheduleName": NAME}
    sagemaker.describe_monitoring_schedule(**schedule)
    world.write_capture(ENDPOINT, this_hour(), houses(1, 50))
    config = {"ScheduleConfig": LAST_HOUR, "MonitoringJobDefinition": inline}
    sagemaker.update_monitoring_schedule(**schedule, MonitoringScheduleConfig=config)
    assert "ProcessingJobArn" in world.execution(NAME)
    sagemaker.describe_monitoring_schedule(**schedule)
    sagemaker.stop_monitoring_schedule(**schedule)
    sagemaker.start_monitoring_schedule(**schedule)
    world.execution(NAME)
    sagemaker.list_monitoring_schedules()
    sagemaker.delete_monitoring_schedule(**schedule)
    sagemaker.delete_data_quality_job_definition(JobDefinitionName=NAME)


def test_the_scenario_calls_every_operation_of_ours(recorder: Recorder) -> None:
    assert OURS - recorder.names() == set()


@pytest.mark.parametrize(("service", "operation"), sorted(OURS))
def test_every_reply_has_the_shape_of_awss_model(recorder: Recorder, service: str, operation: str) -> None:
    assert recorder.complaints(service, operation) == []
