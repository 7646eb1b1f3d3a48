"""REST APIs for tests: built in one call, and called as any program would, header by header."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mllab_localaws.files import Connection
from mllab_localaws.platform import ACCOUNT

STAGE = "prod"
# POST: returns what the body says, or does it; anything else: returns the event.
FUNCTION = """
import json, os, time

def handler(event, context):
    if event["httpMethod"] != "POST":
        return {"statusCode": 200, "body": json.dumps(event)}
    wanted = json.loads(event["body"])
    if wanted == "raise":
        raise ValueError("on purpose")
    if wanted == "exit":
        os._exit(1)
    if wanted == "sleep":
        time.sleep(1)
    return wanted
"""


@dataclass(frozen=True)
class Answer:
    """What a caller got; header names in lower case, each with all of its values."""

    status: int
    headers: Mapping[str, list[str]]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    def header(self, name: str) -> str:
        """Return the only value of a header."""
        (value,) = self.headers[name.lower()]
        return value


@dataclass(frozen=True)
class Api:
    """A REST API under construction, and its callers.

    Attributes: resources: ids by path.
    """

    client: Any
    connection: Connection
    id: str
    resources: dict[str, str] = field(default_factory=dict)

    def resource(self, path: str) -> str:
        """Return a resource's id; it and those above it are made when they are not there."""
        if path not in self.resources:
            above, _, part = path.rpartition("/")
            parent = self.resource(above or "/")
            made = self.client.create_resource(restApiId=self.id, parentId=parent, pathPart=part)
            self.resources[path] = made["id"]
        return self.resources[path]

    def method(self, path: str, http_method: str, **members: Any) -> dict[str, str]:
        """Add a method, and return what names it."""
        where = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": http_method}
        self.client.put_method(**where, **{"authorizationType": "NONE", **members})
        return where

    def proxy(self, path: str, http_method: str, function: str, **members: Any) -> dict[str, str]:
        """Let a function answer a method.

        Args: members: of the method; those in `integration` of the integration.
        """
        integration = members.pop("integration", {})
        where = self.method(path, http_method, **members)
        request = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri(function), **integration}
        self.client.put_integration(**where, **request)
        return where

    def mock(self, path: str, http_method: str, **members: Any) -> dict[str, str]:
        """Let API Gateway answer a method with 200 and no body.

        Args: members: of the method; `headers` are constants of the answer.
        """
        headers = members.pop("headers", {})
        where = self.method(path, http_method, **members)
        template = {"application/json": '{"statusCode": 200}'}
        self.client.put_integration(**where, type="MOCK", requestTemplates=template)
        names = {f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()}
        declared = dict.fromkeys(names, False)
        self.client.put_method_response(**where, statusCode="200", responseParameters=declared)
        self.client.put_integration_response(**where, statusCode="200", responseParameters=names)
        return where

    def deploy(self, stage: str = STAGE) -> str:
        """Make everything live, and return the deployment's id."""
        return str(self.client.create_deployment(restApiId=self.id, stageName=stage)["id"])

    def url(self, path: str, stage: str = STAGE) -> str:
        """Return the address below the local AWS's own."""
        return f"/_execute-api/{self.id}/{stage}{path}"

    def call(self, path: str, method: str = "GET", body: Any = None, **options: Any) -> Answer:
        """Call the API; anything but bytes goes as JSON.

        Args: options: `headers`, `stage`.
        """
        address = self.url(path, options.get("stage", STAGE))
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        return request(self.connection, address, method, content, options.get("headers", {}))


def uri(function: str, region: str = "us-east-1") -> str:
    """Return the URI of an integration with a function."""
    arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{function}"
    return f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def new_api(client: Any, connection: Connection, **members: Any) -> Api:
    """Return a new API."""
    made = client.create_rest_api(**{"name": "houses", **members})
    return Api(client, connection, made["id"], {"/": made["rootResourceId"]})


def request(
    connection: Connection,
    address: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request, with these headers and no others but the length and the host."""
    server = urlsplit(connection.endpoint_url)
    client = http.client.HTTPConnection(server.hostname or "", server.port or 0, timeout=30)
    try:
        sent = dict(headers or {})
        client.putrequest(method, address, skip_accept_encoding=True, skip_host="Host" in sent)
        if body is not None:
            sent.setdefault("Content-Length", str(len(body)))
        for name, value in sent.items():
            client.putheader(name, value)
        client.endheaders(body)
        answer = client.getresponse()
        received: dict[str, list[str]] = {}
        for name, value in answer.getheaders():
            received.setdefault(name.lower(), []).append(value)
        return Answer(answer.status, received, answer.read())
    finally:
        client.close()


def allow_callers(functions: Any, name: str, statement: str = "callers") -> None:
    """Let every API ask a function."""
    functions.add_permission(
        FunctionName=name,
        StatementId=statement,
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:{ACCOUNT}:*",
    )
