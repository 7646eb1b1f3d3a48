"""The Lambda function: what comes in from API Gateway, what goes out, and every way to fail."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from mllab_helpers import texts
from mllab_helpers.housing.features import HOUSE_FIELDS, csv_row, model_row
from mllab_helpers.web import functions, web_function

SOURCE = Path(web_function.__file__).parents[1] / "lambda_src" / "predict_house.py"
CONTEXT = SimpleNamespace(aws_request_id="8f5c")
ALLOWED_KEYS = {"statusCode", "headers", "body", "isBase64Encoded", "multiValueHeaders"}
HOUSE = {
    **dict.fromkeys(HOUSE_FIELDS, 1),
    "lat": 47.6,
    "long": -122.3,
    "yr_built": 1990,
    "date": "2015-03-01",
}


def load(monkeypatch, **variables):
    """Load the function anew, as a new copy on Lambda does."""
    # boto3 keeps the credentials of its first client for the whole process.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "ENDPOINT_NAME": "houses", **variables}.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("predict_house", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def function(monkeypatch):
    texts.use("en")
    return load(monkeypatch)


@pytest.fixture
def endpoint(function):
    with Stubber(function.RUNTIME) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def says(text):
    raw = text.encode()
    return {"Body": StreamingBody(io.BytesIO(raw), len(raw)), "ContentType": "text/csv"}


def rest_event(body, **changes):
    """What API Gateway's REST API hands over (contract F.7)."""
    return {
        "resource": "/predict",
        "path": "/predict",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json", "x-api-key": "k"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"stage": "prod", "requestId": "r", "path": "/prod/predict"},
        "body": body,
        "isBase64Encoded": False,
        **changes,
    }


def http_event(body):
    """What an HTTP API hands over (payload 2.0): no httpMethod, absent members left out."""
    return {
        "version": "2.0",
        "routeKey": "POST /predict",
        "rawPath": "/predict",
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": "POST", "path": "/predict"}, "stage": "$default"},
        "body": body,
        "isBase64Encoded": False,
    }


def ask(function, event):
    """Call the handler and hold its answer against the proxy contract (F.8)."""
    answer = function.handler(event, CONTEXT)
    json.dumps(answer)
    assert set(answer) <= ALLOWED_KEYS
    assert isinstance(answer["statusCode"], int)
    assert isinstance(answer["body"], str)
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
    assert answer["headers"]["X-Lambda-Request-Id"] == "8f5c"
    return answer["statusCode"], json.loads(answer["body"])


TEXT = json.dumps(HOUSE)


@pytest.mark.parametrize(
    "event",
    [
        rest_event(TEXT),
        rest_event(base64.b64encode(TEXT.encode()).decode(), isBase64Encoded=True),
        http_event(TEXT),
        {"body": TEXT},
        rest_event(json.dumps(HOUSE | {"zipcode": 98115, "remark": "a field that the model does not read"})),
    ],
    ids=["rest", "base64", "http", "invoked directly", "more fields"],
)
def test_a_house_in_any_kind_of_event_gets_the_price_of_its_row(function, endpoint, event):
    row = csv_row(model_row(HOUSE))
    endpoint.add_response(
        "invoke_endpoint",
        says("620431.256\n"),
        {"EndpointName": "houses", "ContentType": "text/csv", "Body": row},
    )
    assert ask(function, event) == (200, {"price_usd": 620431.26, "date": "2015-03-01"})


def test_a_house_without_a_date_is_priced_as_of_today(function, endpoint):
    endpoint.add_response("invoke_endpoint", says("1"))
    house = {name: value for name, value in HOUSE.items() if name != "date"}
    status, said = ask(function, rest_event(json.dumps(house)))
    assert status == 200
    assert said["date"] == datetime.now(timezone.utc).date().isoformat()


def test_what_is_not_known_is_sent_empty(function, endpoint):
    row = csv_row(model_row(HOUSE | {"bathrooms": None}))
    assert ",," in row
    expected = {"EndpointName": "houses", "ContentType": "text/csv", "Body": row}
    endpoint.add_response("invoke_endpoint", says("1"), expected)
    assert ask(function, rest_event(json.dumps(HOUSE | {"bathrooms": None})))[0] == 200


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (None, 400, "no body"),
        ("", 400, "no body"),
        (" \n", 400, "no body"),
        ({"bedrooms": 3}, 400, "no body"),
        ("bedrooms=3", 400, "no JSON"),
        ('{"bedrooms": 3', 400, "no JSON"),
        ('{"lat": NaN}', 400, "NaN is no number"),
        ('{"lat": -Infinity}', 400, "-Infinity is no number"),
        ("[" * 10_000, 400, "no JSON"),
        ("[1, 2]", 400, "JSON object"),
        ("3", 400, "JSON object"),
        ("null", 400, "JSON object"),
        ("{}", 400, "bedrooms, bathrooms, sqft_living"),
        ("x" * 20_000, 413, "20000 characters"),
    ],
)
def test_a_body_that_holds_no_house_is_the_callers_error(function, body, status, words):
    found, said = ask(function, rest_event(body))
    assert found == status
    assert words in said["message"]


@pytest.mark.parametrize("body", ["not base64!", base64.b64encode(b"\xff\xfe").decode()])
def test_what_is_no_base64_or_no_text_is_the_callers_error(function, body):
    assert ask(function, rest_event(body, isBase64Encoded=True))[0] == 400


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grade": "high", "floors": [2], "date": "soon"}, "floors = [2], grade = 'high', date = 'soon'"),
        ({"sqft_living15": 0}, "sqft_living15 = 0"),
        ({"lat": "inf"}, "lat = 'inf'"),
        ({"sqft_lot": 10**400}, "sqft_lot = 1000"),
        ({"lat": 1e300}, "lat = 1e+300"),
        ({"grade": "\ud800"}, "\\ud800"),
        ({"grade": {"a": "b" * 10_000}}, "grade = "),
    ],
)
def test_all_fields_that_are_wrong_are_named_at_once(function, changes, words):
    status, said = ask(function, rest_event(json.dumps(HOUSE | changes)))
    assert status == 400
    assert words in said["message"]
    assert len(said["message"]) < 400


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ValidationError", 503),
        ("ThrottlingException", 503),
        ("ServiceUnavailable", 503),
        ("ModelError", 502),
        ("AccessDeniedException", 500),
        ("InternalFailure", 500),
    ],
)
def test_what_the_endpoint_refuses_is_not_the_callers_error_and_says_nothing_secret(
    function, endpoint, code, status
):
    endpoint.add_client_error("invoke_endpoint", code, "User arn:aws:sts::123456789012:role may not")
    found, said = ask(function, rest_event(TEXT))
    assert found == status
    assert "arn:aws" not in said["message"]


@pytest.mark.parametrize("text", ["", "nan", "inf", "<html>", "1\n2\n"])
def test_an_endpoint_that_gives_no_price_is_a_bad_gateway(function, endpoint, text):
    endpoint.add_response("invoke_endpoint", says(text))
    assert ask(function, rest_event(TEXT))[0] == 502


def test_an_endpoint_that_cannot_be_reached_is_a_timeout(monkeypatch):
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    function = load(monkeypatch, AWS_ENDPOINT_URL="http://127.0.0.1:1", **keys)
    assert ask(function, rest_event(TEXT))[0] == 504


def test_a_function_without_its_variable_answers_all_the_same(function, monkeypatch):
    monkeypatch.delenv("ENDPOINT_NAME")
    status, said = ask(function, rest_event(TEXT))
    assert status == 500
    assert "8f5c" in said["message"]


@pytest.mark.parametrize(("language", "words"), [("es", "no trae cuerpo"), ("en", "no body")])
def test_it_speaks_the_language_it_was_deployed_with(monkeypatch, language, words):
    function = load(monkeypatch, MESSAGE_LANGUAGE=language)
    assert words in ask(function, rest_event(None))[1]["message"]


def test_its_attempts_end_before_the_function_does(function):
    config = function.RUNTIME.meta.config
    attempts = config.retries["total_max_attempts"]
    assert attempts * (config.connect_timeout + config.read_timeout) < functions.TIMEOUT_SECONDS - 2
