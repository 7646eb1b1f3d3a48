"""What requests to SageMaker and its endpoints need.

Source: the Service Authorization Reference for Amazon SageMaker.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import pass_roles, present, tag_keys, text, unknown, untag_keys
from mllab_localaws.access.needs_sagemaker_keys import passed_roles, request_keys
from mllab_localaws.sagemaker.arns import arn
from mllab_localaws.sagemaker.pipelines.names import execution_arn, execution_key, pipeline_in
from mllab_localaws.sagemaker.registry_names import name_in

# Resources, and the members that name one, some by its ARN.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "DataQualityJobDefinition": ("JobDefinitionName",),
    "Endpoint": ("EndpointName",),
    "EndpointConfig": ("EndpointConfigName",),
    "HyperParameterTuningJob": ("HyperParameterTuningJobName",),
    "InferenceComponent": ("InferenceComponentName",),
    "Model": ("ModelName",),
    "ModelPackage": ("ModelPackageArn", "ModelPackageName"),
    "ModelPackageGroup": ("ModelPackageGroupName",),
    "MonitoringSchedule": ("MonitoringScheduleName",),
    "NotebookInstance": ("NotebookInstanceName",),
    "NotebookInstanceLifecycleConfig": ("NotebookInstanceLifecycleConfigName",),
    "Pipeline": ("PipelineName",),
    "PipelineExecution": ("PipelineExecutionArn",),
    "ProcessingJob": ("ProcessingJobName",),
    "TrainingJob": ("TrainingJobName",),
}
# Operations that are not called by a verb and the one resource that they need.
_OF: Mapping[str, tuple[str, ...]] = {
    "CreateEndpoint": ("Endpoint", "EndpointConfig"),
    "CreatePresignedNotebookInstanceUrl": ("NotebookInstance",),
    "DescribePipelineDefinitionForExecution": ("PipelineExecution",),
    "ListPipelineExecutionSteps": ("PipelineExecution",),
    "ListPipelineExecutions": ("Pipeline",),
    "ListPipelineParametersForExecution": ("PipelineExecution",),
    "ListTrainingJobsForHyperParameterTuningJob": ("HyperParameterTuningJob",),
    "StartPipelineExecution": ("Pipeline",),
    "UpdateEndpoint": ("Endpoint", "EndpointConfig"),
    "UpdateEndpointWeightsAndCapacities": ("Endpoint",),
}
_VERB = re.compile("^(Create|Delete|Describe|Start|Stop|Update)")
_TAGGING = ("AddTags", "DeleteTags", "ListTags")


def needed(request: Request) -> list[Access]:
    """Return what a request to SageMaker needs.

    Raises: LookupError: no rule covers the operation.
    """
    operation, params = request.operation, request.params
    action = f"sagemaker:{operation}"
    if operation in _TAGGING:
        keys = {**tag_keys(params.get("Tags")), **untag_keys(params, "TagKeys")}
        # As SageMaker writes it, so that no spelling escapes a policy.
        return [Access(action, text(params, "ResourceArn").lower(), keys)]
    resources = _resources(request)
    tags = tag_keys(params.get("Tags"))
    keys = {**request_keys(operation, params), **tags}
    accesses = [Access(action, resource, keys) for resource in resources]
    if tags and operation.startswith("Create"):
        accesses.append(Access("sagemaker:AddTags", resources[0], {**tags, **_tagging_action(operation)}))
    return [*accesses, *pass_roles(passed_roles(operation, params), "sagemaker.amazonaws.com")]


def needed_to_invoke(request: Request) -> list[Access]:
    """Return what a request to an endpoint needs; the runtime's actions are SageMaker's own."""
    keys = present({"sagemaker:TargetModel": text(request.params, "TargetModel")})
    kinds = ["Endpoint"]
    if text(request.params, "InferenceComponentName"):
        kinds.append("InferenceComponent")
    return [Access(f"sagemaker:{request.operation}", _resource(kind, request), keys) for kind in kinds]


def _tagging_action(operation: str) -> Mapping[str, tuple[str, ...]]:
    return {"sagemaker:TaggingAction": (operation,)}


def _resources(request: Request) -> list[str]:
    operation = request.operation
    kinds = _OF.get(operation, (_VERB.sub("", operation),))
    if kinds[0] in _NAMES:
        return [_resource(kind, request) for kind in kinds]
    if operation.startswith("List") or operation == "Search":
        return ["*"]
    raise unknown(request)


def _resource(kind: str, request: Request) -> str:
    """Return the ARN of what will be touched: names are read as the operations read them, ARNs included."""
    spelled = text(request.params, *_NAMES[kind])
    group = text(request.params, "ModelPackageGroupName")
    if request.operation == "CreateModelPackage" and group:
        # The reference leaves open whether this asks for the group or for its versions; AWS's examples of
        # policies for groups of other accounts allow it on `model-package/<group>/*`.
        return arn(request.region, "model-package", f"{name_in(group)}/*")
    if not spelled:
        return "*"
    if kind == "PipelineExecution":
        pipeline, _, execution = execution_key(spelled).partition("/")
        return execution_arn(request.region, pipeline, execution)
    name = pipeline_in(spelled) if kind == "Pipeline" else name_in(spelled)
    return arn(request.region, _kebab(kind), name)


def _kebab(kind: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind).lower()
