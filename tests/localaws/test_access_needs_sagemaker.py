"""What requests to SageMaker and its endpoints need."""

from __future__ import annotations

from typing import Any

import pytest
from access_requests import ACCOUNT, REGION, ROLE, needs, pairs, passing

from mllab_localaws.access.model import Access

TAGS = [{"Key": "team", "Value": "ml"}]
TAG_KEYS = {"aws:TagKeys": ("team",), "aws:RequestTag/team": ("ml",)}


def arn(resource: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{resource}"


@pytest.mark.parametrize(
    ("operation", "params", "resource"),
    [
        ("DescribeTrainingJob", {"TrainingJobName": "My-Job"}, "training-job/my-job"),
        ("StopProcessingJob", {"ProcessingJobName": "p"}, "processing-job/p"),
        (
            "DeleteHyperParameterTuningJob",
            {"HyperParameterTuningJobName": "t"},
            "hyper-parameter-tuning-job/t",
        ),
        (
            "ListTrainingJobsForHyperParameterTuningJob",
            {"HyperParameterTuningJobName": "t"},
            "hyper-parameter-tuning-job/t",
        ),
        ("DescribeModel", {"ModelName": "m"}, "model/m"),
        ("DeleteEndpoint", {"EndpointName": "e"}, "endpoint/e"),
        ("UpdateEndpointWeightsAndCapacities", {"EndpointName": "e"}, "endpoint/e"),
        ("DeleteEndpointConfig", {"EndpointConfigName": "c"}, "endpoint-config/c"),
        ("StartNotebookInstance", {"NotebookInstanceName": "n"}, "notebook-instance/n"),
        ("CreatePresignedNotebookInstanceUrl", {"NotebookInstanceName": "n"}, "notebook-instance/n"),
        (
            "UpdateNotebookInstanceLifecycleConfig",
            {"NotebookInstanceLifecycleConfigName": "l"},
            "notebook-instance-lifecycle-config/l",
        ),
        ("DescribePipeline", {"PipelineName": "p"}, "pipeline/p"),
        ("StartPipelineExecution", {"PipelineName": "p"}, "pipeline/p"),
        ("ListPipelineExecutions", {"PipelineName": "p"}, "pipeline/p"),
        ("DescribeModelPackageGroup", {"ModelPackageGroupName": "g"}, "model-package-group/g"),
        ("DescribeDataQualityJobDefinition", {"JobDefinitionName": "d"}, "data-quality-job-definition/d"),
        ("StopMonitoringSchedule", {"MonitoringScheduleName": "s"}, "monitoring-schedule/s"),
    ],
)
def test_an_operation_needs_its_action_on_its_resource(
    operation: str, params: dict[str, str], resource: str
) -> None:
    assert pairs("sagemaker", operation, **params) == [(f"sagemaker:{operation}", arn(resource))]


@pytest.mark.parametrize(
    "operation", ["ListTrainingJobs", "ListModelPackages", "ListMonitoringExecutions", "Search"]
)
def test_lists_have_no_resource(operation: str) -> None:
    assert pairs("sagemaker", operation) == [(f"sagemaker:{operation}", "*")]


@pytest.mark.parametrize("operation", ["DescribePipelineExecution", "ListPipelineExecutionSteps"])
def test_an_execution_is_named_by_its_arn(operation: str) -> None:
    execution = arn("pipeline/p/execution/abc123")
    asked = pairs("sagemaker", operation, PipelineExecutionArn=execution)
    assert asked == [(f"sagemaker:{operation}", execution)]


ELSEWHERE = "arn:aws:sagemaker:us-west-2:999999999999"


@pytest.mark.parametrize(
    ("operation", "params", "touched"),
    [
        (
            "ListTags",
            {"ResourceArn": arn("training-job/My-Job").replace("aws", "AWS")},
            "training-job/my-job",
        ),
        ("DescribePipeline", {"PipelineName": f"{ELSEWHERE}:pipeline/P"}, "pipeline/p"),
        (
            "StopPipelineExecution",
            {"PipelineExecutionArn": f"{ELSEWHERE}:pipeline/P/execution/abc"},
            "pipeline/p/execution/abc",
        ),
        (
            "DescribeModelPackageGroup",
            {"ModelPackageGroupName": f"{ELSEWHERE}:model-package-group/G"},
            "model-package-group/g",
        ),
        (
            "CreateModelPackage",
            {"ModelPackageName": "allowed", "ModelPackageGroupName": f"{ELSEWHERE}:model-package-group/G"},
            "model-package/g/*",
        ),
    ],
)
def test_no_spelling_of_a_name_escapes_a_policy(operation: str, params: dict[str, str], touched: str) -> None:
    # Each is what the operation would touch: it looks neither at the case nor at the region of an ARN.
    assert pairs("sagemaker", operation, **params) == [(f"sagemaker:{operation}", arn(touched))]


@pytest.mark.parametrize("operation", ["CreateEndpoint", "UpdateEndpoint"])
def test_an_endpoint_needs_itself_and_its_configuration(operation: str) -> None:
    assert pairs("sagemaker", operation, EndpointName="e", EndpointConfigName="c") == [
        (f"sagemaker:{operation}", arn("endpoint/e")),
        (f"sagemaker:{operation}", arn("endpoint-config/c")),
    ]


def test_creation_with_tags_needs_leave_to_tag() -> None:
    asked = needs("sagemaker", "CreateEndpoint", EndpointName="e", EndpointConfigName="c", Tags=TAGS)
    assert asked == [
        Access("sagemaker:CreateEndpoint", arn("endpoint/e"), TAG_KEYS),
        Access("sagemaker:CreateEndpoint", arn("endpoint-config/c"), TAG_KEYS),
        Access(
            "sagemaker:AddTags",
            arn("endpoint/e"),
            {**TAG_KEYS, "sagemaker:TaggingAction": ("CreateEndpoint",)},
        ),
    ]


def test_tagging_tells_its_tags() -> None:
    endpoint = arn("endpoint/e")
    added = needs("sagemaker", "AddTags", ResourceArn=endpoint, Tags=TAGS)
    removed = needs("sagemaker", "DeleteTags", ResourceArn=endpoint, TagKeys=["team"])
    assert added == [Access("sagemaker:AddTags", endpoint, TAG_KEYS)]
    assert removed == [Access("sagemaker:DeleteTags", endpoint, {"aws:TagKeys": ("team",)})]


MONITORED = {"MonitoringScheduleConfig": {"MonitoringJobDefinition": {"RoleArn": ROLE}}}


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("CreateTrainingJob", {"RoleArn": ROLE}),
        ("CreateProcessingJob", {"RoleArn": ROLE}),
        ("CreateHyperParameterTuningJob", {"TrainingJobDefinition": {"RoleArn": ROLE}}),
        ("CreateHyperParameterTuningJob", {"TrainingJobDefinitions": [{"RoleArn": ROLE}, {"RoleArn": ROLE}]}),
        ("CreateModel", {"ExecutionRoleArn": ROLE}),
        ("CreateEndpointConfig", {"ExecutionRoleArn": ROLE}),
        ("CreateNotebookInstance", {"RoleArn": ROLE}),
        ("UpdateNotebookInstance", {"RoleArn": ROLE}),
        ("CreatePipeline", {"RoleArn": ROLE}),
        ("UpdatePipeline", {"RoleArn": ROLE}),
        ("CreateDataQualityJobDefinition", {"RoleArn": ROLE}),
        ("CreateMonitoringSchedule", MONITORED),
        ("UpdateMonitoringSchedule", MONITORED),
    ],
)
def test_a_role_needs_to_be_passed(operation: str, params: dict[str, Any]) -> None:
    own, *others = needs("sagemaker", operation, **params)
    assert own.action == f"sagemaker:{operation}"
    assert others == [passing("sagemaker")]


def test_what_is_called_like_a_role_elsewhere_is_none() -> None:
    asked = needs("sagemaker", "CreateTrainingJob", TrainingJobName="t", Environment={"RoleArn": ROLE})
    assert [each.action for each in asked] == ["sagemaker:CreateTrainingJob"]


def test_an_image_and_a_group_need_nothing_further() -> None:
    specification = {"TrainingImage": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1"}
    job = pairs("sagemaker", "CreateTrainingJob", TrainingJobName="t", AlgorithmSpecification=specification)
    package = pairs("sagemaker", "CreateModelPackage", ModelPackageGroupName="Houses")
    assert job == [("sagemaker:CreateTrainingJob", arn("training-job/t"))]
    assert package == [("sagemaker:CreateModelPackage", arn("model-package/houses/*"))]


def test_an_approval_tells_its_status() -> None:
    version = arn("model-package/houses/3")
    asked = needs("sagemaker", "UpdateModelPackage", ModelPackageArn=version, ModelApprovalStatus="Approved")
    keys = {"sagemaker:ModelApprovalStatus": ("Approved",)}
    assert asked == [Access("sagemaker:UpdateModelPackage", version, keys)]


CLUSTER = {"ClusterConfig": {"InstanceType": "ml.m5.large", "VolumeKmsKeyId": "k"}}
TUNED = [{"ResourceConfig": {"InstanceType": f"ml.{kind}.large"}} for kind in ("m5", "c5", "m5")]


@pytest.mark.parametrize(
    ("operation", "params", "types"),
    [
        ("CreateTrainingJob", {"ResourceConfig": {"InstanceType": "ml.m5.large"}}, ("ml.m5.large",)),
        (
            "CreateTrainingJob",
            {"ResourceConfig": {"InstanceGroups": [{"InstanceType": "ml.c5.large"}]}},
            ("ml.c5.large",),
        ),
        ("CreateProcessingJob", {"ProcessingResources": CLUSTER}, ("ml.m5.large",)),
        ("CreateDataQualityJobDefinition", {"JobResources": CLUSTER}, ("ml.m5.large",)),
        (
            "CreateMonitoringSchedule",
            {"MonitoringScheduleConfig": {"MonitoringJobDefinition": {"MonitoringResources": CLUSTER}}},
            ("ml.m5.large",),
        ),
        (
            "CreateHyperParameterTuningJob",
            {"TrainingJobDefinition": {"ResourceConfig": {"InstanceType": "ml.m5.large"}}},
            ("ml.m5.large",),
        ),
        (
            "CreateHyperParameterTuningJob",
            {"TrainingJobDefinitions": TUNED},
            ("ml.m5.large", "ml.c5.large"),
        ),
        (
            "CreateEndpointConfig",
            {"ProductionVariants": [{"InstanceType": "ml.t2.medium"}]},
            ("ml.t2.medium",),
        ),
        ("CreateNotebookInstance", {"InstanceType": "ml.t3.medium"}, ("ml.t3.medium",)),
    ],
)
def test_a_job_tells_its_instance_types(
    operation: str, params: dict[str, Any], types: tuple[str, ...]
) -> None:
    assert needs("sagemaker", operation, **params)[0].context["sagemaker:InstanceTypes"] == types


def test_a_training_job_tells_what_policies_restrict() -> None:
    asked = needs(
        "sagemaker",
        "CreateTrainingJob",
        TrainingJobName="t",
        EnableNetworkIsolation=True,
        VpcConfig={"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
        OutputDataConfig={"KmsKeyId": "k"},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    assert asked[0].context == {
        "sagemaker:NetworkIsolation": ("true",),
        "sagemaker:VpcSubnets": ("subnet-1", "subnet-2"),
        "sagemaker:VpcSecurityGroupIds": ("sg-1",),
        "sagemaker:OutputKmsKey": ("k",),
        "sagemaker:MaxRuntimeInSeconds": ("60",),
    }


def test_an_invocation_needs_the_endpoint() -> None:
    assert needs("sagemaker-runtime", "InvokeEndpoint", EndpointName="E") == [
        Access("sagemaker:InvokeEndpoint", arn("endpoint/e"))
    ]
    targeted = needs("sagemaker-runtime", "InvokeEndpoint", EndpointName="e", TargetModel="m.tar.gz")
    assert targeted[0].context == {"sagemaker:TargetModel": ("m.tar.gz",)}
