"""Every operation of EventBridge and SNS that is ours answers in the shape of AWS's service models."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from contract_recorder import Recorder, implemented

from mllab_localaws.events.buses import Buses
from mllab_localaws.events.rules import Rules
from mllab_localaws.events.topics import Notifications

OURS = implemented(Rules, Buses, Notifications)
QUEUE = "arn:aws:sqs:us-east-1:123456789012:shapes"
TAGS = [{"Key": "mllab:student", "Value": "ana"}]
EVENT = {
    "id": "1",
    "account": "123456789012",
    "source": "shapes",
    "time": "2026-01-01T00:00:00Z",
    "region": "us-east-1",
    "resources": [],
    "detail-type": "Test",
}


@pytest.fixture(scope="module")
def recorder(client: Callable[..., Any]) -> Recorder:
    """The replies of the whole scenario."""
    recorder = Recorder(client)
    _walk_rules(recorder.client("events"))
    sns = recorder.client("sns")
    topic = sns.create_topic(Name="shapes")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
    sns.publish(TopicArn=topic, Message="m")
    entries = [{"Id": "a", "Message": "m"}, {"Id": "b", "Message": "m", "Subject": "\n"}]
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    return recorder


def _walk_rules(events: Any) -> None:
    pattern = json.dumps({"source": ["shapes"]})
    arn = events.put_rule(Name="shapes", EventPattern=pattern, Description="d", Tags=TAGS)["RuleArn"]
    events.put_rule(Name="shapes-more", EventPattern=pattern)
    events.put_targets(Rule="shapes", Targets=[{"Id": "q", "Arn": QUEUE, "Input": "{}"}])
    events.describe_rule(Name="shapes")
    events.list_rules(NamePrefix="shapes", Limit=1)
    events.list_targets_by_rule(Rule="shapes")
    events.list_rule_names_by_target(TargetArn=QUEUE)
    events.disable_rule(Name="shapes")
    events.enable_rule(Name="shapes")
    events.tag_resource(ResourceARN=arn, Tags=TAGS)
    events.list_tags_for_resource(ResourceARN=arn)
    events.untag_resource(ResourceARN=arn, TagKeys=["mllab:student"])
    good = {"Source": "shapes", "DetailType": "Test", "Detail": "{}"}
    events.put_events(Entries=[good, {**good, "Detail": "{"}])
    events.test_event_pattern(EventPattern=pattern, Event=json.dumps(EVENT))
    events.describe_event_bus()
    events.list_event_buses()
    events.remove_targets(Rule="shapes", Ids=["q", "missing"])
    events.delete_rule(Name="shapes")


def test_the_scenario_calls_every_operation_of_ours(recorder: Recorder) -> None:
    assert OURS - recorder.names() == set()


@pytest.mark.parametrize(("service", "operation"), sorted(OURS))
def test_every_reply_has_the_shape_of_awss_model(recorder: Recorder, service: str, operation: str) -> None:
    assert recorder.complaints(service, operation) == []
