"""Pipelines and their definitions: what is accepted, and each malformation by name (contracts E.1 to E.3)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from identities import make_job_role
from pipeline_documents import compare, condition, document, fail, get, step, training

from mllab_localaws.platform import ACCOUNT

BUCKET = "pipelines-defined"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{BUCKET}"
TRAIN = training("Train", ROLE, "pass", BUCKET)


@pytest.fixture(scope="module")
def aws(client: Callable[..., Any]) -> SimpleNamespace:
    client("s3").create_bucket(Bucket=BUCKET)
    make_job_role(client, BUCKET)
    return SimpleNamespace(sagemaker=client("sagemaker"), s3=client("s3"))


@pytest.fixture
def name() -> str:
    return f"Defined-{uuid.uuid4().hex[:8]}"


def create(aws: SimpleNamespace, name: str, definition: str, **members: Any) -> str:
    arn: str = aws.sagemaker.create_pipeline(
        PipelineName=name, PipelineDefinition=definition, RoleArn=ROLE, **members
    )["PipelineArn"]
    return arn


def training_with(**arguments: Any) -> dict[str, Any]:
    return {**TRAIN, "Arguments": {**TRAIN["Arguments"], **arguments}}


def decides(*conditions: Any) -> str:
    return document(TRAIN, condition("Gate", list(conditions)))


def json_get(**members: Any) -> dict[str, Any]:
    return {"Std:JsonGet": {"Path": "a", **members}}


def test_a_pipeline_is_described_as_it_was_created(aws: SimpleNamespace, name: str) -> None:
    definition = document(TRAIN)
    tags = [{"Key": "mllab:student", "Value": "ana"}]
    arn = create(aws, name, definition, PipelineDescription="retrains", Tags=tags)
    assert arn == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/{name.lower()}"
    described = aws.sagemaker.describe_pipeline(PipelineName=name)
    assert described["PipelineDefinition"] == definition
    assert described["PipelineName"] == described["PipelineDisplayName"] == name
    assert described["PipelineStatus"] == "Active"
    assert described["PipelineDescription"] == "retrains"
    assert described["RoleArn"] == ROLE
    assert "LastRunTime" not in described
    assert aws.sagemaker.describe_pipeline(PipelineName=arn)["PipelineArn"] == arn
    assert aws.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags


def test_a_definition_may_be_in_s3(aws: SimpleNamespace, name: str) -> None:
    aws.s3.put_object(Bucket=BUCKET, Key="pipeline.json", Body=document(TRAIN).encode())
    location = {"Bucket": BUCKET, "ObjectKey": "pipeline.json"}
    aws.sagemaker.create_pipeline(PipelineName=name, PipelineDefinitionS3Location=location, RoleArn=ROLE)
    described = aws.sagemaker.describe_pipeline(PipelineName=name)
    assert json.loads(described["PipelineDefinition"])["Steps"][0]["Name"] == "Train"


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({}, "either a PipelineDefinition or a PipelineDefinitionS3Location"),
        ({"PipelineDefinitionS3Location": {"Bucket": BUCKET, "ObjectKey": "gone"}}, "cannot be read"),
        ({"PipelineDefinitionS3Location": {"Bucket": BUCKET, "ObjectKey": "picture"}}, "not text in UTF-8"),
        (
            {"PipelineDefinitionS3Location": {"Bucket": BUCKET, "ObjectKey": "x", "VersionId": "v"}},
            "VersionId of PipelineDefinitionS3Location is not part",
        ),
    ],
)
def test_a_definition_that_is_not_there_is_refused(
    aws: SimpleNamespace, name: str, members: dict[str, Any], text: str
) -> None:
    aws.s3.put_object(Bucket=BUCKET, Key="picture", Body=b"\xff\xd8")
    with pytest.raises(ClientError, match=text) as refused:
        aws.sagemaker.create_pipeline(PipelineName=name, RoleArn=ROLE, **members)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_taken_name_is_refused_in_the_words_that_sdks_look_for(aws: SimpleNamespace, name: str) -> None:
    create(aws, name, document(TRAIN))
    with pytest.raises(ClientError, match="must be unique within an AWS account") as refused:
        create(aws, name.upper(), document(TRAIN))
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert "already exists" in refused.value.response["Error"]["Message"]


def test_a_repeated_request_creates_one_pipeline(aws: SimpleNamespace, name: str) -> None:
    token = uuid.uuid4().hex
    arns = {create(aws, name, document(TRAIN), ClientRequestToken=token) for _ in range(2)}
    assert len(arns) == 1


def test_an_update_changes_what_it_names(aws: SimpleNamespace, name: str) -> None:
    create(aws, name, document(TRAIN), PipelineDescription="old")
    aws.sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=document(fail("No")))
    described = aws.sagemaker.describe_pipeline(PipelineName=name)
    assert json.loads(described["PipelineDefinition"])["Steps"][0]["Name"] == "No"
    assert described["PipelineDescription"] == "old"
    assert described["LastModifiedTime"] >= described["CreationTime"]


def test_a_malformed_update_leaves_the_pipeline_as_it_was(aws: SimpleNamespace, name: str) -> None:
    create(aws, name, document(TRAIN))
    with pytest.raises(ClientError, match="It is not JSON"):
        aws.sagemaker.update_pipeline(PipelineName=name, PipelineDefinition="{")
    assert aws.sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"] == document(TRAIN)


def test_pipelines_are_listed_by_prefix_latest_first(aws: SimpleNamespace, name: str) -> None:
    for number in range(3):
        create(aws, f"{name}-{number}", document(TRAIN))
    listed = aws.sagemaker.list_pipelines(PipelineNamePrefix=name)["PipelineSummaries"]
    assert [each["PipelineName"] for each in listed] == [f"{name}-{number}" for number in (2, 1, 0)]
    page = aws.sagemaker.list_pipelines(PipelineNamePrefix=name, SortBy="Name", MaxResults=2)
    rest = aws.sagemaker.list_pipelines(PipelineNamePrefix=name, SortBy="Name", NextToken=page["NextToken"])
    assert [each["PipelineName"] for each in rest["PipelineSummaries"]] == [f"{name}-0"]
    later = listed[0]["CreationTime"] + timedelta(minutes=1)
    for filters, count in (({"CreatedAfter": later}, 0), ({"CreatedBefore": later}, 3)):
        filtered = aws.sagemaker.list_pipelines(PipelineNamePrefix=name, **filters)
        assert len(filtered["PipelineSummaries"]) == count


@pytest.mark.parametrize("ask", ["describe_pipeline", "delete_pipeline", "list_pipeline_executions"])
def test_a_pipeline_that_does_not_exist_is_named(aws: SimpleNamespace, ask: str) -> None:
    with pytest.raises(aws.sagemaker.exceptions.ResourceNotFound, match=r"Pipeline 'arn:.*/nobody' does not"):
        getattr(aws.sagemaker, ask)(PipelineName="nobody")


def test_a_role_that_does_not_exist_is_refused(aws: SimpleNamespace, name: str) -> None:
    with pytest.raises(ClientError, match="nobody-has-this-role"):
        aws.sagemaker.create_pipeline(
            PipelineName=name, PipelineDefinition=document(TRAIN), RoleArn=f"{ROLE}-nobody-has-this-role"
        )


def test_everything_that_sdks_write_without_meaning_it_is_accepted(aws: SimpleNamespace, name: str) -> None:
    written = {
        **training_with(TrainingJobName="placeholder", HyperParameters=None),
        "DependsOn": [],
        "DisplayName": "Train",
        "Description": "trains",
        "CacheConfig": {"Enabled": False},
        "RetryPolicies": [],
    }
    experiment = {
        "ExperimentName": get("Execution.PipelineName"),
        "TrialName": get("Execution.PipelineExecutionId"),
    }
    create(aws, name, document(written, Metadata={}, PipelineExperimentConfig=experiment, MlflowConfig=None))


PARAMETER = {"Name": "Rate", "Type": "Float", "DefaultValue": 0.1}
NESTED = condition("Inner", [compare(1, 1)], if_steps=[TRAIN])
MALFORMED = [
    ("{", "It is not JSON"),
    ("[" * 100_000, "It is nested too deeply|It is not JSON"),
    ("[]", "Expecting start of Json Object"),
    ('{"Version": "2020-12-01", "Steps": [NaN]}', "NaN is no JSON number"),
    (json.dumps({"Version": "2019-01-01", "Steps": []}), 'Version must be "2020-12-01"'),
    (json.dumps({"Version": "2020-12-01"}), "Steps must be an array"),
    (document(), "at least one step"),
    (document(TRAIN, Extra=1), "Unknown member 'Extra'"),
    (document(TRAIN, MlflowConfig={"MlflowResourceArn": "arn"}), "MlflowConfig is not part"),
    (document(*({**TRAIN, "Name": f"T{n}"} for n in range(51))), "at most 50 steps, not 51"),
    (document("Train"), "Steps must hold objects"),
    (document({**TRAIN, "Name": "my train"}), "step name 'my train'"),
    (document({**TRAIN, "Name": None}), "step name None"),
    (document({**TRAIN, "Type": "Trainng"}), "Unknown step type 'Trainng' of step 'Train'"),
    (document({**TRAIN, "Type": "Tuning"}), r"Step type Tuning \(step 'Train'\) is not part"),
    (document({**TRAIN, "Type": ["Training"]}), "Unknown step type"),
    (document({**TRAIN, "Retries": 3}), "Unknown member 'Retries' of step 'Train'"),
    (document({**TRAIN, "Arguments": []}), "Arguments of step 'Train' must be an object"),
    (document({**TRAIN, "Arguments": get("Steps.Train.HyperParameters")}), "must be an object"),
    (document({**TRAIN, "RetryPolicies": [{"MaxAttempts": 3}]}), "RetryPolicies of step 'Train' is not"),
    (document({**TRAIN, "CacheConfig": {"Enabled": True}}), "CacheConfig with Enabled=true of step 'Train'"),
    (document({**TRAIN, "DependsOn": "Prepare"}), "DependsOn of step 'Train' must be an array"),
    (document({**TRAIN, "DependsOn": ["Prepare"]}), "refers to step 'Prepare', which does not exist"),
    (document({**TRAIN, "DependsOn": ["Train"]}), "The steps Train wait for each other"),
    (document({**TRAIN, "DisplayName": 5}), "DisplayName of step 'Train' must be a string"),
    (document(TRAIN, TRAIN), "more than one step named 'Train'"),
    (document(TRAIN, NESTED), "more than one step named 'Train'"),
    (
        document({**TRAIN, "Name": "A", "DependsOn": ["B"]}, {**TRAIN, "Name": "B", "DependsOn": ["A"]}),
        "The steps A, B wait for each other",
    ),
    (
        document(condition("Gate", [compare(1, 1)], if_steps=[TRAIN], DependsOn=["Train"])),
        "The steps Gate, Train wait for each other",
    ),
    (document(training_with(TrainingImage="x")), "Unknown Argument member 'TrainingImage'"),
    (document(training_with(OutputDataConfig={})), "Missing required Argument member 'S3OutputPath'"),
    (document(training_with(RoleArn=None)), "Missing required Argument member 'RoleArn' of Create"),
    (document(training_with(InputDataConfig={})), "Expecting start of Json Array"),
    (document(training_with(HyperParameters=[])), "Expecting start of Json Object"),
    (document(training_with(RoleArn={"Ref": "role"})), "Expecting a value for RoleArn"),
    (document(training_with(RoleArn=get("Parameters.Role"))), "'Parameters.Role', and there is no such"),
    (document(training_with(RoleArn=get("Params.Role"))), "Invalid property reference 'Params.Role'"),
    (document(training_with(RoleArn={"Get": 5})), "Invalid property reference 5"),
    (document(training_with(RoleArn=get("Execution.Now"))), "Invalid property reference 'Execution.Now'"),
    (document(training_with(RoleArn=get("Steps.Prepare.RoleArn"))), "step 'Prepare', which does not exist"),
    (document(training_with(RoleArn={"Std:Split": {}})), "Unknown function 'Std:Split'"),
    (document(training_with(RoleArn={"Std:Join": []})), "Std:Join needs On"),
    (document(training_with(RoleArn={"Std:Join": {"On": 1, "Values": []}})), "On of Std:Join must be"),
    (decides(compare(get("Steps.Train.Model"), 1)), "DescribeTrainingJob answers no 'Model'"),
    (decides(compare(get("Steps.Train"), 1)), "Invalid property reference 'Steps.Train'"),
    (decides(compare({"Std:JsonGet": {"Path": "a"}}, 1)), "either a PropertyFile or an S3Uri"),
    (decides(compare({"Std:JsonGet": {"S3Uri": "s3://b/k"}}, 1)), "needs a Path"),
    (decides(compare(json_get(S3Uri="s3://b/k", Path="a["), 1)), "is not a path"),
    (
        decides(
            compare({"Std:JsonGet": {"PropertyFile": get("Steps.Train.PropertyFiles.E"), "Path": "a"}}, 1)
        ),
        "Step 'Train' has no property file 'E'",
    ),
    (decides(compare(json_get(PropertyFile="E"), 1)), "Invalid property reference None"),
    (decides(compare(json_get(PropertyFile=get("Steps.Train.RoleArn")), 1)), "PropertyFile of Std:JsonGet"),
    (decides(), "needs Conditions"),
    (decides({"Type": "Near"}), "'Near' is no condition type"),
    (decides("yes"), "None is no condition type"),
    (decides({"Type": "Equals", "LeftValue": 1}), "a condition Equals has LeftValue, RightValue, Type"),
    (decides({"Type": "In", "QueryValue": 1, "Values": 1}), "Values of a condition In must be an array"),
    (decides({"Type": "Not", "Condition": {"Type": "Or"}}), "a condition Or has Conditions, Type"),
    (document(step("Gate", "Condition", {"Conditions": [compare(1, 1)], "Then": []})), "member 'Then'"),
    (document(condition("Gate", [compare(1, 1)], if_steps="Train")), "IfSteps of 'Gate' must be an array"),
    (document(step("Stop", "Fail", {})), "Arguments of Fail step 'Stop' are ErrorMessage alone"),
    (document(step("Register", "RegisterModel", {"ModelPackageName": "m"})), "member 'ModelPackageName'"),
    (document(TRAIN, Parameters="Rate"), "Parameters must be an array"),
    (document(TRAIN, Parameters=["Rate"]), "A parameter must be an object"),
    (document(TRAIN, Parameters=[PARAMETER, PARAMETER]), "more than one parameter named 'Rate'"),
    (document(TRAIN, Parameters=[{**PARAMETER, "Name": "a b"}]), "parameter name 'a b'"),
    (document(TRAIN, Parameters=[{**PARAMETER, "Type": "Double"}]), "'Rate' has the type 'Double'"),
    (
        document(TRAIN, Parameters=[{**PARAMETER, "DefaultValue": "0.1"}]),
        "of type Float, and '0.1' is not",
    ),
    (document(TRAIN, Parameters=[{**PARAMETER, "DefaultValue": True}]), "of type Float, and True is not"),
    (document(TRAIN, Parameters=[{**PARAMETER, "EnumValues": [0.5, 1]}]), "is none of its EnumValues"),
    (
        document(TRAIN, Parameters=[{**PARAMETER, "EnumValues": 0.1}]),
        "EnumValues of parameter 'Rate'",
    ),
    (document(TRAIN, Parameters=[{**PARAMETER, "Default": 1}]), "unknown members Default"),
]


@pytest.mark.parametrize(
    ("definition", "text"),
    MALFORMED,
    ids=[text[:50] for _, text in MALFORMED],
)
def test_a_malformed_definition_is_refused_and_says_what_is_wrong(
    aws: SimpleNamespace, name: str, definition: str, text: str
) -> None:
    with pytest.raises(ClientError, match=text) as refused:
        create(aws, name, definition)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(aws.sagemaker.exceptions.ResourceNotFound):
        aws.sagemaker.describe_pipeline(PipelineName=name)
