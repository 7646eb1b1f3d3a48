"""curl, which knows nothing of AWS but how to sign a request."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator

import pytest
import xgboost
from small_houses import LARGE_HOUSE, SMALL_HOUSE, XGBOOST_IMAGE, Account, as_csv, houses, predict_with

from mllab_localaws.files import Connection

BUCKET = "curl-houses"
NAME = "curl-houses"


def curl(url: str, *arguments: str, settings: str = "") -> tuple[int, str]:
    """Return the status and body of curl's answer.

    Args: settings: lines of a curl configuration, read from standard input.
    """
    command = ["curl", "--silent", "--show-error", "--write-out", "\n%{http_code}", "--config", "-"]
    done = subprocess.run(
        [*command, *arguments, url], input=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def _signed(connection: Connection, service: str) -> str:
    """Return the settings that make curl sign; on the command line every user could read the key."""
    return (
        f'user = "{connection.access_key}:{connection.secret_key}"\n'
        f'aws-sigv4 = "aws:amz:{connection.region}:{service}"\n'
    )


@pytest.fixture(scope="module")
def archive(account: Account) -> bytes:
    """A `model.tar.gz` made here, and stored in the account."""
    sales = houses()
    rows = xgboost.DMatrix(sales.iloc[:, 1:].to_numpy(), sales["price"])
    model = bytes(xgboost.train({"max_depth": 3}, rows, 10).save_raw("ubj"))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(model)
        tar.addfile(member, io.BytesIO(model))
    account.bucket(BUCKET, notes="line one\n")
    account.client("s3").put_object(Bucket=BUCKET, Key="model.tar.gz", Body=buffer.getvalue())
    return buffer.getvalue()


@pytest.fixture(scope="module")
def invocations(account: Account, archive: bytes, connection: Connection) -> Iterator[str]:
    """The URL of an endpoint in service."""
    sagemaker = account.client("sagemaker")
    container = {"Image": XGBOOST_IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
    sagemaker.create_model(ModelName=NAME, PrimaryContainer=container, ExecutionRoleArn=account.role("curl"))
    variant = {
        "VariantName": "v",
        "ModelName": NAME,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=NAME, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=NAME)
    yield f"{connection.endpoint_url}/endpoints/{NAME}/invocations"
    sagemaker.delete_endpoint(EndpointName=NAME)


def test_a_signed_post_to_an_endpoint_is_answered_with_what_the_model_file_says(
    invocations: str, archive: bytes, connection: Connection
) -> None:
    body = f"{as_csv(SMALL_HOUSE)}\n{as_csv(LARGE_HOUSE)}"
    status, answer = curl(
        *(invocations, "--header", "Content-Type: text/csv", "--data-binary", body),
        settings=_signed(connection, "sagemaker"),
    )
    assert status == 200, answer
    prices = [float(price) for price in answer.split()]
    assert prices == pytest.approx(predict_with(archive, SMALL_HOUSE, LARGE_HOUSE), rel=1e-6)


def test_json_to_the_csv_endpoint_is_a_model_error_that_carries_415(
    invocations: str, connection: Connection
) -> None:
    status, answer = curl(
        *(invocations, "--header", "Content-Type: application/json", "--data-binary", "[1, 2]"),
        settings=_signed(connection, "sagemaker"),
    )
    assert status == 424
    assert json.loads(answer)["OriginalStatusCode"] == 415


def test_an_unsigned_post_to_an_endpoint_is_refused(invocations: str) -> None:
    status, _ = curl(invocations, "--header", "Content-Type: text/csv", "--data-binary", "1,2,3,4,5")
    assert status == 403


@pytest.mark.usefixtures("archive")
def test_a_signed_get_returns_an_object(connection: Connection) -> None:
    url = f"{connection.endpoint_url}/{BUCKET}/notes/data.csv"
    # S3 insists on this header, which older versions of curl do not send by themselves.
    unhashed = ("--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD")
    assert curl(url, *unhashed, settings=_signed(connection, "s3")) == (200, "line one\n")


@pytest.mark.usefixtures("archive")
def test_an_unsigned_get_of_a_private_object_is_refused(connection: Connection) -> None:
    status, answer = curl(f"{connection.endpoint_url}/{BUCKET}/notes/data.csv")
    assert status == 403
    assert "<Code>AccessDenied</Code>" in answer


@pytest.mark.usefixtures("archive")
def test_a_presigned_url_needs_no_key(account: Account) -> None:
    target = {"Bucket": BUCKET, "Key": "notes/data.csv"}
    url = account.client("s3").generate_presigned_url("get_object", Params=target, ExpiresIn=60)
    assert curl(url) == (200, "line one\n")
