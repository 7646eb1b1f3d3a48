"""Functions as resources: what CreateFunction and its relatives accept, refuse and answer."""

from __future__ import annotations

import base64
import hashlib
import io
import urllib.request
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from functions import TRUST, Workshop, create_role, zipped

ECHO = "def handler(event, context):\n    return event\n"


@pytest.fixture(scope="module")
def workshop(client: Callable[..., Any]) -> Workshop:
    return Workshop(client("lambda"), create_role(client("iam"), "lambda-control"))


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str, int]:
    """Return code, message and status of the error that a call ends in."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    response = error.value.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return response["Error"]["Code"], response["Error"]["Message"], status


def test_a_new_function_is_pending_in_the_answer_and_active_at_the_first_look(workshop: Workshop) -> None:
    body = zipped(ECHO)
    made = workshop.create("control-new", {}, Code={"ZipFile": body}, Description="echoes")
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    assert made["StateReason"] == "The function is being created."
    assert (made["MemorySize"], made["Timeout"], made["Version"]) == (128, 3, "$LATEST")
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert made["CodeSize"] == len(body)
    assert made["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/control-new"}
    workshop.client.get_waiter("function_active_v2").wait(FunctionName="control-new")
    shown = workshop.client.get_function(FunctionName="control-new")["Configuration"]
    assert (shown["State"], shown["LastUpdateStatus"]) == ("Active", "Successful")
    assert shown["Description"] == "echoes"
    assert "StateReason" not in shown


def test_the_waiters_of_boto3_return_at_once(workshop: Workshop) -> None:
    workshop.create("control-waiters", ECHO)
    for name in ("function_exists", "function_active", "function_active_v2", "function_updated_v2"):
        workshop.client.get_waiter(name).wait(
            FunctionName="control-waiters", WaiterConfig={"Delay": 60, "MaxAttempts": 1}
        )


def test_the_zip_can_be_downloaded_where_get_function_says(workshop: Workshop) -> None:
    workshop.create("control-download", ECHO)
    location = workshop.client.get_function(FunctionName="control-download")["Code"]["Location"]
    with urllib.request.urlopen(location) as answer:
        archive = zipfile.ZipFile(io.BytesIO(answer.read()))
    assert archive.read("app.py").decode() == ECHO


def test_code_comes_from_s3_too(workshop: Workshop, client: Callable[..., Any]) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="lambda-code")
    s3.put_object(Bucket="lambda-code", Key="a/b.zip", Body=zipped(ECHO))
    workshop.create("control-s3", {}, Code={"S3Bucket": "lambda-code", "S3Key": "a/b.zip"})
    assert workshop.invoke("control-s3", {"a": 1}).value == {"a": 1}
    code, message, _ = refused(
        workshop.create, name="control-none", files={}, Code={"S3Bucket": "lambda-code", "S3Key": "none"}
    )
    assert code == "InvalidParameterValueException"
    assert message.startswith("Error occurred while GetObject. S3 Error Code: NoSuchKey.")


@pytest.mark.parametrize(
    "spelled",
    [
        "control-names",
        "123456789012:control-names",
        "123456789012:function:control-names",
        "arn:aws:lambda:us-east-1:123456789012:function:control-names",
        "arn:aws:lambda:us-east-1:123456789012:function:control-names:$LATEST",
        "control-names:$LATEST",
    ],
)
def test_a_function_is_found_by_name_partial_arn_and_arn(workshop: Workshop, spelled: str) -> None:
    if spelled == "control-names":
        workshop.create("control-names", ECHO)
    assert workshop.invoke(spelled, 7).value == 7
    assert workshop.client.get_function(FunctionName=spelled)["Configuration"]["Handler"] == "app.handler"


@pytest.mark.parametrize(
    ("spelled", "qualifier"),
    [
        ("nobody", None),
        ("arn:aws:lambda:eu-west-1:123456789012:function:control-names", None),
        ("210987654321:function:control-names", None),
        ("control-names", "live"),
        ("control-names:1", None),
    ],
)
def test_what_is_not_there_is_not_found_by_its_arn(
    workshop: Workshop, spelled: str, qualifier: str | None
) -> None:
    arguments = {"FunctionName": spelled, **({"Qualifier": qualifier} if qualifier else {})}
    for call in (workshop.client.get_function, workshop.client.invoke):
        code, message, status = refused(call, **arguments)
        assert (code, status) == ("ResourceNotFoundException", 404)
        assert message.startswith("Function not found: ")


def test_a_name_is_taken_once(workshop: Workshop) -> None:
    workshop.create("control-taken", ECHO)
    assert refused(workshop.create, name="control-taken", files=ECHO) == (
        "ResourceConflictException",
        "Function already exist: control-taken",
        409,
    )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Runtime": "nodejs22.x"}, "Python functions only"),
        ({"Runtime": "python3.7"}, "no longer supported"),
        ({"Handler": None}, "Runtime and Handler are mandatory"),
        ({"PackageType": "Image"}, "not from container images"),
        ({"Timeout": 901}, "Timeout"),
        ({"MemorySize": 10241}, "MemorySize"),
        ({"Environment": {"Variables": {"AWS_REGION": "x", "LAMBDA_TASK_ROOT": "y"}}}, "Reserved keys used"),
        ({"Environment": {"Variables": {"LONG": "x" * 5000}}}, "exceeded the 4KB limit"),
        ({"TracingConfig": {"Mode": "Active"}}, "TracingConfig"),
        ({"LoggingConfig": {"LogFormat": "JSON"}}, "LogFormat"),
        ({"Role": "arn:aws:iam::123456789012:role/nobody"}, "cannot be assumed by Lambda."),
        ({"Code": {}}, "ZipFile, or S3Bucket and S3Key"),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip uploaded file."),
        ({"Code": {"ZipFile": zipped({})}}, "non-empty zip"),
        ({"Tags": {"aws:mine": "x"}}, "reserved"),
    ],
)
def test_what_lambda_cannot_run_is_an_invalid_parameter(
    workshop: Workshop, members: dict[str, Any], message: str
) -> None:
    request = {
        "FunctionName": "control-refused",
        "Role": workshop.role,
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Code": {"ZipFile": zipped(ECHO)},
        **members,
    }
    request = {name: value for name, value in request.items() if value is not None}
    code, said, status = refused(workshop.client.create_function, **request)
    assert (code, status) == ("InvalidParameterValueException", 400)
    assert message in said
    assert refused(workshop.client.get_function, FunctionName="control-refused")[2] == 404


@pytest.mark.parametrize(
    "members",
    [
        {"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:a:1"]},
        {"Publish": True},
        {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:q"}},
        {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
    ],
)
def test_what_would_have_to_be_ignored_is_refused_by_name(
    workshop: Workshop, members: dict[str, Any]
) -> None:
    _, message, _ = refused(workshop.create, name="control-ignored", files=ECHO, **members)
    assert next(iter(members)) in message


@pytest.mark.parametrize(
    ("name", "value"), [("MemorySize", 127), ("Timeout", 0), ("FunctionName", "a b"), ("Runtime", "python9")]
)
def test_what_the_model_forbids_is_a_validation_error(
    workshop: Workshop, client: Callable[..., Any], name: str, value: Any
) -> None:
    request = {
        "FunctionName": "control-model",
        "Role": workshop.role,
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Code": {"ZipFile": zipped(ECHO)},
        name: value,
    }
    unchecked = client("lambda", config=Config(parameter_validation=False))
    code, message, _ = refused(unchecked.create_function, **request)
    assert code == "ValidationException"
    assert f"at '{name[:1].lower() + name[1:]}' failed to satisfy constraint" in message


@pytest.mark.parametrize("service", ["sagemaker.amazonaws.com", "ec2.amazonaws.com"])
def test_a_role_that_lambda_may_not_assume_is_refused(
    workshop: Workshop, client: Callable[..., Any], service: str
) -> None:
    statement = {**TRUST["Statement"][0], "Principal": {"Service": service}}
    role = create_role(client("iam"), f"trusts-{service[:3]}", {**TRUST, "Statement": [statement]})
    _, message, _ = refused(workshop.create, name="control-role", files=ECHO, Role=role)
    assert message == "The role defined for the function cannot be assumed by Lambda."


def test_a_zip_that_leads_out_of_its_directory_is_refused(workshop: Workshop) -> None:
    for name in ("../out.py", "/etc/out.py", "a/../../out.py"):
        _, message, _ = refused(workshop.create, name="control-out", files={name: ""})
        assert "leads out of it" in message


def test_a_zip_that_unpacks_to_too_much_is_refused(workshop: Workshop) -> None:
    _, message, _ = refused(
        workshop.create, name="control-bomb", files={"app.py": ECHO, "zeros": bytes(262144001)}
    )
    assert message == "Unzipped size must be smaller than 262144000 bytes"


def test_a_zip_with_a_changed_byte_is_refused(workshop: Workshop) -> None:
    body = bytearray(zipped({"app.py": ECHO * 100}))
    body[60] ^= 0xFF
    _, message, _ = refused(workshop.create, name="control-flip", files={}, Code={"ZipFile": bytes(body)})
    assert message.startswith("Could not unzip uploaded file.")


def test_a_request_larger_than_lambda_takes_is_answered(workshop: Workshop) -> None:
    _, _, status = refused(
        workshop.create, name="control-huge", files={}, Code={"ZipFile": bytes(53 * 1024**2)}
    )
    assert status == 413


def test_new_code_answers_the_next_invocation(workshop: Workshop) -> None:
    workshop.create("control-code", "def handler(e, c): return 'old'")
    assert workshop.invoke("control-code").value == "old"
    before = workshop.client.get_function_configuration(FunctionName="control-code")
    updated = workshop.client.update_function_code(
        FunctionName="control-code", ZipFile=zipped("def handler(e, c): return 'new'")
    )
    assert updated["LastUpdateStatus"] == "InProgress"
    workshop.client.get_waiter("function_updated_v2").wait(FunctionName="control-code")
    assert workshop.invoke("control-code").value == "new"
    assert updated["RevisionId"] != before["RevisionId"]
    assert updated["CodeSha256"] != before["CodeSha256"]


def test_new_settings_reach_the_next_invocation(workshop: Workshop) -> None:
    code = "import os\ndef handler(e, c): return [os.environ.get('COLOUR'), c.memory_limit_in_mb]"
    workshop.create("control-settings", code)
    assert workshop.invoke("control-settings").value == [None, "128"]
    workshop.client.update_function_configuration(
        FunctionName="control-settings", MemorySize=256, Environment={"Variables": {"COLOUR": "blue"}}
    )
    assert workshop.invoke("control-settings").value == ["blue", "256"]
    shown = workshop.client.get_function_configuration(FunctionName="control-settings")
    assert shown["Environment"] == {"Variables": {"COLOUR": "blue"}}


def test_an_update_of_an_old_revision_or_with_a_broken_zip_changes_nothing(workshop: Workshop) -> None:
    made = workshop.create("control-revision", ECHO)
    update = workshop.client.update_function_code
    code, _, status = refused(
        update, FunctionName="control-revision", ZipFile=zipped("x"), RevisionId="another"
    )
    assert (code, status) == ("PreconditionFailedException", 412)
    refused(update, FunctionName="control-revision", ZipFile=b"rubbish")
    dry = update(FunctionName="control-revision", ZipFile=zipped("x = 1"), DryRun=True)
    assert dry["CodeSha256"] != made["CodeSha256"]
    shown = workshop.client.get_function_configuration(FunctionName="control-revision")
    assert shown["RevisionId"] == made["RevisionId"]
    assert workshop.invoke("control-revision", 1).value == 1


def test_a_deleted_function_is_gone(workshop: Workshop) -> None:
    workshop.create("control-deleted", ECHO)
    workshop.invoke("control-deleted")
    location = workshop.client.get_function(FunctionName="control-deleted")["Code"]["Location"]
    workshop.client.delete_function(FunctionName="control-deleted")
    for call in (workshop.client.get_function, workshop.client.invoke, workshop.client.delete_function):
        assert refused(call, FunctionName="control-deleted")[:1] == ("ResourceNotFoundException",)
    workshop.create("control-deleted", "def handler(e, c): return 'again'")
    assert workshop.invoke("control-deleted").value == "again"
    assert location != workshop.client.get_function(FunctionName="control-deleted")["Code"]["Location"]


def test_functions_are_listed_by_name_page_by_page(client: Callable[..., Any]) -> None:
    lambda_ = client("lambda", region_name="eu-west-1")
    workshop = Workshop(lambda_, create_role(client("iam"), "lambda-control"))
    for number in range(3):
        workshop.create(f"listed-{number}", ECHO)
    first = lambda_.list_functions(MaxItems=2)
    assert [each["FunctionName"] for each in first["Functions"]] == ["listed-0", "listed-1"]
    second = lambda_.list_functions(Marker=first["NextMarker"])
    assert [each["FunctionName"] for each in second["Functions"]] == ["listed-2"]
    assert "NextMarker" not in second
    assert refused(lambda_.list_functions, Marker="rubbish")[0] == "InvalidParameterValueException"


def test_tags_are_added_listed_and_removed(workshop: Workshop) -> None:
    made = workshop.create("control-tags", ECHO, Tags={"a": "1"})
    lambda_, arn = workshop.client, made["FunctionArn"]
    lambda_.tag_resource(Resource=arn, Tags={"b": "2", "a": "3"})
    assert lambda_.list_tags(Resource=arn)["Tags"] == {"a": "3", "b": "2"}
    lambda_.untag_resource(Resource=arn, TagKeys=["a", "none"])
    assert lambda_.get_function(FunctionName=arn)["Tags"] == {"b": "2"}
    assert refused(lambda_.list_tags, Resource=arn + "-none")[0] == "ResourceNotFoundException"
