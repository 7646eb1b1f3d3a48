"""The event that a function gets from a REST API (contract F.7)."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from apis import FUNCTION, STAGE, Api, allow_callers, new_api, request
from functions import Workshop, create_role

from mllab_localaws.files import Connection
from mllab_localaws.platform import ACCOUNT

NAME = "api-events"
ECHO = "import json\ndef handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}"
KEYS = {
    "resource",
    "path",
    "httpMethod",
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "multiValueQueryStringParameters",
    "pathParameters",
    "stageVariables",
    "requestContext",
    "body",
    "isBase64Encoded",
}
CONTEXT = {
    "accountId",
    "apiId",
    "deploymentId",
    "domainName",
    "domainPrefix",
    "extendedRequestId",
    "httpMethod",
    "identity",
    "path",
    "protocol",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "resourceId",
    "resourcePath",
    "stage",
}
IDENTITY = {
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "sourceIp",
    "user",
    "userAgent",
    "userArn",
}


@pytest.fixture(scope="module")
def function(client: Callable[..., Any]) -> str:
    """A function that returns its event."""
    functions = client("lambda")
    Workshop(functions, create_role(client("iam"), NAME)).create(NAME, ECHO)
    allow_callers(functions, NAME)
    return NAME


@pytest.fixture(scope="module")
def api(client: Callable[..., Any], connection: Connection, function: str) -> Api:
    """`ANY /houses/{id}` and `ANY /files/{proxy+}`."""
    api = new_api(client("apigateway"), connection)
    api.proxy("/", "GET", function)
    api.proxy("/houses/{id}", "ANY", function)
    api.proxy("/files/{proxy+}", "ANY", function)
    api.deploy()
    return api


def test_a_bare_request_has_every_key_and_null_for_what_is_not_there(api: Api) -> None:
    event = api.call("/").json
    assert set(event) == KEYS
    assert set(event["requestContext"]) == CONTEXT
    assert set(event["requestContext"]["identity"]) == IDENTITY
    nothing = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables")
    assert [event[name] for name in (*nothing, "body")] == [None] * 5
    assert event["isBase64Encoded"] is False


def test_paths_come_with_and_without_the_stage(api: Api) -> None:
    event = api.call("/houses/7?view=1", "PUT").json
    context = event["requestContext"]
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/houses/{id}", "/houses/7", "PUT")
    assert (context["path"], context["resourcePath"]) == (f"/{STAGE}/houses/7", "/houses/{id}")
    assert (context["resourceId"], context["httpMethod"]) == (api.resources["/houses/{id}"], "PUT")


def test_path_parameters_are_what_was_sent(api: Api) -> None:
    assert api.call("/houses/a%2Fb%20c").json["pathParameters"] == {"id": "a%2Fb%20c"}
    assert api.call("/files/one/two/three.csv").json["pathParameters"] == {"proxy": "one/two/three.csv"}


def test_a_query_comes_decoded_once_with_the_last_and_once_with_all_values(api: Api) -> None:
    event = api.call("/?zip=98001&zip=98002&name=a+b%26c&flag").json
    assert event["queryStringParameters"] == {"zip": "98002", "name": "a b&c", "flag": ""}
    assert event["multiValueQueryStringParameters"] == {
        "zip": ["98001", "98002"],
        "name": ["a b&c"],
        "flag": [""],
    }


def test_headers_keep_the_callers_spelling_and_gain_api_gateways(api: Api, connection: Connection) -> None:
    headers = {"X-CamelCase": "1", "lower-case": "2", "user-agent": "test/1", "Connection": "close"}
    event = api.call("/", headers=headers).json
    port = str(urlsplit(connection.endpoint_url).port)
    assert event["headers"] == {
        "X-CamelCase": "1",
        "lower-case": "2",
        "User-Agent": "test/1",
        "Host": f"127.0.0.1:{port}",
        "X-Amzn-Trace-Id": event["headers"]["X-Amzn-Trace-Id"],
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Port": port,
        "X-Forwarded-Proto": "http",
    }
    assert event["multiValueHeaders"] == {name: [value] for name, value in event["headers"].items()}
    assert event["requestContext"]["identity"]["userAgent"] == "test/1"


def test_the_context_says_who_what_and_when(api: Api) -> None:
    before = time.time()
    answer = api.call("/")
    context = answer.json["requestContext"]
    assert (context["accountId"], context["apiId"], context["stage"]) == (ACCOUNT, api.id, STAGE)
    assert context["requestId"] == answer.header("x-amzn-RequestId")
    assert context["extendedRequestId"] == answer.header("x-amz-apigw-id")
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["protocol"] == "HTTP/1.1"
    assert before - 1 < context["requestTimeEpoch"] / 1000 < time.time() + 1
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["requestTime"])


def test_a_body_is_text(api: Api) -> None:
    event = api.call("/houses/7", "POST", "dos baños").json
    assert (json.loads(event["body"]), event["isBase64Encoded"]) == ("dos baños", False)


def test_a_body_that_is_no_text_does_not_fail(api: Api) -> None:
    assert "\ufffd" in api.call("/houses/7", "POST", b"\xff\xfe").json["body"]


def test_the_host_form_reaches_the_same_stage(api: Api, connection: Connection) -> None:
    for host in (f"{api.id}.execute-api.localhost:4566", f"{api.id}.execute-api.us-east-1.localhost"):
        event = request(connection, f"/{STAGE}/houses/7", headers={"Host": host}).json
        assert event["path"] == "/houses/7"
        assert event["requestContext"]["domainName"] == host
        assert event["requestContext"]["domainPrefix"] == api.id


def test_stage_variables_choose_the_function(
    client: Callable[..., Any], connection: Connection, function: str
) -> None:
    api = new_api(client("apigateway"), connection)
    api.proxy("/", "GET", "${stageVariables.function}")
    api.deploy()
    patch = {"op": "replace", "path": "/variables/function", "value": function}
    api.client.update_stage(restApiId=api.id, stageName=STAGE, patchOperations=[patch])
    assert api.call("/").json["stageVariables"] == {"function": function}


def test_binary_media_types_bring_base64_in_and_take_it_out(
    client: Callable[..., Any], connection: Connection
) -> None:
    functions, name = client("lambda"), f"{NAME}-binary"
    source = "def handler(event, context):\n    return {'statusCode': 200, **{name: event[name] for name in "
    source += "('body', 'isBase64Encoded')}}"
    Workshop(functions, create_role(client("iam"), NAME)).create(name, source)
    allow_callers(functions, name)
    api = new_api(client("apigateway"), connection, binaryMediaTypes=["image/*"])
    api.proxy("/", "POST", name)
    api.deploy()
    png = b"\x89PNG\r\n\x1a\n"
    sent = {"Content-Type": "image/png"}
    assert api.call("/", "POST", png, headers={**sent, "Accept": "image/png, */*"}).body == png
    assert api.call("/", "POST", png, headers={**sent, "Accept": "text/html"}).body == base64.b64encode(png)
    assert api.call("/", "POST", b"text", headers={"Content-Type": "text/plain"}).body == b"text"


def test_the_functions_policy_decides_which_method_may_ask(
    client: Callable[..., Any], connection: Connection
) -> None:
    functions, name = client("lambda"), f"{NAME}-policy"
    Workshop(functions, create_role(client("iam"), NAME)).create(name, FUNCTION)
    api = new_api(client("apigateway"), connection)
    for method in ("GET", "PUT"):
        api.proxy("/houses", method, name)
    api.deploy()
    functions.add_permission(
        FunctionName=name,
        StatementId="get",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api.id}/*/GET/houses",
    )
    assert [api.call("/houses", method).status for method in ("GET", "PUT")] == [200, 500]
