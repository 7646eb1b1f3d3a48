"""The REST API, its plan and its key, with AWS's answers from a script; the whole runs in tests/clients."""

from __future__ import annotations

import pytest
from botocore.stub import ANY

from mllab_helpers.errors import AwsRefused
from mllab_helpers.web import web_api, web_keys

API, FUNCTION = "abc1234567", "arn:aws:lambda:us-east-1:123456789012:function:mllab-ana-predict-house"
ABSENT = ("NotFoundException", "Invalid stage identifier specified")
PLAN = {
    "id": "p1",
    "name": "mllab-ana-plan",
    "throttle": {"rateLimit": 5.0, "burstLimit": 10},
    "quota": {"limit": 10_000, "period": "DAY"},
    "apiStages": [{"apiId": API, "stage": "prod"}],
}


def test_an_api_answers_on_a_host_of_its_own_on_aws_and_on_a_path_locally(lab):
    host = f"https://{API}.execute-api.us-east-1.amazonaws.com"
    assert lab.api_url(API, "prod", "predict").endswith(f"/_execute-api/{API}/prod/predict")
    object.__setattr__(lab, "endpoint_url", None)
    assert lab.api_url(API, "prod", "/predict") == f"{host}/prod/predict"


def test_only_the_students_own_api_is_found(lab, stub):
    gateway = stub("apigateway")
    items = [{"id": "x", "name": "mllab-anabel-houses-api"}, {"id": API, "name": "mllab-ana-houses-api"}]
    gateway.add_response("get_rest_apis", {"items": items})
    assert web_api.find_api(lab) == API


def test_a_permission_names_the_api_the_method_and_the_path_and_may_exist_already(lab, stub):
    functions = stub("lambda")
    source = f"arn:aws:execute-api:us-east-1:123456789012:{API}/*/POST/predict"
    expected = {
        "FunctionName": FUNCTION,
        "StatementId": f"{API}-post-predict",
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": source,
    }
    functions.add_response("add_permission", {}, expected)
    functions.add_client_error("add_permission", "ResourceConflictException", "exists")
    functions.add_client_error("add_permission", "ResourceNotFoundException", "no function")
    for _ in range(2):
        web_api.allow_gateway(lab, API, "predict", FUNCTION)
    with pytest.raises(AwsRefused, match="no function"):
        web_api.allow_gateway(lab, API, "predict", FUNCTION)


def draft(gateway, method="POST"):
    gateway.add_response(
        "get_resources", {"items": [{"id": "r", "path": "/predict", "resourceMethods": {method: {}}}]}
    )
    for operation in ("get_gateway_responses", "get_models", "get_request_validators"):
        gateway.add_response(operation, {"items": []})


def test_a_stage_shows_the_draft_until_the_draft_changes(lab, stub):
    gateway = stub("apigateway")
    gateway.add_client_error("get_stage", *ABSENT)
    assert web_api.deployed_version(lab, API) is None

    for method in ("POST", "POST", "PUT"):
        draft(gateway, method)
    version = web_api.draft_version(lab, API)
    assert web_api.draft_version(lab, API) == version
    assert web_api.draft_version(lab, API) != version

    gateway.add_response("get_stage", {"deploymentId": "d1"})
    gateway.add_response("get_deployment", {"id": "d1", "description": version})
    assert web_api.deployed_version(lab, API) == version


def ensure_plan(lab, **changes):
    return web_keys.ensure_usage_plan(lab, API, **{"rate": 5.0, "burst": 10, **changes})


def test_a_plan_is_created_with_its_limits_and_its_stage(lab, stub):
    gateway = stub("apigateway")
    gateway.add_response("get_usage_plans", {"items": [{**PLAN, "name": "mllab-anabel-plan"}]})
    expected = {
        "name": "mllab-ana-plan",
        "throttle": {"rateLimit": 5.0, "burstLimit": 10},
        "quota": {"limit": 10_000, "period": "DAY"},
        "apiStages": [{"apiId": API, "stage": "prod"}],
        "tags": ANY,
    }
    gateway.add_response("create_usage_plan", PLAN, expected)
    assert ensure_plan(lab) == "p1"
    assert [entry.kind for entry in lab.ledger()] == ["usage-plan"]


def test_a_plan_that_is_as_it_should_be_is_left_alone(lab, stub):
    stub("apigateway").add_response("get_usage_plans", {"items": [PLAN]})
    assert ensure_plan(lab) == "p1"


def test_other_limits_and_a_new_api_are_written_into_the_plan(lab, stub):
    gateway = stub("apigateway")
    gateway.add_response("get_usage_plans", {"items": [{**PLAN, "apiStages": []}]})
    changes = [
        {"op": "replace", "path": "/throttle/rateLimit", "value": "7.5"},
        {"op": "add", "path": "/apiStages", "value": f"{API}:prod"},
    ]
    expected = {"usagePlanId": "p1", "patchOperations": changes}
    gateway.add_response("update_usage_plan", PLAN, expected)
    ensure_plan(lab, rate=7.5)


def test_a_key_is_made_once_and_put_into_the_plan_once(lab, stub):
    gateway = stub("apigateway")
    key = {"id": "k1", "name": "mllab-ana-key", "value": "v" * 40}
    gateway.add_response("get_usage_plan_keys", {"items": [{**key, "name": "mllab-ana-key-2"}]})
    gateway.add_response("create_api_key", key)
    link = {"usagePlanId": "p1", "keyId": "k1", "keyType": "API_KEY"}
    gateway.add_response("create_usage_plan_key", {}, link)
    assert web_keys.ensure_api_key(lab, "p1").value == "v" * 40
    gateway.add_response("get_usage_plan_keys", {"items": [key]})
    gateway.add_response("get_api_key", key, {"apiKey": "k1", "includeValue": True})
    assert web_keys.ensure_api_key(lab, "p1").id == "k1"


def test_a_plan_loses_its_keys_and_its_stages_before_it_goes(lab, stub):
    gateway = stub("apigateway")
    gateway.add_response("get_usage_plans", {"items": [PLAN]})
    gateway.add_response("get_usage_plan_keys", {"items": [{"id": "k1"}]})
    gateway.add_response("delete_api_key", {}, {"apiKey": "k1"})
    removal = [{"op": "remove", "path": "/apiStages", "value": f"{API}:prod"}]
    gateway.add_response("update_usage_plan", PLAN, {"usagePlanId": "p1", "patchOperations": removal})
    gateway.add_response("delete_usage_plan", {}, {"usagePlanId": "p1"})
    web_keys.delete_usage_plans(lab, "mllab-ana-plan")
