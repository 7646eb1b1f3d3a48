"""Pipelines, rules, functions and stages act in a role's name, as far as the role may."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from functions import TRUST, Workshop, create_role, zipped
from identities import ACCOUNT, allow, document, make_job_role, make_role, make_user, refused, trust
from in_process import served
from pipeline_documents import WRITE_MODEL, ended, fail, training
from pipeline_documents import document as pipeline

from mllab_localaws.access.model import Request
from mllab_localaws.caller import acting_as
from mllab_localaws.sagemaker import monitoring_metrics
from mllab_localaws.sagemaker.instance_metrics import Instance, InstanceMetrics
from mllab_localaws.wire.errors import AwsError

Client = Callable[..., Any]
JOBS = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/pipelines-*"
SAGEMAKER = trust({"Service": "sagemaker.amazonaws.com"})
EVENTS = trust({"Service": "events.amazonaws.com"})


@pytest.fixture(scope="module")
def bucket(client: Client) -> str:
    name = f"steps-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="module")
def job_role(client: Client, bucket: str) -> str:
    """The role of the steps' jobs, which is not the pipeline's."""
    return make_job_role(client, bucket)


# pipelines


def pipeline_role(client: Client, job_role: str, *without: str) -> tuple[str, str]:
    """Create a pipeline's role that may run one training step, but for some actions; return name and ARN."""
    actions = ["CreateTrainingJob", "DescribeTrainingJob", "AddTags"]
    mine = [(f"sagemaker:{action}", JOBS) for action in actions] + [("iam:PassRole", job_role)]
    statements = [allow(action, where) for action, where in mine if action not in without]
    return make_role(client, *statements, trusting=SAGEMAKER)


def execute(client: Client, name: str, role: str, *steps: dict[str, Any]) -> tuple[Any, list[dict[str, Any]]]:
    """Run a pipeline; return the execution and its steps."""
    sagemaker = client("sagemaker")
    sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=pipeline(*steps), RoleArn=role)
    arn = sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
    execution = ended(sagemaker, arn)
    return execution, sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)[
        "PipelineExecutionSteps"
    ]


def test_a_pipelines_role_needs_no_more_than_its_steps_do(
    client: Client, bucket: str, job_role: str, name: str
) -> None:
    _, role = pipeline_role(client, job_role)
    execution, steps = execute(client, name, role, training("Train", job_role, WRITE_MODEL, bucket))
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    job = steps[0]["Metadata"]["TrainingJob"]["Arn"]
    tags = client("sagemaker").list_tags(ResourceArn=job)["Tags"]
    assert tags == [{"Key": "sagemaker:pipeline-execution-arn", "Value": execution["PipelineExecutionArn"]}]


@pytest.mark.parametrize(
    ("action", "operation"),
    [
        ("sagemaker:CreateTrainingJob", "CreateTrainingJob"),
        ("sagemaker:AddTags", "CreateTrainingJob"),
        ("iam:PassRole", "CreateTrainingJob"),
        ("sagemaker:DescribeTrainingJob", "DescribeTrainingJob"),
    ],
)
def test_a_step_that_the_pipelines_role_may_not_take_fails_in_aws_words(
    client: Client, bucket: str, job_role: str, name: str, action: str, operation: str
) -> None:
    role_name, role = pipeline_role(client, job_role, action)
    execution, steps = execute(client, name, role, training("Train", job_role, WRITE_MODEL, bucket))
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert steps[0]["FailureReason"].startswith(
        f"ClientError: Failed to invoke sagemaker:{operation}. Error Details: User: arn:aws:sts::{ACCOUNT}:"
        f"assumed-role/{role_name}/SageMaker is not authorized to perform: {action} on resource: "
    )
    assert f"because no identity-based policy allows the {action} action" in steps[0]["FailureReason"]


# rules


def rule(client: Client, name: str, role: str) -> None:
    """Make a pipeline, and a rule that starts it in the name of a role when an event of this name comes."""
    arn = client("sagemaker").create_pipeline(
        PipelineName=name, PipelineDefinition=pipeline(fail("Stop")), RoleArn=make_job_role(client, name)
    )["PipelineArn"]
    pattern = json.dumps({"source": ["lab"], "detail-type": [name]})
    client("events").put_rule(Name=name, EventPattern=pattern)
    client("events").put_targets(Rule=name, Targets=[{"Id": "p", "Arn": arn, "RoleArn": role}])
    entry = {"Source": "lab", "DetailType": name, "Detail": "{}"}
    client("events").put_events(Entries=[entry])


def until(condition: Callable[[], Any], seconds: float = 15) -> Any:
    """Return what a condition returns, as soon as that is true."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)  # between two looks, until the deadline
    return value


def counted(client: Client, name: str, metric: str) -> float:
    now = datetime.now(timezone.utc)
    points = client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Events",
        MetricName=metric,
        Dimensions=[{"Name": "RuleName", "Value": name}],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in points))


def executions(client: Client, name: str) -> list[Any]:
    listed: list[Any] = client("sagemaker").list_pipeline_executions(PipelineName=name)[
        "PipelineExecutionSummaries"
    ]
    return listed


def test_a_rule_starts_a_pipeline_whose_execution_its_targets_role_may_start(
    client: Client, name: str
) -> None:
    where = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/{name}"
    _, role = make_role(client, allow("sagemaker:StartPipelineExecution", where), trusting=EVENTS)
    rule(client, name, role)
    until(lambda: executions(client, name))
    assert counted(client, name, "FailedInvocations") == 0


def test_a_delivery_that_the_targets_role_may_not_make_is_a_failed_invocation(
    client: Client, name: str
) -> None:
    elsewhere = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/another"
    _, role = make_role(client, allow("sagemaker:StartPipelineExecution", elsewhere), trusting=EVENTS)
    rule(client, name, role)
    assert until(lambda: counted(client, name, "FailedInvocations")) == 1
    assert executions(client, name) == []


def test_a_target_whose_role_does_not_trust_eventbridge_is_refused(client: Client, name: str) -> None:
    _, role = make_role(client, allow("*"), trusting=SAGEMAKER)
    code, _, message = refused(rule, client=client, name=name, role=role)
    assert code == "ValidationException"
    assert message == f"Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'."


# functions

LOG = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
SAYS = "def handler(event, context):\n    print('SAID')\n    return 1\n"


@pytest.mark.parametrize(
    ("actions", "is_there", "writes"),
    [
        (LOG, False, True),
        (LOG[1:], False, False),
        (LOG[1:], True, True),
        ((LOG[0], LOG[2]), False, False),
        (LOG[:2], False, False),
        ((), True, False),
    ],
)
def test_a_function_runs_in_any_case_and_logs_as_far_as_its_role_may(
    client: Client, logs: Any, name: str, actions: tuple[str, ...], is_there: bool, writes: bool
) -> None:
    group = f"/aws/lambda/{name}"
    resource = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}:*"
    statements = [allow(action, resource) for action in actions]
    _, role = make_role(client, *statements, trusting=json.dumps(TRUST))
    if is_there:
        logs.create_log_group(logGroupName=group)
    workshop = Workshop(client("lambda"), role)
    workshop.create(name, SAYS)
    answer = workshop.invoke(name)
    assert answer.value == 1
    assert "SAID" in answer.log  # the tail comes from Lambda itself
    found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    events = logs.filter_log_events(logGroupName=group)["events"] if found else []
    assert ("SAID\n" in [event["message"] for event in events]) is writes


def test_code_in_s3_is_read_by_who_makes_the_function(client: Client, bucket: str, name: str) -> None:
    client("s3").put_object(Bucket=bucket, Key=f"{name}.zip", Body=zipped(SAYS))
    asked = {
        "FunctionName": name,
        "Role": create_role(client("iam"), "reads-no-code"),
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Code": {"S3Bucket": bucket, "S3Key": f"{name}.zip"},
    }
    blind = make_user(client, allow("lambda:*"), allow("iam:PassRole"))
    code, status, message = refused(blind.client("lambda").create_function, **asked)
    assert (code, status) == ("AccessDeniedException", 403)
    assert f"s3:GetObject on resource: arn:aws:s3:::{bucket}/{name}.zip" in message
    seeing = make_user(client, allow(["lambda:*", "iam:PassRole", "s3:GetObject"]))
    assert seeing.client("lambda").create_function(**asked)["FunctionName"] == name


# what no client sees


def test_what_services_ask_for_in_a_roles_name(tmp_path: Path) -> None:
    with served(tmp_path / "home") as local:
        authorizer = local.aws.platform.authorizer
        _, role = make_role(local.client, allow("sagemaker:DeleteEndpoint"), trusting=EVENTS)
        asked = Request("sagemaker", "DeleteEndpoint", {"EndpointName": "e"}, "us-east-1")
        authorizer.authorize(acting_as(role, "events.amazonaws.com"), asked)
        with pytest.raises(AwsError, match="Could not assume role") as untrusted:
            authorizer.authorize(acting_as(role, "scheduler.amazonaws.com"), asked)
        assert untrusted.value.code == "AccessDenied"
        with pytest.raises(AwsError, match="Could not assume role"):
            authorizer.authorize(acting_as(f"{role}-gone", "events.amazonaws.com"), asked)
        local.client("iam").put_role_policy(
            RoleName=role.rpartition("/")[2], PolicyName="own", PolicyDocument=document(allow("s3:*"))
        )
        with pytest.raises(AwsError, match="not authorized to perform: sagemaker:DeleteEndpoint"):
            authorizer.authorize(acting_as(role, "events.amazonaws.com"), asked)


@pytest.mark.parametrize(("namespace", "is_there"), [("aws/sagemaker/*", True), ("/aws/sagemaker/*", False)])
def test_metrics_of_a_monitoring_job_are_published_in_the_namespaces_that_its_role_may_use(
    tmp_path: Path, namespace: str, is_there: bool
) -> None:
    line = {"MetricName": "m", "Timestamp": "2026-11-24T10:00:30Z", "Value": 2.0, "Dimensions": []}
    with served(tmp_path / "home") as local:
        role = _publisher(local.client, namespace)
        monitoring_metrics.publish(local.aws.platform, role, "us-east-1", json.dumps(line))
        metrics = local.aws.platform.metrics.latest("us-east-1")
        assert ("m" in [metric.name for metric in metrics]) is is_there


@pytest.mark.parametrize(("namespace", "is_there"), [("/aws/sagemaker/*", True), ("AWS/Lambda", False)])
def test_metrics_of_an_endpoints_instances_are_published_in_its_models_role(
    tmp_path: Path, namespace: str, is_there: bool
) -> None:
    with served(tmp_path / "home") as local:
        role = _publisher(local.client, namespace)
        here = Instance("us-east-1", "Demo", "AllTraffic", 1, role)
        instances = InstanceMetrics(local.aws.platform, lambda: [here])
        instances.sample()
        instances.close()
        metrics = local.aws.platform.metrics.latest("us-east-1")
        assert ("MemoryUtilization" in [metric.name for metric in metrics]) is is_there


def _publisher(client: Client, namespace: str) -> str:
    only = {"StringLike": {"cloudwatch:namespace": namespace}}
    return make_role(client, allow("cloudwatch:PutMetricData", Condition=only), trusting=SAGEMAKER)[1]
