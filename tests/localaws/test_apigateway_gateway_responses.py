"""What API Gateway answers by itself: routes, deployments, CORS and gateway responses (contract G.2, G.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from apis import STAGE, Api, new_api, request

from mllab_localaws.files import Connection

MISSING = {"message": "Missing Authentication Token"}
FORBIDDEN = {"message": "Forbidden"}


@pytest.fixture
def api(client: Callable[..., Any], connection: Connection) -> Api:
    """An empty API."""
    return new_api(client("apigateway"), connection)


def patch(path: str, value: str, op: str = "replace") -> list[dict[str, str]]:
    """Return one patch operation."""
    return [{"op": op, "path": path, "value": value}]


def which(api: Api, path: str) -> str:
    """Return which mock answered."""
    answer = api.call(path)
    return answer.header("x-which") if answer.status == 200 else str(answer.status)


def test_an_unknown_api_is_forbidden(connection: Connection) -> None:
    answer = request(connection, "/_execute-api/0000000000/prod/houses")
    assert (answer.status, answer.json) == (403, FORBIDDEN)
    assert answer.header("x-amzn-ErrorType") == "ForbiddenException"


def test_an_unknown_stage_is_forbidden(api: Api) -> None:
    api.mock("/", "GET")
    api.deploy()
    assert (api.call("/", stage="other").status, api.call("/", stage="other").json) == (403, FORBIDDEN)


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("DELETE", "/houses"), ("GET", "/")])
def test_a_wrong_path_and_a_wrong_method_are_a_missing_token(api: Api, method: str, path: str) -> None:
    api.mock("/houses", "GET")
    api.deploy()
    answer = api.call(path, method)
    assert (answer.status, answer.json) == (403, MISSING)
    assert answer.header("x-amzn-ErrorType") == "MissingAuthenticationTokenException"
    assert answer.header("x-amzn-RequestId")
    assert answer.header("Content-Type") == "application/json"


def test_the_most_specific_resource_answers(api: Api) -> None:
    for path in ("/", "/{proxy+}", "/houses", "/houses/{id}", "/houses/new", "/houses/{id}/photos/{photo+}"):
        api.mock(path, "GET", headers={"x-which": path})
    api.deploy()
    asked = {
        "/": "/",
        "": "/",
        "/houses": "/houses",
        "/houses/": "/houses",
        "/houses/7": "/houses/{id}",
        "/houses/new": "/houses/new",
        "/houses/7/photos/a/b": "/houses/{id}/photos/{photo+}",
        "/houses/7/rooms": "/{proxy+}",
        "/anything/at/all": "/{proxy+}",
        "/houses//": "/{proxy+}",
        "/" + "deep/" * 200: "/{proxy+}",
    }
    assert {path: which(api, path) for path in asked} == asked


def test_a_method_of_its_own_goes_before_any(api: Api) -> None:
    api.mock("/houses", "ANY", headers={"x-which": "any"})
    api.mock("/houses", "GET", headers={"x-which": "get"})
    api.deploy()
    assert [api.call("/houses", each).header("x-which") for each in ("GET", "DELETE")] == ["get", "any"]


def test_nothing_is_live_before_a_deployment_and_no_change_before_the_next(api: Api) -> None:
    where = api.mock("/houses", "GET")
    assert api.call("/houses").status == 403
    api.deploy()
    api.mock("/prices", "GET")
    api.client.delete_method(**where)
    assert [api.call(path).status for path in ("/houses", "/prices")] == [200, 403]
    api.deploy()
    assert [api.call(path).status for path in ("/houses", "/prices")] == [403, 200]


def test_a_stage_can_go_back_to_an_older_deployment(api: Api) -> None:
    api.mock("/houses", "GET")
    first = api.deploy()
    api.mock("/prices", "GET")
    api.deploy()
    api.client.update_stage(restApiId=api.id, stageName=STAGE, patchOperations=patch("/deploymentId", first))
    assert [api.call(path).status for path in ("/houses", "/prices")] == [200, 403]


def test_two_stages_show_two_deployments(api: Api) -> None:
    api.mock("/houses", "GET")
    api.deploy("old")
    api.mock("/prices", "GET")
    api.deploy("new")
    assert [api.call("/prices", stage=stage).status for stage in ("old", "new")] == [403, 200]


def test_a_deleted_stage_and_a_deleted_api_answer_no_more(api: Api) -> None:
    api.mock("/houses", "GET")
    for stage in ("one", "two"):
        api.deploy(stage)
    api.client.delete_stage(restApiId=api.id, stageName="one")
    assert [api.call("/houses", stage=stage).status for stage in ("one", "two")] == [403, 200]
    api.client.delete_rest_api(restApiId=api.id)
    assert api.call("/houses", stage="two").json == FORBIDDEN


def test_a_mock_answers_a_preflight_request(api: Api) -> None:
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "POST,OPTIONS",
        "Access-Control-Allow-Headers": "Content-Type,x-api-key",
    }
    api.mock("/predict", "OPTIONS", headers=headers)
    api.deploy()
    answer = api.call("/predict", "OPTIONS", headers={"Origin": "http://localhost:8888"})
    assert (answer.status, answer.body) == (200, b"")
    assert {name: answer.header(name) for name in headers} == headers


def test_a_mock_chooses_its_answer_by_status(api: Api) -> None:
    where = api.method("/", "GET")
    template = {"application/json": '{statusCode: 404, "id": "$context.requestId"}'}
    api.client.put_integration(**where, type="MOCK", requestTemplates=template)
    for status, pattern in (("200", ""), ("404", r"4\d\d")):
        api.client.put_method_response(**where, statusCode=status)
        body = {"application/json": '{"was":"' + status + '","request":"$context.requestId"}'}
        request = {"responseTemplates": body, **({"selectionPattern": pattern} if pattern else {})}
        api.client.put_integration_response(**where, statusCode=status, **request)
    api.deploy()
    answer = api.call("/")
    assert (answer.status, answer.json) == (
        404,
        {"was": "404", "request": answer.header("x-amzn-RequestId")},
    )


@pytest.mark.parametrize("template", [None, "{}", '{"statusCode": "abc"}', '{"statusCode": 404}'])
def test_a_mock_without_a_status_that_it_can_answer_is_a_server_error(api: Api, template: str | None) -> None:
    where = api.method("/", "GET")
    templates = {"application/json": template} if template else {}
    api.client.put_integration(**where, type="MOCK", requestTemplates=templates)
    api.client.put_method_response(**where, statusCode="200")
    api.client.put_integration_response(**where, statusCode="200", selectionPattern="200")
    api.deploy()
    assert (api.call("/").status, api.call("/").json) == (500, {"message": "Internal server error"})


@pytest.mark.parametrize(
    ("behaviour", "status"), [("NEVER", 415), ("WHEN_NO_TEMPLATES", 415), ("WHEN_NO_MATCH", 500)]
)
def test_a_mock_may_insist_on_a_content_type(api: Api, behaviour: str, status: int) -> None:
    where = api.mock("/", "POST")
    api.client.update_integration(**where, patchOperations=patch("/passthroughBehavior", behaviour))
    api.deploy()
    assert api.call("/", "POST", b"a,b", headers={"Content-Type": "text/csv"}).status == status
    assert api.call("/", "POST", b"{}", headers={"Content-Type": "application/json"}).status == 200


def test_gateway_responses_add_cors_headers_to_errors_once_deployed(api: Api) -> None:
    api.mock("/", "GET")
    api.deploy()
    header = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    api.client.put_gateway_response(restApiId=api.id, responseType="DEFAULT_4XX", responseParameters=header)
    assert "access-control-allow-origin" not in api.call("/nowhere").headers
    api.deploy()
    answer = api.call("/nowhere")
    assert (answer.status, answer.json) == (403, MISSING)
    assert answer.header("Access-Control-Allow-Origin") == "*"


def test_a_gateway_response_has_a_status_and_a_body_of_its_own(api: Api) -> None:
    api.mock("/", "GET")
    template = (
        '{"error":$context.error.messageString,"type":"$context.error.responseType","at":"${context.path}"}'
    )
    api.client.put_gateway_response(
        restApiId=api.id,
        responseType="MISSING_AUTHENTICATION_TOKEN",
        statusCode="404",
        responseParameters={"gatewayresponse.header.X-Origin": "method.request.header.Origin"},
        responseTemplates={"application/json": template},
    )
    api.deploy()
    answer = api.call("/nowhere", headers={"Origin": "http://here"})
    assert answer.status == 404
    assert answer.json == {
        "error": "Missing Authentication Token",
        "type": "MISSING_AUTHENTICATION_TOKEN",
        "at": f"/{STAGE}/nowhere",
    }
    assert answer.header("X-Origin") == "http://here"
    assert "x-origin" not in api.call("/nowhere").headers


def test_a_header_sent_back_cannot_become_two(api: Api, connection: Connection) -> None:
    api.mock("/", "GET")
    parameters = {"gatewayresponse.header.X-Echo": "method.request.querystring.q"}
    api.client.put_gateway_response(
        restApiId=api.id, responseType="DEFAULT_4XX", responseParameters=parameters
    )
    api.deploy()
    answer = api.call("/nowhere?q=a%0d%0aSet-Cookie:%20stolen=1")
    assert "set-cookie" not in answer.headers
    assert answer.status == 403
    assert api.call("/nowhere?q=%E2%82%AC").status == 403


def test_gateway_responses_are_listed_whether_changed_or_not(api: Api) -> None:
    api.client.put_gateway_response(restApiId=api.id, responseType="THROTTLED", statusCode="420")
    listed = {
        each["responseType"]: each for each in api.client.get_gateway_responses(restApiId=api.id)["items"]
    }
    assert len(listed) == 21
    assert (listed["THROTTLED"]["statusCode"], listed["THROTTLED"]["defaultResponse"]) == ("420", False)
    assert (listed["UNAUTHORIZED"]["statusCode"], listed["UNAUTHORIZED"]["defaultResponse"]) == ("401", True)
    assert "statusCode" not in listed["DEFAULT_4XX"]
    api.client.delete_gateway_response(restApiId=api.id, responseType="THROTTLED")
    assert api.client.get_gateway_response(restApiId=api.id, responseType="THROTTLED")["defaultResponse"]
    with pytest.raises(api.client.exceptions.NotFoundException):
        api.client.delete_gateway_response(restApiId=api.id, responseType="THROTTLED")


@pytest.mark.parametrize(
    "path", ["/_execute-api", "/_execute-api/", "/_execute-api//", "/_execute-api/x", "/%5Fexecute-api/x/y"]
)
def test_an_address_without_api_and_stage_is_forbidden(connection: Connection, path: str) -> None:
    assert request(connection, path).status == 403
