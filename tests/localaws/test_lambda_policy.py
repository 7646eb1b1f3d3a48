"""Resource policies: which service may invoke a function, and for whom."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from functions import Workshop, create_role
from in_process import InProcess, served, until
from test_lambda_invoke import log_messages

from mllab_localaws.access.service_principals import service_is_allowed
from mllab_localaws.events.deliveries import Delivery
from mllab_localaws.wire.errors import AwsError

API = "arn:aws:execute-api:us-east-1:123456789012:abc/*/POST/predict"
CALL = "arn:aws:execute-api:us-east-1:123456789012:abc/prod/POST/predict"
GATEWAY = "apigateway.amazonaws.com"


@pytest.fixture(scope="module")
def workshop(client: Callable[..., Any]) -> Workshop:
    return Workshop(client("lambda"), create_role(client("iam"), "lambda-policy"))


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_statements_are_added_shown_and_removed(workshop: Workshop) -> None:
    arn = workshop.create("policy", "def handler(e, c): pass")["FunctionArn"]
    permit = {"FunctionName": "policy", "Action": "lambda:InvokeFunction"}
    lambda_ = workshop.client
    assert refused(lambda_.get_policy, FunctionName="policy")[0] == "ResourceNotFoundException"
    added = lambda_.add_permission(**permit, StatementId="api", Principal=GATEWAY, SourceArn=API)
    statement = {
        "Sid": "api",
        "Effect": "Allow",
        "Principal": {"Service": GATEWAY},
        "Action": "lambda:InvokeFunction",
        "Resource": arn,
        "Condition": {"ArnLike": {"AWS:SourceArn": API}},
    }
    assert json.loads(added["Statement"]) == statement
    lambda_.add_permission(
        **permit, StatementId="s3", Principal="s3.amazonaws.com", SourceAccount="123456789012"
    )
    document = json.loads(lambda_.get_policy(FunctionName=arn)["Policy"])
    assert document["Statement"][0] == statement
    assert document["Statement"][1]["Condition"] == {"StringEquals": {"AWS:SourceAccount": "123456789012"}}
    code, message = refused(lambda_.add_permission, **permit, StatementId="s3", Principal=GATEWAY)
    assert code == "ResourceConflictException"
    assert message.startswith("The statement id (s3) provided already exists.")
    for sid in ("api", "s3"):
        lambda_.remove_permission(FunctionName="policy", StatementId=sid)
    code, _ = refused(lambda_.remove_permission, FunctionName="policy", StatementId="s3")
    assert code == "ResourceNotFoundException"
    assert refused(lambda_.get_policy, FunctionName="policy")[0] == "ResourceNotFoundException"


def test_a_permission_for_nobody_there_is_not_found(workshop: Workshop) -> None:
    permit = {"StatementId": "a", "Action": "lambda:InvokeFunction", "Principal": GATEWAY}
    assert (
        refused(workshop.client.add_permission, FunctionName="nobody", **permit)[0]
        == "ResourceNotFoundException"
    )


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"Service": ["s3.amazonaws.com", GATEWAY]}}, True),
        ({"Principal": {"Service": "s3.amazonaws.com"}}, False),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
        ({"Action": "lambda:*"}, True),
        ({"Action": ["lambda:GetFunction"]}, False),
        ({"Effect": "Deny"}, False),
        ({"Condition": {}}, True),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": CALL}}}, True),
        ({"Condition": {"StringEquals": {"AWS:SourceArn": API}}}, False),
        ({"Condition": {"StringLike": {"AWS:SourceArn": API}}}, True),
        ({"Condition": {"ArnLike": {"AWS:SourceArn": CALL.replace("abc", "xyz")}}}, False),
        (
            {"Condition": {"ArnLike": {"AWS:SourceArn": ["arn:aws:s3:::b", "arn:aws:execute-api:*:*:*"]}}},
            True,
        ),
        ({"Condition": {"ArnLike": {"AWS:SourceArn": "*"}}}, True),
        (
            {"Condition": {"ArnLike": {"AWS:SourceArn": API}, "StringEquals": {"AWS:SourceAccount": "1"}}},
            False,
        ),
        ({"Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"}}}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, False),
        ({"Condition": {"DateLessThan": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}}}, False),
        ({"Condition": {"ArnLike": {"AWS:SourceArn": CALL.replace("abc", "[abc]")}}}, False),
    ],
)
def test_a_service_is_allowed_by_principal_action_and_condition(
    changes: dict[str, Any], allowed: bool
) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": GATEWAY},
        "Action": "lambda:InvokeFunction",
        "Condition": {"ArnLike": {"AWS:SourceArn": API}},
        **changes,
    }
    document = {"Statement": [statement]}
    assert service_is_allowed(document, GATEWAY, "lambda:InvokeFunction", CALL) is allowed


def test_a_denial_wins() -> None:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*"}
    document = {"Statement": [allow, {**allow, "Effect": "Deny"}]}
    assert not service_is_allowed(document, GATEWAY, "lambda:InvokeFunction", CALL)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    home: Path = tmp_path_factory.mktemp("lambda-policy") / "home"
    with served(home) as local:
        yield local


@pytest.fixture(scope="module")
def permitted(local: InProcess) -> str:
    """The ARN of a function that API Gateway and EventBridge may invoke for one source each."""
    workshop = Workshop(local.client("lambda"), create_role(local.client("iam"), "lambda"))
    arn = workshop.create("permitted", "def handler(e, c):\n    print('event', e)\n    return e")[
        "FunctionArn"
    ]
    for sid, principal, source in (
        ("api", GATEWAY, API),
        ("rule", "events.amazonaws.com", "arn:aws:events:us-east-1:123456789012:rule/mine"),
    ):
        workshop.client.add_permission(
            FunctionName="permitted",
            StatementId=sid,
            Action="lambda:InvokeFunction",
            Principal=principal,
            SourceArn=source,
        )
    return str(arn)


def invoke(local: InProcess, arn: str, payload: bytes, principal: str, source_arn: str) -> Any:
    functions = local.aws.services.lambda_.functions
    return local.run(functions.invoke(arn, payload, principal=principal, source_arn=source_arn))


def test_another_service_invokes_a_function_that_permits_it(local: InProcess, permitted: str) -> None:
    done = invoke(local, permitted, b'{"a": 1}', GATEWAY, CALL)
    assert (done.payload, done.function_error) == (b'{"a": 1}', None)
    assert done.request_id


@pytest.mark.parametrize(
    ("arn", "payload", "principal", "source", "code"),
    [
        ("", b"1", GATEWAY, CALL.replace("abc", "xyz"), "AccessDeniedException"),
        ("", b"1", "s3.amazonaws.com", CALL, "AccessDeniedException"),
        ("", b"1", GATEWAY, "", "AccessDeniedException"),
        ("", b"rubbish", GATEWAY, CALL, "InvalidRequestContentException"),
        ("-none", b"1", GATEWAY, CALL, "ResourceNotFoundException"),
    ],
)
def test_another_service_is_refused(
    local: InProcess, permitted: str, arn: str, payload: bytes, principal: str, source: str, code: str
) -> None:
    with pytest.raises(AwsError) as refusal:
        invoke(local, permitted + arn, payload, principal, source)
    assert refusal.value.code == code


@pytest.mark.parametrize("arn", ["", "rubbish", "arn:aws:sqs:us-east-1:123456789012:queue:x"])
def test_what_is_no_functions_arn_is_refused(local: InProcess, arn: str) -> None:
    with pytest.raises(AwsError) as refusal:
        invoke(local, arn, b"1", GATEWAY, CALL)
    assert refusal.value.code == "InvalidParameterValueException"


def test_deliveries_reach_a_function_that_permits_their_source_and_no_other(
    local: InProcess, permitted: str, caplog: pytest.LogCaptureFixture
) -> None:
    deliveries = local.aws.platform.deliveries

    def deliver(rule: str, body: str) -> None:
        source = f"arn:aws:events:us-east-1:123456789012:rule/{rule}"
        deliveries.send(Delivery(permitted, body, source, "events.amazonaws.com"))

    deliver("others", '"not for you"')
    deliver("mine", "no json")
    deliver("mine", '"for you"')
    logs = local.client("logs")
    until(lambda: "event for you\n" in log_messages(logs, "permitted"), "the delivery has arrived")
    until(lambda: len(caplog.records) >= 2, "the refusals are in the log")
    assert "event not for you\n" not in log_messages(logs, "permitted")
    assert {record.levelname for record in caplog.records} == {"ERROR"}


def test_what_a_function_did_is_measured(local: InProcess) -> None:
    workshop = Workshop(local.client("lambda"), create_role(local.client("iam"), "lambda"))
    workshop.create("measured", "def handler(e, c): return 1 / e")
    recorded: list[tuple[dict[str, str], dict[str, Any]]] = []
    metrics = local.aws.platform.metrics
    original = metrics.record

    def record(region: str, namespace: str, dimensions: Any, values: Any, time: float) -> None:
        assert (region, namespace) == ("us-east-1", "AWS/Lambda")
        recorded.append((dict(dimensions), dict(values)))
        original(region, namespace, dimensions, values, time)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "record", record)
        workshop.invoke("measured", 1)
        workshop.invoke("measured", 0)
        workshop.client.put_function_concurrency(FunctionName="measured", ReservedConcurrentExecutions=0)
        with pytest.raises(ClientError):
            workshop.invoke("measured", 1)
    by_function = [values for dimensions, values in recorded if dimensions == {"FunctionName": "measured"}]
    assert [values.get("Errors") for values in by_function] == [(0.0, "Count"), (1.0, "Count"), None]
    assert [values["Throttles"][0] for values in by_function] == [0.0, 0.0, 1.0]
    assert by_function[0]["Invocations"] == (1.0, "Count")
    assert by_function[0]["ConcurrentExecutions"] == (1.0, "Count")
    milliseconds, unit = by_function[0]["Duration"]
    assert unit == "Milliseconds"
    assert milliseconds > 0
    dimensions = [dimensions for dimensions, _ in recorded[:3]]
    assert dimensions == [
        {},
        {"FunctionName": "measured"},
        {"FunctionName": "measured", "Resource": "measured"},
    ]
