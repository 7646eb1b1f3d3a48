"""The run on AWS that a person with an account starts, rehearsed on a local AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import aws_smoke
import boto3
import lent_credentials
import make_docs
import pytest

from mllab_helpers.lab import teacher

PROJECT = Path(__file__).resolve().parents[2]
SMOKE = [sys.executable, "tools/aws_smoke.py", "--rehearse", "--only", "01"]


def rehearse(*options):
    return subprocess.run([*SMOKE, *options], cwd=PROJECT, capture_output=True, text=True, check=False)


def test_a_rehearsal_runs_and_cleans_up_and_leaves_no_evidence():
    before = aws_smoke.EVIDENCE.read_bytes()
    done = rehearse("--student", "humo")
    assert done.returncode == 0, done.stderr
    assert "01  passed" in done.stdout
    assert "humo" in done.stdout
    assert aws_smoke.EVIDENCE.read_bytes() == before


def test_a_run_over_its_budget_is_stopped_and_cleaned_up():
    done = rehearse("--budget", "0")
    assert done.returncode == 1, done.stderr
    assert "the budget is 0.00 USD" in done.stderr
    assert "01  over budget" in done.stdout


def test_a_student_name_that_is_none_is_refused_before_anything_runs():
    done = rehearse("--student", "no-name")
    assert done.returncode == 1
    assert "noname" in done.stderr
    assert not done.stdout


def test_a_budget_that_is_reached_interrupts_the_run():
    spent = iter((0.5, 1.5, 2.5))
    watch = aws_smoke.Watch(lambda: next(spent), budget=2.0, every=0.0)
    with pytest.raises(KeyboardInterrupt), watch:
        wait_for_an_interrupt()
    assert watch.is_over


def test_a_cost_that_cannot_be_seen_ends_the_run(capsys):
    def unseen():
        raise ConnectionError("nobody answers")

    watch = aws_smoke.Watch(unseen, budget=2.0, every=0.0)
    with pytest.raises(KeyboardInterrupt), watch:
        wait_for_an_interrupt()
    assert watch.is_over
    assert "nobody answers" in capsys.readouterr().err


def test_a_cost_that_cannot_be_seen_for_a_moment_ends_nothing():
    """As while notebook 01 makes the roles, which IAM does not know at once."""
    looks, seen = iter([None, None, 0.5, None, None, None, 2.5]), []

    def spent():
        seen.append(next(looks))
        if seen[-1] is None:
            raise ConnectionError("not yet")
        return seen[-1]

    with pytest.raises(KeyboardInterrupt), aws_smoke.Watch(spent, budget=2.0, every=0.0):
        wait_for_an_interrupt()
    assert seen[-1] == 2.5


def wait_for_an_interrupt():
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        time.sleep(0.01)


def test_what_happened_stands_in_the_table_of_evidence(tmp_path, lab):
    record = tmp_path / "runs.json"
    record.write_text("[]")
    aws_smoke.note(aws_smoke.evidence(lab, {"01": aws_smoke.PASSED}), record)
    aws_smoke.note(aws_smoke.evidence(lab, {"01": aws_smoke.PASSED, "02": aws_smoke.FAILED}), record)
    noted = json.loads(record.read_text())
    assert [each["notebook"] for each in noted] == ["01", "01", "02"]
    assert lab.account not in record.read_text()
    assert make_docs.ran_on_aws("01", "en", record).endswith(": passed")
    assert make_docs.ran_on_aws("02", "es", record).endswith(": falló")
    assert noted[0]["account"] in make_docs.ran_on_aws("01", "en", record)
    assert make_docs.ran_on_aws("03", "en", record) == "not yet"


@pytest.mark.parametrize(
    "result", [aws_smoke.PASSED, aws_smoke.FAILED, aws_smoke.OVER_BUDGET, aws_smoke.INTERRUPTED_BY_HAND]
)
def test_every_result_has_its_words(result):
    for language in ("es", "en"):
        assert make_docs.say(result, language)


@pytest.fixture
def owner(local_connection, monkeypatch):
    """The administrator of a local AWS, in the place of a person with an account."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", local_connection.endpoint_url)
    keys = (local_connection.access_key, local_connection.secret_key)
    return boto3.Session(*keys, region_name=local_connection.region)


def test_another_program_works_in_the_lent_role_and_only_in_it(owner):
    arn = teacher.ensure_teacher(owner, os.environ["AWS_ENDPOINT_URL"])
    with lent_credentials.lent_role(owner, arn, "smoke") as lent:
        environment = {name: value for name, value in {**os.environ, **lent}.items() if value is not None}
        program = "import boto3; print(boto3.client('sts', 'us-east-1').get_caller_identity()['Arn'])"
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
    assert done.stdout.strip().endswith(f":assumed-role/{teacher.NAME}/smoke")


@pytest.mark.parametrize("token", [None, "wrong", "n\u00e9"])
def test_whoever_lacks_the_token_is_lent_nothing(owner, token):
    arn = teacher.ensure_teacher(owner, os.environ["AWS_ENDPOINT_URL"])
    with lent_credentials.lent_role(owner, arn, "smoke") as lent:
        request = urllib.request.Request(lent["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
        if token:
            request.add_header("Authorization", token)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
    assert refused.value.code == 403
