"""The roles that a request hands to SageMaker, and SageMaker's own condition keys.

Both are JMESPath expressions: jobs keep the same facts in different places.
Source: the Service Authorization Reference for Amazon SageMaker, columns "Condition keys" and "Dependent
actions"; for roles also the API reference, which asks iam:PassRole for UpdateNotebookInstance, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import jmespath  # type: ignore[import-untyped]  # botocore's own reader of paths

from mllab_localaws.access.needs_common import Context

_MONITORING_JOB = "MonitoringScheduleConfig.MonitoringJobDefinition"
# A tuning job has one definition or several.
_TUNED = "[TrainingJobDefinition, TrainingJobDefinitions][]"

_ROLES = {
    "CreateDataQualityJobDefinition": "RoleArn",
    "CreateEndpointConfig": "ExecutionRoleArn",
    "CreateHyperParameterTuningJob": f"{_TUNED}.RoleArn",
    "CreateModel": "ExecutionRoleArn",
    "CreateMonitoringSchedule": f"{_MONITORING_JOB}.RoleArn",
    "CreateNotebookInstance": "RoleArn",
    "CreatePipeline": "RoleArn",
    "CreateProcessingJob": "RoleArn",
    "CreateTrainingJob": "RoleArn",
    "UpdateMonitoringSchedule": f"{_MONITORING_JOB}.RoleArn",
    "UpdateNotebookInstance": "RoleArn",
    "UpdatePipeline": "RoleArn",
}


def _network(of: str) -> dict[str, str]:
    return {
        "sagemaker:NetworkIsolation": f"{of}EnableNetworkIsolation",
        "sagemaker:InterContainerTrafficEncryption": f"{of}EnableInterContainerTrafficEncryption",
        "sagemaker:VpcSubnets": f"{of}VpcConfig.Subnets",
        "sagemaker:VpcSecurityGroupIds": f"{of}VpcConfig.SecurityGroupIds",
    }


def _training(of: str = "") -> dict[str, str]:
    return {
        **_network(of),
        "sagemaker:InstanceTypes": f"{of}ResourceConfig.[InstanceType, InstanceGroups[].InstanceType][]",
        "sagemaker:VolumeKmsKey": f"{of}ResourceConfig.VolumeKmsKeyId",
        "sagemaker:OutputKmsKey": f"{of}OutputDataConfig.KmsKeyId",
        "sagemaker:MaxRuntimeInSeconds": f"{of}StoppingCondition.MaxRuntimeInSeconds",
    }


def _processing(resources: str, output: str, of: str = "") -> dict[str, str]:
    return {
        **_network(f"{of}NetworkConfig."),
        "sagemaker:InstanceTypes": f"{of}{resources}.ClusterConfig.InstanceType",
        "sagemaker:VolumeKmsKey": f"{of}{resources}.ClusterConfig.VolumeKmsKeyId",
        "sagemaker:OutputKmsKey": f"{of}{output}.KmsKeyId",
        "sagemaker:MaxRuntimeInSeconds": f"{of}StoppingCondition.MaxRuntimeInSeconds",
    }


_MONITORING = _processing("MonitoringResources", "MonitoringOutputConfig", f"{_MONITORING_JOB}.")
_APPROVAL = {"sagemaker:ModelApprovalStatus": "ModelApprovalStatus"}
_KEYS: Mapping[str, Mapping[str, str]] = {
    "CreateDataQualityJobDefinition": _processing("JobResources", "DataQualityJobOutputConfig"),
    "CreateEndpointConfig": {
        "sagemaker:InstanceTypes": "[ProductionVariants, ShadowProductionVariants][].InstanceType",
        "sagemaker:VolumeKmsKey": "KmsKeyId",
    },
    "CreateHyperParameterTuningJob": _training(f"{_TUNED}."),
    "CreateModel": _network(""),
    "CreateModelPackage": _APPROVAL,
    "CreateMonitoringSchedule": _MONITORING,
    "CreateNotebookInstance": {
        "sagemaker:DirectInternetAccess": "DirectInternetAccess",
        "sagemaker:InstanceTypes": "InstanceType",
        "sagemaker:RootAccess": "RootAccess",
        "sagemaker:VolumeKmsKey": "KmsKeyId",
        "sagemaker:VpcSecurityGroupIds": "SecurityGroupIds",
        "sagemaker:VpcSubnets": "SubnetId",
    },
    "CreateProcessingJob": _processing("ProcessingResources", "ProcessingOutputConfig"),
    "CreateTrainingJob": _training(),
    "UpdateModelPackage": _APPROVAL,
    "UpdateMonitoringSchedule": _MONITORING,
    "UpdateNotebookInstance": {
        "sagemaker:InstanceTypes": "InstanceType",
        "sagemaker:RootAccess": "RootAccess",
    },
}


def passed_roles(operation: str, params: Mapping[str, Any]) -> list[str]:
    """Return the ARNs of the roles that a request hands to SageMaker."""
    expression = _ROLES.get(operation)
    return _found(expression, params) if expression else []


def request_keys(operation: str, params: Mapping[str, Any]) -> Context:
    """Return SageMaker's condition keys of a request."""
    found = {key: _found(expression, params) for key, expression in _KEYS.get(operation, {}).items()}
    return {key: tuple(dict.fromkeys(values)) for key, values in found.items() if values}


def _found(expression: str, params: Mapping[str, Any]) -> list[str]:
    value = _compiled(expression).search(params)
    values = value if isinstance(value, list) else [value]
    return [_word(each) for each in values if each is not None]


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)
