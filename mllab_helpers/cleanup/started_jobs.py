"""Jobs that SageMaker itself starts for a student's pipelines and monitors, under names of its own making.

Only what started them leads to them; they end by themselves, or with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mllab_helpers import prices
from mllab_helpers.cleanup.resources_pipeline import find_pipelines, steps_with_jobs
from mllab_helpers.cleanup.stopping import MOVING
from mllab_helpers.lab.built import BILLED_BY_THE_HOUR, describe_job
from mllab_helpers.lab.resource_kinds import Resource
from mllab_helpers.lab.resource_listing import listed, pages

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

_EXECUTIONS = ("list_pipeline_executions", "PipelineExecutionSummaries")


def since(lab: Lab, moment: float) -> Iterator[str]:
    """List the ARNs of the jobs that pipelines started since a moment (epoch seconds)."""
    for pipeline in find_pipelines(lab):
        for execution in pages(lab, "sagemaker", *_EXECUTIONS, PipelineName=pipeline.name):
            if execution["StartTime"].timestamp() >= moment:
                for _, arn in steps_with_jobs(lab, execution["PipelineExecutionArn"]):
                    yield arn


def running(lab: Lab) -> Iterator[Resource]:
    """List the jobs that run now."""
    for arn, state, began in (*_of_pipelines(lab), *_of_monitors(lab)):
        kind, _, name = arn.rpartition(":")[2].partition("/")
        used = describe_job(lab, kind, name).instance_type
        price = prices.per_hour(BILLED_BY_THE_HOUR[kind], used, lab.region)
        yield Resource("SageMaker", kind, name, state, used, price, began)


def _of_pipelines(lab: Lab) -> Iterator[tuple[str, str, float]]:
    for pipeline in find_pipelines(lab):
        for execution in pages(lab, "sagemaker", *_EXECUTIONS, PipelineName=pipeline.name):
            if execution["PipelineExecutionStatus"] not in MOVING:
                continue
            for step, arn in steps_with_jobs(lab, execution["PipelineExecutionArn"]):
                if step["StepStatus"] in MOVING:
                    yield arn, step["StepStatus"], step["StartTime"].timestamp()


def _of_monitors(lab: Lab) -> Iterator[tuple[str, str, float]]:
    schedules = ("list_monitoring_schedules", "MonitoringScheduleSummaries", "MonitoringScheduleName")
    runs = ("list_monitoring_executions", "MonitoringExecutionSummaries")
    for schedule in listed(lab, *schedules):
        name = schedule["MonitoringScheduleName"]
        for run in pages(lab, "sagemaker", *runs, MonitoringScheduleName=name):
            state = run["MonitoringExecutionStatus"]
            if state in MOVING and "ProcessingJobArn" in run:
                yield run["ProcessingJobArn"], state, run["CreationTime"].timestamp()
