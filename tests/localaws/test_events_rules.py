"""EventBridge over the wire: rules, targets, and events that reach queues and topics."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from queues import make_queue, received

Client = Callable[..., Any]
PATTERN = json.dumps({"source": ["lab.test"]})
RULE_ARN = "arn:aws:events:us-east-1:123456789012:rule"


def _rule(events: Any, name: str, pattern: dict[str, Any], *targets: dict[str, Any]) -> None:
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=list(targets))


def _put(events: Any, source: str, **detail: Any) -> str:
    entry = {"Source": source, "DetailType": "Test", "Detail": json.dumps(detail), "Resources": ["a:b"]}
    answer = events.put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0
    return str(answer["Entries"][0]["EventId"])


def test_an_event_reaches_the_queue_of_the_rule_that_wants_it(client: Client) -> None:
    events, sqs = client("events"), client("sqs")
    url, arn = make_queue(sqs, "rule-matched", principal="events.amazonaws.com", source=f"{RULE_ARN}/matched")
    _rule(events, "matched", {"source": ["lab.matched"], "detail": {"n": [2]}}, {"Id": "q", "Arn": arn})
    _put(events, "lab.matched", n=1)
    event_id = _put(events, "lab.matched", n=2)
    bodies = [json.loads(body) for body in received(sqs, url)]
    assert [body["id"] for body in bodies] == [event_id]
    assert bodies[0]["detail"] == {"n": 2}
    assert (bodies[0]["account"], bodies[0]["region"]) == ("123456789012", "us-east-1")
    assert bodies[0]["resources"] == ["a:b"]


def test_a_queue_whose_policy_names_another_rule_receives_nothing(client: Client) -> None:
    events, sqs = client("events"), client("sqs")
    source = f"{RULE_ARN}/somebody-else"
    closed, closed_arn = make_queue(sqs, "rule-closed", principal="events.amazonaws.com", source=source)
    without, without_arn = make_queue(sqs, "rule-without-policy")
    open_, open_arn = make_queue(sqs, "rule-open", principal="events.amazonaws.com")
    targets = [{"Id": str(n), "Arn": a} for n, a in enumerate((closed_arn, without_arn, open_arn))]
    _rule(events, "closed", {"source": ["lab.closed"]}, *targets)
    _put(events, "lab.closed")
    assert len(received(sqs, open_)) == 1
    assert received(sqs, closed, seconds=0.5) == received(sqs, without, seconds=0.5) == []


def test_a_disabled_rule_is_silent_until_it_is_enabled_again(client: Client) -> None:
    events, sqs = client("events"), client("sqs")
    url, arn = make_queue(sqs, "rule-switched", principal="events.amazonaws.com")
    _rule(events, "switched", {"source": ["lab.switched"]}, {"Id": "q", "Arn": arn})
    events.disable_rule(Name="switched")
    _put(events, "lab.switched", n=1)
    assert received(sqs, url, seconds=0.5) == []
    events.enable_rule(Name="switched")
    _put(events, "lab.switched", n=2)
    assert [json.loads(body)["detail"]["n"] for body in received(sqs, url)] == [2]


def test_rules_of_another_region_hear_nothing(client: Client) -> None:
    sqs = client("sqs")
    url, arn = make_queue(sqs, "rule-region", principal="events.amazonaws.com")
    _rule(client("events"), "region", {"source": ["lab.region"]}, {"Id": "q", "Arn": arn})
    _put(client("events", region_name="eu-west-1"), "lab.region")
    assert received(sqs, url, seconds=0.5) == []


def test_a_transformed_input_reaches_the_target(client: Client) -> None:
    events, sqs = client("events"), client("sqs")
    url, arn = make_queue(sqs, "rule-transformed", principal="events.amazonaws.com")
    transformer = {"InputPathsMap": {"who": "$.detail.who"}, "InputTemplate": '"hello <who>"'}
    target = {"Id": "q", "Arn": arn, "InputTransformer": transformer}
    _rule(events, "transformed", {"source": ["lab.transformed"]}, target)
    _put(events, "lab.transformed", who="ana")
    assert received(sqs, url) == ['"hello ana"']


def test_a_topic_needs_a_policy_that_lets_eventbridge_publish(client: Client) -> None:
    events, sqs, sns = client("events"), client("sqs"), client("sns")
    topic = sns.create_topic(Name="from-rules")["TopicArn"]
    url, arn = make_queue(sqs, "rule-topic", principal="sns.amazonaws.com", source=topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    _rule(events, "topic", {"source": ["lab.topic"]}, {"Id": "t", "Arn": topic, "InputPath": "$.detail"})
    _put(events, "lab.topic", n=1)
    assert received(sqs, url, seconds=0.5) == []
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    _put(events, "lab.topic", n=2)
    assert [json.loads(body)["Message"] for body in received(sqs, url)] == ['{"n":2}']


def test_a_rule_with_targets_cannot_be_deleted(client: Client) -> None:
    events = client("events")
    queue = "arn:aws:sqs:us-east-1:123456789012:any"
    _rule(events, "kept", {"source": ["a"]}, {"Id": "q", "Arn": queue})
    with pytest.raises(ClientError, match="Rule can't be deleted since it has targets"):
        events.delete_rule(Name="kept")
    assert events.list_rule_names_by_target(TargetArn=queue)["RuleNames"] == ["kept"]
    answer = events.remove_targets(Rule="kept", Ids=["q", "unknown"])
    assert answer["FailedEntryCount"] == 1
    assert answer["FailedEntries"][0]["TargetId"] == "unknown"
    events.delete_rule(Name="kept")
    events.delete_rule(Name="kept")  # gone already: as on AWS, no error
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        events.describe_rule(Name="kept")


def test_a_rule_put_again_keeps_its_targets_and_tags(client: Client) -> None:
    events = client("events")
    queue = "arn:aws:sqs:us-east-1:123456789012:any"
    tags = [{"Key": "mllab:student", "Value": "ana"}]
    arn = events.put_rule(Name="again", EventPattern=PATTERN, Tags=tags)["RuleArn"]
    events.put_targets(Rule="again", Targets=[{"Id": "q", "Arn": queue}])
    events.put_rule(Name="again", EventPattern='{"source": ["other"]}', State="DISABLED")
    rule = events.describe_rule(Name="again")
    assert (rule["State"], rule["EventPattern"], rule["Arn"]) == ("DISABLED", '{"source": ["other"]}', arn)
    assert events.list_targets_by_rule(Rule="again")["Targets"] == [{"Id": "q", "Arn": queue}]
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags


def test_rules_are_listed_in_pages(client: Client) -> None:
    events = client("events")
    for n in range(3):
        events.put_rule(Name=f"page-{n}", EventPattern=PATTERN)
    pages = events.get_paginator("list_rules").paginate(NamePrefix="page-", PaginationConfig={"PageSize": 2})
    assert [[rule["Name"] for rule in each["Rules"]] for each in pages] == [["page-0", "page-1"], ["page-2"]]
    with pytest.raises(ClientError, match="ValidationException"):
        events.list_rules(NextToken="never handed out")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"Name": "r"}, "ValidationException"),
        ({"Name": "r", "ScheduleExpression": "rate(5 minutes)"}, "ValidationException"),
        ({"Name": "r", "EventPattern": '{"source": "a"}'}, "InvalidEventPatternException"),
        ({"Name": "r r", "EventPattern": PATTERN}, "ValidationException"),
        ({"Name": "r", "EventPattern": PATTERN, "EventBusName": "other"}, "ResourceNotFoundException"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(client: Client, arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("events").put_rule(**arguments)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ({"Arn": "nonsense"}, "not in correct format"),
        ({"Arn": "arn:aws:ec2:us-east-1:123456789012:instance/i"}, "ec2 is no target"),
        (
            {"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "EcsParameters": {"TaskDefinitionArn": "a"}},
            "EcsP",
        ),
        ({"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "Input": "{"}, "JSON syntax error"),
        ({"Arn": "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p"}, "RoleArn is required"),
        (
            {
                "Arn": "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p",
                "RoleArn": "arn:aws:iam::123456789012:role/nobody",
            },
            "cannot be assumed",
        ),
    ],
)
def test_a_target_that_cannot_work_is_refused(client: Client, target: dict[str, Any], reason: str) -> None:
    events = client("events")
    events.put_rule(Name="refusing", EventPattern=PATTERN)
    with pytest.raises(ClientError, match=reason):
        events.put_targets(Rule="refusing", Targets=[{"Id": "t", **target}])
    assert events.list_targets_by_rule(Rule="refusing")["Targets"] == []


def test_a_sixth_target_is_refused(client: Client) -> None:
    events = client("events")
    events.put_rule(Name="full", EventPattern=PATTERN)
    targets = [{"Id": str(n), "Arn": f"arn:aws:sqs:us-east-1:123456789012:q{n}"} for n in range(6)]
    with pytest.raises(ClientError, match="LimitExceededException"):
        events.put_targets(Rule="full", Targets=targets)


def test_each_entry_that_cannot_be_put_has_its_own_error(client: Client) -> None:
    good = {"Source": "lab.test", "DetailType": "Test", "Detail": "{}"}
    entries = [
        good,
        {**good, "Source": "aws.s3"},
        {**good, "Detail": "{"},
        {**good, "Detail": "[1]"},
        {**good, "Detail": '{"a": NaN}'},
        {"Source": "lab.test", "Detail": "{}"},
        {**good, "EventBusName": "other"},
    ]
    answer = client("events").put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 6
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == [
        None,
        "NotAuthorizedForSourceException",
        *["MalformedDetail"] * 3,
        "InvalidArgument",
        "ResourceNotFoundException",
    ]


def test_more_than_a_request_may_hold_is_refused(client: Client) -> None:
    entry = {"Source": "lab.test", "DetailType": "Test", "Detail": json.dumps({"a": "x" * 200_000})}
    with pytest.raises(ClientError, match="over the limit"):
        client("events").put_events(Entries=[entry, entry])


def test_a_pattern_can_be_tried_on_an_event(client: Client) -> None:
    events = client("events")
    event = {
        "id": "1",
        "account": "123456789012",
        "source": "lab.test",
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail-type": "Test",
        "detail": {"n": 2},
    }
    pattern = json.dumps({"detail": {"n": [{"numeric": [">", 1]}]}})
    assert events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"] is True
    assert (
        events.test_event_pattern(EventPattern='{"source": ["x"]}', Event=json.dumps(event))["Result"]
        is False
    )
    with pytest.raises(ClientError, match="account"):
        events.test_event_pattern(EventPattern=pattern, Event='{"id": "1"}')


def test_many_events_are_all_delivered(client: Client) -> None:
    events, sqs = client("events"), client("sqs")
    url, arn = make_queue(sqs, "rule-many", principal="events.amazonaws.com")
    _rule(events, "many", {"source": ["lab.many"]}, {"Id": "q", "Arn": arn})
    entries = [
        {"Source": "lab.many", "DetailType": "Test", "Detail": json.dumps({"n": n})} for n in range(10)
    ]
    for _ in range(20):
        events.put_events(Entries=entries)
    bodies = received(sqs, url, count=200)
    assert len(bodies) == 200
