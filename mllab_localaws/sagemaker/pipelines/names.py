"""Names and ARNs of pipelines, of their executions and of the jobs that they start."""

from __future__ import annotations

import secrets
import string

from mllab_localaws.sagemaker.arns import arn

PIPELINE_KIND = "pipeline"
EXECUTION_KIND = "pipeline-execution"
DEFINITION_KIND = "pipeline-execution-definition"

_CHARACTERS = string.ascii_lowercase + string.digits
_LONGEST_JOB_NAME = 63


def pipeline_arn(region: str, name: str) -> str:
    """Return a pipeline's ARN."""
    return arn(region, PIPELINE_KIND, name)


def execution_arn(region: str, pipeline: str, execution_id: str) -> str:
    """Return an execution's ARN."""
    return f"{pipeline_arn(region, pipeline)}/execution/{execution_id}"


def pipeline_in(name_or_arn: str) -> str:
    """Return the pipeline's name in lower case, from a name or an ARN."""
    return name_or_arn.rpartition("pipeline/")[2].lower()


def execution_key(arn_of_execution: str) -> str:
    """Return the key of an execution's records, `<pipeline>/<id>`."""
    pipeline, _, execution_id = arn_of_execution.partition("pipeline/")[2].partition("/execution/")
    return f"{pipeline.lower()}/{execution_id}"


def new_execution_id() -> str:
    """Return twelve random lower-case letters and digits."""
    return _random(12)


def job_name(execution_id: str, step: str) -> str:
    """Return the name of what a step makes: `pipelines-<execution>-<step>-<10 characters>`.

    Names have at most 63 characters and no underscores, so a step's name may be shortened in it.
    """
    start, end = f"pipelines-{execution_id}-", f"-{_random(10)}"
    middle = step.replace("_", "-")[: _LONGEST_JOB_NAME - len(start) - len(end)].strip("-")
    return f"{start}{middle or 'step'}{end}"


def _random(length: int) -> str:
    return "".join(secrets.choice(_CHARACTERS) for _ in range(length))
