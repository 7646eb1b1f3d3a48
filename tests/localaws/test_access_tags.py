"""Conditions on the tags that a resource has: API Gateway, which knows no names, and SageMaker."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from identities import Identity, allow, make_user, refused

Client = Callable[..., Any]
GATEWAY = "arn:aws:apigateway:us-east-1::"
EVERY_METHOD = [f"apigateway:{method}" for method in ("GET", "POST", "PUT", "PATCH", "DELETE")]


def tagged(owner: str) -> Mapping[str, Any]:
    return {"StringEquals": {"aws:ResourceTag/mllab:student": owner}}


def asking(owner: str) -> Mapping[str, Any]:
    return {"StringEquals": {"aws:RequestTag/mllab:student": owner}}


@pytest.fixture
def ana(client: Client) -> Identity:
    """Whoever may create what carries her tag, and then do everything with it."""
    collections = [f"{GATEWAY}/{kind}" for kind in ("restapis", "usageplans", "apikeys")]
    return make_user(
        client,
        allow("apigateway:POST", collections, Condition=asking("ana")),
        allow("apigateway:PUT", f"{GATEWAY}/tags/*"),
        allow(EVERY_METHOD, [f"{each}/*" for each in collections], Condition=tagged("ana")),
    )


@pytest.fixture
def api(client: Client) -> Callable[[str], str]:
    """Return a function that makes an API of somebody's and returns its id."""

    def make(owner: str) -> str:
        created = client("apigateway").create_rest_api(name="api", tags={"mllab:student": owner})
        return str(created["id"])

    return make


def code(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    answered, status, _ = refused(call, **arguments)
    return answered, status


DENIED = ("AccessDeniedException", 403)


def test_an_api_is_created_with_one_s_own_tag_only(ana: Identity) -> None:
    gateway = ana.client("apigateway")
    for tags in ({"mllab:student": "luis"}, {"other": "ana"}):
        assert code(gateway.create_rest_api, name="x", tags=tags) == DENIED
    assert code(gateway.create_rest_api, name="x") == DENIED
    assert gateway.create_rest_api(name="x", tags={"mllab:student": "ana"})["name"] == "x"


def test_what_is_in_an_api_inherits_its_tags(
    client: Client, ana: Identity, api: Callable[[str], str]
) -> None:
    gateway, own, foreign = ana.client("apigateway"), api("ana"), api("luis")
    root = client("apigateway").get_resources(restApiId=own)["items"][0]["id"]
    assert gateway.create_resource(restApiId=own, parentId=root, pathPart="p")["path"] == "/p"
    gateway.put_gateway_response(restApiId=own, responseType="DEFAULT_4XX")
    root = client("apigateway").get_resources(restApiId=foreign)["items"][0]["id"]
    assert code(gateway.create_resource, restApiId=foreign, parentId=root, pathPart="p") == DENIED
    assert code(gateway.put_gateway_response, restApiId=foreign, responseType="DEFAULT_4XX") == DENIED
    assert code(gateway.get_resources, restApiId=foreign) == DENIED
    assert code(gateway.delete_rest_api, restApiId=foreign) == DENIED


def test_a_stage_has_its_own_tags_on_top_of_its_api_s(
    client: Client, ana: Identity, api: Callable[[str], str]
) -> None:
    admin, own = client("apigateway"), api("ana")
    root = admin.get_resources(restApiId=own)["items"][0]["id"]
    place = {"restApiId": own, "resourceId": root, "httpMethod": "GET"}
    admin.put_method(**place, authorizationType="NONE")
    admin.put_integration(**place, type="MOCK")
    for stage in ("prod", "lent"):
        admin.create_deployment(restApiId=own, stageName=stage)
    admin.tag_resource(resourceArn=f"{GATEWAY}/restapis/{own}/stages/lent", tags={"mllab:student": "luis"})
    gateway = ana.client("apigateway")
    assert gateway.get_stage(restApiId=own, stageName="prod")["stageName"] == "prod"
    assert code(gateway.get_stage, restApiId=own, stageName="lent") == DENIED


def test_nobody_takes_over_an_api_by_tagging_it_as_their_own(
    ana: Identity, api: Callable[[str], str]
) -> None:
    arn = f"{GATEWAY}/restapis/{api('luis')}"
    assert (
        code(ana.client("apigateway").tag_resource, resourceArn=arn, tags={"mllab:student": "ana"}) == DENIED
    )


def test_the_value_of_somebody_else_s_key_is_not_to_be_had(client: Client, ana: Identity) -> None:
    admin, gateway = client("apigateway"), ana.client("apigateway")
    theirs = {"tags": {"mllab:student": "luis"}}
    key = admin.create_api_key(name=f"k-{uuid.uuid4().hex[:6]}", enabled=True, **theirs)
    plan = admin.create_usage_plan(name="p", **theirs)
    admin.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    assert code(gateway.get_api_keys, includeValues=True) == DENIED
    assert code(gateway.get_api_key, apiKey=key["id"], includeValue=True) == DENIED
    assert code(gateway.get_usage_plan_keys, usagePlanId=plan["id"]) == DENIED
    own = gateway.create_api_key(name="mine", enabled=True, tags={"mllab:student": "ana"})
    assert gateway.get_api_key(apiKey=own["id"], includeValue=True)["value"] == own["value"]


def test_a_decision_ends_with_the_tag_that_it_was_made_for(
    client: Client, ana: Identity, api: Callable[[str], str]
) -> None:
    own, gateway = api("ana"), ana.client("apigateway")
    assert gateway.get_rest_api(restApiId=own)["id"] == own
    client("apigateway").tag_resource(resourceArn=f"{GATEWAY}/restapis/{own}", tags={"mllab:student": "luis"})
    assert code(gateway.get_rest_api, restApiId=own) == DENIED


def test_what_is_not_there_has_no_tags_and_so_is_refused(ana: Identity) -> None:
    assert code(ana.client("apigateway").get_rest_api, restApiId="nosuchapi0") == DENIED


@pytest.mark.parametrize("service", ["aws", "sagemaker"])
def test_sagemaker_s_resources_have_their_tags_too(client: Client, service: str) -> None:
    sagemaker, name = client("sagemaker"), f"group-{uuid.uuid4().hex[:8]}"
    condition = {"StringEquals": {f"{service}:ResourceTag/mllab:student": "ana"}}
    policy = allow(["sagemaker:DeleteModelPackageGroup"], "*", Condition=condition)
    user = make_user(client, policy).client("sagemaker")
    for owner in ("luis", "ana"):
        sagemaker.create_model_package_group(
            ModelPackageGroupName=f"{name}-{owner}", Tags=[{"Key": "mllab:student", "Value": owner}]
        )
    assert code(user.delete_model_package_group, ModelPackageGroupName=f"{name}-luis")[0] == DENIED[0]
    user.delete_model_package_group(ModelPackageGroupName=f"{name}-ana")
