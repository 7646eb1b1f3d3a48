"""What requests to CloudWatch, EventBridge, CloudWatch Logs, SNS and SQS need."""

from __future__ import annotations

import json
from typing import Any

import pytest
from access_requests import ACCOUNT, REGION, ROLE, needs, pairs, passing

from mllab_localaws.access.model import Access

TAGS = [{"Key": "team", "Value": "ml"}]
TAG_KEYS = {"aws:TagKeys": ("team",), "aws:RequestTag/team": ("ml",)}


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


ALARM, RULE, GROUP = arn("cloudwatch", "alarm:a"), arn("events", "rule/r"), arn("logs", "log-group:/g")
TOPIC, QUEUE = arn("sns", "t"), arn("sqs", "q")


@pytest.mark.parametrize(
    ("operation", "params", "resources"),
    [
        ("PutMetricAlarm", {"AlarmName": "a"}, [ALARM]),
        ("SetAlarmState", {"AlarmName": "a"}, [ALARM]),
        ("DeleteAlarms", {"AlarmNames": ["a", "b"]}, [ALARM, arn("cloudwatch", "alarm:b")]),
        ("DisableAlarmActions", {"AlarmNames": ["a"]}, [ALARM]),
        ("DescribeAlarmHistory", {"AlarmName": "a"}, [ALARM]),
        ("DescribeAlarmHistory", {}, [arn("cloudwatch", "alarm:*")]),
        ("DescribeAlarms", {"AlarmNames": ["a"]}, [arn("cloudwatch", "alarm:*")]),
        ("PutDashboard", {"DashboardName": "d"}, [f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/d"]),
        ("DeleteDashboards", {"DashboardNames": ["d"]}, [f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/d"]),
        ("ListDashboards", {}, ["*"]),
        ("GetMetricData", {}, ["*"]),
        ("ListMetrics", {"Namespace": "n"}, ["*"]),
        ("TagResource", {"ResourceARN": ALARM}, [ALARM]),
    ],
)
def test_cloudwatch_has_alarms_and_dashboards(
    operation: str, params: dict[str, Any], resources: list[str]
) -> None:
    assert pairs("cloudwatch", operation, **params) == [
        (f"cloudwatch:{operation}", each) for each in resources
    ]


def test_metric_data_tell_their_namespace() -> None:
    asked = needs("cloudwatch", "PutMetricData", Namespace="Houses")
    assert asked == [Access("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": ("Houses",)})]


def test_an_alarm_with_tags_needs_leave_to_tag() -> None:
    asked = needs("cloudwatch", "PutMetricAlarm", AlarmName="a", Tags=TAGS, AlarmActions=[TOPIC])
    assert asked == [
        Access("cloudwatch:PutMetricAlarm", ALARM, {**TAG_KEYS, "cloudwatch:AlarmActions": (TOPIC,)}),
        Access("cloudwatch:TagResource", ALARM, TAG_KEYS),
    ]


@pytest.mark.parametrize(
    ("operation", "params", "resource"),
    [
        ("DescribeRule", {"Name": "r"}, RULE),
        ("DescribeRule", {"Name": "r", "EventBusName": "default"}, RULE),
        ("DeleteRule", {"Name": "r", "EventBusName": "own"}, arn("events", "rule/own/r")),
        (
            "DeleteRule",
            {"Name": "r", "EventBusName": arn("events", "event-bus/own")},
            arn("events", "rule/own/r"),
        ),
        ("ListTargetsByRule", {"Rule": "r"}, RULE),
        ("ListTagsForResource", {"ResourceARN": RULE}, RULE),
        ("DescribeEventBus", {}, arn("events", "event-bus/default")),
        ("ListRules", {}, "*"),
        ("TestEventPattern", {}, "*"),
    ],
)
def test_eventbridge_has_rules_and_buses(operation: str, params: dict[str, str], resource: str) -> None:
    assert pairs("events", operation, **params) == [(f"events:{operation}", resource)]


def test_a_rule_tells_its_pattern_and_its_tags() -> None:
    pattern = json.dumps({"source": ["aws.s3", {"prefix": "x"}], "detail-type": ["Object Created"]})
    rule, tagging = needs("events", "PutRule", Name="r", EventPattern=pattern, Tags=TAGS)
    assert rule.context == {
        **TAG_KEYS,
        "events:source": ("aws.s3",),
        "events:detail-type": ("Object Created",),
    }
    assert tagging == Access("events:TagResource", RULE, TAG_KEYS)


@pytest.mark.parametrize("pattern", ["{", "[]", "[" * 4000, '{"source": "aws.s3"}'])
def test_a_pattern_that_is_none_tells_nothing(pattern: str) -> None:
    assert needs("events", "PutRule", Name="r", EventPattern=pattern) == [Access("events:PutRule", RULE)]


def test_targets_are_told_and_their_roles_passed() -> None:
    targets = [{"Id": "1", "Arn": QUEUE}, {"Id": "2", "Arn": TOPIC, "RoleArn": ROLE}]
    assert needs("events", "PutTargets", Rule="r", Targets=targets) == [
        Access("events:PutTargets", RULE, {"events:TargetArn": (QUEUE, TOPIC)}),
        passing("events"),
    ]


def test_each_kind_of_event_is_asked_once() -> None:
    entry = {"Source": "houses", "DetailType": "Sold", "Detail": "{}"}
    asked = needs("events", "PutEvents", Entries=[entry, entry, {**entry, "EventBusName": "own"}])
    keys = {"events:source": ("houses",), "events:detail-type": ("Sold",)}
    assert asked == [
        Access("events:PutEvents", arn("events", "event-bus/default"), keys),
        Access("events:PutEvents", arn("events", "event-bus/own"), keys),
    ]


@pytest.mark.parametrize(
    ("operation", "params", "resource"),
    [
        ("CreateLogGroup", {"logGroupName": "/g"}, f"{GROUP}:log-stream:"),
        ("DescribeLogStreams", {"logGroupName": "/g"}, f"{GROUP}:log-stream:"),
        ("DescribeLogStreams", {"logGroupIdentifier": GROUP}, f"{GROUP}:log-stream:"),
        ("FilterLogEvents", {"logGroupName": "/g", "logStreamNames": ["s"]}, f"{GROUP}:log-stream:"),
        ("PutLogEvents", {"logGroupName": "/g", "logStreamName": "s"}, f"{GROUP}:log-stream:s"),
        ("GetLogEvents", {"logGroupName": "/g", "logStreamName": "s"}, f"{GROUP}:log-stream:s"),
        ("StartQuery", {"logGroupNames": ["/g"], "logGroupName": "/g"}, f"{GROUP}:log-stream:"),
        ("DescribeLogGroups", {"logGroupNamePrefix": "/g"}, arn("logs", "log-group::log-stream:")),
        ("ListTagsForResource", {"resourceArn": f"{GROUP}:*"}, GROUP),
        ("DescribeExportTasks", {}, "*"),
        ("PutDestinationPolicy", {"destinationName": "d"}, arn("logs", "destination:d")),
    ],
)
def test_logs_have_groups_and_streams(operation: str, params: dict[str, Any], resource: str) -> None:
    assert pairs("logs", operation, **params) == [(f"logs:{operation}", resource)]


def test_a_log_group_with_tags_needs_leave_to_tag() -> None:
    asked = needs("logs", "CreateLogGroup", logGroupName="/g", tags={"team": "ml"})
    assert asked[1:] == [Access("logs:TagResource", GROUP, TAG_KEYS)]


def test_the_role_of_a_subscription_is_passed() -> None:
    asked = needs("logs", "PutSubscriptionFilter", logGroupName="/g", destinationArn=QUEUE, roleArn=ROLE)
    assert asked == [Access("logs:PutSubscriptionFilter", f"{GROUP}:log-stream:"), passing("logs")]


@pytest.mark.parametrize(
    ("operation", "params", "action", "resource"),
    [
        ("Publish", {"TopicArn": TOPIC}, "sns:Publish", TOPIC),
        ("Publish", {"TargetArn": TOPIC}, "sns:Publish", TOPIC),
        ("Publish", {"PhoneNumber": "+1"}, "sns:Publish", "*"),
        ("PublishBatch", {"TopicArn": TOPIC}, "sns:Publish", TOPIC),
        ("CreateTopic", {"Name": "t"}, "sns:CreateTopic", TOPIC),
        ("TagResource", {"ResourceArn": TOPIC}, "sns:TagResource", TOPIC),
        ("Unsubscribe", {"SubscriptionArn": f"{TOPIC}:1"}, "sns:Unsubscribe", "*"),
        ("ListTopics", {}, "sns:ListTopics", "*"),
    ],
)
def test_sns_has_topics(operation: str, params: dict[str, str], action: str, resource: str) -> None:
    assert pairs("sns", operation, **params) == [(action, resource)]


def test_a_subscription_tells_its_endpoint() -> None:
    asked = needs("sns", "Subscribe", TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)
    assert asked == [Access("sns:Subscribe", TOPIC, {"sns:Endpoint": (QUEUE,), "sns:Protocol": ("sqs",)})]


def test_a_topic_with_tags_and_feedback_needs_both() -> None:
    feedback = {"SQSFailureFeedbackRoleArn": ROLE, "DisplayName": "x"}
    asked = needs("sns", "CreateTopic", Name="t", Tags=TAGS, Attributes=feedback)
    changed = needs(
        "sns",
        "SetTopicAttributes",
        TopicArn=TOPIC,
        AttributeName="LambdaSuccessFeedbackRoleArn",
        AttributeValue=ROLE,
    )
    assert asked[1:] == [Access("sns:TagResource", TOPIC, TAG_KEYS), passing("sns")]
    assert changed[1:] == [passing("sns")]


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("SendMessage", "sqs:SendMessage"),
        ("SendMessageBatch", "sqs:SendMessage"),
        ("DeleteMessageBatch", "sqs:DeleteMessage"),
        ("ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"),
        ("ReceiveMessage", "sqs:ReceiveMessage"),
    ],
)
@pytest.mark.parametrize("url", [f"http://127.0.0.1:4566/{ACCOUNT}/q", f"/{ACCOUNT}/q", "q"])
def test_a_queue_is_named_by_its_url(operation: str, action: str, url: str) -> None:
    assert pairs("sqs", operation, QueueUrl=url) == [(action, QUEUE)]


@pytest.mark.parametrize("beginning", [f"http://h/{ACCOUNT}/allowed#", "http://h/allowed?", "http://h/9/"])
def test_no_spelling_of_an_address_escapes_a_policy(beginning: str) -> None:
    # Each is the queue that moto finds.
    assert pairs("sqs", "SendMessage", QueueUrl=f"{beginning}/q") == [("sqs:SendMessage", QUEUE)]


def test_queues_are_listed_by_region_and_account() -> None:
    assert pairs("sqs", "ListQueues") == [("sqs:ListQueues", arn("sqs", "*"))]


def test_a_queue_with_tags_needs_leave_to_tag() -> None:
    asked = needs("sqs", "CreateQueue", QueueName="q", tags={"team": "ml"})
    assert asked == [Access("sqs:CreateQueue", QUEUE, TAG_KEYS), Access("sqs:TagQueue", QUEUE, TAG_KEYS)]
