"""Requests against what a method asks for, before any function sees them (contract G.2, G.4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from apis import Answer, Api, new_api

from mllab_localaws.files import Connection

HOUSE = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "properties": {"sqft": {"type": "number", "minimum": 0, "exclusiveMinimum": True}},
    "required": ["sqft"],
}
INVALID = {"message": "Invalid request body"}


@pytest.fixture(scope="module")
def api(client: Callable[..., Any], connection: Connection) -> Api:
    """Methods that ask for a house, for several houses, for parameters, and for nothing."""
    gateway = client("apigateway")
    api = new_api(gateway, connection)
    houses = {
        "type": "array",
        "items": {"$ref": f"https://apigateway.amazonaws.com/restapis/{api.id}/models/House"},
    }
    for name, schema in (("House", HOUSE), ("Houses", houses)):
        gateway.create_model(
            restApiId=api.id, name=name, contentType="application/json", schema=json.dumps(schema)
        )
    body = gateway.create_request_validator(restApiId=api.id, name="body", validateRequestBody=True)["id"]
    parameters = gateway.create_request_validator(restApiId=api.id, validateRequestParameters=True)["id"]
    for path, model in (("/house", "House"), ("/houses", "Houses")):
        models = {"application/json": model}
        api.mock(path, "POST", requestModels=models, requestValidatorId=body)
    api.mock("/unchecked", "POST", requestModels={"application/json": "House"})
    needed = {
        "method.request.querystring.qs1": True,
        "method.request.header.x-header-param": True,
        "method.request.querystring.free": False,
    }
    api.mock("/search", "GET", requestParameters=needed, requestValidatorId=parameters)
    api.deploy()
    return api


def post(api: Api, path: str, body: Any, content_type: str = "application/json") -> Answer:
    """Post a body under a content type."""
    return api.call(path, "POST", body, headers={"Content-Type": content_type})


def test_a_body_that_fits_its_model_passes(api: Api) -> None:
    assert post(api, "/house", {"sqft": 1180}).status == 200
    assert post(api, "/houses", [{"sqft": 1180}, {"sqft": 2570.5}]).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sqft": "1180"},
        {"sqft": 0},
        [],
        None,
        b"",
        b"not json",
        b'{"sqft": NaN}',
        b"[" * 5000,
        b"\xff\xfe",
    ],
)
def test_a_body_that_does_not_fit_is_a_bad_request(api: Api, body: Any) -> None:
    answer = post(api, "/house", body)
    assert (answer.status, answer.json) == (400, INVALID)
    assert answer.header("x-amzn-ErrorType") == "BadRequestException"


def test_a_model_refers_to_another_one(api: Api) -> None:
    assert post(api, "/houses", [{"sqft": 1180}, {"sqft": -1}]).json == INVALID


def test_a_long_body_is_checked_as_well(api: Api) -> None:
    many = [{"sqft": 1180}] * 20_000
    assert post(api, "/houses", many).status == 200
    assert post(api, "/houses", [*many, {}]).json == INVALID


def test_the_content_type_chooses_the_model_and_json_is_meant_without_one(api: Api) -> None:
    assert api.call("/house", "POST", b"{}").json == INVALID
    assert post(api, "/house", b"{}", "application/json; charset=utf-8").json == INVALID
    # No model, no check; then the mock finds no template and no status.
    assert post(api, "/house", b"1,2,3", "text/csv").status == 500


def test_a_model_without_a_validator_checks_nothing(api: Api) -> None:
    assert post(api, "/unchecked", {}).status == 200


def test_missing_parameters_are_named(api: Api) -> None:
    answer = api.call("/search")
    message = "Missing required request parameters: [x-header-param, qs1]"
    assert (answer.status, answer.json) == (400, {"message": message})


@pytest.mark.parametrize("query", ["", "?qs1", "?qs1=", "?qs1=%20", "?QS1=1"])
def test_a_blank_parameter_is_a_missing_one(api: Api, query: str) -> None:
    answer = api.call(f"/search{query}", headers={"X-Header-Param": "1"})
    assert answer.json == {"message": "Missing required request parameters: [qs1]"}


def test_all_parameters_there_is_enough(api: Api) -> None:
    assert api.call("/search?qs1=1", headers={"X-Header-Param": "1"}).status == 200


def test_a_body_of_more_than_ten_megabytes_is_too_large_and_the_next_request_is_answered(api: Api) -> None:
    answer = api.call("/unchecked", "POST", b"x" * (10 * 1024**2 + 1))
    assert answer.status == 413
    assert answer.header("x-amzn-ErrorType") == "RequestTooLargeException"
    assert post(api, "/unchecked", {}).status == 200


@pytest.mark.parametrize(
    "schema", ["{", "{]", "[]", '"text"', '{"type": "horse"}', '{"minimum": "one"}', '{"pattern": "("}']
)
def test_what_is_no_schema_is_no_model(api: Api, schema: str) -> None:
    with pytest.raises(api.client.exceptions.BadRequestException, match="Invalid model"):
        api.client.create_model(
            restApiId=api.id, name="Broken", contentType="application/json", schema=schema
        )


def test_a_model_that_refers_to_nothing_accepts_nothing_and_asks_nobody(
    api: Api, client: Callable[..., Any], connection: Connection
) -> None:
    other = new_api(client("apigateway"), connection)
    schema = json.dumps({"$ref": f"{connection.endpoint_url}/schema.json"})
    other.client.create_model(restApiId=other.id, name="Far", contentType="application/json", schema=schema)
    validator = other.client.create_request_validator(restApiId=other.id, validateRequestBody=True)["id"]
    other.mock("/", "POST", requestModels={"$default": "Far"}, requestValidatorId=validator)
    other.deploy()
    assert post(other, "/", {}).json == INVALID


def test_a_model_in_use_and_a_validator_in_use_stay(api: Api) -> None:
    with pytest.raises(api.client.exceptions.ConflictException, match="POST /house"):
        api.client.delete_model(restApiId=api.id, modelName="House")
    (first, *_) = api.client.get_request_validators(restApiId=api.id)["items"]
    with pytest.raises(api.client.exceptions.ConflictException):
        api.client.delete_request_validator(restApiId=api.id, requestValidatorId=first["id"])


BOMB = {f"m{n}": {"allOf": [{"$ref": f"#/definitions/m{n + 1}"}] * 2} for n in range(60)}


@pytest.fixture(scope="module")
def slow(client: Callable[..., Any], connection: Connection, logging_role: str) -> Api:
    """Methods whose models take for ever over some bodies."""
    other = new_api(client("apigateway"), connection)
    validator = other.client.create_request_validator(restApiId=other.id, validateRequestBody=True)["id"]
    schemas = {
        "Broken": {"patternProperties": {"(": {}}},
        "Backtracks": {"properties": {"name": {"type": "string", "pattern": "^(a+)+$"}}},
        "Doubles": {"definitions": {**BOMB, "m60": {}}, "$ref": "#/definitions/m0"},
    }
    for name, schema in schemas.items():
        other.client.create_model(
            restApiId=other.id, name=name, contentType="application/json", schema=json.dumps(schema)
        )
        models = {"application/json": name}
        other.mock(f"/{name}", "POST", requestModels=models, requestValidatorId=validator)
    other.mock("/free", "GET")
    other.deploy()
    patch = {"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"}
    other.client.update_stage(restApiId=other.id, stageName="prod", patchOperations=[patch])
    return other


def test_a_pattern_is_checked_as_far_as_its_second_goes(slow: Api, client: Callable[..., Any]) -> None:
    assert post(slow, "/Backtracks", {"name": "aaa"}).status == 200
    answer = post(slow, "/Backtracks", {"name": "a" * 60 + "b"})
    assert (answer.status, answer.json) == (400, INVALID)
    group = f"API-Gateway-Execution-Logs_{slow.id}/prod"
    events = client("logs").filter_log_events(logGroupName=group)["events"]
    assert any("not checked to the end: accepts took more than 1 s" in each["message"] for each in events)
    assert post(slow, "/Backtracks", {"name": "aaa"}).status == 200


def test_a_model_that_cannot_be_read_accepts_nothing(slow: Api) -> None:
    assert post(slow, "/Broken", {"a": 1}).json == INVALID


@pytest.mark.parametrize(("model", "body"), [("Backtracks", {"name": "a" * 60 + "b"}), ("Doubles", {})])
def test_nobody_else_waits_for_a_body_that_takes_for_ever(slow: Api, model: str, body: Any) -> None:
    with ThreadPoolExecutor(4) as threads:
        hostile = [threads.submit(post, slow, f"/{model}", body) for _ in range(4)]
        answered = 0
        while not all(each.done() for each in hostile):
            assert slow.call("/free").status == 200
            answered += 1
        assert [each.result().json for each in hostile] == [INVALID] * 4
    # A gateway that checked them itself would have answered between two of them at the most.
    assert answered > 2 * len(hostile)
