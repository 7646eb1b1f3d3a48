"""What happens reaches pipelines and functions: the chains that the lab builds, from one end to the other."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from functions import Workshop, create_role
from identities import make_job_role
from pipeline_documents import document, fail
from queues import make_queue, received
from training_jobs import finished, job_request

Client = Callable[..., Any]
ECHO = "import json\ndef handler(event, context):\n    print('GOT ' + json.dumps(event))\n"


@pytest.fixture
def workshop(client: Client) -> Workshop:
    return Workshop(client("lambda"), create_role(client("iam"), "events-functions"))


def _heard(client: Client, function: str, seconds: float = 15) -> list[dict[str, Any]]:
    """Return the events that a function has printed, as soon as there is one."""
    logs, deadline = client("logs"), time.monotonic() + seconds
    found: list[dict[str, Any]] = []
    while not found and time.monotonic() < deadline:
        time.sleep(0.1)  # between two looks, until the deadline
        try:
            lines = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            continue
        texts = [line["message"].strip() for line in lines]
        found = [json.loads(text[4:]) for text in texts if text.startswith("GOT ")]
    return found


def _started(sagemaker: Any, pipeline: str, seconds: float = 10) -> list[str]:
    """Return a pipeline's executions, as soon as there is one."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        listed = sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
        if listed:
            return [execution["PipelineExecutionArn"] for execution in listed]
        time.sleep(0.05)  # between two looks, until the deadline
    return []


def test_an_upload_starts_a_pipeline_within_two_seconds_with_the_objects_key(client: Client) -> None:
    s3, events, sagemaker = client("s3"), client("events"), client("sagemaker")
    role = make_job_role(client, "events-pipelines", "events.amazonaws.com")
    parameters = [{"Name": "InputKey", "Type": "String", "DefaultValue": "none"}]
    definition = document(fail("Stop"), Parameters=parameters)
    pipeline = sagemaker.create_pipeline(
        PipelineName="on-upload", PipelineDefinition=definition, RoleArn=role, ClientRequestToken="t" * 32
    )["PipelineArn"]
    s3.create_bucket(Bucket="starts-a-pipeline")
    on = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket="starts-a-pipeline", NotificationConfiguration=on)
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["starts-a-pipeline"]}, "object": {"key": [{"prefix": "new/"}]}},
    }
    events.put_rule(Name="on-upload", EventPattern=json.dumps(pattern))
    given = [{"Name": "InputKey", "Value": "$.detail.object.key"}]
    target = {
        "Id": "pipeline",
        "Arn": pipeline,
        "RoleArn": role,
        "SageMakerPipelineParameters": {"PipelineParameterList": given},
    }
    events.put_targets(Rule="on-upload", Targets=[target])
    s3.put_object(Bucket="starts-a-pipeline", Key="old/1.csv", Body=b"1")
    s3.put_object(Bucket="starts-a-pipeline", Key="new/2015-04.csv", Body=b"1")
    executions = _started(sagemaker, "on-upload")
    assert len(executions) == 1
    said = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=executions[0])
    assert said["PipelineParameters"] == [{"Name": "InputKey", "Value": "new/2015-04.csv"}]


def _until_failed(client: Client, rule: str, seconds: float = 15) -> None:
    """Wait until an invocation by a rule has failed: what is put is delivered after the answer."""
    now, deadline = datetime.now(timezone.utc), time.monotonic() + seconds
    question = {
        "Namespace": "AWS/Events",
        "MetricName": "FailedInvocations",
        "Dimensions": [{"Name": "RuleName", "Value": rule}],
        "StartTime": now - timedelta(minutes=2),
        "EndTime": now + timedelta(minutes=5),
        "Period": 60,
        "Statistics": ["Sum"],
    }
    while not client("cloudwatch").get_metric_statistics(**question)["Datapoints"]:
        assert time.monotonic() < deadline, "no invocation has failed"
        time.sleep(0.05)  # between two looks, until the deadline


def test_a_rule_invokes_a_function_that_lets_it(client: Client, workshop: Workshop) -> None:
    events, functions = client("events"), client("lambda")
    arn = workshop.create("heard-by-rule", ECHO)["FunctionArn"]
    rule = events.put_rule(Name="to-function", EventPattern='{"source": ["lab.function"]}')["RuleArn"]
    events.put_targets(Rule="to-function", Targets=[{"Id": "f", "Arn": arn}])
    entry = {"Source": "lab.function", "DetailType": "Test", "Detail": '{"n": 1}'}
    events.put_events(Entries=[entry])  # refused: no permission yet
    _until_failed(client, "to-function")
    functions.add_permission(
        FunctionName="heard-by-rule",
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    events.put_events(Entries=[{**entry, "Detail": '{"n": 2}'}])
    assert [event["detail"] for event in _heard(client, "heard-by-rule")] == [{"n": 2}]


def test_a_topic_invokes_a_function_with_snss_record(client: Client, workshop: Workshop) -> None:
    sns, functions = client("sns"), client("lambda")
    arn = workshop.create("heard-by-topic", ECHO)["FunctionArn"]
    topic = sns.create_topic(Name="to-function")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    functions.add_permission(
        FunctionName="heard-by-topic",
        StatementId="topic",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    sns.publish(TopicArn=topic, Message="hola")
    record = _heard(client, "heard-by-topic")[0]["Records"][0]
    assert record["EventSource"] == "aws:sns"
    assert (record["Sns"]["Message"], record["Sns"]["Subject"]) == ("hola", None)
    assert record["Sns"]["TopicArn"] == topic


def test_a_bucket_invokes_a_function_only_after_it_may(client: Client, workshop: Workshop) -> None:
    s3, functions = client("s3"), client("lambda")
    s3.create_bucket(Bucket="invokes-a-function")
    arn = workshop.create("heard-by-bucket", ECHO)["FunctionArn"]
    part = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    arguments = {
        "Bucket": "invokes-a-function",
        "NotificationConfiguration": {"LambdaFunctionConfigurations": [part]},
    }
    with pytest.raises(s3.exceptions.ClientError, match="Unable to validate"):
        s3.put_bucket_notification_configuration(**arguments)
    functions.add_permission(
        FunctionName="heard-by-bucket",
        StatementId="bucket",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::invokes-a-function",
        SourceAccount="123456789012",
    )
    s3.put_bucket_notification_configuration(**arguments)
    s3.put_object(Bucket="invokes-a-function", Key="a b", Body=b"1")
    heard = _heard(client, "heard-by-bucket")
    assert [event["Records"][0]["s3"]["object"]["key"] for event in heard] == ["a+b"]


def test_a_training_jobs_states_reach_a_queue(client: Client) -> None:
    events, sqs = client("events"), client("sqs")

    url, arn = make_queue(sqs, "job-states", principal="events.amazonaws.com")
    pattern = {"source": ["aws.sagemaker"], "detail": {"TrainingJobName": [{"prefix": "told-of"}]}}
    events.put_rule(Name="job-states", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="job-states", Targets=[{"Id": "q", "Arn": arn}])
    role = make_job_role(client, "events-training")
    client("s3").create_bucket(Bucket="told-of")
    output = {"S3OutputPath": "s3://told-of/output"}
    request = job_request("told-of", role, "raise SystemExit(1)", OutputDataConfig=output)
    client("sagemaker").create_training_job(**request)
    assert finished(client("sagemaker"), "told-of")["TrainingJobStatus"] == "Failed"
    details = [json.loads(body)["detail"] for body in received(sqs, url, count=6, seconds=3)]
    # A standard queue promises no order.
    states = {(detail["TrainingJobStatus"], detail["SecondaryStatus"]) for detail in details}
    assert {("InProgress", "Starting"), ("InProgress", "Training"), ("Failed", "Failed")} <= states
    failed = next(detail for detail in details if detail["TrainingJobStatus"] == "Failed")
    assert failed["FailureReason"].startswith("AlgorithmError")
    assert failed["TrainingEndTime"].isdigit()


def test_an_alarm_reaches_a_queue_through_a_topic_with_its_first_policy(client: Client) -> None:
    sns, sqs, cloudwatch = client("sns"), client("sqs"), client("cloudwatch")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    url, arn = make_queue(sqs, "alarms", principal="sns.amazonaws.com", source=topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    cloudwatch.put_metric_alarm(
        AlarmName="heard",
        Namespace="lab",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    cloudwatch.set_alarm_state(AlarmName="heard", StateValue="ALARM", StateReason="tried")
    envelope = json.loads(received(sqs, url)[0])
    assert envelope["Subject"] == 'ALARM: "heard" in US East (N. Virginia)'
    message = json.loads(envelope["Message"])
    assert (message["AlarmName"], message["NewStateReason"]) == ("heard", "tried")
