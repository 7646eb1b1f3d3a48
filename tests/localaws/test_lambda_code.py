"""Deployment packages that nobody means well: what comes out of them counts, not what they say."""

from __future__ import annotations

import io
import struct
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from functions import Workshop, create_role, zipped
from in_process import InProcess, served

from mllab_localaws.lambda_ import code
from mllab_localaws.lambda_.code import CodeStore
from mllab_localaws.wire import protocol
from mllab_localaws.wire.errors import AwsError


def refusal(root: Path, body: bytes) -> str:
    """Return why a zip is refused, once nothing of it is left."""
    with pytest.raises(AwsError) as refused:
        CodeStore(root / "code").add(body)
    assert refused.value.code == "InvalidParameterValueException"
    assert not list((root / "code").iterdir())
    return refused.value.message


def test_a_member_that_says_less_than_it_holds_is_not_believed(tmp_path: Path) -> None:
    body = zipped({"app.py": "x" * 100_000})
    for offset in (
        22,
        body.index(b"PK\x01\x02") + 24,
    ):  # the size in the member's own header, in the directory
        body = body[:offset] + struct.pack("<I", 10) + body[offset + 4 :]
    assert refusal(tmp_path, body).startswith("Could not unzip uploaded file.")


def test_what_comes_out_of_all_members_together_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code, "MOST_UNZIPPED", 1000)
    CodeStore(tmp_path / "fits").add(zipped({"a": "x" * 500, "b": "x" * 500}))
    body = zipped({"a": "x" * 500, "b": "x" * 501})
    assert refusal(tmp_path, body) == "Unzipped size must be smaller than 1000 bytes"


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_that_lambda_does_not_have_are_refused(tmp_path: Path, compression: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("app.py", "x" * 10_000)
    assert refusal(tmp_path, buffer.getvalue()).endswith("('app.py' is neither stored nor deflated)")


def test_more_files_and_directories_than_are_unpacked_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code, "MOST_NAMES", 10)
    CodeStore(tmp_path / "fits").add(zipped({f"{n}.py": "" for n in range(10)}))
    for files in ({f"{n}.py": "" for n in range(11)}, {"a/" * 10 + "b.py": ""}):
        assert "at most 10 files and directories" in refusal(tmp_path, zipped(files))


def test_a_directory_too_long_to_be_read_is_refused_before_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code, "MOST_DIRECTORY", 2000)
    CodeStore(tmp_path / "fits").add(zipped({"a.py": ""}))
    assert "files and directories" in refusal(tmp_path, zipped({f"{n}.py": "" for n in range(100)}))


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with served(tmp_path_factory.mktemp("lambda-code") / "home") as local:
        yield local


@pytest.fixture(scope="module")
def workshop(local: InProcess) -> Workshop:
    return Workshop(local.client("lambda"), create_role(local.client("iam"), "lambda"))


def test_an_object_in_s3_that_is_too_large_is_refused_without_being_read(
    local: InProcess, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = local.client("s3")
    s3.create_bucket(Bucket="large-code")
    s3.put_object(Bucket="large-code", Key="code.zip", Body=zipped("def handler(e, c): return e"))
    source = {"S3Bucket": "large-code", "S3Key": "code.zip"}
    workshop.create("from-s3", {}, Code=source)
    monkeypatch.setattr(code, "MOST_UNZIPPED", 100)
    monkeypatch.setattr("mllab_localaws.moto_backend.Objects.read", None)
    for call in (lambda: workshop.create("too-large", {}, Code=source), lambda: update(workshop, source)):
        with pytest.raises(ClientError, match="Unzipped size must be smaller than 100 bytes"):
            call()


def update(workshop: Workshop, source: dict[str, str]) -> Any:
    return workshop.client.update_function_code(FunctionName="from-s3", **source)


def test_a_long_request_is_not_read_in_the_event_loop(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_in: list[str] = []
    parse = protocol.parse

    def watched(*arguments: Any) -> dict[str, Any]:
        read_in.append(threading.current_thread().name)
        return parse(*arguments)

    monkeypatch.setattr(protocol, "parse", watched)
    workshop.create(
        "long", {"app.py": "", "data": bytes(range(256)) * 4096, "more": str(list(range(200_000)))}
    )
    assert [name.partition("_")[0] for name in read_in] == ["service"]
