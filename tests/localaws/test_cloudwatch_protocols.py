"""CloudWatch in each protocol that clients speak to it, down to the headers."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from xml.etree import ElementTree

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mllab_localaws.files import Connection

TARGET = "GraniteServiceVersion20100801."
FORM = "application/x-www-form-urlencoded; charset=utf-8"
Ask = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture
def ask(connection: Connection) -> Ask:
    """`ask(body, headers, path)`: a signed request, whatever comes of it."""

    def send(body: bytes, headers: dict[str, str], path: str = "/") -> tuple[int, dict[str, str], bytes]:
        request = AWSRequest("POST", connection.endpoint_url + path, headers, body)
        credentials = Credentials(connection.access_key, connection.secret_key)
        SigV4Auth(credentials, "monitoring", connection.region).add_auth(request)
        prepared = Request(connection.endpoint_url + path, body, dict(request.headers), method="POST")
        prepared.add_unredirected_header("Host", connection.endpoint_url.removeprefix("http://"))
        try:
            with urlopen(prepared) as reply:
                return reply.status, _lower(reply.headers.items()), reply.read()
        except HTTPError as error:
            with error:
                return error.code, _lower(error.headers.items()), error.read()

    return send


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


def _form(action: str, **members: str) -> bytes:
    return urlencode({"Action": action, "Version": "2010-08-01", **members}).encode()


def _text(reply: bytes, name: str) -> list[str | None]:
    return [element.text for element in ElementTree.fromstring(reply).iter() if element.tag.endswith(name)]


def test_json_is_answered_in_json(ask: Ask) -> None:
    headers = {"X-Amz-Target": TARGET + "DescribeAlarms", "Content-Type": "application/x-amz-json-1.0"}
    status, told, body = ask(b"{}", headers)
    assert (status, told["content-type"]) == (200, "application/x-amz-json-1.0")
    assert "MetricAlarms" in json.loads(body)


def test_a_form_is_answered_in_xml(ask: Ask) -> None:
    data = {"MetricData.member.1.MetricName": "Load", "MetricData.member.1.Value": "1.5"}
    put = _form("PutMetricData", Namespace="form", **data)
    assert ask(put, {"Content-Type": FORM})[0] == 200
    status, told, body = ask(_form("ListMetrics", Namespace="form"), {"Content-Type": FORM})
    assert (status, told["content-type"]) == (200, "text/xml")
    assert _text(body, "}MetricName") == ["Load"]


def test_an_error_has_its_old_code_in_xml(ask: Ask) -> None:
    state = {"AlarmName": "no-such-alarm", "StateValue": "OK", "StateReason": "x"}
    status, _, body = ask(_form("SetAlarmState", **state), {"Content-Type": FORM})
    assert (status, _text(body, "Code")) == (404, ["ResourceNotFound"])
    data = {"MetricData.member.1.MetricName": "Load"}
    _, _, body = ask(_form("PutMetricData", Namespace="form", **data), {"Content-Type": FORM})
    assert _text(body, "Code") == ["MissingParameter"]


@pytest.mark.parametrize("query_mode", [True, False])
def test_an_error_in_json_tells_its_old_code_to_clients_that_ask(ask: Ask, query_mode: bool) -> None:
    headers = {"X-Amz-Target": TARGET + "PutMetricData", "Content-Type": "application/x-amz-json-1.0"}
    if query_mode:
        headers["x-amzn-query-mode"] = "true"
    status, told, body = ask(json.dumps({"Namespace": "AWS/x", "MetricData": []}).encode(), headers)
    assert (status, json.loads(body)["__type"]) == (400, "InvalidParameterValueException")
    assert told.get("x-amzn-query-error") == ("InvalidParameterValue;Sender" if query_mode else None)


def test_a_compressed_body_is_read(ask: Ask) -> None:
    headers = {"X-Amz-Target": TARGET + "PutMetricData", "Content-Encoding": "gzip"}
    data = {"Namespace": "compressed", "MetricData": [{"MetricName": "Load", "Value": 1}]}
    assert ask(gzip.compress(json.dumps(data).encode()), headers)[0] == 200


@pytest.mark.parametrize(
    "body", [b"not gzip", gzip.compress(b"{}")[:-9], gzip.compress(b" " * 17 * 1024**2)], ids=len
)
def test_a_compressed_body_that_is_none_or_too_much_is_refused(ask: Ask, body: bytes) -> None:
    headers = {"X-Amz-Target": TARGET + "DescribeAlarms", "Content-Encoding": "gzip"}
    status, _, reply = ask(body, headers)
    assert (status, json.loads(reply)["__type"]) == (400, "SerializationException")


def test_cbor_is_refused_by_name(ask: Ask) -> None:
    path = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"
    headers = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
    status, _, reply = ask(b"\xa0", headers, path)
    assert status == 501
    assert "rpc-v2-cbor" in reply.decode()


def test_a_request_that_names_no_operation_meets_none(ask: Ask) -> None:
    status, _, reply = ask(b"{}", {"Content-Type": "application/json"})
    assert (status, json.loads(reply)["__type"]) == (501, "NotImplemented")


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("PutMetricData", {"Namespace": "r", "MetricData": [{"MetricName": "m", "Value": "much"}]}),
        ("PutMetricData", {"Namespace": "r", "MetricData": [{"MetricName": "m", "Value": {"a": 1}}]}),
        ("PutMetricData", {"Namespace": "r", "MetricData": [{"MetricName": "m", "Values": [None]}]}),
        ("PutMetricData", {"Namespace": "r", "MetricData": [None]}),
        ("PutMetricData", {"Namespace": "r", "MetricData": {"a": "b"}}),
        ("PutMetricData", {"Namespace": "r", "MetricData": [{"MetricName": "m", "Timestamp": 1e300}]}),
        ("PutMetricData", {"Namespace": ":r", "MetricData": [{"MetricName": "m", "Value": 1}]}),
        ("PutMetricData", {"MetricData": [{"MetricName": "m", "Value": 1}]}),
        ("GetMetricData", {"MetricDataQueries": [{"Id": ""}], "StartTime": 0, "EndTime": 1}),
        ("GetMetricData", {"MetricDataQueries": [], "StartTime": 0, "EndTime": 1}),
        ("PutMetricAlarm", {"AlarmName": "a", "Period": "ten"}),
        ("PutMetricAlarm", {"AlarmName": "a" * 256}),
        ("DescribeAlarms", {"NextToken": "\u0000"}),
        ("DescribeAlarmHistory", {"StartDate": "soon"}),
        ("SetAlarmState", {"AlarmName": "a", "StateValue": "FINE", "StateReason": ""}),
        ("DeleteAlarms", {"AlarmNames": [None]}),
        ("PutDashboard", {"DashboardName": 5, "DashboardBody": 6}),
    ],
)
def test_rubbish_is_the_senders_fault(ask: Ask, operation: str, body: dict[str, object]) -> None:
    headers = {"X-Amz-Target": TARGET + operation, "Content-Type": "application/x-amz-json-1.0"}
    status, _, reply = ask(json.dumps(body).encode(), headers)
    assert 400 <= status < 500, reply
    assert json.loads(reply)["__type"] not in ("InternalFailure", "UnknownOperation")
