"""What CloudWatch learns of a REST API's requests: metrics and execution logs (contract G.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from apis import FUNCTION, STAGE, Api, allow_callers, new_api
from botocore.exceptions import ClientError
from functions import Workshop, create_role

from mllab_localaws.files import Connection

NAME = "api-metrics"


@pytest.fixture(scope="module")
def api(client: Callable[..., Any], connection: Connection) -> Api:
    """A function behind POST, and five requests: three answered, one refused by path, one malformed."""
    functions = client("lambda")
    Workshop(functions, create_role(client("iam"), NAME)).create(NAME, FUNCTION)
    allow_callers(functions, NAME)
    api = new_api(client("apigateway"), connection, name=NAME)
    api.proxy("/houses", "POST", NAME)
    api.proxy("/quiet", "POST", NAME)
    api.deploy()
    setting = {"op": "replace", "path": "/~1houses/POST/metrics/enabled", "value": "true"}
    api.client.update_stage(restApiId=api.id, stageName=STAGE, patchOperations=[setting])
    answered = [api.call("/houses", "POST", {"statusCode": 200}).status for _ in range(2)]
    answered += [api.call("/quiet", "POST", {"statusCode": 201}).status]
    assert answered == [200, 200, 201]
    assert [api.call("/nowhere").status, api.call("/houses", "POST", {}).status] == [403, 502]
    return api


def total(
    client: Callable[..., Any], metric: str, dimensions: Mapping[str, str], unit: str
) -> tuple[float, float]:
    """Return sum and number of a metric's observations in the last minutes."""
    now = datetime.now(timezone.utc)
    points = client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ApiGateway",
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum", "SampleCount"],
        Unit=unit,
    )["Datapoints"]
    return sum(point["Sum"] for point in points), sum(point["SampleCount"] for point in points)


@pytest.mark.parametrize("dimensions", [{"ApiName": NAME}, {"ApiName": NAME, "Stage": STAGE}])
@pytest.mark.usefixtures("api")
def test_requests_and_errors_are_counted(client: Callable[..., Any], dimensions: Mapping[str, str]) -> None:
    assert total(client, "Count", dimensions, "Count") == (5, 5)
    assert total(client, "4XXError", dimensions, "Count") == (1, 5)
    assert total(client, "5XXError", dimensions, "Count") == (1, 5)


@pytest.mark.usefixtures("api")
def test_latency_is_in_milliseconds_and_the_integrations_is_a_part_of_it(client: Callable[..., Any]) -> None:
    dimensions = {"ApiName": NAME}
    latency, requests = total(client, "Latency", dimensions, "Milliseconds")
    integration, asked = total(client, "IntegrationLatency", dimensions, "Milliseconds")
    assert (requests, asked) == (5, 4)
    assert 1 < integration < latency < 60_000


@pytest.mark.usefixtures("api")
def test_a_method_has_metrics_of_its_own_only_where_the_stage_asks(client: Callable[..., Any]) -> None:
    method = {"ApiName": NAME, "Stage": STAGE, "Method": "POST", "Resource": "/houses"}
    assert total(client, "Count", method, "Count") == (3, 3)
    assert total(client, "Count", {**method, "Resource": "/quiet"}, "Count") == (0, 0)


def test_an_unknown_stage_counts_nowhere(api: Api, client: Callable[..., Any]) -> None:
    api.call("/houses", stage="nowhere")
    assert total(client, "Count", {"ApiName": NAME, "Stage": "nowhere"}, "Count") == (0, 0)


def lines(client: Callable[..., Any], api: Api) -> list[str]:
    """Return the execution log of the stage, empty when there is none."""
    group = f"API-Gateway-Execution-Logs_{api.id}/{STAGE}"
    try:
        events = client("logs").filter_log_events(logGroupName=group)["events"]
    except ClientError:
        return []
    return [event["message"] for event in events]


def test_nothing_is_logged_until_the_stage_asks_for_it(
    api: Api, client: Callable[..., Any], logging_role: str
) -> None:
    def level(value: str, path: str = "loglevel") -> None:
        patch = {"op": "replace", "path": f"/*/*/logging/{path}", "value": value}
        api.client.update_stage(restApiId=api.id, stageName=STAGE, patchOperations=[patch])

    assert lines(client, api) == []
    level("ERROR")
    api.call("/quiet", "POST", {"statusCode": 200})
    assert lines(client, api) == []
    raised = api.call("/quiet", "POST", "raise").header("x-amzn-RequestId")
    (error,) = lines(client, api)
    assert error.startswith(
        f"({raised}) Lambda execution failed with status 200 due to customer function error: "
    )
    assert "on purpose" in error
    level("INFO")
    answered = api.call("/quiet", "POST", {"statusCode": 200}).header("x-amzn-RequestId")
    of_it = [line for line in lines(client, api) if line.startswith(f"({answered})")]
    assert f"({answered}) HTTP Method: POST, Resource Path: /quiet" in of_it
    assert of_it[-1] == f"({answered}) Method completed with status: 200"
    assert not any("Method request body" in line for line in of_it)
    level("true", "dataTrace")
    api.call("/quiet", "POST", {"statusCode": 200, "body": "traced"})
    assert any("Method request body" in line and "traced" in line for line in lines(client, api))
