"""The second net of clean-up: what carries the lab's tags under a name that the first one does not look at.

Where AWS can be asked for names, its lists are the truth: the tagging API is late, and goes on for hours to
list what has been deleted. So what it alone knows is looked at before it counts.
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers.aws_errors import is_absent, is_denial
from mllab_helpers.cleanup.stopping import MOVING
from mllab_helpers.lab.built import BILLED_BY_THE_HOUR
from mllab_helpers.lab.resource_kinds import UNKNOWN, Resource
from mllab_helpers.lab.resource_listing import pages
from mllab_helpers.names import resource_prefix

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

# What stands in an ARN before a name -> the kind, boto3's operation that looks at one, and its argument.
_LOOKS = {
    "sagemaker:endpoint/": ("endpoint", "describe_endpoint", "EndpointName"),
    "sagemaker:endpoint-config/": ("endpoint-config", "describe_endpoint_config", "EndpointConfigName"),
    "sagemaker:model/": ("model", "describe_model", "ModelName"),
    "sagemaker:training-job/": ("training-job", "describe_training_job", "TrainingJobName"),
    "sagemaker:processing-job/": ("processing-job", "describe_processing_job", "ProcessingJobName"),
    "sagemaker:hyper-parameter-tuning-job/": (
        "tuning-job",
        "describe_hyper_parameter_tuning_job",
        "HyperParameterTuningJobName",
    ),
    "sagemaker:pipeline/": ("pipeline", "describe_pipeline", "PipelineName"),
    "sagemaker:model-package-group/": (
        "model-package-group",
        "describe_model_package_group",
        "ModelPackageGroupName",
    ),
    "sagemaker:monitoring-schedule/": (
        "monitoring-schedule",
        "describe_monitoring_schedule",
        "MonitoringScheduleName",
    ),
    "sagemaker:model-package/": ("model-package", "describe_model_package", "ModelPackageName"),
    "sagemaker:notebook-instance/": (
        "notebook-instance",
        "describe_notebook_instance",
        "NotebookInstanceName",
    ),
    "sagemaker:notebook-instance-lifecycle-config/": (
        "lifecycle-config",
        "describe_notebook_instance_lifecycle_config",
        "NotebookInstanceLifecycleConfigName",
    ),
    "lambda:function:": ("function", "get_function_configuration", "FunctionName"),
    "cloudwatch:alarm:": ("alarm", "describe_alarms", "AlarmNames"),
    "cloudwatch:dashboard/": ("dashboard", "get_dashboard", "DashboardName"),
    "events:rule/": ("rule", "list_targets_by_rule", "Rule"),
    "sns:": ("topic", "get_topic_attributes", "TopicArn"),
    "sqs:": ("queue", "get_queue_url", "QueueName"),
}
# API Gateway tells tags with its own lists; roles are found by their names; what SageMaker keeps of a job
# that it ran, under the job's name, costs nothing and goes with nothing.
_PASSED_OVER = (
    "apigateway:/restapis/",
    "apigateway:/usageplans/",
    "apigateway:/apikeys/",
    "iam:",
    "sagemaker:experiment-trial-component/",
)
_SERVICES = {
    "cloudwatch": "CloudWatch",
    "events": "EventBridge",
    "lambda": "Lambda",
    "sagemaker": "SageMaker",
    "sns": "SNS",
    "sqs": "SQS",
}


def find_tagged(lab: Lab) -> Iterator[Resource]:
    """Return what carries both of the lab's tags and is named freely; with its ARN when the kind is unknown.

    Whoever may not ask the tagging API finds nothing here.
    """
    filters = [{"Key": tag["Key"], "Values": [tag["Value"]]} for tag in lab.tags]
    try:
        for found in pages(
            lab, "resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", TagFilters=filters
        ):
            yield from _read(lab, found["ResourceARN"])
    except ClientError as error:
        if not is_denial(error):
            raise


def _read(lab: Lab, arn: str) -> Iterator[Resource]:
    _, _, service, _, _, rest = arn.split(":", 5)
    short = f"{service}:{rest}"
    if short.startswith(_PASSED_OVER) or short == f"s3:{lab.bucket}":
        return
    begins = next((each for each in _LOOKS if short.startswith(each)), "")
    name = short.removeprefix(begins)
    if begins and name.startswith(resource_prefix(lab.student)):
        return
    kind, operation, argument = _LOOKS.get(begins, (UNKNOWN, "", ""))
    if kind == UNKNOWN or ("/" in name and kind != "model-package"):
        yield Resource(service, UNKNOWN, arn)
        return
    requested = {"TopicArn": arn, "ModelPackageName": arn, "AlarmNames": [name]}.get(argument, name)
    if _is_there(getattr(lab.client(service), operation), {argument: requested}):
        usd = None if kind in BILLED_BY_THE_HOUR else 0.0
        yield Resource(_SERVICES[service], kind, name, usd_per_hour=usd)


def _is_there(look: Any, request: Mapping[str, Any]) -> bool:
    """Whether a look finds something that can be removed; what may not be looked at counts."""
    try:
        seen = look(**request)
    except ClientError as error:
        if is_absent(error):
            return False
        if is_denial(error):
            return True
        raise
    jobs = [value for member, value in seen.items() if member.endswith("JobStatus")]
    return seen.get("MetricAlarms") != [] and (not jobs or jobs[0] in MOVING)
