"""What happens to objects reaches rules, queues and topics, whoever wrote them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from moto.s3.models import s3_backends
from platforms import make_platform
from queues import make_queue, received
from signed_requests import send, sign

from mllab_localaws import bucket_notifications
from mllab_localaws.caller import acting_as
from mllab_localaws.files import Connection
from mllab_localaws.leash import Leash
from mllab_localaws.platform import ACCOUNT, Settings

Client = Callable[..., Any]
ON = {"EventBridgeConfiguration": {}}


@pytest.fixture
def bucket(client: Client, request: pytest.FixtureRequest) -> str:
    name = "n-" + hashlib.sha1(request.node.nodeid.encode()).hexdigest()[:20]
    client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def heard(client: Client, bucket: str) -> Callable[..., list[dict[str, Any]]]:
    """`heard(2)`: the details of the next events of the bucket that reach EventBridge."""
    events, sqs = client("events"), client("sqs")
    url, arn = make_queue(sqs, bucket, principal="events.amazonaws.com")
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
    events.put_rule(Name=bucket, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=bucket, Targets=[{"Id": "q", "Arn": arn}])
    client("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=ON)

    def listen(count: int, seconds: float = 10) -> list[dict[str, Any]]:
        bodies = [json.loads(body) for body in received(sqs, url, count=count, seconds=seconds)]
        return sorted(bodies, key=lambda body: str(body["detail"]["object"]["sequencer"]))

    return listen


Heard = Callable[..., list[dict[str, Any]]]


def test_an_uploaded_object_is_announced_as_eventbridge_writes_it(
    client: Client, bucket: str, heard: Heard
) -> None:
    put = client("s3").put_object(Bucket=bucket, Key="new/año 1.csv", Body=b"12345")
    event = heard(1)[0]
    assert (event["detail-type"], event["source"]) == ("Object Created", "aws.s3")
    assert event["resources"] == [f"arn:aws:s3:::{bucket}"]
    detail = event["detail"]
    assert detail["bucket"] == {"name": bucket}
    assert detail["object"]["key"] == "new/año 1.csv"
    assert detail["object"]["size"] == 5
    assert detail["object"]["etag"] == put["ETag"].strip('"')
    assert "version-id" not in detail["object"]
    assert (detail["version"], detail["reason"], detail["requester"]) == ("0", "PutObject", "123456789012")
    assert {"request-id", "source-ip-address"} <= set(detail)


def test_each_way_to_write_has_its_reason_and_is_told_once(client: Client, bucket: str, heard: Heard) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"})
    parts = TransferConfig(multipart_threshold=5 * 2**20, multipart_chunksize=5 * 2**20)
    s3.upload_fileobj(io.BytesIO(b"x" * 6 * 2**20), bucket, "c", Config=parts)
    found = [(each["detail"]["object"]["key"], each["detail"]["reason"]) for each in heard(4, seconds=2)]
    assert found == [("a", "PutObject"), ("b", "CopyObject"), ("c", "CompleteMultipartUpload")]


def test_deleting_is_told_with_what_became_of_the_object(client: Client, bucket: str, heard: Heard) -> None:
    s3 = client("s3")
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    heard(3)
    s3.delete_object(Bucket=bucket, Key="a")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "b"}, {"Key": "c"}]})
    events = heard(3)
    assert {event["detail-type"] for event in events} == {"Object Deleted"}
    assert sorted(event["detail"]["object"]["key"] for event in events) == ["a", "b", "c"]
    assert {event["detail"]["deletion-type"] for event in events} == {"Permanently Deleted"}
    assert {event["detail"]["reason"] for event in events} == {"DeleteObject"}


def test_in_a_versioned_bucket_versions_and_delete_markers_are_told_apart(
    client: Client, bucket: str, heard: Heard
) -> None:
    s3 = client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="a", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="a")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="a", VersionId=version)
    created, marked, deleted = (event["detail"] for event in heard(3))
    assert created["object"]["version-id"] == version
    assert (marked["deletion-type"], marked["object"]["version-id"]) == ("Delete Marker Created", marker)
    assert (deleted["deletion-type"], deleted["object"]["version-id"]) == ("Permanently Deleted", version)


def test_reading_listing_and_tagging_are_not_told(client: Client, bucket: str, heard: Heard) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    heard(1)
    s3.get_object(Bucket=bucket, Key="a")
    s3.list_objects_v2(Bucket=bucket)
    s3.put_object_tagging(Bucket=bucket, Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    with pytest.raises(ClientError):
        s3.put_object(Bucket=bucket + "-missing", Key="a", Body=b"1")
    assert heard(1, seconds=0.5) == []


def test_without_eventbridge_switched_on_rules_hear_nothing(
    client: Client, bucket: str, heard: Heard
) -> None:
    s3 = client("s3")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    assert heard(1, seconds=0.5) == []


def test_a_bucket_made_again_under_the_same_name_tells_nobody(
    client: Client, bucket: str, heard: Heard
) -> None:
    s3 = client("s3")
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    assert heard(1, seconds=0.5) == []


def test_a_queue_receives_s3s_own_form_of_what_its_filter_wants(client: Client, bucket: str) -> None:
    s3, sqs = client("s3"), client("sqs")
    source = f"arn:aws:s3:::{bucket}"
    url, arn = make_queue(sqs, f"direct-{bucket}", principal="s3.amazonaws.com", source=source)
    rules = [{"Name": "prefix", "Value": "new/"}, {"Name": "suffix", "Value": ".csv"}]
    queue = {
        "Id": "mine",
        "QueueArn": arn,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": rules}},
    }
    wanted = {"QueueConfigurations": [queue]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)
    test = json.loads(received(sqs, url)[0])
    assert (test["Event"], test["Bucket"]) == ("s3:TestEvent", bucket)
    s3.put_object(Bucket=bucket, Key="old/1.csv", Body=b"1")
    s3.put_object(Bucket=bucket, Key="new/1.txt", Body=b"1")
    s3.put_object(Bucket=bucket, Key="new/a b.csv", Body=b"12")
    bodies = received(sqs, url, count=2, seconds=2)
    assert len(bodies) == 1
    record = json.loads(bodies[0])["Records"][0]
    assert (record["eventSource"], record["eventName"]) == ("aws:s3", "ObjectCreated:Put")
    assert record["s3"]["configurationId"] == "mine"
    assert record["s3"]["bucket"]["arn"] == source
    assert record["s3"]["object"]["key"] == "new/a+b.csv"
    assert record["s3"]["object"]["size"] == 2
    kept = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert kept["QueueConfigurations"] == [queue]


def test_a_topic_passes_an_objects_deletion_on(client: Client, bucket: str) -> None:
    s3, sqs, sns = client("s3"), client("sqs"), client("sns")
    topic = sns.create_topic(Name=bucket)["TopicArn"]
    url, arn = make_queue(sqs, f"topic-{bucket}", principal="sns.amazonaws.com", source=topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "SNS:Publish",
        "Resource": topic,
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
    }
    policy = json.dumps({"Statement": [statement]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    wanted = {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectRemoved:Delete"]}]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)
    received(sqs, url)  # S3's test message
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="a")
    envelope = json.loads(received(sqs, url)[0])
    assert envelope["Subject"] == "Amazon S3 Notification"
    assert json.loads(envelope["Message"])["Records"][0]["eventName"] == "ObjectRemoved:Delete"


@pytest.mark.parametrize(
    ("destination", "arn"),
    [
        ("Queue", "arn:aws:sqs:us-east-1:123456789012:missing"),
        ("Queue", "arn:aws:sns:us-east-1:123456789012:a-topic"),
        ("Topic", "arn:aws:sns:us-east-1:123456789012:missing"),
        ("LambdaFunction", "arn:aws:lambda:us-east-1:123456789012:function:missing"),
    ],
)
def test_a_destination_that_is_not_there_is_refused(
    client: Client, bucket: str, destination: str, arn: str
) -> None:
    part = {f"{destination}Arn": arn, "Events": ["s3:ObjectCreated:*"]}
    wanted = {f"{destination}Configurations": [part]}
    with pytest.raises(ClientError, match="Unable to validate the following destination configurations"):
        client("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)
    assert f"{destination}Configurations" not in client("s3").get_bucket_notification_configuration(
        Bucket=bucket
    )


def test_a_queue_that_does_not_let_s3_is_refused(client: Client, bucket: str) -> None:
    _, arn = make_queue(client("sqs"), f"closed-{bucket}")
    wanted = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    with pytest.raises(ClientError, match=r"does not allow sqs:SendMessage to s3\.amazonaws\.com"):
        client("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([{"Events": ["s3:Everything"]}], "not supported for notifications"),
        ([{"Events": ["s3:ObjectCreated:*"]}, {"Events": ["s3:ObjectCreated:Put"]}], "overlap"),
        (
            [{"Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": [{"Name": "x"}]}}}],
            "filter rule name|MalformedXML",
        ),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(
    client: Client, bucket: str, parts: list[dict[str, Any]], reason: str
) -> None:
    _, arn = make_queue(client("sqs"), f"refused-{bucket}", principal="s3.amazonaws.com")
    wanted = {"QueueConfigurations": [{"QueueArn": arn, **part} for part in parts]}
    no_checks = client("s3", config=boto3.session.Config(parameter_validation=False))
    with pytest.raises(ClientError, match=reason):
        no_checks.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)


@pytest.mark.parametrize(
    "body", ["not xml", "<a>", "\x00", "<NotificationConfiguration><QueueConfiguration/>"]
)
def test_a_configuration_that_is_no_xml_is_refused(connection: Connection, bucket: str, body: str) -> None:
    path = f"/{bucket}?notification"
    headers = sign(connection, "s3", "PUT", path, body.encode())
    status, answer = send(connection, "PUT", path, body.encode(), headers)
    assert (status, b"<Code>MalformedXML</Code>" in answer) == (400, True)


def test_an_object_that_a_job_writes_is_told_as_well_and_never_by_moto(tmp_path: Any) -> None:
    leash = Leash(tmp_path)
    platform = make_platform(Settings(tmp_path, tmp_path, "http://127.0.0.1:1", 1), leash)
    changes: list[Any] = []
    unsubscribe = platform.objects.subscribe(changes.append)
    s3 = s3_backends[ACCOUNT]["aws"]
    stored = s3.create_bucket("written-by-a-job", "us-east-1")
    try:
        platform.store.insert("s3-bucket-notification", "global", "written-by-a-job", ON)
        assert bucket_notifications.of(platform.store, "written-by-a-job") == ON
        platform.objects.write(acting_as(""), "written-by-a-job", "model.tar.gz", b"123")
        assert [(each.key, each.size, each.action) for each in changes] == [("model.tar.gz", 3, "PutObject")]
        # moto delivers what a bucket of its own is configured for: nothing, ever.
        assert stored.notification_configuration is None
    finally:
        unsubscribe()
        leash.close()


def test_moto_never_sees_a_configuration(client: Client, bucket: str) -> None:
    s3, sqs = client("s3"), client("sqs")
    url, arn = make_queue(sqs, f"moto-{bucket}", principal="s3.amazonaws.com")
    wanted = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}], **ON}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)
    received(sqs, url)
    # moto would put its own, shorter record into the queue as well.
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    bodies = received(sqs, url, count=2, seconds=1.5)
    assert len(bodies) == 1
    assert "responseElements" in json.loads(bodies[0])["Records"][0]
