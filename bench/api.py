"""What a deployed API adds to a client's request: API Gateway and a warm Lambda function that echoes.

Bound: a POST takes at most 6 ms more (median) than the same request of the same client to a bare echo
server. Both are asked in turns over one open connection each, in one run. A MOCK method shows the
gateway's own share.

    python bench/api.py
"""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from bench.functions import create_function
from bench.invoke import client, echo_server
from mllab_localaws import daemon
from mllab_localaws.files import Connection

SOURCE = "def handler(event, context): return {'statusCode': 200, 'body': event['body']}\n"
BODY = json.dumps({"bedrooms": 3, "sqft_living": 2570, "zipcode": "98125"}).encode()
NAME = "bench"
STAGE = "prod"
ROUNDS = 5
CALLS = 100


class Caller:
    """One open connection to one address."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._path = address.path or "/"
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=30)

    def median_ms(self) -> float:
        """Return the median of many requests, each with its answer."""
        return statistics.median(self._milliseconds() for _ in range(CALLS))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _milliseconds(self) -> float:
        began = time.perf_counter()
        self._connection.request("POST", self._path, BODY, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        body = answer.read()
        milliseconds = (time.perf_counter() - began) * 1000
        if answer.status != 200 or body not in (BODY, b""):
            raise RuntimeError(f"unexpected answer: {answer.status} {body!r}")
        return milliseconds


def measure() -> dict[str, float]:
    """Return the medians and what the API adds, in milliseconds."""
    with tempfile.TemporaryDirectory() as directory, echo_server() as echo_url:
        home = Path(directory, "home")
        connection = daemon.start(home)
        try:
            api = _deploy(connection)
            callers = [Caller(url) for url in (f"{api}/echo", f"{api}/mock", echo_url)]
            for caller in callers:
                caller.median_ms()
            rounds = [tuple(caller.median_ms() for caller in callers) for _ in range(ROUNDS)]
            for caller in callers:
                caller.close()
        finally:
            daemon.stop(home)
    with_function, with_mock, with_echo = (statistics.median(side) for side in zip(*rounds, strict=True))
    return {
        "api_ms": with_function,
        "mock_ms": with_mock,
        "echo_ms": with_echo,
        "api_added_ms": statistics.median(one - other for one, _, other in rounds),
        "mock_added_ms": statistics.median(one - other for _, one, other in rounds),
    }


def _deploy(connection: Connection) -> str:
    """Return the address of a stage with an echo behind /echo and nothing behind /mock."""
    gateway = client("apigateway", connection)
    api = gateway.create_rest_api(name=NAME)
    proxy = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": _function(connection)}
    mock = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    for path, integration in (("echo", proxy), ("mock", mock)):
        resource = gateway.create_resource(restApiId=api["id"], parentId=api["rootResourceId"], pathPart=path)
        method = {"restApiId": api["id"], "resourceId": resource["id"], "httpMethod": "POST"}
        gateway.put_method(**method, authorizationType="NONE")
        gateway.put_integration(**method, **integration)
        if integration is mock:
            gateway.put_method_response(**method, statusCode="200")
            gateway.put_integration_response(**method, statusCode="200")
    gateway.create_deployment(restApiId=api["id"], stageName=STAGE)
    return f"{connection.endpoint_url}/_execute-api/{api['id']}/{STAGE}"


def _function(connection: Connection) -> str:
    """Return the URI of a function that API Gateway may invoke."""
    function = create_function(connection, NAME, SOURCE)
    client("lambda", connection).add_permission(
        FunctionName=NAME,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
