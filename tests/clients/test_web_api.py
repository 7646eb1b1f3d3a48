"""The API of notebook 04 from outside: curl as printed, a browser's question, limits, the journey."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
import requests
from built_apis import deploy, ensure_api
from web_api_of_houses import BURST, HOUSE, RATE, Deployed

from mllab_helpers.deployment import predict
from mllab_helpers.housing.features import csv_row, model_row
from mllab_helpers.identity import roles
from mllab_helpers.web import web_api, web_calls, web_export, web_function, web_journey, web_keys
from mllab_helpers.web.errors import ApiKeyRefused, WrongApiPath


def test_the_curl_line_works_as_printed_once_the_key_is_set(deployed: Deployed) -> None:
    line = web_export.curl_line(deployed.url, HOUSE)
    done = subprocess.run(
        ["bash", "-c", line],
        env={"PATH": os.environ["PATH"], "API_KEY": deployed.key},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [price] = predict(deployed.lab, deployed.endpoint, model_row(HOUSE))
    said = json.loads(done.stdout)
    assert said == {"price_usd": pytest.approx(price, abs=0.01), "date": "2015-03-14"}


def test_the_api_says_what_the_endpoint_says(deployed: Deployed) -> None:
    runtime = deployed.lab.client("sagemaker-runtime")
    row = csv_row(model_row(HOUSE))
    said = runtime.invoke_endpoint(EndpointName=deployed.endpoint, ContentType="text/csv", Body=row)
    price = float(said["Body"].read())
    assert web_calls.ask_price(deployed.url, HOUSE, key=deployed.key) == pytest.approx(price, abs=0.01)


def test_two_kinds_of_403_are_told_apart(deployed: Deployed) -> None:
    for key in (None, "x" * 40):
        with pytest.raises(ApiKeyRefused):
            web_calls.ask_price(deployed.url, HOUSE, key=key)
    base = deployed.url.removesuffix("/prod/predict")
    for wrong in (f"{deployed.url}s", f"{base}/prod"):
        with pytest.raises(WrongApiPath):
            web_calls.ask_price(wrong, HOUSE, key=deployed.key)


@pytest.mark.parametrize(
    ("body", "words"),
    [('{"bedrooms": 3}', "bathrooms"), ("[1, 2]", "Invalid request body"), ("{", "Invalid request body")],
)
def test_a_bad_body_is_refused_by_whoever_sees_it_first(deployed: Deployed, body: str, words: str) -> None:
    answer = web_calls.post(deployed.url, body, key=deployed.key)
    assert answer.status == 400
    assert words in answer.message


def test_a_body_of_another_type_passes_the_check_and_the_function_answers_itself(deployed: Deployed) -> None:
    headers = {"x-api-key": deployed.key, "Content-Type": "text/csv"}
    came = requests.post(deployed.url, data="1,2,3", headers=headers, timeout=30)
    assert came.status_code == 400
    assert "JSON" in came.json()["message"]


@pytest.mark.parametrize("key", [None, "right"])
def test_a_browser_may_ask_and_may_read_every_answer(deployed: Deployed, key: str | None) -> None:
    asked = requests.options(deployed.url, headers={"Origin": "https://example.com"}, timeout=30)
    assert asked.status_code == 200
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "x-api-key" in asked.headers["Access-Control-Allow-Headers"].lower()
    headers = {"x-api-key": deployed.key} if key else {}
    came = requests.post(deployed.url, json=HOUSE, headers=headers, timeout=30)
    assert came.status_code == (200 if key else 403)
    assert came.headers["Access-Control-Allow-Origin"] == "*"


def test_the_course_handler_returns_a_number_which_is_a_malformed_answer(deployed: Deployed) -> None:
    lab = deployed.lab
    role = roles.ensure_role(lab, roles.role_of("lambda"))
    course = web_function.ensure_function(
        lab,
        lab.name("course-handler"),
        role=role,
        endpoint=deployed.endpoint,
        archive=web_function.package("course_handler"),
        handler="course_handler.lambda_handler",
    )
    web_api.ensure_route(lab, deployed.api, "course", course)
    assert deploy(lab, deployed.api)
    url = lab.api_url(deployed.api, web_api.STAGE, "course")
    headers = {"x-api-key": deployed.key, "Content-Type": "text/csv"}
    came = requests.post(url, data=csv_row(model_row(HOUSE)), headers=headers, timeout=30)
    assert (came.status_code, came.json()) == (502, {"message": "Internal server error"})


def test_building_again_finds_what_is_there_and_deploys_nothing(deployed: Deployed) -> None:
    lab = deployed.lab
    role = roles.ensure_role(lab, roles.role_of("lambda"))
    arn = web_function.ensure_function(lab, deployed.function, role=role, endpoint=deployed.endpoint)
    before = lab.client("apigateway").get_stage(restApiId=deployed.api, stageName=web_api.STAGE)
    assert ensure_api(lab, arn) == deployed.api
    after = lab.client("apigateway").get_stage(restApiId=deployed.api, stageName=web_api.STAGE)
    assert before["deploymentId"] == after["deploymentId"]
    plan = web_keys.ensure_usage_plan(lab, deployed.api, rate=RATE, burst=BURST)
    assert web_keys.ensure_api_key(lab, plan).value == deployed.key


def test_each_part_of_a_journey_takes_no_longer_than_the_part_around_it(deployed: Deployed) -> None:
    journey = web_journey.measure_journey(
        deployed.lab,
        deployed.url,
        HOUSE,
        key=deployed.key,
        function=deployed.function,
        endpoint=deployed.endpoint,
        count=10,
        per_second=RATE / 2,
    )
    times = list(journey.steps().values())
    assert times == sorted(times, reverse=True)
    assert journey.requests == 10


def test_an_endpoint_that_is_gone_is_said_so_with_503(deployed: Deployed) -> None:
    lab, gone = deployed.lab, deployed.lab.name("gone")
    role = roles.ensure_role(lab, roles.role_of("lambda"))
    # The role may ask the lab's endpoint only; of another one AWS does not even say whether it is there.
    web_function.ensure_function(lab, deployed.function, role=role, endpoint=gone)
    refused = web_calls.post(deployed.url, HOUSE, key=deployed.key)
    may_ask = {"RoleName": lab.name("lambda-role"), "PolicyName": "ask-another"}
    ask = {"Effect": "Allow", "Action": "sagemaker:InvokeEndpoint", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [ask]})
    lab.client("iam").put_role_policy(**may_ask, PolicyDocument=document)
    answer = web_calls.post(deployed.url, HOUSE, key=deployed.key)
    lab.client("iam").delete_role_policy(**may_ask)
    web_function.ensure_function(lab, deployed.function, role=role, endpoint=deployed.endpoint)
    assert refused.status == 500
    assert answer.status == 503
    assert web_calls.post(deployed.url, HOUSE, key=deployed.key).status == 200


def test_too_many_at_once_are_told_429_and_a_higher_limit_lets_them_pass(deployed: Deployed) -> None:
    counted = web_calls.burst(deployed.url, HOUSE, key=deployed.key, count=4 * BURST)
    assert set(counted) == {200, 429}
    web_keys.ensure_usage_plan(deployed.lab, deployed.api, rate=1000, burst=1000)
    counted = web_calls.burst(deployed.url, HOUSE, key=deployed.key, count=4 * BURST)
    web_keys.ensure_usage_plan(deployed.lab, deployed.api, rate=RATE, burst=BURST)
    assert counted == {200: 4 * BURST}
