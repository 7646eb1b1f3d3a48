"""The course's original code runs on SageMaker SDK v2 as it stands, but for what AWS forces to change."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from environments import environment
from small_houses import Account, houses, predict_with

COURSE = Path(__file__).with_name("course_original.py")


@pytest.fixture(scope="module")
def course(environment_variables: dict[str, str], account: Account) -> dict[str, str]:
    """What the course's code prints at its end, and what it printed on the way."""
    bucket, role = account.bucket("course-data"), account.role("course")
    untidy = houses()
    untidy.loc[untidy.index[:10], "grade"] = None
    account.client("s3").put_object(Bucket=bucket, Key="house_prices.csv", Body=untidy.to_csv(index=False))
    done = subprocess.run(
        [environment("sdk_v2") / "python", COURSE, bucket, role],
        env={**environment_variables, "SAGEMAKER_SUPPRESS_V2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *shown, last = done.stdout.splitlines()
    return {**json.loads(last), "shown": "\n".join(shown), "complaints": done.stderr}


def test_predict_and_runtime_sagemaker_answer_what_the_model_file_says(
    course: dict[str, str], account: Account
) -> None:
    archive = account.read(course["model_data"])
    one, another = predict_with(archive, [1, 2, 3, 4, 5], [5, 3.5, 5400, 2, 11])
    assert float(course["predicted"]) == pytest.approx(one, rel=1e-6)
    # The container of 1.0-1 separates the answers of several rows by commas, later ones by line ends.
    assert [float(price) for price in course["invoked"].split(",")] == pytest.approx([one, another], rel=1e-6)


def test_fit_shows_the_log_lines_of_the_training_job(course: dict[str, str]) -> None:
    assert "[9]" in course["shown"]
    assert "train-rmse" in course["shown"]
    assert "Training job completed" in course["shown"]


def test_the_sdk_never_asks_an_address_outside(course: dict[str, str]) -> None:
    assert "amazonaws.com" not in course["complaints"]
    assert "Traceback" not in course["complaints"]


def test_the_course_leaves_no_endpoint_behind(course: dict[str, str], account: Account) -> None:
    sagemaker = account.client("sagemaker")
    if "xgboost-endpoint" in account.endpoints():
        sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="xgboost-endpoint")
    assert sagemaker.list_models(NameContains="sagemaker-xgboost")["Models"] == []
