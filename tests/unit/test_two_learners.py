"""Two learners in one account at the same time: neither sees, disturbs or pays for the other."""

from __future__ import annotations

import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError
from learners_path import HOUSE, Arrived, end, go, open_lab

from mllab_helpers import storage
from mllab_helpers.classroom import classroom
from mllab_helpers.cleanup import cleanup
from mllab_helpers.identity import roles
from mllab_helpers.lab.lab import Lab
from mllab_helpers.runner.local_aws import close, create_home
from mllab_helpers.training.logs import TRAINING_GROUP, find_streams
from mllab_helpers.web import web_calls
from mllab_localaws.sagemaker.pipelines.names import job_name

DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"}
DOLLARS = {"ana": 100.0, "luis": 300.0}


@pytest.fixture(scope="module")
def home():
    home = create_home()
    yield str(home)
    close(home)


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        yield processes


@pytest.fixture(scope="module")
def arrived(home, processes) -> dict[str, Arrived]:
    """Both have gone through 01 to 04 at the same time, each in a process of their own."""
    open_lab(home, "ana")  # the local AWS is started once
    begun = [processes.submit(go, home, student, dollars) for student, dollars in DOLLARS.items()]
    return {each.student: each for each in (future.result() for future in begun)}


@pytest.fixture(autouse=True)
def _place(monkeypatch, home):
    monkeypatch.setenv("MLLAB_LOCAL_HOME", home)


def test_each_has_a_model_of_their_own_behind_an_api_of_their_own(arrived):
    assert arrived["luis"].price > 2 * arrived["ana"].price > 0


def test_each_inventory_shows_what_is_one_s_own_only(arrived, home):
    for student, other in (("ana", "luis"), ("luis", "ana")):
        names = list(cleanup.inventory(open_lab(home, student))["name"])
        assert {"bucket", "endpoint", "api", "api-key", "usage-plan", "function", "alarm"} <= set(
            cleanup.inventory(open_lab(home, student))["kind"]
        )
        assert all(re.search(rf"[-/]{student}(-|$)", name) for name in names)
        assert not [name for name in names if other in name]


def foreign_calls(lab: Lab, theirs: Arrived):
    """What ana must not do with what is luis's: a name, and the call."""
    bucket = lab.of_student(theirs.student).bucket
    sagemaker, gateway, logs = lab.client("sagemaker"), lab.client("apigateway"), lab.client("logs")
    role = f"arn:aws:iam::{lab.account}:role/mllab-{theirs.student}-learner"
    alarm, group = f"mllab-{theirs.student}-latency", f"/aws/lambda/{theirs.function}"
    stream = f"{theirs.job}/algo-1-0"
    pipeline = f"mllab-{theirs.student}-retraining"
    step = job_name("x" * 12, f"{theirs.student}-Train")
    s3, functions = lab.client("s3"), lab.client("lambda")
    return {
        "read data": lambda: s3.get_object(Bucket=bucket, Key="data/train/rows.csv"),
        "list data": lambda: s3.list_objects_v2(Bucket=bucket),
        "write data": lambda: s3.put_object(Bucket=bucket, Key="x", Body=b""),
        "ask endpoint": lambda: lab.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=theirs.endpoint, Body=b"1"
        ),
        "describe endpoint": lambda: sagemaker.describe_endpoint(EndpointName=theirs.endpoint),
        "delete endpoint": lambda: sagemaker.delete_endpoint(EndpointName=theirs.endpoint),
        "stop job": lambda: sagemaker.stop_training_job(TrainingJobName=theirs.job),
        "start pipeline": lambda: sagemaker.start_pipeline_execution(PipelineName=pipeline),
        "describe pipeline's job": lambda: sagemaker.describe_training_job(TrainingJobName=step),
        "stop pipeline's job": lambda: sagemaker.stop_training_job(TrainingJobName=step),
        "read pipeline's log": lambda: logs.get_log_events(
            logGroupName=TRAINING_GROUP, logStreamName=f"{step}/algo-1-0"
        ),
        "delete pipeline's log": lambda: logs.delete_log_stream(
            logGroupName=TRAINING_GROUP, logStreamName=f"{step}/algo-1-0"
        ),
        "approve model": lambda: sagemaker.update_model_package(
            ModelPackageArn=f"arn:aws:sagemaker:{lab.region}:{lab.account}:model-package/"
            f"mllab-{theirs.student}-houses/1",
            ModelApprovalStatus="Approved",
        ),
        "remove dashboard": lambda: lab.client("cloudwatch").delete_dashboards(
            DashboardNames=[f"mllab-{theirs.student}-endpoint"]
        ),
        "remove rule": lambda: lab.client("events").delete_rule(Name=f"mllab-{theirs.student}-new-data"),
        "remove topic": lambda: lab.client("sns").delete_topic(
            TopicArn=f"arn:aws:sns:{lab.region}:{lab.account}:mllab-{theirs.student}-alarms"
        ),
        "call function": lambda: functions.invoke(FunctionName=theirs.function),
        "delete function": lambda: functions.delete_function(FunctionName=theirs.function),
        "look into api": lambda: gateway.get_resources(restApiId=theirs.api),
        "delete api": lambda: gateway.delete_rest_api(restApiId=theirs.api),
        "deploy api": lambda: gateway.create_deployment(restApiId=theirs.api, stageName="prod"),
        "take api": lambda: gateway.tag_resource(
            resourceArn=f"arn:aws:apigateway:{lab.region}::/restapis/{theirs.api}",
            tags={"mllab:student": lab.student},
        ),
        "change plan": lambda: gateway.update_usage_plan(usagePlanId=theirs.plan, patchOperations=[]),
        "read keys of plan": lambda: gateway.get_usage_plan_keys(usagePlanId=theirs.plan),
        "read key": lambda: gateway.get_api_key(apiKey=theirs.key, includeValue=True),
        "read all keys": lambda: gateway.get_api_keys(includeValues=True),
        "delete key": lambda: gateway.delete_api_key(apiKey=theirs.key),
        "delete alarm": lambda: lab.client("cloudwatch").delete_alarms(AlarmNames=[alarm]),
        "receive message": lambda: lab.client("sqs").receive_message(QueueUrl=theirs.queue_url),
        "delete log": lambda: logs.delete_log_group(logGroupName=group),
        "delete stream": lambda: logs.delete_log_stream(logGroupName=TRAINING_GROUP, logStreamName=stream),
        "read stream": lambda: logs.get_log_events(logGroupName=TRAINING_GROUP, logStreamName=stream),
        "read function's log": lambda: logs.get_log_events(logGroupName=group, logStreamName="x"),
        "wear role": lambda: lab.client("sts").assume_role(RoleArn=role, RoleSessionName="ana"),
        "pass role": lambda: sagemaker.create_model(
            ModelName=lab.name("stolen"), ExecutionRoleArn=role.replace("learner", "execution-role")
        ),
    }


def test_whatever_one_tries_with_what_is_the_other_s_is_refused(arrived, home):
    lab = open_lab(home, "ana")
    refused = {}
    for name, call in foreign_calls(lab, arrived["luis"]).items():
        try:
            call()
        except ClientError as error:
            refused[name] = error.response["Error"]["Code"]
        else:
            refused[name] = "done"
    assert {name: code for name, code in refused.items() if code not in DENIED} == {}


def test_two_labs_in_one_process_keep_to_their_identities(arrived, home):
    labs = {student: open_lab(home, student) for student in arrived}
    for _ in range(2):
        for student, lab in labs.items():
            caller = lab.client("sts").get_caller_identity()["Arn"]
            assert caller.endswith(f"assumed-role/mllab-{student}-learner/{student}")
            assert storage.bucket_exists(lab)
            # The second time with credentials that were renewed in between.
            lab.session.get_credentials()._expiry_time = datetime.now(timezone.utc) + timedelta(seconds=30)


def test_the_teacher_sees_who_is_where_and_what_it_costs(arrived):
    teacher = Lab.open_as_teacher(backend="local")
    assert [each.student for each in classroom.find(teacher)] == sorted(arrived)
    standings = classroom.status(teacher, ["luis", "ana", "nobody"])
    assert [(each.student, each.reached) for each in standings] == [
        ("luis", "05"),
        ("ana", "05"),
        ("nobody", ""),
    ]
    assert [each.usd_per_hour for each in standings] == [0.115, 0.115, 0]
    assert [[one.kind for one in each.running] for each in standings] == [["endpoint"], ["endpoint"], []]


def test_one_s_clean_up_leaves_the_other_s_api_answering(arrived, home, processes):
    luis = arrived["luis"]
    left, built = processes.submit(end, home, "ana").result()
    assert left == []
    assert any(name == arrived["ana"].endpoint for name in built)
    assert not [name for name in built if "luis" in name]
    assert web_calls.ask_price(luis.url, HOUSE, key=luis.value) == luis.price
    lab = open_lab(home, "luis")
    assert list(find_streams(lab, TRAINING_GROUP, luis.job))

    left, built = processes.submit(end, home, "luis").result()
    assert left == []
    assert not [name for name in built if "ana" in name]
    assert not roles.role_exists(lab.as_teacher(), roles.role_of("learner"))
