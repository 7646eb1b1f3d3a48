"""Every operation of API Gateway answers in the shape that AWS's own model defines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from apis import STAGE, Api, new_api
from contract_recorder import Recorder, implemented

from mllab_localaws.apigateway.account import Account
from mllab_localaws.apigateway.api_keys import ApiKeys
from mllab_localaws.apigateway.deployments import Deployments
from mllab_localaws.apigateway.gateway_responses import GatewayResponses
from mllab_localaws.apigateway.integrations import Integrations
from mllab_localaws.apigateway.methods import Methods
from mllab_localaws.apigateway.request_models import RequestModels, RequestValidators
from mllab_localaws.apigateway.resources import Resources
from mllab_localaws.apigateway.rest_apis import RestApis
from mllab_localaws.apigateway.stages import Stages
from mllab_localaws.apigateway.tags import Tags
from mllab_localaws.apigateway.usage_plan_keys import UsagePlanKeys
from mllab_localaws.apigateway.usage_plans import UsagePlans
from mllab_localaws.files import Connection

OURS = implemented(
    RestApis,
    Resources,
    Methods,
    Integrations,
    RequestModels,
    RequestValidators,
    Deployments,
    Stages,
    GatewayResponses,
    ApiKeys,
    UsagePlans,
    UsagePlanKeys,
    Tags,
    Account,
)
TAGS = {"mllab:student": "ana"}


def patches(path: str, value: str, op: str = "replace") -> list[dict[str, str]]:
    """Return one patch operation."""
    return [{"op": op, "path": path, "value": value}]


@pytest.fixture(scope="module")
def recorder(client: Callable[..., Any], connection: Connection) -> Recorder:
    """The replies of one API's whole life, and of its keys and plans."""
    recorder = Recorder(client)
    gateway = recorder.client("apigateway")
    everything = {"description": "d", "version": "1", "binaryMediaTypes": ["image/png"], "tags": TAGS}
    api = new_api(gateway, connection, **everything)
    gateway.get_account()
    gateway.update_account(patchOperations=[])
    _describe_requests(api)
    _build(api)
    _deploy(api)
    _sell(api)
    _tear_down(api)
    return recorder


def _describe_requests(api: Api) -> None:
    gateway, where = api.client, {"restApiId": api.id}
    gateway.create_model(**where, name="House", contentType="application/json", schema="{}", description="d")
    gateway.update_model(**where, modelName="House", patchOperations=patches("/description", "e"))
    gateway.get_model(**where, modelName="House")
    gateway.get_models(**where, limit=1)
    made = gateway.create_request_validator(**where, name="v", validateRequestBody=True)
    named = {**where, "requestValidatorId": made["id"]}
    gateway.update_request_validator(**named, patchOperations=patches("/validateRequestParameters", "true"))
    gateway.get_request_validator(**named)
    gateway.get_request_validators(**where)
    response = {**where, "responseType": "THROTTLED"}
    gateway.put_gateway_response(**response, responseParameters={"gatewayresponse.header.A": "'b'"})
    gateway.update_gateway_response(**response, patchOperations=patches("/statusCode", "420"))
    gateway.get_gateway_response(**response)
    gateway.get_gateway_responses(**where)
    gateway.delete_gateway_response(**response)


def _build(api: Api) -> None:
    gateway = api.client
    (validator,) = gateway.get_request_validators(restApiId=api.id)["items"]
    where = api.mock(
        "/houses",
        "POST",
        headers={"X-A": "b"},
        apiKeyRequired=True,
        operationName="Houses",
        requestParameters={"method.request.querystring.q": False},
        requestModels={"application/json": "House"},
        requestValidatorId=validator["id"],
    )
    api.proxy("/houses", "GET", "houses")
    answer = {**where, "statusCode": "200"}
    gateway.update_method(**where, patchOperations=patches("/operationName", "House"))
    gateway.get_method(**where)
    gateway.update_integration(**where, patchOperations=patches("/timeoutInMillis", "5000"))
    gateway.get_integration(**where)
    gateway.update_method_response(
        **answer, patchOperations=patches("/responseModels/text~1csv", "Empty", "add")
    )
    gateway.get_method_response(**answer)
    template = patches("/responseTemplates/text~1csv", "a,b", "add")
    gateway.update_integration_response(**answer, patchOperations=template)
    gateway.get_integration_response(**answer)
    gateway.get_resource(restApiId=api.id, resourceId=where["resourceId"], embed=["methods"])
    gateway.get_resources(restApiId=api.id, limit=1)
    gateway.get_resources(restApiId=api.id)
    named = {"restApiId": api.id, "resourceId": where["resourceId"]}
    gateway.update_resource(**named, patchOperations=patches("/pathPart", "homes"))
    gateway.update_rest_api(restApiId=api.id, patchOperations=patches("/description", "e"))
    gateway.get_rest_api(restApiId=api.id)
    gateway.get_rest_apis(limit=1)


def _deploy(api: Api) -> None:
    gateway, where = api.client, {"restApiId": api.id}
    made = gateway.create_deployment(**where, stageName=STAGE, variables={"a": "b"}, description="d")
    named = {**where, "deploymentId": made["id"]}
    gateway.update_deployment(**named, patchOperations=patches("/description", "e"))
    gateway.get_deployment(**named, embed=["apisummary"])
    gateway.get_deployments(**where)
    gateway.create_stage(**named, stageName="other", tags=TAGS, variables={"a": "b"})
    stage = {**where, "stageName": STAGE}
    gateway.update_stage(**stage, patchOperations=patches("/*/*/metrics/enabled", "true"))
    gateway.get_stage(**stage)
    gateway.get_stages(**where)


def _sell(api: Api) -> None:
    gateway = api.client
    key = gateway.create_api_key(name="ana", enabled=True, description="d", tags=TAGS)["id"]
    gateway.update_api_key(apiKey=key, patchOperations=patches("/description", "e"))
    gateway.get_api_key(apiKey=key, includeValue=True)
    gateway.get_api_keys(limit=1)
    limits = {"throttle": {"rateLimit": 1.5, "burstLimit": 2}, "quota": {"limit": 5, "period": "DAY"}}
    stages = [{"apiId": api.id, "stage": STAGE}]
    plan = gateway.create_usage_plan(name="course", apiStages=stages, tags=TAGS, **limits)["id"]
    named = {"usagePlanId": plan}
    method = f"/apiStages/{api.id}:{STAGE}/throttle/~1homes/GET/rateLimit"
    gateway.update_usage_plan(**named, patchOperations=patches(method, "1.5"))
    gateway.get_usage_plan(**named)
    gateway.get_usage_plans(keyId=key)
    gateway.create_usage_plan_key(**named, keyId=key, keyType="API_KEY")
    gateway.get_usage_plan_key(**named, keyId=key)
    gateway.get_usage_plan_keys(**named)
    gateway.get_usage(**named, startDate="2015-05-01", endDate="2015-05-03")
    gateway.delete_usage_plan_key(**named, keyId=key)
    gateway.update_usage_plan(**named, patchOperations=patches("/apiStages", f"{api.id}:{STAGE}", "remove"))
    gateway.delete_usage_plan(**named)
    gateway.delete_api_key(apiKey=key)


def _tear_down(api: Api) -> None:
    gateway, where = api.client, {"restApiId": api.id}
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api.id}"
    gateway.tag_resource(resourceArn=arn, tags={"more": "1"})
    gateway.get_tags(resourceArn=arn)
    gateway.untag_resource(resourceArn=arn, tagKeys=["more"])
    method = {**where, "resourceId": api.resources["/houses"], "httpMethod": "POST"}
    gateway.delete_integration_response(**method, statusCode="200")
    gateway.delete_method_response(**method, statusCode="200")
    gateway.delete_integration(**method)
    gateway.delete_method(**method)
    gateway.delete_model(**where, modelName="House")
    (validator,) = gateway.get_request_validators(**where)["items"]
    gateway.delete_request_validator(**where, requestValidatorId=validator["id"])
    gateway.delete_resource(**where, resourceId=api.resources["/houses"])
    for stage in (STAGE, "other"):
        gateway.delete_stage(**where, stageName=stage)
    (deployment,) = gateway.get_deployments(**where)["items"]
    gateway.delete_deployment(**where, deploymentId=deployment["id"])
    gateway.delete_rest_api(**where)


def test_every_operation_is_part_of_the_scenario(recorder: Recorder) -> None:
    assert OURS - recorder.names() == set()


@pytest.mark.parametrize(("service", "operation"), sorted(OURS))
def test_replies_have_the_shape_of_awss_model(recorder: Recorder, service: str, operation: str) -> None:
    assert recorder.complaints(service, operation) == []
