"""Models, endpoint configurations and endpoints through boto3, with the XGBoost image's real program."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import tarfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest
import xgboost
from botocore.exceptions import ClientError
from identities import make_job_role

from mllab_localaws.files import Connection

ACCOUNT = "123456789012"
ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
BUCKET = "hosting-tests"


def _tar(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, body in files.items():
            info = tarfile.TarInfo(name.replace("_", "-"))
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


def _constant_model(value: float) -> bytes:
    """A model that predicts `value` whatever it is asked."""
    rows, labels = np.zeros((4, 2)), np.full(4, value)
    booster = xgboost.train({"base_score": value}, xgboost.DMatrix(rows, labels), 1)
    return bytes(booster.save_raw("ubj"))


@pytest.fixture(scope="module")
def aws(client: Callable[..., Any]) -> SimpleNamespace:
    """Clients, a role, and two models: `one` predicts 1 and `two` predicts 2."""
    aws = SimpleNamespace(sagemaker=client("sagemaker"), runtime=client("sagemaker-runtime"), s3=client("s3"))
    aws.s3.create_bucket(Bucket=BUCKET)
    aws.role = make_job_role(client, "hosting")
    for name, value in (("one", 1.0), ("two", 2.0)):
        aws.s3.put_object(
            Bucket=BUCKET, Key=f"{name}.tar.gz", Body=_tar(xgboost_model=_constant_model(value))
        )
        _create_model(aws, name, f"{name}.tar.gz")
        _create_config(aws, f"config-{name}", _variant(name))
    return aws


@pytest.fixture
def endpoint(aws: SimpleNamespace) -> Iterator[str]:
    """The name of an endpoint in service that predicts 1; deleted afterwards."""
    _create_endpoint(aws, "Served", "config-one")
    yield "Served"
    aws.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="Served")
    _delete_endpoint(aws, "Served")


def _create_model(aws: SimpleNamespace, name: str, key: str, **more: Any) -> Any:
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{key}"}
    return aws.sagemaker.create_model(
        **{"ModelName": name, "PrimaryContainer": container, "ExecutionRoleArn": aws.role, **more}
    )


def _variant(model: str, **more: Any) -> dict[str, Any]:
    return {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
        **more,
    }


def _create_config(aws: SimpleNamespace, name: str, *variants: dict[str, Any], **more: Any) -> Any:
    return aws.sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=list(variants), **more
    )


def _create_endpoint(aws: SimpleNamespace, name: str, config: str) -> None:
    aws.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    aws.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)


def _delete_endpoint(aws: SimpleNamespace, name: str) -> None:
    aws.sagemaker.delete_endpoint(EndpointName=name)
    aws.sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)


def _predict(aws: SimpleNamespace, name: str, **more: Any) -> float:
    answer = aws.runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body="0,0", **more)
    return round(float(answer["Body"].read()), 3)


def _settled(aws: SimpleNamespace, name: str) -> dict[str, Any]:
    """The endpoint's description once its update has come to an end."""
    aws.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)
    description: dict[str, Any] = aws.sagemaker.describe_endpoint(EndpointName=name)
    return description


def _error(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_model_is_described_as_aws_describes_it(aws: SimpleNamespace) -> None:
    answer = _create_model(aws, "Described", "one.tar.gz")
    assert answer["ModelArn"] == f"{ARN}:model/described"
    description = aws.sagemaker.describe_model(ModelName="Described")
    assert description["ModelName"] == "Described"
    assert description["PrimaryContainer"] == {
        "Image": IMAGE,
        "Mode": "SingleModel",
        "ModelDataUrl": f"s3://{BUCKET}/one.tar.gz",
    }
    assert description["EnableNetworkIsolation"] is False


def test_a_models_name_is_taken_in_any_case(aws: SimpleNamespace) -> None:
    _create_model(aws, "taken", "one.tar.gz")
    with pytest.raises(ClientError) as raised:
        _create_model(aws, "TAKEN", "one.tar.gz")
    assert raised.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": f'Cannot create already existing model "{ARN}:model/taken".',
    }


def test_a_deleted_model_is_gone_with_its_tags(aws: SimpleNamespace) -> None:
    arn = _create_model(aws, "brief", "one.tar.gz", Tags=[{"Key": "mllab:student", "Value": "ana"}])[
        "ModelArn"
    ]
    assert aws.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "mllab:student", "Value": "ana"}]
    aws.sagemaker.delete_model(ModelName="brief")
    missing = ("ValidationException", f'Could not find model "{arn}".')
    assert _error(aws.sagemaker.describe_model, ModelName="brief") == missing
    assert _error(aws.sagemaker.delete_model, ModelName="brief") == missing
    assert _error(aws.sagemaker.list_tags, ResourceArn=arn)[0] == "ValidationException"


def test_a_model_without_an_artefact_in_s3_is_refused(aws: SimpleNamespace) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/nothing.tar.gz"}
    code, message = _error(
        aws.sagemaker.create_model, ModelName="x", PrimaryContainer=container, ExecutionRoleArn=aws.role
    )
    assert (code, message) == (
        "ValidationException",
        f"Could not find model data at s3://{BUCKET}/nothing.tar.gz.",
    )


def test_a_model_with_a_role_that_is_not_there_is_refused_by_the_roles_name(aws: SimpleNamespace) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/one.tar.gz"}
    code, message = _error(
        aws.sagemaker.create_model, ModelName="x", PrimaryContainer=container, ExecutionRoleArn=role
    )
    assert code == "ValidationException"
    assert f'Please ensure that the role "{role}" exists' in message


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"EnableNetworkIsolation": True}, "EnableNetworkIsolation"),
        ({"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}, "VpcConfig"),
        ({"PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel"}}, "Multi-model"),
        ({"PrimaryContainer": {"Image": "example.com/mine:1"}}, "example.com/mine:1"),
    ],
)
def test_what_models_do_not_have_here_is_refused_by_name(
    aws: SimpleNamespace, change: dict[str, Any], named: str
) -> None:
    with pytest.raises(ClientError, match=named):
        _create_model(aws, "refused", "one.tar.gz", **change)


def test_a_model_source_of_one_gzipped_object_is_the_same_as_its_url(aws: SimpleNamespace) -> None:
    url = f"s3://{BUCKET}/one.tar.gz"
    source = {"S3DataSource": {"S3Uri": url, "S3DataType": "S3Object", "CompressionType": "Gzip"}}
    aws.sagemaker.create_model(
        ModelName="sourced",
        PrimaryContainer={"Image": IMAGE, "ModelDataSource": source},
        ExecutionRoleArn=aws.role,
    )
    described = aws.sagemaker.describe_model(ModelName="sourced")["PrimaryContainer"]
    assert described["ModelDataUrl"] == url
    uncompressed = {"S3DataSource": {**source["S3DataSource"], "S3DataType": "S3Prefix"}}
    with pytest.raises(ClientError, match="Uncompressed model data"):
        aws.sagemaker.create_model(
            ModelName="x",
            PrimaryContainer={"Image": IMAGE, "ModelDataSource": uncompressed},
            ExecutionRoleArn=aws.role,
        )


def test_models_are_listed_latest_first_page_by_page(aws: SimpleNamespace) -> None:
    for number in range(3):
        _create_model(aws, f"listed-{number}", "one.tar.gz")
    pages = aws.sagemaker.get_paginator("list_models").paginate(
        NameContains="LISTED", PaginationConfig={"PageSize": 2}
    )
    names = [[model["ModelName"] for model in page["Models"]] for page in pages]
    assert names == [["listed-2", "listed-1"], ["listed-0"]]


def test_a_configuration_keeps_what_it_was_given(aws: SimpleNamespace) -> None:
    arn = _create_config(aws, "Kept", _variant("one"))["EndpointConfigArn"]
    description = aws.sagemaker.describe_endpoint_config(EndpointConfigName="Kept")
    assert arn == description["EndpointConfigArn"] == f"{ARN}:endpoint-config/kept"
    assert description["ProductionVariants"] == [_variant("one", InitialVariantWeight=1.0)]
    listed = aws.sagemaker.list_endpoint_configs(NameContains="kept")["EndpointConfigs"]
    assert [config["EndpointConfigName"] for config in listed] == ["Kept"]


def test_a_configuration_of_an_unknown_model_is_refused(aws: SimpleNamespace) -> None:
    with pytest.raises(ClientError) as raised:
        _create_config(aws, "x", _variant("Nothing"))
    assert raised.value.response["Error"]["Message"] == f'Could not find model "{ARN}:model/nothing".'


def test_a_configurations_name_is_taken(aws: SimpleNamespace) -> None:
    with pytest.raises(ClientError) as raised:
        _create_config(aws, "config-one", _variant("one"))
    assert raised.value.response["Error"]["Message"] == (
        f'Cannot create already existing endpoint configuration "{ARN}:endpoint-config/config-one".'
    )


SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
ASYNCHRONOUS = {"OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/out"}}


@pytest.mark.parametrize(
    ("variants", "more", "named"),
    [
        ([_variant("one")], {"AsyncInferenceConfig": ASYNCHRONOUS}, "AsyncInferenceConfig"),
        ([_variant("one")], {"ShadowProductionVariants": [_variant("one")]}, "ShadowProductionVariants"),
        ([_variant("one", ServerlessConfig=SERVERLESS)], {}, "ServerlessConfig"),
        ([_variant("one", ManagedInstanceScaling={"Status": "ENABLED"})], {}, "ManagedInstanceScaling"),
        ([_variant("one", InitialInstanceCount=2)], {}, "ResourceLimitExceeded.*2 instances"),
        ([_variant("one", InitialVariantWeight=0)], {}, "weight above 0"),
        ([_variant("one"), _variant("two")], {}, "unique"),
        ([{"VariantName": "v", "ModelName": "one", "InitialInstanceCount": 1}], {}, "InstanceType"),
        ([_variant("one", InstanceType="ml.m5.huge")], {}, "enum value set"),
    ],
)
def test_what_configurations_do_not_have_here_is_refused_by_name(
    aws: SimpleNamespace, variants: list[dict[str, Any]], more: dict[str, Any], named: str
) -> None:
    with pytest.raises(ClientError, match=named):
        _create_config(aws, "refused", *variants, **more)


def test_an_endpoint_from_creation_to_deletion(aws: SimpleNamespace) -> None:
    sagemaker = aws.sagemaker
    arn = sagemaker.create_endpoint(EndpointName="Demo-X", EndpointConfigName="config-one")["EndpointArn"]
    assert arn == f"{ARN}:endpoint/demo-x"
    starting = sagemaker.describe_endpoint(EndpointName="Demo-X")
    assert starting["EndpointStatus"] == "Creating"
    assert "ProductionVariants" not in starting
    description = _settled(aws, "Demo-X")
    assert description["EndpointConfigName"] == "config-one"
    (variant,) = description["ProductionVariants"]
    assert variant["DeployedImages"][0]["SpecifiedImage"] == IMAGE
    assert [
        variant[f"{when}{what}"] for when in ("Current", "Desired") for what in ("Weight", "InstanceCount")
    ] == [
        1.0,
        1,
        1.0,
        1,
    ]
    assert _predict(aws, "Demo-X") == 1.0
    sagemaker.delete_endpoint(EndpointName="Demo-X")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="Demo-X")
    assert _error(sagemaker.describe_endpoint, EndpointName="Demo-X") == (
        "ValidationException",
        f'Could not find endpoint "{arn}".',
    )
    invocation = {"EndpointName": "Demo-X", "ContentType": "text/csv", "Body": "0,0"}
    assert _error(aws.runtime.invoke_endpoint, **invocation) == (
        "ValidationError",
        f"Endpoint Demo-X of account {ACCOUNT} not found.",
    )
    assert sagemaker.describe_endpoint_config(EndpointConfigName="config-one")


def test_an_endpoints_name_is_taken_in_any_case_but_invoked_in_its_own(
    aws: SimpleNamespace, endpoint: str
) -> None:
    other_case = endpoint.upper()
    create = {"EndpointName": other_case, "EndpointConfigName": "config-one"}
    assert _error(aws.sagemaker.create_endpoint, **create) == (
        "ValidationException",
        f'Cannot create already existing endpoint "{ARN}:endpoint/served".',
    )
    assert aws.sagemaker.describe_endpoint(EndpointName=other_case)["EndpointName"] == endpoint
    assert _error(aws.runtime.invoke_endpoint, EndpointName=other_case, Body=b"0,0")[0] == "ValidationError"


def test_json_to_the_built_in_algorithm_is_the_models_error(aws: SimpleNamespace, endpoint: str) -> None:
    with pytest.raises(aws.runtime.exceptions.ModelError) as raised:
        aws.runtime.invoke_endpoint(EndpointName=endpoint, ContentType="application/json", Body=b"[1]")
    assert raised.value.response["OriginalStatusCode"] == 415
    assert raised.value.response["OriginalMessage"].startswith(
        "application/json is not an accepted ContentType"
    )
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 424


def test_the_containers_output_is_in_the_endpoints_log(
    aws: SimpleNamespace, endpoint: str, client: Callable[..., Any]
) -> None:
    logs, group = client("logs"), f"/aws/sagemaker/Endpoints/{endpoint}"
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    latest = max(streams, key=lambda stream: stream["creationTime"])["logStreamName"]
    assert latest.startswith("AllTraffic/i-")
    events = logs.get_log_events(logGroupName=group, logStreamName=latest)["events"]
    assert any("3.2-0" in event["message"] for event in events)


def test_an_update_loses_no_request_and_ends_on_the_new_model(aws: SimpleNamespace, endpoint: str) -> None:
    done = threading.Event()

    def ask() -> list[float]:
        answers = []
        while not done.is_set():
            answers.append(_predict(aws, endpoint))
        return answers

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        aws.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName="config-two")
        updating = aws.sagemaker.describe_endpoint(EndpointName=endpoint)
        description = _settled(aws, endpoint)
        final = _predict(aws, endpoint)
        done.set()
        answers = asking.result()
    assert (updating["EndpointStatus"], updating["EndpointConfigName"]) == ("Updating", "config-one")
    assert updating["PendingDeploymentSummary"]["EndpointConfigName"] == "config-two"
    assert description["EndpointConfigName"] == "config-two"
    assert "PendingDeploymentSummary" not in description
    assert final == 2.0
    assert answers == sorted(answers)
    assert 1.0 in answers


def test_a_failing_update_keeps_the_old_model_in_service(aws: SimpleNamespace, endpoint: str) -> None:
    aws.s3.put_object(Bucket=BUCKET, Key="broken.tar.gz", Body=b"no archive")
    _create_model(aws, "broken", "broken.tar.gz")
    _create_config(aws, "config-broken", _variant("broken"))
    aws.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName="config-broken")
    description = _settled(aws, endpoint)
    assert description["EndpointConfigName"] == "config-one"
    assert "Failed to extract model data archive" in description["FailureReason"]
    assert _predict(aws, endpoint) == 1.0
    aws.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName="config-two")
    assert "FailureReason" not in _settled(aws, endpoint)


def test_a_model_file_that_cannot_be_loaded_fails_the_endpoint_which_can_only_be_deleted(
    aws: SimpleNamespace,
) -> None:
    aws.s3.put_object(Bucket=BUCKET, Key="empty.tar.gz", Body=_tar(readme=b"no model"))
    _create_model(aws, "empty", "empty.tar.gz")
    _create_config(aws, "config-empty", _variant("empty"))
    aws.sagemaker.create_endpoint(EndpointName="empty", EndpointConfigName="config-empty")
    with pytest.raises(Exception, match="terminal failure state"):
        aws.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="empty")
    description = aws.sagemaker.describe_endpoint(EndpointName="empty")
    assert description["EndpointStatus"] == "Failed"
    assert description["FailureReason"] == (
        "The primary container for production variant AllTraffic did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )
    update = {"EndpointName": "empty", "EndpointConfigName": "config-one"}
    assert "failed endpoint" in _error(aws.sagemaker.update_endpoint, **update)[1]
    reweigh = {"EndpointName": "empty", "DesiredWeightsAndCapacities": [{"VariantName": "AllTraffic"}]}
    assert "failed endpoint" in _error(aws.sagemaker.update_endpoint_weights_and_capacities, **reweigh)[1]
    _delete_endpoint(aws, "empty")


def test_an_endpoint_on_its_way_can_be_neither_updated_nor_deleted(aws: SimpleNamespace) -> None:
    aws.sagemaker.create_endpoint(EndpointName="moving", EndpointConfigName="config-one")
    refused = ("ValidationException", f'Cannot update in-progress endpoint "{ARN}:endpoint/moving".')
    assert _error(aws.sagemaker.delete_endpoint, EndpointName="moving") == refused
    update = {"EndpointName": "moving", "EndpointConfigName": "config-two"}
    assert _error(aws.sagemaker.update_endpoint, **update) == refused
    aws.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="moving")
    _delete_endpoint(aws, "moving")


@pytest.mark.parametrize("operation", ["describe_endpoint", "delete_endpoint"])
def test_an_unknown_endpoint_is_named_by_its_arn(aws: SimpleNamespace, operation: str) -> None:
    assert _error(getattr(aws.sagemaker, operation), EndpointName="Nowhere") == (
        "ValidationException",
        f'Could not find endpoint "{ARN}:endpoint/nowhere".',
    )


def test_an_endpoint_of_an_unknown_configuration_is_refused(aws: SimpleNamespace) -> None:
    assert _error(aws.sagemaker.create_endpoint, EndpointName="x", EndpointConfigName="Nothing") == (
        "ValidationException",
        f'Could not find endpoint configuration "{ARN}:endpoint-config/nothing".',
    )


def test_variants_share_traffic_by_weight_and_weights_can_change(aws: SimpleNamespace) -> None:
    first = _variant("one", VariantName="first", InitialVariantWeight=1)
    second = _variant("two", VariantName="second", InitialVariantWeight=0)
    _create_config(aws, "config-both", first, second)
    _create_endpoint(aws, "both", "config-both")
    assert {_predict(aws, "both") for _ in range(5)} == {1.0}
    assert _predict(aws, "both", TargetVariant="second") == 2.0
    answer = aws.runtime.invoke_endpoint(EndpointName="both", ContentType="text/csv", Body="0,0")
    assert answer["InvokedProductionVariant"] == "first"
    change = aws.sagemaker.update_endpoint_weights_and_capacities
    change(
        EndpointName="both",
        DesiredWeightsAndCapacities=[
            {"VariantName": "first", "DesiredWeight": 0},
            {"VariantName": "second", "DesiredWeight": 3, "DesiredInstanceCount": 1},
        ],
    )
    weights = {
        variant["VariantName"]: variant["CurrentWeight"]
        for variant in _settled(aws, "both")["ProductionVariants"]
    }
    assert weights == {"first": 0.0, "second": 3.0}
    assert {_predict(aws, "both") for _ in range(5)} == {2.0}
    for wanted, named in (
        ({"VariantName": "third", "DesiredWeight": 1}, "third"),
        ({"VariantName": "second", "DesiredWeight": 0}, "weight above 0"),
        ({"VariantName": "second", "DesiredInstanceCount": 2}, "2 instances"),
    ):
        assert named in _error(change, EndpointName="both", DesiredWeightsAndCapacities=[wanted])[1]
    _delete_endpoint(aws, "both")


def test_endpoints_are_listed_by_name_and_status(aws: SimpleNamespace, endpoint: str) -> None:
    listed = aws.sagemaker.list_endpoints(NameContains="serv", StatusEquals="InService")["Endpoints"]
    assert [(one["EndpointName"], one["EndpointArn"]) for one in listed] == [
        (endpoint, f"{ARN}:endpoint/served")
    ]
    assert aws.sagemaker.list_endpoints(NameContains="serv", StatusEquals="Failed")["Endpoints"] == []


def test_a_killed_serving_process_costs_its_clients_a_wait_and_no_error(
    aws: SimpleNamespace, endpoint: str, connection: Connection
) -> None:
    serving = [
        process
        for process in psutil.Process(connection.pid).children(recursive=True)
        if "mllab_localaws.images.xgboost" in " ".join(process.cmdline())
    ]
    assert serving
    for process in serving:
        with contextlib.suppress(psutil.NoSuchProcess):  # it goes with the one around it
            process.send_signal(signal.SIGKILL)
    assert _predict(aws, endpoint) == 1.0


def test_an_endpoint_goes_on_without_its_configuration_and_model(aws: SimpleNamespace) -> None:
    _create_model(aws, "leaving", "two.tar.gz")
    _create_config(aws, "config-leaving", _variant("leaving"))
    _create_endpoint(aws, "staying", "config-leaving")
    aws.sagemaker.delete_endpoint_config(EndpointConfigName="config-leaving")
    aws.sagemaker.delete_model(ModelName="leaving")
    assert _predict(aws, "staying") == 2.0
    _delete_endpoint(aws, "staying")


SCRIPT = b"""
import json, os, time, xgboost

def model_fn(model_dir):
    booster = xgboost.Booster()
    booster.load_model(os.path.join(model_dir, "xgboost-model"))
    return booster

def input_fn(body, content_type):
    request = json.loads(body)
    time.sleep(request["seconds"])
    return xgboost.DMatrix(request["rows"])

def output_fn(prediction, accept):
    return json.dumps([round(float(value), 3) for value in prediction]), "application/json"
"""


@pytest.fixture
def script_endpoint(aws: SimpleNamespace) -> Iterator[str]:
    """An endpoint whose `inference.py` reads JSON and sleeps as long as it is told; deleted afterwards."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, body in (("xgboost-model", _constant_model(1.0)), ("code/inference.py", SCRIPT)):
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    aws.s3.put_object(Bucket=BUCKET, Key="script.tar.gz", Body=buffer.getvalue())
    container = {
        "Image": IMAGE,
        "ModelDataUrl": f"s3://{BUCKET}/script.tar.gz",
        "Environment": {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        },
    }
    aws.sagemaker.create_model(ModelName="script", PrimaryContainer=container, ExecutionRoleArn=aws.role)
    _create_config(aws, "config-script", _variant("script"))
    _create_endpoint(aws, "script", "config-script")
    yield "script"
    _settled(aws, "script")
    _delete_endpoint(aws, "script")
    aws.sagemaker.delete_endpoint_config(EndpointConfigName="config-script")
    aws.sagemaker.delete_model(ModelName="script")


def _ask_script(aws: SimpleNamespace, name: str, seconds: float) -> tuple[str, bytes]:
    body = json.dumps({"rows": [[0, 0]], "seconds": seconds})
    answer = aws.runtime.invoke_endpoint(EndpointName=name, ContentType="application/json", Body=body)
    return answer["ContentType"], answer["Body"].read()


def test_a_script_of_the_learners_serves_json(aws: SimpleNamespace, script_endpoint: str) -> None:
    content_type, body = _ask_script(aws, script_endpoint, seconds=0)
    assert content_type.startswith("application/json")
    assert body == b"[1.0]"


def test_a_request_that_is_under_way_survives_an_update(aws: SimpleNamespace, script_endpoint: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(_ask_script, aws, script_endpoint, 2.0)
        aws.sagemaker.update_endpoint(EndpointName=script_endpoint, EndpointConfigName="config-two")
        _settled(aws, script_endpoint)
        assert _predict(aws, script_endpoint) == 2.0
        assert slow.result()[1] == b"[1.0]"
