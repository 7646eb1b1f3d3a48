"""What training and processing jobs have in common, through the gateway: names, ends, listing, deleting."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from identities import make_job_role
from job_kinds import BOTH, PROCESSING, TRAINING, JobKind
from processes import on_this_machine

from mllab_localaws.files import Connection

BUCKET = "jobs-of-both-kinds"
WAIT = "print('ready', flush=True)\nimport time\nwhile True: time.sleep(0.01)\n"
TAKEN = {
    TRAINING: "Training job names must be unique within an AWS account and region, and a training job with "
    "this name already exists",
    PROCESSING: "Job name must be unique within an AWS account and region, and a job with this name already "
    "exists",
}
MISSING = {
    TRAINING: "Requested resource not found.",
    PROCESSING: "Could not find requested job with name: {}",
}


@pytest.fixture(scope="module")
def role(client: Callable[..., Any]) -> str:
    client("s3").create_bucket(Bucket=BUCKET)
    return make_job_role(client, BUCKET)


@pytest.fixture(params=BOTH, ids=str)
def kind(request: pytest.FixtureRequest) -> JobKind:
    made: JobKind = request.param
    return made


@pytest.fixture
def create(sagemaker: Any, kind: JobKind, role: str) -> Callable[..., Any]:
    """`create(name, code)`: a job of the kind, that writes to the tests' bucket."""

    def make(name: str, code: str, **members: Any) -> Any:
        request = kind.request(name, role, code, **{**kind.writes(f"s3://{BUCKET}/out/{name}"), **members})
        return kind.create(sagemaker, request)

    return make


def test_a_name_in_use_is_refused_whatever_its_case(
    create: Callable[..., Any], kind: JobKind, name: str
) -> None:
    create(name, "pass")
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:{kind.text.replace(' ', '-')}/{name}"
    for again in (name, name.upper()):
        with pytest.raises(ClientError) as caught:
            create(again, "pass")
        assert caught.value.response["Error"]["Code"] == "ResourceInUse"
        assert caught.value.response["Error"]["Message"] == f"{TAKEN[kind]} ({arn})"


@pytest.mark.parametrize("verb", ["describe", "stop", "delete"])
def test_a_missing_job_is_said_so(sagemaker: Any, kind: JobKind, verb: str) -> None:
    with pytest.raises(ClientError) as caught:
        kind.call(sagemaker, verb, "nobody")
    assert caught.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": MISSING[kind].format("nobody"),
    }


def test_a_key_that_would_leave_its_directory_fails_the_job(
    create: Callable[..., Any], sagemaker: Any, client: Callable[..., Any], kind: JobKind, name: str
) -> None:
    client("s3").put_object(Bucket=BUCKET, Key="evil/../../../../escaped", Body=b"1")
    create(name, "pass", **kind.reads(f"s3://{BUCKET}/evil/"))
    job = kind.finished(sagemaker, name)
    assert job[kind.status] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed:Key ")


def test_a_process_killed_from_outside_fails_the_job_and_leaves_nothing(
    create: Callable[..., Any], sagemaker: Any, logs: Any, kind: JobKind, name: str, connection: Connection
) -> None:
    create(name, "import os, time\nprint('pid', os.getpid(), flush=True)\ntime.sleep(60)")
    root = connection.home / "jobs" / f"{connection.region}{kind.directories}" / name
    said = kind.logged(logs, name, "pid ").split()[1]
    os.kill(on_this_machine(int(said), root), signal.SIGKILL)
    job = kind.finished(sagemaker, name)
    assert job[kind.status] == "Failed"
    assert f"{kind.text.split()[0]} process was killed (SIGKILL)" in job["FailureReason"]
    assert job["FailureReason"].endswith("exit code: 137")
    assert not root.exists()


def test_a_job_that_is_over_cannot_be_stopped(
    create: Callable[..., Any], sagemaker: Any, kind: JobKind, name: str
) -> None:
    create(name, "pass")
    kind.finished(sagemaker, name)
    with pytest.raises(ClientError, match=f"rejected because the {kind.text} is in status Completed"):
        kind.call(sagemaker, "stop", name)


def test_a_running_job_cannot_be_deleted_and_a_finished_one_frees_its_name(
    create: Callable[..., Any], sagemaker: Any, logs: Any, kind: JobKind, name: str
) -> None:
    create(name, WAIT)
    kind.logged(logs, name, "ready")
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="is in status InProgress; stop it first"):
        kind.call(sagemaker, "delete", name)
    kind.call(sagemaker, "stop", name.upper())
    assert kind.finished(sagemaker, name)[kind.status] == "Stopped"
    kind.call(sagemaker, "delete", name)
    with pytest.raises(ClientError, match=re.escape(MISSING[kind].format(name))):
        kind.call(sagemaker, "describe", name)
    create(name, "pass")
    assert kind.finished(sagemaker, name)[kind.status] == "Completed"


def test_jobs_are_listed_by_name_status_time_and_page(
    create: Callable[..., Any], sagemaker: Any, kind: JobKind, name: str
) -> None:
    for letter, code in (("a", "pass"), ("b", "raise SystemExit(1)"), ("c", "pass")):
        create(f"{name}-{letter}", code)
    jobs = [kind.finished(sagemaker, f"{name}-{letter}") for letter in "abc"]

    def letters(**filters: Any) -> list[str]:
        pages = sagemaker.get_paginator(f"list_{kind.operation}s").paginate(
            NameContains=name, PaginationConfig={"PageSize": 2}, **filters
        )
        return [job[kind.name][-1] for page in pages for job in page[f"{kind.members}Summaries"]]

    assert letters() == ["a", "b", "c"]
    assert letters(SortBy="Name", SortOrder="Descending") == ["c", "b", "a"]
    assert letters(SortBy="CreationTime", SortOrder="Descending") == ["c", "b", "a"]
    assert letters(SortBy="Status") == ["a", "c", "b"]
    assert letters(StatusEquals="Failed") == ["b"]
    assert letters(CreationTimeAfter=jobs[0]["CreationTime"]) == ["b", "c"]
    assert letters(CreationTimeBefore=jobs[1]["CreationTime"]) == ["a"]
    with pytest.raises(ClientError, match="Invalid NextToken"):
        getattr(sagemaker, f"list_{kind.operation}s")(NextToken="bm9uc2Vuc2U=")
