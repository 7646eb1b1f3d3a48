"""What requests to Lambda and API Gateway need."""

from __future__ import annotations

from typing import Any

import pytest
from access_requests import ACCOUNT, REGION, ROLE, needs, pairs, passing

from mllab_localaws.access.model import Access

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
TAG_KEYS = {"aws:TagKeys": ("team",), "aws:RequestTag/team": ("ml",)}


@pytest.mark.parametrize("spelled", ["f", f"{ACCOUNT}:function:f", FUNCTION])
def test_a_function_is_the_same_in_every_spelling(spelled: str) -> None:
    assert pairs("lambda", "Invoke", FunctionName=spelled) == [("lambda:InvokeFunction", FUNCTION)]


@pytest.mark.parametrize(
    "params",
    [
        {"FunctionName": "f", "Qualifier": "live"},
        {"FunctionName": "f:live"},
        {"FunctionName": f"{FUNCTION}:live"},
    ],
)
def test_a_qualifier_is_part_of_the_arn(params: dict[str, str]) -> None:
    assert pairs("lambda", "GetFunction", **params) == [("lambda:GetFunction", f"{FUNCTION}:live")]


def test_another_accounts_function_is_not_ours() -> None:
    other = "arn:aws:lambda:us-east-2:999999999999:function:f"
    assert pairs("lambda", "Invoke", FunctionName=other) == [("lambda:InvokeFunction", other)]


@pytest.mark.parametrize("operation", ["ListFunctions", "ListEventSourceMappings", "GetAccountSettings"])
def test_lists_have_no_resource(operation: str) -> None:
    assert pairs("lambda", operation) == [(f"lambda:{operation}", "*")]


def test_a_function_is_created_with_its_role_and_its_tags() -> None:
    asked = needs("lambda", "CreateFunction", FunctionName="f", Role=ROLE, Tags={"team": "ml"}, Layers=["l"])
    assert asked == [
        Access("lambda:CreateFunction", FUNCTION, {"lambda:Layer": ("l",), **TAG_KEYS}),
        Access("lambda:TagResource", FUNCTION, TAG_KEYS),
        passing("lambda"),
    ]


def test_another_role_is_passed_as_well() -> None:
    asked = needs("lambda", "UpdateFunctionConfiguration", FunctionName="f", Role=ROLE)
    assert asked[1:] == [passing("lambda")]


def test_code_in_s3_is_read_by_who_asks() -> None:
    code = {"S3Bucket": "b", "S3Key": "a/f.zip"}
    created = needs("lambda", "CreateFunction", FunctionName="f", Code=code)
    updated = needs("lambda", "UpdateFunctionCode", FunctionName="f", **code, S3ObjectVersion="v1")
    assert created[1:] == [Access("s3:GetObject", "arn:aws:s3:::b/a/f.zip")]
    assert updated[1:] == [Access("s3:GetObjectVersion", "arn:aws:s3:::b/a/f.zip", {"s3:versionid": ("v1",)})]


def test_a_permission_tells_for_whom_it_is() -> None:
    asked = needs("lambda", "AddPermission", FunctionName="f", Principal="s3.amazonaws.com")
    assert asked == [Access("lambda:AddPermission", FUNCTION, {"lambda:Principal": ("s3.amazonaws.com",)})]


def test_an_event_source_tells_its_function() -> None:
    created = needs("lambda", "CreateEventSourceMapping", FunctionName="f")
    deleted = pairs("lambda", "DeleteEventSourceMapping", UUID="u")
    mapping = f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:u"
    assert created == [Access("lambda:CreateEventSourceMapping", "*", {"lambda:FunctionArn": (FUNCTION,)})]
    assert deleted == [("lambda:DeleteEventSourceMapping", mapping)]


@pytest.mark.parametrize("operation", ["ListTags", "TagResource", "UntagResource"])
def test_tags_are_of_the_resource(operation: str) -> None:
    assert pairs("lambda", operation, Resource=FUNCTION) == [(f"lambda:{operation}", FUNCTION)]


def api(path: str) -> str:
    return f"arn:aws:apigateway:{REGION}::{path}"


METHOD = {"restApiId": "a1", "resourceId": "r1", "httpMethod": "POST"}


@pytest.mark.parametrize(
    ("operation", "params", "action", "path"),
    [
        ("CreateRestApi", {"name": "x"}, "POST", "/restapis"),
        ("GetRestApis", {"limit": 5}, "GET", "/restapis"),
        ("DeleteRestApi", {"restApiId": "a1"}, "DELETE", "/restapis/a1"),
        ("CreateResource", {"restApiId": "a1", "parentId": "p1"}, "POST", "/restapis/a1/resources/p1"),
        ("PutMethod", METHOD, "PUT", "/restapis/a1/resources/r1/methods/POST"),
        ("PutIntegration", METHOD, "PUT", "/restapis/a1/resources/r1/methods/POST/integration"),
        ("UpdateStage", {"restApiId": "a1", "stageName": "prod"}, "PATCH", "/restapis/a1/stages/prod"),
        ("GetApiKey", {"apiKey": "k1"}, "GET", "/apikeys/k1"),
        ("CreateUsagePlanKey", {"usagePlanId": "u1"}, "POST", "/usageplans/u1/keys"),
        ("UpdateAccount", {}, "PATCH", "/account"),
    ],
)
def test_an_api_is_asked_by_method_and_path(
    operation: str, params: dict[str, Any], action: str, path: str
) -> None:
    assert pairs("apigateway", operation, **params) == [(f"apigateway:{action}", api(path))]


def test_a_label_stays_one_part_of_the_path() -> None:
    asked = pairs("apigateway", "GetRestApi", restApiId="a1/../b2")
    assert asked == [("apigateway:GET", api("/restapis/a1%2F..%2Fb2"))]


ENCODED = "arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2F"


def test_tags_are_paths_of_their_own() -> None:
    tagged = api("/restapis/a1")
    asked = needs("apigateway", "TagResource", resourceArn=tagged, tags={"team": "ml"})
    assert asked == [
        Access("apigateway:PUT", api(f"/tags/{ENCODED}a1"), TAG_KEYS),
        Access("apigateway:PATCH", tagged, TAG_KEYS),
    ]
    assert needs("apigateway", "UntagResource", resourceArn=tagged, tagKeys=["team"]) == [
        Access("apigateway:DELETE", api(f"/tags/{ENCODED}a1"), {"aws:TagKeys": ("team",)})
    ]


def test_creation_with_tags_needs_leave_to_tag() -> None:
    assert needs("apigateway", "CreateRestApi", name="x", tags={"team": "ml"}) == [
        Access("apigateway:POST", api("/restapis"), TAG_KEYS),
        Access("apigateway:PUT", api(f"/tags/{ENCODED}*"), TAG_KEYS),
    ]


def test_an_apis_policy_needs_an_action_of_its_own() -> None:
    patch = [{"op": "replace", "path": "/policy", "value": "{}"}]
    created = pairs("apigateway", "CreateRestApi", name="x", policy="{}")
    updated = pairs("apigateway", "UpdateRestApi", restApiId="a1", patchOperations=patch)
    assert created[1:] == [("apigateway:UpdateRestApiPolicy", api("/restapis"))]
    assert updated[1:] == [("apigateway:UpdateRestApiPolicy", api("/restapis/a1"))]


def test_roles_of_integrations_and_logs_are_passed() -> None:
    logs = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": ROLE}]
    integration = needs("apigateway", "PutIntegration", **METHOD, credentials=ROLE)
    account = needs("apigateway", "UpdateAccount", patchOperations=logs)
    own = needs("apigateway", "PutIntegration", **METHOD, credentials="arn:aws:iam::*:user/*")
    assert integration[1:] == account[1:] == [passing("apigateway")]
    assert own[1:] == []
