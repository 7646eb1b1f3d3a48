"""Jobs and endpoints do what their role may do, and fail as on AWS where it may not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from identities import allow, document, make_role, make_user, refused, trust
from served_models import create_config, create_endpoint, delete_endpoint, prepare
from training_jobs import IMAGE, channel, finished, job_request, log_lines, logged

from mllab_localaws.access import record
from mllab_localaws.files import ACCESS_FILE, Connection

Client = Callable[..., Any]
REPOSITORY = "arn:aws:ecr:us-east-1:683313688378:repository/sagemaker-xgboost"
LOGS = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/*"
WRITE = "print('trained'); open('/opt/ml/model/m', 'w').write('x')"
UNTIL_GO = """
import time, boto3
s3 = boto3.client('s3')
print('waiting', flush=True)
while not s3.list_objects_v2(Bucket=BUCKET, Prefix='go').get('Contents'): time.sleep(0.05)
open('/opt/ml/model/m', 'w').write('x')
"""


@pytest.fixture(scope="module")
def bucket(client: Client) -> str:
    name = f"on-behalf-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    client("s3").put_object(Bucket=name, Key="train/a.csv", Body=b"1,2\n")
    return name


def needed(bucket: str) -> dict[str, str]:
    """What a training job needs, by action: the resource."""
    return {
        "s3:ListBucket": f"arn:aws:s3:::{bucket}",
        "s3:GetObject": f"arn:aws:s3:::{bucket}/train/*",
        "s3:PutObject": f"arn:aws:s3:::{bucket}/out/*",
        "ecr:GetAuthorizationToken": "*",
        "ecr:BatchGetImage": REPOSITORY,
        "ecr:BatchCheckLayerAvailability": REPOSITORY,
        "ecr:GetDownloadUrlForLayer": REPOSITORY,
        "logs:CreateLogGroup": LOGS,
        "logs:CreateLogStream": LOGS,
        "logs:DescribeLogStreams": LOGS,
        "logs:PutLogEvents": LOGS,
    }


def job_role(client: Client, bucket: str, *without: str) -> tuple[str, str]:
    """Create a role that may do what a job needs but for some actions; return its name and ARN."""
    statements = [allow(action, where) for action, where in needed(bucket).items() if action not in without]
    return make_role(client, *statements, trusting=trust({"Service": "sagemaker.amazonaws.com"}))


def request(name: str, role: str, bucket: str, code: str = WRITE) -> dict[str, Any]:
    output = {"S3OutputPath": f"s3://{bucket}/out"}
    channels = [channel("train", f"s3://{bucket}/train/")]
    return job_request(name, role, code, OutputDataConfig=output, InputDataConfig=channels)


def train(client: Client, name: str, role: str, bucket: str) -> dict[str, Any]:
    sagemaker = client("sagemaker")
    sagemaker.create_training_job(**request(name, role, bucket))
    return finished(sagemaker, name)


def test_a_role_that_may_do_what_a_job_needs_is_enough_and_every_decision_stands_in_the_record(
    client: Client, connection: Connection, logs: Any, bucket: str, name: str
) -> None:
    _, role = job_role(client, bucket)
    assert train(client, name, role, bucket)["TrainingJobStatus"] == "Completed"
    assert "trained" in log_lines(logs, name)
    entries = [each for each in record.read(connection.home / ACCESS_FILE) if each.principal == role]
    assert {each.decision for each in entries} == {"allowed"}
    # The group is there since the first job of the session.
    assert {each.action for each in entries} | {"logs:CreateLogGroup"} == set(needed(bucket))
    read = [each.resource for each in entries if each.action == "s3:GetObject"]
    assert read == [f"arn:aws:s3:::{bucket}/train/a.csv"]
    assert {each.resource for each in entries if each.action == "ecr:BatchGetImage"} == {REPOSITORY}


def test_a_role_that_cannot_list_the_data_gets_no_job(client: Client, bucket: str, name: str) -> None:
    _, role = job_role(client, bucket, "s3:ListBucket")
    code, _, message = refused(client("sagemaker").create_training_job, **request(name, role, bucket))
    assert code == "ValidationException"
    assert f'the role "{role}" has "s3:ListBucket" permissions on bucket "{bucket}"' in message


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (
            "s3:GetObject",
            "ClientError: Data download failed:Unable to download object s3://{bucket}/train/a.csv "
            "(AccessDenied: User: arn:aws:sts::123456789012:assumed-role/{role}/SageMaker is not authorized "
            'to perform: s3:GetObject on resource: "arn:aws:s3:::{bucket}/train/a.csv"',
        ),
        (
            "s3:PutObject",
            "ClientError: Artifact upload failed:User: arn:aws:sts::123456789012:assumed-role/{role}/"
            "SageMaker is not authorized to perform: s3:PutObject",
        ),
        (
            "ecr:GetAuthorizationToken",
            "ClientError: The role 'arn:aws:iam::123456789012:role/{role}' does not have "
            f"GetAuthorizationToken permission for the image: '{IMAGE}'.",
        ),
        (
            "ecr:BatchGetImage",
            "ClientError: The role 'arn:aws:iam::123456789012:role/{role}' does not have "
            f"BatchGetImage permission for the image: '{IMAGE}'.",
        ),
        ("ecr:BatchCheckLayerAvailability", "ClientError: The role "),
        ("ecr:GetDownloadUrlForLayer", "ClientError: The role "),
    ],
)
def test_what_a_job_needs_and_its_role_may_not_do_is_its_failure(
    client: Client, bucket: str, name: str, action: str, reason: str
) -> None:
    role_name, role = job_role(client, bucket, action)
    job = train(client, name, role, bucket)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(reason.format(bucket=bucket, role=role_name))


@pytest.mark.parametrize("action", ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"])
def test_a_job_whose_role_may_not_write_logs_runs_without_one(
    client: Client, logs: Any, bucket: str, name: str, action: str
) -> None:
    _, role = job_role(client, bucket, action)
    assert train(client, name, role, bucket)["TrainingJobStatus"] == "Completed"
    group = "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)["logStreams"]
    events = [
        event
        for each in streams
        for event in logs.get_log_events(logGroupName=group, logStreamName=each["logStreamName"])["events"]
    ]
    assert events == []


def test_a_buckets_policy_counts_for_the_role_of_a_job(client: Client, name: str, bucket: str) -> None:
    _, role = job_role(client, bucket)
    denial = {
        "Effect": "Deny",
        "Principal": {"AWS": role},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    client("s3").put_bucket_policy(Bucket=bucket, Policy=document(denial))
    try:
        job = train(client, name, role, bucket)
    finally:
        client("s3").delete_bucket_policy(Bucket=bucket)
    assert "with an explicit deny in a resource-based policy" in job["FailureReason"]


def test_a_permission_that_is_taken_away_is_missing_from_then_on(
    client: Client, logs: Any, bucket: str, name: str
) -> None:
    role_name, role = job_role(client, bucket)
    sagemaker, code = client("sagemaker"), UNTIL_GO.replace("BUCKET", repr(bucket))
    sagemaker.create_training_job(**request(name, role, bucket, code))
    logged(logs, name, "waiting")
    kept = [allow(action, where) for action, where in needed(bucket).items() if action != "s3:PutObject"]
    client("iam").put_role_policy(RoleName=role_name, PolicyName="own", PolicyDocument=document(*kept))
    client("s3").put_object(Bucket=bucket, Key="go", Body=b"")
    job = finished(sagemaker, name)
    client("s3").delete_object(Bucket=bucket, Key="go")
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed:User: ")


def test_a_role_that_does_not_trust_sagemaker_runs_nothing(client: Client, bucket: str, name: str) -> None:
    statements = [allow(action, where) for action, where in needed(bucket).items()]
    _, role = make_role(client, *statements, trusting=trust({"Service": "lambda.amazonaws.com"}))
    code, _, message = refused(client("sagemaker").create_training_job, **request(name, role, bucket))
    assert code == "ValidationException"
    assert "its trust relationship policy allows the action" in message


@pytest.mark.parametrize(("account", "runs"), [("123456789012", True), ("999999999999", False)])
def test_a_trust_policy_may_ask_for_whose_account_sagemaker_works(
    client: Client, bucket: str, name: str, account: str, runs: bool
) -> None:
    statements = [allow(action, where) for action, where in needed(bucket).items()]
    where = {"StringEquals": {"aws:SourceAccount": account}}
    trusting = trust({"Service": "sagemaker.amazonaws.com"}, Condition=where)
    _, role = make_role(client, *statements, trusting=trusting)
    if runs:
        assert train(client, name, role, bucket)["TrainingJobStatus"] == "Completed"
    else:
        refused(client("sagemaker").create_training_job, **request(name, role, bucket))


# endpoints


@pytest.fixture(scope="module")
def aws(client: Client) -> SimpleNamespace:
    return prepare(client, f"served-on-behalf-{uuid.uuid4().hex[:8]}")


def model_role(client: Client, aws: SimpleNamespace, *without: str) -> str:
    """Create a role for models of the bucket, but for some actions, and return its name."""
    mine = {action: where for action, where in needed(aws.model).items() if not action.startswith("s3:")}
    mine["s3:GetObject"] = f"arn:aws:s3:::{aws.model}/model.tar.gz"
    mine["s3:PutObject"] = f"arn:aws:s3:::{aws.model}/captured/*"
    statements = [allow(action, where) for action, where in mine.items() if action not in without]
    return make_role(client, *statements, trusting=trust({"Service": "sagemaker.amazonaws.com"}))[0]


def serve(aws: SimpleNamespace, name: str, role_name: str, **members: Any) -> None:
    """Make model and configuration of one name with a role."""
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{aws.model}/model.tar.gz"}
    role = f"arn:aws:iam::123456789012:role/{role_name}"
    aws.sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=role)
    create_config(SimpleNamespace(sagemaker=aws.sagemaker, model=name), name, **members)


def failed(aws: SimpleNamespace, name: str) -> str:
    """Create an endpoint that will fail, and return why."""
    aws.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    with pytest.raises(Exception, match="terminal failure"):
        aws.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)
    return str(aws.sagemaker.describe_endpoint(EndpointName=name)["FailureReason"])


def captured(aws: SimpleNamespace, name: str) -> list[str]:
    """Put an endpoint that captures into service, ask it once, delete it, and return what it left."""
    create_endpoint(aws, name, name)
    answer = aws.runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=b"1,2")
    assert float(answer["Body"].read()) == pytest.approx(1.0)
    delete_endpoint(aws, name)
    answer = aws.s3.list_objects_v2(Bucket=aws.model, Prefix=f"captured/{name}/")
    return [each["Key"] for each in answer.get("Contents", [])]


def capture_to(aws: SimpleNamespace) -> dict[str, Any]:
    return {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{aws.model}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }


def test_a_model_whose_role_cannot_read_the_artefact_is_refused(
    client: Client, aws: SimpleNamespace, name: str
) -> None:
    with pytest.raises(ClientError) as error:
        serve(aws, name, model_role(client, aws, "s3:GetObject"))
    told = error.value.response["Error"]
    assert told["Code"] == "ValidationException"
    assert told["Message"].startswith(f"Could not access model data at s3://{aws.model}/model.tar.gz.")
    assert 'the role has "s3:GetObject" permissions' in told["Message"]


def test_an_endpoint_whose_role_cannot_pull_the_image_fails(
    client: Client, aws: SimpleNamespace, name: str
) -> None:
    role_name = model_role(client, aws, "ecr:BatchGetImage")
    serve(aws, name, role_name)
    assert failed(aws, name) == (
        f"The role 'arn:aws:iam::123456789012:role/{role_name}' does not have BatchGetImage permission for "
        f"the image: '{IMAGE}'."
    )


def test_an_endpoint_whose_role_can_no_longer_read_the_artefact_fails(
    client: Client, aws: SimpleNamespace, name: str
) -> None:
    role_name = model_role(client, aws)
    serve(aws, name, role_name)
    only_images = allow("ecr:*")
    client("iam").put_role_policy(RoleName=role_name, PolicyName="own", PolicyDocument=document(only_images))
    assert failed(aws, name).startswith("Failed to download model data")


def test_an_endpoint_captures_and_logs_in_its_models_role(
    client: Client, aws: SimpleNamespace, logs: Any, name: str
) -> None:
    serve(aws, name, model_role(client, aws), DataCaptureConfig=capture_to(aws))
    assert len(captured(aws, name)) == 1
    assert logs.describe_log_streams(logGroupName=f"/aws/sagemaker/Endpoints/{name}")["logStreams"]


def test_an_endpoint_whose_role_may_neither_capture_nor_log_answers_all_the_same(
    client: Client, aws: SimpleNamespace, logs: Any, name: str
) -> None:
    role_name = model_role(client, aws, "s3:PutObject", "logs:CreateLogGroup")
    serve(aws, name, role_name, DataCaptureConfig=capture_to(aws))
    assert captured(aws, name) == []
    groups = logs.describe_log_groups(logGroupNamePrefix=f"/aws/sagemaker/Endpoints/{name}")["logGroups"]
    assert groups == []


def test_the_version_of_a_model_is_registered_by_who_may_read_its_artefact(
    client: Client, aws: SimpleNamespace, name: str
) -> None:
    client("sagemaker").create_model_package_group(ModelPackageGroupName=name)
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{aws.model}/model.tar.gz"}
    specification = {"Containers": [container], "SupportedContentTypes": ["text/csv"]}
    asked = {"ModelPackageGroupName": name, "InferenceSpecification": specification}
    blind = make_user(client, allow("sagemaker:*"))
    code, _, message = refused(blind.client("sagemaker").create_model_package, **asked)
    assert code == "ValidationException"
    assert message.startswith(f"Could not access model data at s3://{aws.model}/model.tar.gz.")
    seeing = make_user(client, allow("sagemaker:*"), allow("s3:GetObject"))
    assert seeing.client("sagemaker").create_model_package(**asked)["ModelPackageArn"]
