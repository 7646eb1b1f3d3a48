"""SNS and SQS: what is published reaches queues that let it, in SNS's forms."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from queues import allow, make_queue, received

Client = Callable[..., Any]


def _subscribed(client: Client, name: str, **attributes: str) -> tuple[str, str]:
    """Return a topic's ARN and the URL of a queue that is subscribed to it."""
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name=name)["TopicArn"]
    url, arn = make_queue(sqs, name, principal="sns.amazonaws.com", source=topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return topic, url


def test_a_queue_receives_a_message_in_snss_envelope(client: Client) -> None:
    topic, url = _subscribed(client, "envelope")
    attributes = {"colour": {"DataType": "String", "StringValue": "red"}}
    published = client("sns").publish(
        TopicArn=topic, Subject="Hola", Message="año", MessageAttributes=attributes
    )
    envelope = json.loads(received(client("sqs"), url)[0])
    assert envelope["MessageId"] == published["MessageId"]
    assert envelope["Type"] == "Notification"
    assert envelope["TopicArn"] == topic
    assert (envelope["Subject"], envelope["Message"]) == ("Hola", "año")
    assert envelope["MessageAttributes"] == {"colour": {"Type": "String", "Value": "red"}}
    assert {"Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"} <= set(envelope)


def test_raw_delivery_leaves_the_envelope_out(client: Client) -> None:
    topic, url = _subscribed(client, "raw", RawMessageDelivery="true")
    attributes = {"colour": {"DataType": "String", "StringValue": "red"}}
    client("sns").publish(TopicArn=topic, Message="plain", MessageAttributes=attributes)
    answer = client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=5, MessageAttributeNames=["All"])
    assert answer["Messages"][0]["Body"] == "plain"
    assert answer["Messages"][0]["MessageAttributes"]["colour"]["StringValue"] == "red"


def test_a_filter_policy_keeps_out_what_it_does_not_want(client: Client) -> None:
    topic, url = _subscribed(client, "filtered", FilterPolicy=json.dumps({"colour": ["red"]}))
    for colour in ("blue", "red"):
        attributes = {"colour": {"DataType": "String", "StringValue": colour}}
        client("sns").publish(TopicArn=topic, Message=colour, MessageAttributes=attributes)
    bodies = received(client("sqs"), url)
    assert [json.loads(body)["Message"] for body in bodies] == ["red"]


def test_a_filter_policy_may_look_into_the_message(client: Client) -> None:
    policy = json.dumps({"n": [{"numeric": [">", 1]}]})
    topic, url = _subscribed(client, "body-filtered", FilterPolicyScope="MessageBody", FilterPolicy=policy)
    for n in (1, 2):
        client("sns").publish(TopicArn=topic, Message=json.dumps({"n": n}))
    assert [json.loads(body)["Message"] for body in received(client("sqs"), url)] == ['{"n": 2}']


def test_a_message_that_is_no_object_matches_no_filter_of_objects(client: Client) -> None:
    policy = json.dumps({"n": [1]})
    topic, url = _subscribed(client, "odd-bodies", FilterPolicyScope="MessageBody", FilterPolicy=policy)
    for message in ("[1]", "3", "null", "text", '{"n": 1}'):
        client("sns").publish(TopicArn=topic, Message=message)
    bodies = received(client("sqs"), url, count=2, seconds=1.5)
    assert [json.loads(body)["Message"] for body in bodies] == ['{"n": 1}']


@pytest.mark.parametrize(
    "attributes",
    [{"FilterPolicy": "{"}, {"FilterPolicy": "[1]"}, {"FilterPolicy": '{"a": 1}'}, {"Wrong": "1"}],
)
def test_a_subscription_with_attributes_that_cannot_be_is_not_made(
    client: Client, attributes: dict[str, str]
) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name="odd-attributes")["TopicArn"]
    _, arn = make_queue(client("sqs"), "odd-attributes")
    with pytest.raises(ClientError) as refused:
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    assert refused.value.response["Error"]["Code"] == "InvalidParameter"
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_each_protocol_may_have_its_own_text(client: Client) -> None:
    topic, url = _subscribed(client, "structured")
    message = json.dumps({"default": "d", "sqs": "for queues"})
    client("sns").publish(TopicArn=topic, Message=message, MessageStructure="json")
    assert json.loads(received(client("sqs"), url)[0])["Message"] == "for queues"


def test_a_queue_that_does_not_let_the_topic_receives_nothing(client: Client) -> None:
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="unlet")["TopicArn"]
    url, arn = make_queue(sqs, "unlet")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="lost")
    assert received(sqs, url, seconds=0.5) == []
    allow(sqs, url, arn, "sns.amazonaws.com", topic)
    sns.publish(TopicArn=topic, Message="arrives")
    assert [json.loads(body)["Message"] for body in received(sqs, url)] == ["arrives"]


def test_a_message_that_moto_would_deliver_itself_arrives_once(client: Client) -> None:
    topic, url = _subscribed(client, "once")
    client("sns").publish(TopicArn=topic, Message="m")
    assert len(received(client("sqs"), url, count=2, seconds=1.5)) == 1


def test_an_unsubscribed_queue_hears_nothing_more(client: Client) -> None:
    sns = client("sns")
    topic, url = _subscribed(client, "left")
    subscription = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"]
    sns.unsubscribe(SubscriptionArn=subscription)
    sns.publish(TopicArn=topic, Message="m")
    assert received(client("sqs"), url, seconds=0.5) == []


def test_a_batch_tells_which_of_its_entries_failed(client: Client) -> None:
    topic, url = _subscribed(client, "batch")
    entries = [{"Id": "a", "Message": "1"}, {"Id": "b", "Message": "2", "Subject": "two\nlines"}]
    answer = client("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["a"]
    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [("b", "InvalidParameter")]
    assert [json.loads(body)["Message"] for body in received(client("sqs"), url)] == ["1"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"Message": ""}, "InvalidParameter"),
        ({"Message": "x" * 262_145}, "InvalidParameter"),
        ({"Message": "m", "Subject": "x" * 101}, "InvalidParameter"),
        ({"Message": "m", "Subject": "two\nlines"}, "InvalidParameter"),
        ({"Message": "m", "Subject": ""}, "InvalidParameter"),
        ({"Message": "m", "MessageStructure": "json"}, "InvalidParameter"),
        ({"Message": '{"sqs": "s"}', "MessageStructure": "json"}, "InvalidParameter"),
        ({"Message": "m", "TopicArn": "arn:aws:sns:us-east-1:123456789012:missing"}, "NotFound"),
        ({"Message": "m", "TopicArn": "nonsense"}, "NotFound"),
        ({"Message": "m", "PhoneNumber": "+34600000000", "TopicArn": ""}, "ValidationException"),
    ],
)
def test_a_message_that_cannot_be_published_is_refused(
    client: Client, arguments: dict[str, Any], code: str
) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name="refusing")["TopicArn"]
    with pytest.raises(ClientError) as refused:
        sns.publish(**{"TopicArn": topic, **arguments})
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [("email", "a@b.example"), ("https", "https://b.example"), ("sms", "+34600000000")],
)
def test_what_would_leave_the_machine_is_refused_by_name(
    client: Client, protocol: str, endpoint: str
) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name="outside")["TopicArn"]
    with pytest.raises(ClientError, match=f"protocol {protocol} is not part of the local AWS"):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    with pytest.raises(ClientError, match="SQS endpoint ARN"):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="nonsense")


def test_a_waiting_receiver_is_answered_when_a_message_comes(client: Client) -> None:
    sqs = client("sqs")
    url, _ = make_queue(sqs, "waiting")
    timer = threading.Timer(0.5, lambda: sqs.send_message(QueueUrl=url, MessageBody="late"))
    timer.start()
    start = time.monotonic()
    messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert messages[0]["Body"] == "late"
    assert 0.4 < time.monotonic() - start < 15  # not the 20 that it would have waited


def test_a_receiver_that_waits_in_vain_is_answered_in_time(client: Client) -> None:
    sqs = client("sqs")
    url, _ = make_queue(sqs, "in-vain")
    start = time.monotonic()
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert time.monotonic() - start > 0.9


def test_a_queues_own_waiting_time_counts_for_who_names_none(client: Client) -> None:
    sqs = client("sqs")
    attributes = {"ReceiveMessageWaitTimeSeconds": "2"}
    url = sqs.create_queue(QueueName="patient", Attributes=attributes)["QueueUrl"]
    start = time.monotonic()
    sqs.receive_message(QueueUrl=url)
    assert time.monotonic() - start > 1.9


def test_twenty_waiting_receivers_keep_nobody_from_sending(client: Client) -> None:
    sqs = client("sqs")
    url, _ = make_queue(sqs, "crowded")
    other, _ = make_queue(sqs, "beside")
    with ThreadPoolExecutor(20) as pool:
        waiting = [
            pool.submit(client("sqs").receive_message, QueueUrl=url, WaitTimeSeconds=6) for _ in range(20)
        ]
        time.sleep(0.5)  # not for an event: so that all of them are under way
        sqs.send_message(QueueUrl=other, MessageBody="m")
        assert len(received(sqs, other)) == 1
        assert not any(each.done() for each in waiting)
        assert all("Messages" not in each.result() for each in waiting)


def test_a_message_is_not_given_to_a_receiver_that_has_left(client: Client) -> None:
    url, _ = make_queue(client("sqs"), "left-alone")
    impatient = client("sqs", config=Config(read_timeout=0.5, retries={"total_max_attempts": 1}))
    with pytest.raises(ReadTimeoutError):
        impatient.receive_message(QueueUrl=url, WaitTimeSeconds=5)
    client("sqs").send_message(QueueUrl=url, MessageBody="kept")
    assert received(client("sqs"), url) == ["kept"]


def test_receiving_from_a_queue_that_is_not_there_is_refused_at_once(client: Client, connection: Any) -> None:
    start = time.monotonic()
    with pytest.raises(ClientError, match="NonExistentQueue"):
        client("sqs").receive_message(
            QueueUrl=f"{connection.endpoint_url}/123456789012/missing", WaitTimeSeconds=20
        )
    assert time.monotonic() - start < 15
