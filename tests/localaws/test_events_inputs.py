"""What a target receives of an event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mllab_localaws.events import inputs
from mllab_localaws.events.bus import Event
from mllab_localaws.wire.errors import AwsError

RULE = "arn:aws:events:us-east-1:123456789012:rule/on-upload"
DETAIL = {"object": {"key": 'new/"a".csv', "size": 7, "tags": ["x", "y"]}, "dashed-name": "d"}
EVENT = inputs.event_json(
    Event("us-east-1", "aws.s3", "Object Created", DETAIL, 1_583_831_889.0, ("arn:aws:s3:::houses",)), "an-id"
)


def _shaped(**target: Any) -> str:
    inputs.check({"Id": "t", **target})
    return inputs.shape(EVENT, target, RULE)


def test_an_event_is_written_as_eventbridge_writes_it() -> None:
    assert EVENT == {
        "version": "0",
        "id": "an-id",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2020-03-10T09:18:09Z",
        "region": "us-east-1",
        "resources": ["arn:aws:s3:::houses"],
        "detail": DETAIL,
    }


def test_without_settings_a_target_receives_the_whole_event() -> None:
    assert json.loads(_shaped()) == EVENT


def test_a_constant_is_passed_on_as_it_is() -> None:
    assert _shaped(Input='{"a":  1}') == '{"a":  1}'


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.detail.object.size", 7),
        ("$.detail.object.tags[1]", "y"),
        ("$.detail-type", "Object Created"),
        ("$.detail['dashed-name']", "d"),
        ("$", EVENT),
    ],
)
def test_a_path_picks_a_part(path: str, value: Any) -> None:
    assert json.loads(_shaped(InputPath=path)) == value


def test_a_path_to_nothing_is_told() -> None:
    with pytest.raises(LookupError, match=r"nothing at \$\.detail\.missing"):
        _shaped(InputPath="$.detail.missing")


def test_a_template_of_json_keeps_types_and_escapes_texts() -> None:
    said = '"said": "got <key>, <size> bytes of <none>"'
    template = '{"key": <key>, "size": <size>, ' + said + ', "rule": <aws.events.rule-name>}'
    paths = {"key": "$.detail.object.key", "size": "$.detail.object.size", "none": "$.detail.none"}
    transformed = json.loads(_shaped(InputTransformer={"InputPathsMap": paths, "InputTemplate": template}))
    assert transformed == {
        "key": 'new/"a".csv',
        "size": 7,
        "said": 'got new/"a".csv, 7 bytes of ',
        "rule": "on-upload",
    }


def test_a_template_may_hold_the_whole_event() -> None:
    template = '{"event": <aws.events.event.json>}'
    assert json.loads(_shaped(InputTransformer={"InputTemplate": template})) == {"event": EVENT}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"Input": "{}", "InputPath": "$"}, "Only one of"),
        ({"Input": "{"}, "JSON syntax error"),
        ({"InputPath": "detail"}, "no JSON path"),
        ({"InputTransformer": {"InputTemplate": "<missing>"}}, "placeholder missing has no path"),
        ({"InputTransformer": {"InputTemplate": '{"a": "b}'}}, "quote is not closed"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(AwsError, match=reason):
        inputs.check({"Id": "t", **settings})


def test_values_of_pipeline_parameters_may_come_from_the_event() -> None:
    given = {"InputData": "$.detail.object.key", "Size": "$.detail.object.size", "Name": "constant"}
    target = {
        "SageMakerPipelineParameters": {
            "PipelineParameterList": [{"Name": name, "Value": value} for name, value in given.items()]
        }
    }
    resolved = inputs.pipeline_parameters(EVENT, target)["PipelineParameterList"]
    assert {each["Name"]: each["Value"] for each in resolved} == {
        "InputData": 'new/"a".csv',
        "Size": "7",
        "Name": "constant",
    }
