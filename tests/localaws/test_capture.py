"""Data capture: what an endpoint's configuration accepts, and what lies in S3 afterwards."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import served_models
from botocore.config import Config
from botocore.exceptions import ClientError
from contract_recorder import Recorder

from mllab_localaws.caller import Caller
from mllab_localaws.moto_backend import Objects
from mllab_localaws.sagemaker import capture_writer
from mllab_localaws.sagemaker.capture_config import Capture
from mllab_localaws.sagemaker.capture_record import Captured, key, line
from mllab_localaws.sagemaker.capture_writer import CaptureWriter
from mllab_localaws.wire.errors import AwsError

BUCKET = "capture-tests"
TYPES = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}
ROLE = "arn:aws:iam::123456789012:role/r"
# 2022-02-14T17:25:49.123Z
MOMENT = 1644859549.123


@pytest.fixture(scope="module")
def aws(client: Callable[..., Any]) -> SimpleNamespace:
    aws = served_models.prepare(client, BUCKET)
    aws.unchecked = client("sagemaker", config=Config(parameter_validation=False))
    return aws


@pytest.fixture
def endpoint(aws: SimpleNamespace) -> Iterator[Callable[..., str]]:
    """Make an endpoint under a name, with a capture configuration; deleted afterwards."""
    names: list[str] = []

    def make(name: str, capture: dict[str, Any] | None) -> str:
        _create_config(aws, f"{name}-config", capture)
        names.append(name)
        served_models.create_endpoint(aws, name, f"{name}-config")
        return name

    yield make
    for name in names:
        if _exists(aws, name):
            served_models.delete_endpoint(aws, name)


def _capture(prefix: str, **members: Any) -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/{prefix}",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": TYPES,
        **members,
    }


def _create_config(aws: SimpleNamespace, name: str, capture: dict[str, Any] | None) -> None:
    served_models.create_config(aws, name, **({} if capture is None else {"DataCaptureConfig": capture}))


def _exists(aws: SimpleNamespace, name: str) -> bool:
    try:
        aws.sagemaker.describe_endpoint(EndpointName=name)
    except ClientError:
        return False
    return True


def _invoke(aws: SimpleNamespace, name: str, body: str = "0,0", **more: Any) -> None:
    arguments = {"ContentType": "text/csv", "Body": body, **more}
    aws.runtime.invoke_endpoint(EndpointName=name, **arguments)["Body"].read()


def _files(aws: SimpleNamespace, prefix: str) -> dict[str, str]:
    listed = aws.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return {
        each["Key"]: aws.s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read().decode()
        for each in listed
    }


def _records(aws: SimpleNamespace, prefix: str) -> list[dict[str, Any]]:
    return [json.loads(each) for text in _files(aws, prefix).values() for each in text.splitlines()]


def _captured(aws: SimpleNamespace, prefix: str, count: int) -> list[dict[str, Any]]:
    """Return the records below a prefix once there are so many."""
    deadline = time.monotonic() + 15
    while len(records := _records(aws, prefix)) < count:
        assert time.monotonic() < deadline, records
        time.sleep(0.05)
    return records


def _refusal(aws: SimpleNamespace, name: str, capture: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        _create_config(SimpleNamespace(sagemaker=aws.unchecked, model=aws.model), name, capture)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


# The configuration


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"DestinationS3Uri": "s3://no-such-bucket-anywhere/x"}, "no-such-bucket-anywhere"),
        ({"DestinationS3Uri": "https://bucket/x"}, "write s3://bucket/key"),
        ({"InitialSamplingPercentage": 101}, "less than or equal to 100"),
        ({"CaptureOptions": [{"CaptureMode": "Everything"}]}, "enum value set"),
        ({"CaptureOptions": []}, "greater than or equal to 1"),
    ],
)
def test_a_configuration_that_cannot_capture_is_refused(
    aws: SimpleNamespace, members: dict[str, Any], said: str
) -> None:
    code, message = _refusal(aws, "capture-refused", _capture("x", **members))
    assert code == "ValidationException"
    assert said in message


def test_capture_that_is_off_needs_no_bucket_and_is_described_as_stopped(
    aws: SimpleNamespace, endpoint: Callable[..., str]
) -> None:
    off = _capture(
        "", EnableCapture=False, DestinationS3Uri="s3://not-made-yet/x", InitialSamplingPercentage=5
    )
    name = endpoint("CaptureOff", off)
    assert aws.sagemaker.describe_endpoint(EndpointName=name)["DataCaptureConfig"] == {
        "EnableCapture": False,
        "CaptureStatus": "Stopped",
        "CurrentSamplingPercentage": 5,
        "DestinationS3Uri": "s3://not-made-yet/x",
        "KmsKeyId": "",
    }


def test_descriptions_have_the_shape_that_aws_defines(
    client: Callable[..., Any], aws: SimpleNamespace, endpoint: Callable[..., str]
) -> None:
    name, recorder = endpoint("Shaped", _capture("shaped")), Recorder(client)
    recorded = recorder.client("sagemaker")
    recorded.describe_endpoint(EndpointName=name)
    recorded.describe_endpoint_config(EndpointConfigName=f"{name}-config")
    assert recorder.complaints("sagemaker", "DescribeEndpoint") == []
    assert recorder.complaints("sagemaker", "DescribeEndpointConfig") == []


# What lies in S3


def test_an_invocation_is_captured_as_aws_writes_it(
    aws: SimpleNamespace, endpoint: Callable[..., str]
) -> None:
    name = endpoint("Captured", _capture("verbatim/"))
    assert aws.sagemaker.describe_endpoint(EndpointName=name)["DataCaptureConfig"] == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/verbatim/",
        "KmsKeyId": "",
    }
    _invoke(aws, name, "0,0\n", InferenceId="order-7", CustomAttributes="trace=1")
    [record] = _captured(aws, "verbatim/", 1)
    metadata = record["eventMetadata"]
    assert re.fullmatch(r"[0-9a-f-]{36}", metadata.pop("eventId"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", metadata.pop("inferenceTime"))
    output = record["captureData"].pop("endpointOutput")
    assert float(output.pop("data")) == pytest.approx(1.0)
    assert output == {
        "observedContentType": "text/csv; charset=utf-8",
        "mode": "OUTPUT",
        "encoding": "CSV",
    }
    assert record == {
        "captureData": {
            "endpointInput": {
                "observedContentType": "text/csv",
                "mode": "INPUT",
                "data": "0,0\n",
                "encoding": "CSV",
            }
        },
        "eventMetadata": {"inferenceId": "order-7", "customAttributes": ["trace=1"]},
        "eventVersion": "0",
    }
    [path] = _files(aws, "verbatim/")
    hour = time.strftime("%Y/%m/%d", time.gmtime())
    assert re.fullmatch(
        rf"verbatim/Captured/AllTraffic/{hour}/\d\d/\d\d-\d\d-\d{{3}}-[0-9a-f-]{{36}}\.jsonl", path
    )


def test_failed_invocations_are_not_captured_and_nothing_is_lost_when_the_endpoint_goes(
    aws: SimpleNamespace, endpoint: Callable[..., str]
) -> None:
    name = endpoint("Going", _capture("going"))
    for number in range(20):
        _invoke(aws, name, f"0,{number}")
    with pytest.raises(ClientError, match="ModelError"):
        _invoke(aws, name, "not,numbers", ContentType="application/x-nonsense")
    served_models.delete_endpoint(aws, name)
    inputs = [record["captureData"]["endpointInput"]["data"] for record in _records(aws, "going/")]
    assert sorted(inputs) == sorted(f"0,{number}" for number in range(20))


def test_an_update_writes_what_was_captured_and_follows_the_new_configuration(
    aws: SimpleNamespace, endpoint: Callable[..., str]
) -> None:
    name = endpoint("Moving", _capture("before"))
    _invoke(aws, name)
    _create_config(aws, "moving-elsewhere", _capture("after", CaptureOptions=[{"CaptureMode": "Output"}]))
    _update(aws, name, "moving-elsewhere")
    _invoke(aws, name)
    assert len(_captured(aws, "before/", 1)) == 1
    [record] = _captured(aws, "after/", 1)
    assert set(record["captureData"]) == {"endpointOutput"}
    _create_config(aws, "moving-uncaptured", None)
    _update(aws, name, "moving-uncaptured")
    assert "DataCaptureConfig" not in aws.sagemaker.describe_endpoint(EndpointName=name)
    _invoke(aws, name)
    served_models.delete_endpoint(aws, name)
    assert len(_records(aws, "before/")) == len(_records(aws, "after/")) == 1


def _update(aws: SimpleNamespace, name: str, config: str) -> None:
    aws.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    aws.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)


def test_only_the_sampled_share_is_captured(aws: SimpleNamespace, endpoint: Callable[..., str]) -> None:
    name = endpoint("Sampled", _capture("sampled", InitialSamplingPercentage=50))
    for _ in range(200):
        _invoke(aws, name)
    served_models.delete_endpoint(aws, name)
    assert 60 < len(_records(aws, "sampled/")) < 140


def test_a_bucket_that_goes_away_later_harms_no_answer(
    aws: SimpleNamespace, endpoint: Callable[..., str]
) -> None:
    aws.s3.create_bucket(Bucket="capture-vanishes")
    name = endpoint("Unwritable", _capture("", DestinationS3Uri="s3://capture-vanishes/x"))
    aws.s3.delete_bucket(Bucket="capture-vanishes")
    _invoke(aws, name)
    _update(aws, name, "Unwritable-config")
    _invoke(aws, name)
    served_models.delete_endpoint(aws, name)


# The record


def _one(request: bytes = b"1,2", request_type: str | None = "text/csv", **members: Any) -> Captured:
    capture = Capture(
        "us-east-1",
        "Demo",
        "AllTraffic",
        "bucket",
        "",
        ROLE,
        csv_types=frozenset({"text/csv"}),
        json_types=frozenset({"application/json"}),
    )
    return Captured(capture, MOMENT, request_type, request, None, b"\x00\xff", **members)


@pytest.mark.parametrize(
    ("content_type", "payload", "encoding"),
    [
        ("text/csv", b"1,2\n", "CSV"),
        ("Text/CSV; charset=utf-8", "ñ,2".encode(), "CSV"),
        ("application/json", b'{"a": [1]}', "JSON"),
        ("application/x-npy", b"\x93NUMPY", "BASE64"),
        (None, b"1,2", "BASE64"),
        ("text/csv", b"\xff\xfe", "BASE64"),
        ("text/csv-not", b"1", "BASE64"),
    ],
)
def test_the_content_type_decides_the_encoding_and_no_byte_is_lost(
    content_type: str | None, payload: bytes, encoding: str
) -> None:
    written = json.loads(line(_one(payload, content_type)))["captureData"]["endpointInput"]
    assert written["encoding"] == encoding
    data = written["data"]
    assert (base64.b64decode(data) if encoding == "BASE64" else data.encode()) == payload
    assert written.get("observedContentType") == content_type


def test_time_and_key_are_utc_and_agree() -> None:
    record = json.loads(line(_one()))
    assert record["eventMetadata"]["inferenceTime"] == "2022-02-14T17:25:49Z"
    assert key(_one()).startswith("Demo/AllTraffic/2022/02/14/17/25-49-123-")


def test_a_line_is_one_line_whatever_the_payload() -> None:
    assert line(_one(b'1,"a\r\nb"\n')).count("\n") == 1


# The writer


class _Shelf(Objects):
    """Keeps what is written; refuses or waits when told to."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.refuses = False
        self.open = threading.Event()
        self.open.set()

    def write(self, who: Caller, bucket: str, key: str, body: bytes) -> None:
        assert self.open.wait(10)
        if self.refuses:
            raise AwsError("NoSuchBucket", "gone", status=404)
        self.files.append(body.decode())

    @property
    def lines(self) -> int:
        return sum(text.count("\n") for text in self.files)


@pytest.fixture
def shelf() -> _Shelf:
    return _Shelf()


@pytest.fixture
def writer(shelf: _Shelf) -> Iterator[CaptureWriter]:
    writer = CaptureWriter(shelf)
    yield writer
    shelf.open.set()
    writer.close()


def test_invocations_of_one_second_share_a_file(shelf: _Shelf, writer: CaptureWriter) -> None:
    for _ in range(100):
        writer.add(_one())
    deadline = time.monotonic() + 10
    while shelf.lines < 100:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert len(shelf.files) <= 2


def test_closing_writes_what_is_left(shelf: _Shelf, writer: CaptureWriter) -> None:
    writer.add(_one())
    writer.close()
    assert shelf.lines == 1


def test_a_refusing_s3_loses_its_batch_only_and_is_said_once(
    shelf: _Shelf, writer: CaptureWriter, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.refuses = True
    for _ in range(3):
        writer.add(_one())
        writer.flush()
    assert [record.getMessage() for record in caplog.records if "Demo" in record.getMessage()] == [
        "Data capture of endpoint Demo: s3://bucket/ cannot be written, and invocations are not kept until "
        "it can: NoSuchBucket: gone"
    ]
    shelf.refuses = False
    writer.add(_one())
    writer.flush()
    assert shelf.lines == 1


def test_a_slow_s3_cannot_fill_the_memory(
    shelf: _Shelf, writer: CaptureWriter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(capture_writer, "MOST_BYTES", 10_000)
    shelf.open.clear()
    for _ in range(100):
        writer.add(_one(b"x" * 1000))
    shelf.open.set()
    writer.flush()
    assert 0 < shelf.lines < 20
    assert "invocations are not captured" in caplog.text
