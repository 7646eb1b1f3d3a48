"""Where the references of a step lead while its execution runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from mllab_localaws.caller import acting_as
from mllab_localaws.clock import Clock
from mllab_localaws.moto_backend import Objects
from mllab_localaws.sagemaker.pipelines.definition import Step
from mllab_localaws.sagemaker.pipelines.errors import StepError
from mllab_localaws.sagemaker.pipelines.expressions import PROPERTY_FILES, Reference
from mllab_localaws.sagemaker.pipelines.parameters import Value
from mllab_localaws.sagemaker.pipelines.paths import follow
from mllab_localaws.sagemaker.s3_uri import parse_s3_uri
from mllab_localaws.wire.errors import AwsError


@dataclass(frozen=True)
class Facts:
    """What is known about an execution when it starts.

    Attributes:
        started: seconds since the epoch.
        values: of its parameters.
    """

    pipeline_name: str
    pipeline_arn: str
    execution_id: str
    execution_arn: str
    role_arn: str
    started: float
    values: Mapping[str, Value]


@dataclass(frozen=True)
class StepScope:
    """References as one step sees them.

    Attributes:
        described: the Describe replies of the steps that are over, by name.
        job_name: the name that this step's job will have.
    """

    facts: Facts
    clock: Clock
    objects: Objects
    steps: Mapping[str, Step]
    described: Mapping[str, Mapping[str, Any]]
    job_name: str

    def value(self, reference: Reference) -> Any:
        """Return a parameter's value, a variable or a property.

        Raises: StepError: the property is not there.
        """
        if reference.root == "Parameters":
            return self.facts.values[reference.name]
        if reference.root == "Execution":
            return self._variable(reference.name)
        if reference.path[0] == PROPERTY_FILES:
            raise StepError(f"{reference} is a file: read it with Std:JsonGet.")
        try:
            return follow(self.described[reference.name], reference.path)
        except LookupError as error:
            raise StepError(f"{reference} cannot be found: {error}") from error

    def document(self, location: Reference | str) -> Any:
        """Return the JSON document of a property file, or at an S3 URI, read as the pipeline's role.

        Raises: StepError: it is not there, or not JSON.
        """
        uri = location if isinstance(location, str) else self._property_file(location)
        try:
            text = self.objects.read(acting_as(self.facts.role_arn), *parse_s3_uri(uri))
            return json.loads(text, parse_constant=_refuse_constant)
        except AwsError as error:
            raise StepError(f"Failed to read {location} from {uri}: {error.message}") from error
        except (ValueError, RecursionError) as error:
            raise StepError(f"Failed to read {location}: {uri} is not JSON ({error}).") from error

    def _property_file(self, reference: Reference) -> str:
        files = self.steps[reference.name].property_files or {}
        output, path = files[str(reference.path[1])]
        try:
            where = ("ProcessingOutputConfig", "Outputs", output, "S3Output", "S3Uri")
            uri = follow(self.described[reference.name], where)
        except LookupError as error:
            raise StepError(f"{reference} cannot be found: {error}") from error
        return f"{uri.rstrip('/')}/{path}"

    def _variable(self, name: str) -> str:
        variables = {
            "StartDateTime": _iso(self.facts.started),
            "CurrentDateTime": _iso(self.clock.now()),
            "PipelineName": self.facts.pipeline_name,
            "PipelineArn": self.facts.pipeline_arn,
            "PipelineExecutionId": self.facts.execution_id,
            "PipelineExecutionArn": self.facts.execution_arn,
            "TrainingJobName": self.job_name,
            "ProcessingJobName": self.job_name,
        }
        return variables[name]


def _refuse_constant(name: str) -> None:
    # A model whose error is NaN is neither above nor below any limit.
    raise ValueError(f"{name} is no JSON number")


def _iso(seconds: float) -> str:
    time = datetime.fromtimestamp(seconds, timezone.utc)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
