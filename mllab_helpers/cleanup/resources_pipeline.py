"""Clean-up of the pipeline: its executions are stopped, and what its jobs leave is accounted for and removed.

SageMaker names a pipeline's jobs after the execution, not after the student: only the pipeline leads to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mllab_helpers.cleanup.stopping import MOVING, wait_until_stopped
from mllab_helpers.lab.built import note_job
from mllab_helpers.lab.resource_kinds import Kind, Resource
from mllab_helpers.lab.resource_listing import pages
from mllab_helpers.names import resource_prefix
from mllab_helpers.training.logs import delete_job_logs

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab


def find_pipelines(lab: Lab) -> Iterator[Resource]:
    """List the student's pipelines."""
    prefix = resource_prefix(lab.student)
    # SageMaker takes no prefix that ends in a hyphen.
    found = pages(
        lab, "sagemaker", "list_pipelines", "PipelineSummaries", PipelineNamePrefix=prefix.rstrip("-")
    )
    for pipeline in found:
        if pipeline["PipelineName"].startswith(prefix):
            yield Resource("SageMaker", "pipeline", pipeline["PipelineName"])


def _remove(lab: Lab, found: Resource) -> None:
    """Stop what still runs, then delete: AWS refuses to delete a pipeline in the middle of an execution."""
    name = found.name
    executions = pages(
        lab, "sagemaker", "list_pipeline_executions", "PipelineExecutionSummaries", PipelineName=name
    )
    for execution in executions:
        if execution["PipelineExecutionStatus"] in MOVING:
            _stop_execution(lab, execution["PipelineExecutionArn"])
        # Once the pipeline is gone nothing leads to its jobs any more.
        for _, arn in steps_with_jobs(lab, execution["PipelineExecutionArn"]):
            note_job(lab, arn)
            delete_job_logs(lab, arn)
    lab.client("sagemaker").delete_pipeline(PipelineName=name)


def steps_with_jobs(lab: Lab, execution: str) -> Iterator[tuple[dict[str, Any], str]]:
    """List the steps of an execution that started a training or a processing job, each with the job's ARN."""
    operation, member = "list_pipeline_execution_steps", "PipelineExecutionSteps"
    for step in pages(lab, "sagemaker", operation, member, PipelineExecutionArn=execution):
        for kind in ("TrainingJob", "ProcessingJob"):
            if "Arn" in step.get("Metadata", {}).get(kind, {}):
                yield step, step["Metadata"][kind]["Arn"]


def _stop_execution(lab: Lab, arn: str) -> None:
    sagemaker = lab.client("sagemaker")
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    look = sagemaker.describe_pipeline_execution
    name = arn.rpartition("/")[2]
    wait_until_stopped(lab, name, lambda: str(look(PipelineExecutionArn=arn)["PipelineExecutionStatus"]))


PIPELINES = Kind("pipeline", find_pipelines, _remove)
