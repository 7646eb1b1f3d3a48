"""What a function returns, and what the caller of its REST API sees (contract F.8)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from apis import FUNCTION, STAGE, Api, allow_callers, new_api
from functions import Workshop, create_role

from mllab_localaws.files import Connection

NAME = "api-responses"
FAILED = {"message": "Internal server error"}


@pytest.fixture(scope="module")
def api(client: Callable[..., Any], connection: Connection) -> Api:
    """`POST /return`: a function returns what the body says."""
    functions = client("lambda")
    Workshop(functions, create_role(client("iam"), NAME)).create(NAME, FUNCTION, Timeout=10)
    Workshop(functions, create_role(client("iam"), NAME)).create(f"{NAME}-locked", FUNCTION)
    allow_callers(functions, NAME)
    api = new_api(client("apigateway"), connection)
    api.proxy("/return", "POST", NAME)
    api.proxy("/slow", "POST", NAME, integration={"timeoutInMillis": 200})
    api.proxy("/by-get", "POST", NAME, integration={"integrationHttpMethod": "GET"})
    api.proxy("/locked", "POST", f"{NAME}-locked")
    api.proxy("/missing", "POST", f"{NAME}-missing")
    api.deploy()
    return api


def test_a_status_alone_gives_an_empty_body_of_json(api: Api) -> None:
    answer = api.call("/return", "POST", {"statusCode": 200})
    assert (answer.status, answer.body, answer.header("Content-Type")) == (200, b"", "application/json")


def test_a_body_arrives_as_it_is(api: Api) -> None:
    answer = api.call("/return", "POST", {"statusCode": 404, "body": "precio en €"})
    assert (answer.status, answer.body.decode()) == (404, "precio en €")


@pytest.mark.parametrize(
    ("returned", "status"),
    [
        ({"headers": {"a": "b"}}, 200),
        ({"body": "only"}, 200),
        ({"statusCode": None, "body": "only"}, 200),
        ({"statusCode": "201"}, 201),
        ({"statusCode": 200, "headers": None, "multiValueHeaders": None, "body": None}, 200),
        ({"statusCode": 503, "body": "closed"}, 503),
    ],
)
def test_what_is_left_out_has_a_default(api: Api, returned: Any, status: int) -> None:
    assert api.call("/return", "POST", returned).status == status


@pytest.mark.parametrize(
    "returned",
    [
        {},
        [],
        [200],
        "text",
        None,
        7,
        {"statusCode": "test"},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 100},
        {"statusCode": 1000},
        {"statusCode": 200.5},
        {"statusCode": 200, "wrongValue": 1},
        {"statusCode": 200, "error": "trap 17"},
        {"statusCode": 200, "body": {"price": 1}},
        {"statusCode": 200, "body": [1]},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"a": "b\r\nSet-Cookie: stolen=1"}},
        {"statusCode": 200, "multiValueHeaders": {"a": "b"}},
        {"statusCode": 200, "multiValueHeaders": ["a"]},
    ],
)
def test_a_malformed_response_is_a_bad_gateway(api: Api, returned: Any) -> None:
    answer = api.call("/return", "POST", returned)
    assert (answer.status, answer.json) == (502, FAILED)
    assert answer.header("x-amzn-ErrorType") == "InternalServerErrorException"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("how", ["raise", "exit"])
def test_a_function_that_fails_is_a_bad_gateway(api: Api, how: str) -> None:
    answer = api.call("/return", "POST", how)
    assert (answer.status, answer.json) == (502, FAILED)


@pytest.mark.parametrize("path", ["/locked", "/missing", "/by-get"])
def test_a_function_that_may_not_be_asked_is_a_server_error(api: Api, path: str) -> None:
    answer = api.call(path, "POST", {"statusCode": 200})
    assert (answer.status, answer.json) == (500, FAILED)
    assert answer.header("x-amzn-ErrorType") == "InternalServerErrorException"


def test_a_function_slower_than_the_integrations_timeout_is_a_gateway_timeout(api: Api) -> None:
    api.call("/return", "POST", {"statusCode": 200})  # so that no cold start is measured
    answer = api.call("/slow", "POST", "sleep")
    assert (answer.status, answer.json) == (504, {"message": "Endpoint request timed out"})


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (7, "7"), (1.5, "1.5")])
def test_a_header_that_is_no_text_becomes_one(api: Api, value: Any, text: str) -> None:
    assert (
        api.call("/return", "POST", {"statusCode": 200, "headers": {"X-Value": value}}).header("X-Value")
        == text
    )


def test_a_name_in_both_maps_gets_the_lists_values_first(api: Api) -> None:
    returned = {
        "statusCode": 200,
        "headers": {"x-both": "value-solo"},
        "multiValueHeaders": {"X-Both": ["value-multi"]},
    }
    answer = api.call("/return", "POST", returned)
    assert answer.headers["x-both"] == ["value-multi", "value-solo"]


def test_each_cookie_gets_a_header_of_its_own(api: Api) -> None:
    answer = api.call(
        "/return", "POST", {"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}}
    )
    assert answer.headers["set-cookie"] == ["a=1", "b=2"]


def test_headers_of_the_connection_are_renamed(api: Api) -> None:
    headers = {"Content-Length": "999", "Date": "yesterday", "Transfer-Encoding": "chunked"}
    answer = api.call("/return", "POST", {"statusCode": 200, "headers": headers, "body": "text"})
    assert answer.body == b"text"
    assert answer.header("x-amzn-Remapped-Content-Length") == "999"
    assert answer.header("x-amzn-Remapped-Date") == "yesterday"
    assert "transfer-encoding" not in answer.headers


def test_an_answer_without_content_has_none(api: Api) -> None:
    answer = api.call("/return", "POST", {"statusCode": 204, "body": "lost"})
    assert (answer.status, answer.body) == (204, b"")


def test_a_base64_body_is_not_decoded_without_a_binary_media_type(api: Api) -> None:
    encoded = base64.b64encode(b"\x89PNG").decode()
    answer = api.call("/return", "POST", {"statusCode": 200, "isBase64Encoded": True, "body": encoded})
    assert answer.body.decode() == encoded


def test_every_answer_says_by_which_request_it_was_given(api: Api) -> None:
    answers = [api.call("/return", "POST", {"statusCode": 200}) for _ in range(2)]
    for name in ("x-amzn-RequestId", "x-amz-apigw-id", "X-Amzn-Trace-Id"):
        assert len({answer.header(name) for answer in answers}) == 2
    assert answers[0].header("X-Amzn-Trace-Id").startswith("Root=1-")
    assert answers[0].header("Date")


def test_malformed_is_what_the_execution_log_says(
    api: Api, client: Callable[..., Any], logging_role: str
) -> None:
    level = {"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"}
    api.client.update_stage(restApiId=api.id, stageName=STAGE, patchOperations=[level])
    answer = api.call("/return", "POST", {"statusCode": 200, "wrongValue": 1})
    group = f"API-Gateway-Execution-Logs_{api.id}/{STAGE}"
    events = client("logs").filter_log_events(logGroupName=group)["events"]
    request_id = answer.header("x-amzn-RequestId")
    lines = [event["message"] for event in events if event["message"].startswith(f"({request_id}) ")]
    line = "Execution failed due to configuration error: Malformed Lambda proxy response"
    assert f"({request_id}) {line}" in lines
    assert lines[-1] == f"({request_id}) Method completed with status: 502"
