"""The AWS CLI puts a REST API in front of a function, with CORS, a key and a plan; curl calls it."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from environments import environment
from test_aws_cli import Cli
from test_curl import curl

NAME = "shell-api"
SOURCE = (
    "import json\ndef handler(event, context):\n"
    "    body = json.dumps({'asked': json.loads(event['body']), 'stage': event['requestContext']['stage']})\n"
    "    return {'statusCode': 200, 'headers': {'Access-Control-Allow-Origin': '*'}, 'body': body}\n"
)


@dataclass(frozen=True)
class Api:
    """A deployed API, by its ids."""

    aws: Cli
    id: str
    plan: str
    key: str
    value: str

    @property
    def url(self) -> str:
        """Where POST /predict is."""
        return f"{self.aws.variables['AWS_ENDPOINT_URL']}/_execute-api/{self.id}/prod/predict"


@pytest.fixture(scope="module")
def aws(environment_variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The AWS CLI, v1, out of an environment of its own."""
    return Cli(environment("awscli") / "aws", tmp_path_factory.mktemp("api"), environment_variables)


@pytest.fixture(scope="module")
def api(aws: Cli) -> Api:
    """Everything that the shell builds."""
    api = aws.ask("apigateway", "create-rest-api", "--name", NAME)
    here = ("--rest-api-id", api["id"])
    made = aws.ask(
        *("apigateway", "create-resource", *here),
        *("--parent-id", api["rootResourceId"], "--path-part", "predict"),
    )
    resource = (*here, "--resource-id", made["id"])
    _post(aws, resource, _function(aws))
    _options(aws, resource)
    aws("apigateway", "create-deployment", *here, "--stage-name", "prod")
    key = aws.ask("apigateway", "create-api-key", "--name", NAME, "--enabled")
    plan = aws.ask(
        *("apigateway", "create-usage-plan", "--name", NAME),
        *("--throttle", "burstLimit=50,rateLimit=50", "--quota", "limit=100,period=DAY"),
        *("--api-stages", f"apiId={api['id']},stage=prod"),
    )
    member = ("--usage-plan-id", plan["id"], "--key-id", key["id"], "--key-type", "API_KEY")
    aws("apigateway", "create-usage-plan-key", *member)
    return Api(aws, api["id"], plan["id"], key["id"], key["value"])


def _function(aws: Cli) -> str:
    """Return the URI of a function that every API may ask."""
    with zipfile.ZipFile(aws.directory / "function.zip", "w") as archive:
        archive.writestr("app.py", SOURCE)
    service = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [service]})
    role = aws.ask("iam", "create-role", "--role-name", NAME, "--assume-role-policy-document", trust)
    function = aws.ask(
        *("lambda", "create-function", "--function-name", NAME, "--runtime", "python3.12"),
        *("--role", role["Role"]["Arn"], "--handler", "app.handler", "--zip-file", "fileb://function.zip"),
    )["FunctionArn"]
    aws(
        *("lambda", "add-permission", "--function-name", NAME, "--statement-id", "api"),
        *("--action", "lambda:InvokeFunction", "--principal", "apigateway.amazonaws.com"),
    )
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"


def _post(aws: Cli, resource: tuple[str, ...], uri: str) -> None:
    method = (*resource, "--http-method", "POST")
    aws("apigateway", "put-method", *method, "--authorization-type", "NONE", "--api-key-required")
    proxy = ("--type", "AWS_PROXY", "--integration-http-method", "POST", "--uri", uri)
    aws("apigateway", "put-integration", *method, *proxy)


def _options(aws: Cli, resource: tuple[str, ...]) -> None:
    """Answer a browser's preflight request."""
    method = (*resource, "--http-method", "OPTIONS")
    header = "method.response.header.Access-Control-Allow-Origin"
    answer = (*method, "--status-code", "200", "--response-parameters")
    aws("apigateway", "put-method", *method, "--authorization-type", "NONE")
    template = json.dumps({"application/json": '{"statusCode": 200}'})
    aws("apigateway", "put-integration", *method, "--type", "MOCK", "--request-templates", template)
    aws("apigateway", "put-method-response", *answer, json.dumps({header: False}))
    aws("apigateway", "put-integration-response", *answer, json.dumps({header: "'*'"}))


def test_curl_asks_the_function_with_the_key(api: Api) -> None:
    key = ("--header", f"x-api-key: {api.value}", "--header", "Content-Type: application/json")
    status, body = curl(api.url, *key, "--data", '{"sqft": 1180}')
    assert (status, json.loads(body)) == (200, {"asked": {"sqft": 1180}, "stage": "prod"})


def test_curl_finds_the_api_by_its_host_name(api: Api) -> None:
    port = urlsplit(api.url).port
    url = f"http://{api.id}.execute-api.localhost:{port}/prod/predict"
    status, body = curl(url, "--ipv4", "--header", f"x-api-key: {api.value}", "--data", "[]")
    assert (status, json.loads(body)["asked"]) == (200, [])


def test_curl_without_a_key_and_at_a_wrong_path_is_told_so(api: Api) -> None:
    assert curl(api.url, "--data", "{}") == (403, '{"message":"Forbidden"}')
    assert curl(f"{api.url}s", "--data", "{}") == (403, '{"message":"Missing Authentication Token"}')


def test_a_preflight_request_gets_its_headers(api: Api) -> None:
    status, head = curl(api.url, "--request", "OPTIONS", "--include")
    assert status == 200
    assert "access-control-allow-origin: *" in head.lower()


def test_the_shell_sees_what_was_used_tags_it_and_cleans_up(api: Api) -> None:
    aws, stage = api.aws, ("--rest-api-id", api.id, "--stage-name", "prod")
    rate = "op=replace,path=/*/*/throttling/rateLimit,value=25"
    settings = aws.ask("apigateway", "update-stage", *stage, "--patch-operations", rate)["methodSettings"]
    assert settings["*/*"]["throttlingRateLimit"] == 25
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api.id}/stages/prod"
    aws("apigateway", "tag-resource", "--resource-arn", arn, "--tags", "mllab:student=ana")
    assert aws.ask("apigateway", "get-tags", "--resource-arn", arn)["tags"] == {"mllab:student": "ana"}
    plan = ("--usage-plan-id", api.plan)
    detach = f"op=remove,path=/apiStages,value={api.id}:prod"
    aws("apigateway", "update-usage-plan", *plan, "--patch-operations", detach)
    aws("apigateway", "delete-usage-plan", *plan)
    aws("apigateway", "delete-api-key", "--api-key", api.key)
    aws("apigateway", "delete-rest-api", "--rest-api-id", api.id)
    assert curl(api.url, "--data", "{}")[0] == 403
