"""Dashboards: what a body may be, and that it comes back as it was put."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

METRIC: dict[str, Any] = {
    "type": "metric",
    "x": 0,
    "y": 0,
    "width": 12,
    "height": 6,
    "properties": {
        "metrics": [
            ["AWS/SageMaker", "ModelLatency", "EndpointName", "e", {"stat": "p99"}],
            [".", "Invocations"],
        ],
        "region": "us-east-1",
        "view": "timeSeries",
        "period": 60,
    },
}
TEXT = {"type": "text", "properties": {"markdown": "# Houses"}}


@pytest.fixture(scope="module")
def cloudwatch(client: Callable[..., Any]) -> Any:
    return client("cloudwatch", region_name="eu-south-2")


def _body(*widgets: Any, **members: Any) -> str:
    return json.dumps({"widgets": list(widgets), **members})


def test_a_dashboard_comes_back_as_it_was_put_and_can_be_replaced(cloudwatch: Any) -> None:
    for body in (_body(TEXT), _body(METRIC, TEXT) + "\n"):
        said = cloudwatch.put_dashboard(DashboardName="houses", DashboardBody=body)
        assert said["DashboardValidationMessages"] == []
        found = cloudwatch.get_dashboard(DashboardName="houses")
        assert found["DashboardBody"] == body
        assert found["DashboardArn"] == "arn:aws:cloudwatch::123456789012:dashboard/houses"


def test_dashboards_are_listed_by_prefix_and_deleted(cloudwatch: Any) -> None:
    for name in ("list-b", "list-a", "other"):
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody=_body(TEXT))
    entries = cloudwatch.list_dashboards(DashboardNamePrefix="list-")["DashboardEntries"]
    sizes = [(entry["DashboardName"], entry["Size"]) for entry in entries]
    assert sizes == [("list-a", len(_body(TEXT))), ("list-b", len(_body(TEXT)))]
    with pytest.raises(ClientError) as caught:
        cloudwatch.delete_dashboards(DashboardNames=["list-a", "no-such-dashboard"])
    assert caught.value.response["Error"]["Code"] == "ResourceNotFound"
    cloudwatch.delete_dashboards(DashboardNames=["list-a", "list-b"])
    assert cloudwatch.list_dashboards(DashboardNamePrefix="list-")["DashboardEntries"] == []


def test_a_dashboard_that_is_not_there_is_not_found(cloudwatch: Any) -> None:
    with pytest.raises(ClientError) as caught:
        cloudwatch.get_dashboard(DashboardName="no-such-dashboard")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFound"


@pytest.mark.parametrize(
    ("body", "path", "said"),
    [
        ("{", "", "valid JSON object"),
        ("[]", "", "valid JSON object"),
        ("[" * 100_000, "", "valid JSON object"),
        ("{}", "", "widgets"),
        (_body({"type": "metric"}), "/widgets/0", "properties"),
        (_body({**TEXT, "type": "chart"}), "/widgets/0/type", "chart"),
        (_body({**METRIC, "width": 25}), "/widgets/0/width", "24"),
        (_body(TEXT, {**TEXT, "properties": {}}), "/widgets/1/properties", "markdown"),
        (_body({**METRIC, "properties": {"metrics": [["a", "b"]]}}), "/widgets/0/properties", "region"),
        (
            _body({**METRIC, "properties": {"region": "us-east-1", "metrics": [[]]}}),
            "/widgets/0/properties/metrics/0",
            "",
        ),
    ],
)
def test_an_invalid_body_is_refused_and_the_place_is_named(
    cloudwatch: Any, body: str, path: str, said: str
) -> None:
    with pytest.raises(ClientError) as caught:
        cloudwatch.put_dashboard(DashboardName="invalid", DashboardBody=body)
    response = caught.value.response
    assert response["Error"]["Code"] == "InvalidParameterInput"
    messages = response["dashboardValidationMessages"]
    assert path in [message["DataPath"] for message in messages]
    assert said in json.dumps(messages)
    with pytest.raises(ClientError):
        cloudwatch.get_dashboard(DashboardName="invalid")


def test_what_is_odd_but_harmless_is_told(cloudwatch: Any) -> None:
    body = _body({**TEXT, "colour": "red"}, {**TEXT, "x": 20, "width": 12}, theme="dark")
    said = cloudwatch.put_dashboard(DashboardName="odd", DashboardBody=body)["DashboardValidationMessages"]
    assert [message["DataPath"] for message in said] == ["/theme", "/widgets/0/colour", "/widgets/1"]


@pytest.mark.parametrize("name", ["with space", "", "a" * 256, "../etc"])
def test_a_name_that_cannot_be_is_refused(cloudwatch: Any, name: str) -> None:
    with pytest.raises(ClientError) as caught:
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody=_body(TEXT))
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"
