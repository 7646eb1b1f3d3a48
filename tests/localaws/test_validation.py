"""Parameters that did not come over the wire, as those of a schedule's Input, against AWS's model."""

from __future__ import annotations

from typing import Any

import pytest

from mllab_localaws.wire import models
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.validation import validate

# A job that is right, but for what a test changes.
JOB: dict[str, Any] = {
    "TrainingJobName": "job",
    "AlgorithmSpecification": {"TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::123456789012:role/role",
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}


def check(**changes: Any) -> None:
    validate(models.service_model("sagemaker").operation_model("CreateTrainingJob"), {**JOB, **changes})


def test_a_job_that_is_right_passes() -> None:
    check(HyperParameters={"depth": "3"}, Tags=[{"Key": "k", "Value": "v"}])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"Tags": "none"}, "Value 'none' at 'tags' failed to satisfy constraint: Member must be a list"),
        ({"Tags": 5}, "Value 5 at 'tags' .*: Member must be a list"),
        ({"Tags": ["k"]}, "Value 'k' at 'tags.1.member' .*: Member must be an object"),
        ({"HyperParameters": ["depth"]}, "at 'hyperParameters' .*: Member must be an object"),
        ({"HyperParameters": {"depth": 3}}, "Value 3 at 'hyperParameters.depth.member' .* a string"),
        ({"StoppingCondition": [60]}, r"Value \[60\] at 'stoppingCondition' .*: Member must be an object"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": "long"}},
            "maxRuntimeInSeconds' .*: Member must be a number",
        ),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": True}}, "Value True at .*: Member must be a number"),
        ({"EnableNetworkIsolation": "no"}, "at 'enableNetworkIsolation' .*: Member must be true or false"),
    ],
)
def test_a_member_of_another_type_is_named(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(AwsError, match=says) as refused:
        check(**changes)
    assert refused.value.code == "ValidationException"
