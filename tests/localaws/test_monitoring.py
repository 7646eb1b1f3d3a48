"""Monitoring schedules on an endpoint that really captures: executions, reports, windows, refusals."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from monitored_endpoints import (
    BUCKET,
    ENDPOINT,
    LAST_HOUR,
    World,
    capture,
    endpoint_input,
    houses,
    job_name,
    open_world,
    start_endpoint,
    this_hour,
)
from platforms import make_platform
from processing_jobs import ANALYZER, RESOURCES

from mllab_localaws.leash import Leash
from mllab_localaws.platform import Settings
from mllab_localaws.sagemaker import monitoring_metrics, monitoring_window
from mllab_localaws.wire.errors import AwsError


@pytest.fixture(scope="module")
def world(client: Callable[..., Any]) -> World:
    return open_world(client)


@pytest.fixture
def name() -> str:
    return f"watch-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def other(world: World) -> str:
    """A capturing endpoint whose captured files the tests write themselves."""
    start_endpoint(world, "written", capture())
    return "written"


def of(world: World, endpoint: str, **changes: Any) -> dict[str, Any]:
    inputs = [{"EndpointInput": endpoint_input(EndpointName=endpoint)}]
    return world.definition(MonitoringInputs=inputs, **changes)


def refusal(world: World, name: str, **changes: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        world.schedule(name, **changes)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# executions


def test_invocations_that_just_happened_are_analysed_and_drift_is_found(world: World, name: str) -> None:
    world.invoke(houses(2, 120, area=130))
    arn = world.schedule(name)
    execution = world.execution(name)
    assert execution["MonitoringExecutionStatus"] == "CompletedWithViolations"
    found = world.report(execution)["violations"]
    assert [(each["feature_name"], each["constraint_check_type"]) for each in found] == [
        ("area", "baseline_drift_check")
    ]
    job = world.sagemaker.describe_processing_job(ProcessingJobName=job_name(execution))
    assert job["ProcessingJobStatus"] == "Completed"
    assert job["ExitMessage"] == ("CompletedWithViolations: Job completed successfully with 1 violations.")
    assert job["MonitoringScheduleArn"] == arn
    described = world.sagemaker.describe_monitoring_schedule(MonitoringScheduleName=name)
    assert described["MonitoringScheduleStatus"] == "Scheduled"
    assert described["LastMonitoringExecutionSummary"] == execution
    statistics = world.report(execution, "statistics")
    assert statistics["dataset"]["item_count"] == 120
    assert [each["name"] for each in statistics["features"]] == ["price", "rooms", "area"]


def test_data_like_the_baselines_end_in_completed(world: World, name: str, other: str) -> None:
    world.write_capture(other, this_hour(), houses(3, 300))
    world.schedule(name, MonitoringJobDefinition=of(world, other))
    execution = world.execution(name)
    assert execution["MonitoringExecutionStatus"] == "Completed"
    assert execution["EndpointName"] == other
    assert world.report(execution) == {"violations": []}


def test_the_job_is_told_what_awss_analyzer_is_told(world: World, name: str, other: str) -> None:
    world.write_capture(other, this_hour(), houses(3, 300))
    environment = {"publish_cloudwatch_metrics": "Disabled", "OWN": "1"}
    world.schedule(name, MonitoringJobDefinition=of(world, other, Environment=environment))
    execution = world.execution(name)
    job = world.sagemaker.describe_processing_job(ProcessingJobName=job_name(execution))
    told = job["Environment"]
    assert told["dataset_source"] == "/opt/ml/processing/input/endpoint"
    assert told["output_path"] == "/opt/ml/processing/output"
    assert told["baseline_constraints"] == "/opt/ml/processing/baseline/constraints/constraints.json"
    assert told["baseline_statistics"] == "/opt/ml/processing/baseline/stats/statistics.json"
    assert told["sagemaker_endpoint_name"] == other
    assert told["sagemaker_monitoring_schedule_name"] == name
    assert told["sagemaker_endpoint_datacapture_prefix"] == f"s3://{BUCKET}/capture"
    assert (told["publish_cloudwatch_metrics"], told["OWN"]) == ("Disabled", "1")
    start, end = (datetime.strptime(told[each], "%Y-%m-%dT%H:%M:%SZ") for each in ("start_time", "end_time"))
    assert end - start == timedelta(hours=1)
    first = job["ProcessingInputs"][0]
    hour = first["S3Input"]["S3Uri"].removeprefix(f"s3://{BUCKET}/capture/{other}/")
    assert re.fullmatch(r"AllTraffic/\d{4}/\d\d/\d\d/\d\d/", hour)
    assert first["S3Input"]["LocalPath"].rstrip(
        "/"
    ) == f"/opt/ml/processing/input/endpoint/{other}/{hour}".rstrip("/")
    uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert re.fullmatch(rf"s3://{BUCKET}/reports/{other}/{name}/\d{{4}}/\d\d/\d\d/\d\d", uri)


def test_only_the_hours_of_the_window_are_read(world: World, name: str) -> None:
    start_endpoint(world, name, capture())
    for hours_ago in (1, 5, 23, 30):
        world.write_capture(name, this_hour() - timedelta(hours=hours_ago), houses(hours_ago, 10))
    config = {**LAST_HOUR, "DataAnalysisStartTime": "-PT6H", "DataAnalysisEndTime": "-PT4H"}
    world.schedule(name, ScheduleConfig=config, MonitoringJobDefinition=of(world, name))
    assert world.report(world.execution(name), "statistics")["dataset"]["item_count"] == 10
    whole_day = {**LAST_HOUR, "DataAnalysisStartTime": "-P1D"}
    world.schedule(f"{name}-day", ScheduleConfig=whole_day, MonitoringJobDefinition=of(world, name))
    assert world.report(world.execution(f"{name}-day"), "statistics")["dataset"]["item_count"] == 30


def test_without_captured_data_the_execution_fails_and_no_job_is_started(world: World, name: str) -> None:
    window = {**LAST_HOUR, "DataAnalysisStartTime": "-PT20H", "DataAnalysisEndTime": "-PT18H"}
    world.schedule(name, ScheduleConfig=window)
    execution = world.execution(name)
    assert execution["MonitoringExecutionStatus"] == "Failed"
    assert execution["FailureReason"].startswith(
        "Job inputs had no data: endpoint Watched has captured nothing"
    )
    assert "ProcessingJobArn" not in execution


def test_a_missing_baseline_fails_the_execution_and_names_the_file(
    world: World, name: str, other: str
) -> None:
    world.write_capture(other, this_hour(), houses(3, 30))
    baseline = {"ConstraintsResource": {"S3Uri": f"s3://{BUCKET}/nowhere/constraints.json"}}
    world.schedule(name, MonitoringJobDefinition=of(world, other, BaselineConfig=baseline))
    execution = world.execution(name)
    assert execution["MonitoringExecutionStatus"] == "Failed"
    assert f"s3://{BUCKET}/nowhere/constraints.json" in execution["FailureReason"]


def test_a_job_that_fails_gives_its_reason_to_the_execution(world: World, name: str, other: str) -> None:
    world.write_capture(other, this_hour(), houses(3, 30))
    broken = world.put("broken/constraints.json", "no JSON")
    baseline = {"ConstraintsResource": {"S3Uri": broken}}
    world.schedule(name, MonitoringJobDefinition=of(world, other, BaselineConfig=baseline))
    execution = world.execution(name)
    assert execution["MonitoringExecutionStatus"] == "Failed"
    assert execution["FailureReason"].startswith("AlgorithmError: Error: constraints.json is no baseline")
    assert execution["FailureReason"].endswith("exit code: 255")


def test_a_baselining_job_can_stand_for_its_files(world: World, name: str, other: str) -> None:
    world.write_capture(other, this_hour(), houses(3, 30))
    baseline = {"BaseliningJobName": "watched-baseline"}
    world.schedule(name, MonitoringJobDefinition=of(world, other, BaselineConfig=baseline))
    assert "violations" in world.report(world.execution(name))


def test_without_a_baseline_statistics_are_reported_and_nothing_is_checked(
    world: World, name: str, other: str
) -> None:
    world.write_capture(other, this_hour(), houses(3, 30))
    world.schedule(name, MonitoringJobDefinition=of(world, other, BaselineConfig={}))
    execution = world.execution(name)
    assert execution["MonitoringExecutionStatus"] == "Completed"
    names = [each["name"] for each in world.report(execution, "statistics")["features"]]
    assert names == ["_c0", "_c1", "_c2"]
    described = world.sagemaker.describe_monitoring_schedule(MonitoringScheduleName=name)
    assert "BaselineConfig" not in described["MonitoringScheduleConfig"]["MonitoringJobDefinition"]


def test_a_preprocessor_in_s3_reads_the_records(world: World, name: str, other: str) -> None:
    world.write_capture(other, this_hour(), houses(3, 30))
    code = "def preprocess_handler(record): return {'first': record.endpoint_input.data.split(',')[0]}\n"
    script = world.put(f"scripts/{name}/prepare.py", code)
    specification = {"ImageUri": ANALYZER, "RecordPreprocessorSourceUri": script}
    definition = of(world, other, BaselineConfig={}, MonitoringAppSpecification=specification)
    world.schedule(name, MonitoringJobDefinition=definition)
    names = [each["name"] for each in world.report(world.execution(name), "statistics")["features"]]
    assert names == ["first"]


def test_a_stopped_job_stops_its_execution(world: World, name: str, other: str) -> None:
    world.write_capture(other, this_hour(), houses(3, 30))
    wait = ["python3", "-c", "import time; time.sleep(60)"]
    specification = {"ImageUri": ANALYZER, "ContainerEntrypoint": wait}
    world.schedule(name, MonitoringJobDefinition=of(world, other, MonitoringAppSpecification=specification))
    [running] = world.sagemaker.list_monitoring_executions(MonitoringScheduleName=name)[
        "MonitoringExecutionSummaries"
    ]
    assert running["MonitoringExecutionStatus"] == "InProgress"
    with pytest.raises(ClientError, match="an execution is InProgress"):
        world.sagemaker.delete_monitoring_schedule(MonitoringScheduleName=name)
    world.sagemaker.stop_processing_job(ProcessingJobName=job_name(running))
    assert world.execution(name)["MonitoringExecutionStatus"] == "Stopped"
    world.sagemaker.delete_monitoring_schedule(MonitoringScheduleName=name)


def test_what_was_found_of_each_feature_is_in_cloudwatch(
    world: World, name: str, other: str, client: Callable[..., Any]
) -> None:
    world.write_capture(other, this_hour(), houses(3, 30))
    world.schedule(name, MonitoringJobDefinition=of(world, other))
    statistics = world.report(world.execution(name), "statistics")
    area = next(each for each in statistics["features"] if each["name"] == "area")["numerical_statistics"]
    cloudwatch, now = client("cloudwatch"), datetime.now(timezone.utc)

    def datapoint(metric: str, *wanted: str) -> dict[str, float]:
        [point] = cloudwatch.get_metric_statistics(
            Namespace="aws/sagemaker/Endpoints/data-metrics",
            MetricName=metric,
            Dimensions=[{"Name": "Endpoint", "Value": other}, {"Name": "MonitoringSchedule", "Value": name}],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=5),
            Period=3600,
            Statistics=wanted,
        )["Datapoints"]
        return {each: point[each] for each in wanted}

    values = datapoint("feature_data_area", "Minimum", "Maximum", "SampleCount", "Sum")
    assert values["Sum"] == pytest.approx(area["sum"])
    assert (values["Minimum"], values["Maximum"]) == (area["min"], area["max"])
    assert values["SampleCount"] == area["common"]["num_present"]
    assert datapoint("feature_non_null_area", "Sum")["Sum"] == area["common"]["num_present"]
    assert 0 <= datapoint("feature_baseline_drift_area", "Sum")["Sum"] < 0.1


def test_lines_that_are_no_metrics_are_left_out_and_the_others_counted(tmp_path: Path) -> None:
    leash = Leash(tmp_path)
    platform = make_platform(Settings(tmp_path, tmp_path, "http://127.0.0.1:1", 1), leash)
    leash.close()
    good = {"MetricName": "m", "Timestamp": "2026-11-24T10:00:30Z", "Value": 2.0, "Dimensions": []}
    bad = ["", "{", "[]", "{}", "[" * 100_000, '{"MetricName": "m"}', json.dumps({**good, "Value": "NaN"})]
    bad += [json.dumps({**good, "Timestamp": "soon"}), json.dumps({**good, "Dimensions": [1]})]
    monitoring_metrics.publish(platform, "role", "us-east-1", "\n".join([*bad, json.dumps(good), *bad]))
    assert {metric.name: second for metric, second in platform.metrics.latest("us-east-1").items()} == {
        "m": 1795514400
    }


# life of a schedule


def test_a_schedule_is_stopped_started_changed_and_deleted(world: World, name: str, other: str) -> None:
    sagemaker, schedule = world.sagemaker, {"MonitoringScheduleName": name}
    world.write_capture(other, this_hour(), houses(3, 30))
    world.schedule(name, MonitoringJobDefinition=of(world, other))
    world.execution(name)
    with pytest.raises(ClientError, match="is Scheduled, not Stopped"):
        sagemaker.start_monitoring_schedule(**schedule)
    sagemaker.stop_monitoring_schedule(**schedule)
    assert sagemaker.describe_monitoring_schedule(**schedule)["MonitoringScheduleStatus"] == "Stopped"
    sagemaker.start_monitoring_schedule(**schedule)
    world.execution(name)
    config = {"ScheduleConfig": LAST_HOUR, "MonitoringJobDefinition": of(world, other, BaselineConfig={})}
    sagemaker.update_monitoring_schedule(**schedule, MonitoringScheduleConfig=config)
    assert world.execution(name)["MonitoringExecutionStatus"] == "Completed"
    found = sagemaker.list_monitoring_executions(**schedule)["MonitoringExecutionSummaries"]
    assert len(found) == 3
    sagemaker.delete_monitoring_schedule(**schedule)
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_monitoring_schedule(**schedule)
    assert len(sagemaker.list_monitoring_executions(**schedule)["MonitoringExecutionSummaries"]) == 3


def test_an_endpoint_with_schedules_cannot_be_deleted(world: World, name: str) -> None:
    start_endpoint(world, name, capture())
    world.schedule(name, MonitoringJobDefinition=of(world, name.upper()))
    world.execution(name)
    with pytest.raises(ClientError, match=rf"it has monitoring schedules \({name}\)"):
        world.sagemaker.delete_endpoint(EndpointName=name)
    world.sagemaker.delete_monitoring_schedule(MonitoringScheduleName=name)
    world.sagemaker.delete_endpoint(EndpointName=name)
    world.sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)


def test_schedules_and_executions_are_listed_by_what_they_watch(world: World, name: str) -> None:
    window = {**LAST_HOUR, "DataAnalysisStartTime": "-PT20H", "DataAnalysisEndTime": "-PT18H"}
    for letter in "ab":
        world.schedule(f"{name}-{letter}", ScheduleConfig=window)
    world.sagemaker.stop_monitoring_schedule(MonitoringScheduleName=f"{name}-a")

    def schedules(**filters: Any) -> list[str]:
        found = world.sagemaker.list_monitoring_schedules(NameContains=name, **filters)
        return [each["MonitoringScheduleName"][-1] for each in found["MonitoringScheduleSummaries"]]

    assert schedules() == ["b", "a"]
    assert schedules(SortBy="Name", SortOrder="Ascending") == ["a", "b"]
    assert schedules(StatusEquals="Stopped") == ["a"]
    assert schedules(EndpointName="nobody") == []
    assert schedules(MonitoringTypeEquals="ModelQuality") == []

    def executions(**filters: Any) -> int:
        found = world.sagemaker.list_monitoring_executions(MonitoringScheduleName=f"{name}-b", **filters)
        return len(found["MonitoringExecutionSummaries"])

    assert executions(EndpointName=ENDPOINT, StatusEquals="Failed") == 1
    assert executions(StatusEquals="Completed") == 0
    assert executions(ScheduledTimeAfter=datetime.now(timezone.utc)) == 0


def test_a_named_definition_runs_like_an_inline_one(world: World, name: str, other: str) -> None:
    world.write_capture(other, this_hour(), houses(3, 30))
    inline = of(world, other)
    request = {
        "JobDefinitionName": name,
        "DataQualityBaselineConfig": inline["BaselineConfig"],
        "DataQualityAppSpecification": {"ImageUri": ANALYZER, "Environment": {"OWN": "1"}},
        "DataQualityJobInput": inline["MonitoringInputs"][0],
        "DataQualityJobOutputConfig": inline["MonitoringOutputConfig"],
        "JobResources": RESOURCES,
        "RoleArn": world.role,
    }
    sagemaker = world.sagemaker
    arn = sagemaker.create_data_quality_job_definition(**request)["JobDefinitionArn"]
    assert arn.endswith(f":data-quality-job-definition/{name}")
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        sagemaker.create_data_quality_job_definition(**request)
    described = sagemaker.describe_data_quality_job_definition(JobDefinitionName=name)
    assert described["DataQualityAppSpecification"] == request["DataQualityAppSpecification"]
    assert "StoppingCondition" not in described
    world.schedule(name, MonitoringJobDefinition=None, MonitoringJobDefinitionName=name)
    execution = world.execution(name)
    assert execution["MonitoringJobDefinitionName"] == name
    job = sagemaker.describe_processing_job(ProcessingJobName=job_name(execution))
    assert job["Environment"]["OWN"] == "1"
    listed = sagemaker.list_data_quality_job_definitions(NameContains=name)["JobDefinitionSummaries"]
    assert [(each["MonitoringJobDefinitionName"], each["EndpointName"]) for each in listed] == [(name, other)]
    sagemaker.delete_data_quality_job_definition(JobDefinitionName=name)
    for operation in ("describe", "delete"):
        with pytest.raises(sagemaker.exceptions.ResourceNotFound):
            getattr(sagemaker, f"{operation}_data_quality_job_definition")(JobDefinitionName=name)


# refusals


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"ScheduleExpression": "cron(0 * ? * * *)"}, "no recurring monitoring schedules yet"),
        ({"ScheduleExpression": "NOW"}, "NOW needs DataAnalysisStartTime"),
        ({**LAST_HOUR, "DataAnalysisStartTime": "yesterday"}, "no ISO 8601 offset"),
        ({**LAST_HOUR, "DataAnalysisStartTime": "-P"}, "no ISO 8601 offset"),
        ({**LAST_HOUR, "DataAnalysisStartTime": "-PT"}, "no ISO 8601 offset"),
        ({**LAST_HOUR, "DataAnalysisStartTime": "-PT25H"}, "at most 24 hours apart"),
        ({**LAST_HOUR, "DataAnalysisEndTime": "PT1H"}, "offsets into the past"),
        ({**LAST_HOUR, "DataAnalysisEndTime": "-PT2H"}, "the start before the end"),
        ({**LAST_HOUR, "DataAnalysisStartTime": "-P99999999999D"}, "at most 24 hours apart"),
        (None, "no recurring monitoring schedules yet"),
    ],
)
def test_a_schedule_that_is_not_for_now_or_has_no_window_is_refused(
    world: World, name: str, config: dict[str, str] | None, text: str
) -> None:
    code, message = refusal(world, name, ScheduleConfig=config)
    assert code == "ValidationException"
    assert text in message
    with pytest.raises(world.sagemaker.exceptions.ResourceNotFound):
        world.sagemaker.describe_monitoring_schedule(MonitoringScheduleName=name)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"MonitoringInputs": [{"EndpointInput": endpoint_input(EndpointName="nobody")}]},
            "Could not find end",
        ),
        ({"MonitoringInputs": [{"EndpointInput": endpoint_input(S3InputMode="Pipe")}]}, "Pipe"),
        (
            {"MonitoringInputs": [{"EndpointInput": endpoint_input(InferenceAttribute="0")}]},
            "InferenceAttribute",
        ),
        ({"MonitoringInputs": [{}]}, "must give an EndpointInput"),
        ({"MonitoringAppSpecification": {"ImageUri": "me/mine:1"}}, 'no program for image "me/mine:1"'),
        (
            {
                "MonitoringAppSpecification": {
                    "ImageUri": ANALYZER.replace("model-monitor-analyzer", "xgboost:3.2-0")
                }
            },
            "does not monitor",
        ),
        ({"RoleArn": "arn:aws:iam::123456789012:role/nobody"}, "is invalid"),
        ({"BaselineConfig": {"BaseliningJobName": "nobody"}}, "Could not find requested job"),
        ({"BaselineConfig": {"ConstraintsResource": {"S3Uri": "https://x.org/c.json"}}}, "write s3://"),
    ],
)
def test_a_definition_that_cannot_be_run_is_refused(
    world: World, name: str, changes: dict[str, Any], text: str
) -> None:
    code, message = refusal(world, name, MonitoringJobDefinition=world.definition(**changes))
    assert code == "ValidationException"
    assert text in message


def test_an_endpoint_that_captures_nothing_cannot_be_monitored(world: World, name: str) -> None:
    start_endpoint(world, name, None)
    assert "captures no data" in refusal(world, name, MonitoringJobDefinition=of(world, name))[1]


def test_other_refusals_have_awss_codes(world: World, name: str) -> None:
    assert refusal(world, name, MonitoringType="ModelQuality")[1].startswith("MonitoringType ModelQuality")
    assert refusal(world, name, MonitoringJobDefinition=None)[0] == "ValidationException"
    both = {"MonitoringJobDefinitionName": "some"}
    assert "either a MonitoringJobDefinition or" in refusal(world, name, **both)[1]
    by_name = {"MonitoringJobDefinition": None, "MonitoringJobDefinitionName": "nobody"}
    assert refusal(world, name, **by_name)[0] == "ResourceNotFound"
    window = {**LAST_HOUR, "DataAnalysisStartTime": "-PT20H", "DataAnalysisEndTime": "-PT18H"}
    world.schedule(name, ScheduleConfig=window)
    assert refusal(world, name.upper())[0] == "ResourceInUse"
    for operation in ("describe", "start", "stop", "delete"):
        with pytest.raises(world.sagemaker.exceptions.ResourceNotFound):
            getattr(world.sagemaker, f"{operation}_monitoring_schedule")(MonitoringScheduleName="nobody")


# windows


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("-PT1H", "-PT0H", [9, 10]),
        ("-PT20M", "-PT0S", [9, 10]),
        ("-PT1H", "-PT15M", [9]),
        ("-PT3H", "-PT2H", [7, 8]),
    ],
)
def test_a_window_touches_whole_hours(start: str, end: str, hours: list[int]) -> None:
    now = datetime(2026, 11, 24, 10, 15, tzinfo=timezone.utc).timestamp()
    config = {"ScheduleExpression": "NOW", "DataAnalysisStartTime": start, "DataAnalysisEndTime": end}
    assert [hour.hour for hour in monitoring_window.window(config, now).hours()] == hours


def test_a_window_of_nothing_is_refused() -> None:
    config = {"ScheduleExpression": "NOW", "DataAnalysisStartTime": "-PT0H", "DataAnalysisEndTime": "-PT0H"}
    with pytest.raises(AwsError, match="the start before the end"):
        monitoring_window.check(config)
