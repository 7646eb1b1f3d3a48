"""The control plane: what can be built, and what is refused in which words (contract G.1, G.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from apis import STAGE, Api, new_api, uri
from botocore.config import Config
from botocore.exceptions import ClientError

from mllab_localaws.files import Connection
from mllab_localaws.platform import ACCOUNT

BAD, MISSING, CONFLICT = "BadRequestException", "NotFoundException", "ConflictException"
MAPPING = "Invalid mapping expression specified: Validation Result: warnings : [], errors : ["


@pytest.fixture
def api(client: Callable[..., Any], connection: Connection) -> Api:
    """An empty API."""
    return new_api(client("apigateway"), connection)


def refused(function: Callable[..., Any], **members: Any) -> tuple[str, str]:
    """Return code and message of a refusal."""
    with pytest.raises(ClientError) as refusal:
        function(**members)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def change(path: str, value: str | None = None, op: str = "replace") -> list[dict[str, str]]:
    """Return one patch operation."""
    return [{"op": op, "path": path, **({} if value is None else {"value": value})}]


def test_a_new_api_has_a_root_two_models_and_nothing_else(api: Api) -> None:
    (root,) = api.client.get_resources(restApiId=api.id)["items"]
    assert (root["path"], "parentId" in root, "resourceMethods" in root) == ("/", False, False)
    models = api.client.get_models(restApiId=api.id)["items"]
    assert [model["name"] for model in models] == ["Empty", "Error"]
    assert api.client.get_stages(restApiId=api.id)["item"] == []


def test_ids_look_like_awss(api: Api) -> None:
    assert (len(api.id), api.id.isalnum(), api.id.islower() or api.id.isdigit()) == (10, True, True)
    assert len(api.resource("/houses")) == 6


def test_an_api_is_renamed_and_gets_binary_media_types(api: Api) -> None:
    patches = [*change("/name", "other"), *change("/binaryMediaTypes/image~1png", op="add")]
    changed = api.client.update_rest_api(restApiId=api.id, patchOperations=patches)
    assert (changed["name"], changed["binaryMediaTypes"]) == ("other", ["image/png"])
    gone = change("/binaryMediaTypes/image~1png", op="remove")
    assert "binaryMediaTypes" not in api.client.update_rest_api(restApiId=api.id, patchOperations=gone)


def test_a_missing_api_is_named_by_every_operation(api: Api) -> None:
    missing = (MISSING, f"Invalid API identifier specified {ACCOUNT}:nobody")
    client = api.client
    assert refused(client.get_rest_api, restApiId="nobody") == missing
    assert refused(client.delete_rest_api, restApiId="nobody") == missing
    assert refused(client.get_resources, restApiId="nobody") == missing
    assert refused(client.create_deployment, restApiId="nobody") == missing
    assert refused(client.get_stage, restApiId="nobody", stageName=STAGE) == missing
    assert refused(client.create_resource, restApiId="nobody", parentId="x", pathPart="y") == missing


def test_apis_of_another_region_are_not_here(api: Api, client: Callable[..., Any]) -> None:
    elsewhere = client("apigateway", region_name="eu-west-1")
    assert refused(elsewhere.get_rest_api, restApiId=api.id)[0] == MISSING


def test_a_list_comes_in_pages(api: Api) -> None:
    paths = ["/", *(f"/house-{number:02}" for number in range(30))]
    for path in paths:
        api.resource(path)
    pages = api.client.get_paginator("get_resources").paginate(
        restApiId=api.id, PaginationConfig={"PageSize": 7}
    )
    found = [[resource["path"] for resource in page["items"]] for page in pages]
    assert [len(page) for page in found] == [7, 7, 7, 7, 3]
    assert [path for page in found for path in page] == paths
    assert len(api.client.get_resources(restApiId=api.id)["items"]) == 25
    for members in ({"limit": 501}, {"limit": 0}, {"position": "rubbish"}):
        assert refused(api.client.get_resources, restApiId=api.id, **members)[0] == BAD


@pytest.mark.parametrize(
    ("part", "code", "message"),
    [
        ("houses", CONFLICT, "Another resource with the same parent already has this name: houses"),
        (
            "{other}",
            BAD,
            "A sibling ({id}) of this resource already has a variable path part -- only one is allowed",
        ),
        (
            "{proxy+}",
            BAD,
            "A sibling ({id}) of this resource already has a variable path part -- only one is allowed",
        ),
        ("a b", BAD, "Resource's path part only allow"),
        ("{", BAD, "Resource's path part only allow"),
        ("a/b", BAD, "Resource's path part only allow"),
        ("{}", BAD, "Resource's path part only allow"),
    ],
)
def test_a_path_that_cannot_be_is_refused(api: Api, part: str, code: str, message: str) -> None:
    api.resource("/houses")
    api.resource("/{id}")
    parent = api.resources["/"]
    found = refused(api.client.create_resource, restApiId=api.id, parentId=parent, pathPart=part)
    assert (found[0], found[1].startswith(message)) == (code, True)


def test_nothing_stands_below_a_greedy_path(api: Api) -> None:
    parent = api.resource("/{proxy+}")
    create = api.client.create_resource
    assert refused(create, restApiId=api.id, parentId=parent, pathPart="x") == (
        BAD,
        "Cannot create a child of a resource with a greedy path variable.",
    )
    assert refused(create, restApiId=api.id, parentId="nobody", pathPart="x")[0] == MISSING


def test_a_resource_moves_with_everything_below_it(api: Api) -> None:
    api.resource("/old/deep/deeper")
    api.resource("/new")
    where = {"restApiId": api.id, "resourceId": api.resources["/old/deep"]}
    move = change("/parentId", api.resources["/new"]) + change("/pathPart", "flat")
    assert api.client.update_resource(**where, patchOperations=move)["path"] == "/new/flat"
    paths = [resource["path"] for resource in api.client.get_resources(restApiId=api.id)["items"]]
    assert paths == ["/", "/new", "/new/flat", "/new/flat/deeper", "/old"]
    below = change("/parentId", api.resources["/old/deep/deeper"])
    assert refused(api.client.update_resource, **where, patchOperations=below)[0] == BAD


def test_a_deleted_resource_takes_what_is_below_it(api: Api) -> None:
    api.resource("/houses/{id}")
    api.client.delete_resource(restApiId=api.id, resourceId=api.resources["/houses"])
    assert len(api.client.get_resources(restApiId=api.id)["items"]) == 1
    root = {"restApiId": api.id, "resourceId": api.resources["/"]}
    assert refused(api.client.delete_resource, **root)[0] == BAD
    gone = {"restApiId": api.id, "resourceId": api.resources["/houses"]}
    assert refused(api.client.get_resource, **gone) == (MISSING, "Invalid Resource identifier specified")


def test_methods_are_embedded_when_that_is_asked_for(api: Api) -> None:
    api.mock("/", "GET")
    where = {"restApiId": api.id, "resourceId": api.resources["/"]}
    assert api.client.get_resource(**where)["resourceMethods"] == {"GET": {}}
    method = api.client.get_resource(**where, embed=["methods"])["resourceMethods"]["GET"]
    assert method["methodIntegration"]["integrationResponses"]["200"]["statusCode"] == "200"
    assert method["methodResponses"] == {"200": {"statusCode": "200"}}


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        ({"httpMethod": "BREW"}, BAD, "Invalid HttpMethod specified"),
        ({"authorizationType": "AWS_IAM"}, BAD, "authorizationType AWS_IAM of a method is not part of"),
        ({"authorizationType": "OPEN"}, BAD, "Invalid authorization type specified"),
        ({"requestValidatorId": "nobody"}, BAD, "Invalid Request Validator identifier specified"),
        (
            {"requestModels": {"application/json": "Nobody"}},
            BAD,
            "Invalid model identifier specified: Nobody",
        ),
        ({"requestParameters": {"method.request.body.x": True}}, BAD, MAPPING),
        ({"authorizerId": "abc"}, BAD, "authorizerId of PutMethod is not part of"),
    ],
)
def test_a_method_that_cannot_be_is_refused(api: Api, members: Any, code: str, message: str) -> None:
    where = {"restApiId": api.id, "resourceId": api.resources["/"], "httpMethod": "GET"}
    found = refused(api.client.put_method, **{**where, "authorizationType": "NONE", **members})
    assert (found[0], found[1].startswith(message)) == (code, True)


def test_a_method_is_put_once(api: Api) -> None:
    where = api.method("/", "GET")
    again = refused(api.client.put_method, **where, authorizationType="NONE")
    assert again == (CONFLICT, "Method already exists for this resource")
    api.client.delete_method(**where)
    assert refused(api.client.get_method, **where) == (MISSING, "Invalid Method identifier specified")


LAMBDA = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri("houses")}
ONLY_LAMBDA = "Integrations of type 'AWS_PROXY' currently only supports Lambda function"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"integrationHttpMethod": ""}, "Enumeration value for HttpMethod must be non-empty"),
        ({"uri": "https://example.com"}, "Invalid ARN specified in the request"),
        ({"uri": "arn:aws:apigateway:us-east-1:s3:path/bucket"}, ONLY_LAMBDA),
        ({"uri": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:houses"}, ONLY_LAMBDA),
        (
            {"uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/houses/invocations"},
            "Invalid Lambda",
        ),
        ({"timeoutInMillis": 49}, "Timeout should be between 50 ms and 29000 ms"),
        ({"timeoutInMillis": 29001}, "Timeout should be between 50 ms and 29000 ms"),
        ({"type": "HTTP_PROXY"}, "An integration of type HTTP_PROXY is not part of the local AWS"),
        ({"type": "AWS"}, "An integration of type AWS is not part of the local AWS"),
        ({"credentials": "arn:aws:iam::123456789012:role/x"}, "credentials of PutIntegration is not part of"),
        ({"passthroughBehavior": "SOMETIMES"}, "Invalid passthroughBehavior"),
        (
            {"type": "MOCK", "requestTemplates": {"application/json": "#set($a = 1){}"}},
            "The template for application/json",
        ),
        ({"type": "MOCK", "requestTemplates": {"text/csv": "$input.body"}}, "The template for text/csv"),
    ],
)
def test_an_integration_that_cannot_be_is_refused(api: Api, members: Any, message: str) -> None:
    where = api.method("/", "GET")
    code, found = refused(api.client.put_integration, **where, **{**LAMBDA, **members})
    assert (code, found.startswith(message)) == (BAD, True)


def test_an_integration_has_awss_defaults(api: Api) -> None:
    where = api.method("/", "GET")
    integration = api.client.put_integration(**where, **LAMBDA)
    del integration["ResponseMetadata"]
    assert integration == {
        "type": "AWS_PROXY",
        "httpMethod": "POST",
        "uri": uri("houses"),
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "cacheNamespace": api.resources["/"],
        "cacheKeyParameters": [],
    }


def test_an_answer_is_declared_before_it_is_mapped(api: Api) -> None:
    where = api.method("/", "GET")
    api.client.put_integration(
        **where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
    )
    put = api.client.put_integration_response
    assert refused(put, **where, statusCode="200") == (MISSING, "Invalid Response status code specified")
    api.client.put_method_response(**where, statusCode="200")
    header = "method.response.header.X"
    undeclared = refused(put, **where, statusCode="200", responseParameters={header: "'*'"})
    assert undeclared == (BAD, f"{MAPPING}Invalid mapping expression parameter specified: {header}]")
    api.client.update_method_response(
        **where, statusCode="200", patchOperations=change(f"/responseParameters/{header}", "false", "add")
    )
    put(**where, statusCode="200", responseParameters={header: "'*'"})
    unquoted = refused(put, **where, statusCode="200", responseParameters={header: "*"})
    assert unquoted == (BAD, f"{MAPPING}Invalid mapping expression parameter specified: *]")


def test_a_deployment_needs_methods_and_each_method_an_integration(api: Api) -> None:
    create = api.client.create_deployment
    assert refused(create, restApiId=api.id) == (BAD, "The REST API doesn't contain any methods")
    api.method("/", "GET")
    assert refused(create, restApiId=api.id) == (BAD, "No integration defined for method")


def test_a_deployment_says_what_it_froze(api: Api) -> None:
    api.mock("/houses", "GET", apiKeyRequired=True)
    deployment_id = api.deploy()
    api.mock("/prices", "GET")
    frozen = api.client.get_deployment(restApiId=api.id, deploymentId=deployment_id, embed=["apisummary"])
    method = {"authorizationType": "NONE", "apiKeyRequired": True}
    assert frozen["apiSummary"] == {"/houses": {"GET": method}}


def test_a_deployment_in_use_stays(api: Api) -> None:
    api.mock("/", "GET")
    where = {"restApiId": api.id, "deploymentId": api.deploy()}
    message = "Active stages pointing to this deployment must be moved or deleted"
    assert refused(api.client.delete_deployment, **where) == (BAD, message)
    api.deploy()
    api.client.delete_deployment(**where)
    assert refused(api.client.get_deployment, **where) == (MISSING, "Invalid Deployment identifier specified")


def test_a_stage_is_made_for_a_deployment_that_is_there(api: Api) -> None:
    api.mock("/", "GET")
    deployment_id = api.deploy()
    create = api.client.create_stage
    assert refused(create, restApiId=api.id, stageName="x", deploymentId="nobody")[0] == BAD
    assert refused(create, restApiId=api.id, stageName=STAGE, deploymentId=deployment_id)[0] == CONFLICT
    assert refused(create, restApiId=api.id, stageName="a b", deploymentId=deployment_id)[0] == BAD
    for number in range(9):
        create(restApiId=api.id, stageName=f"s{number}", deploymentId=deployment_id)
    eleventh = refused(create, restApiId=api.id, stageName="more", deploymentId=deployment_id)
    assert eleventh[0] == "LimitExceededException"


def test_method_settings_come_with_awss_defaults_and_go_again(api: Api) -> None:
    api.mock("/", "GET")
    api.deploy()
    where = {"restApiId": api.id, "stageName": STAGE}
    patch = change("/*/*/metrics/enabled", "true")
    settings = api.client.update_stage(**where, patchOperations=patch)["methodSettings"]["*/*"]
    assert (settings["metricsEnabled"], settings["throttlingRateLimit"]) == (True, 10000.0)
    stage = api.client.update_stage(**where, patchOperations=change("/*/*", op="remove"))
    assert "methodSettings" not in stage


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/deploymentId", "nobody"),
        ("/*/*/throttling/rateLimit", "fast"),
        ("/*/*/metrics/enabled", "maybe"),
        ("/*/*/caching/enabled", "true"),
        ("/tracingEnabled", "true"),
        ("/variables/a-b", "1"),
        ("/variables/a", "<script>"),
        ("", ""),
        ("name", "x"),
    ],
)
def test_a_stages_patch_without_sense_is_refused(api: Api, path: str, value: str) -> None:
    api.mock("/", "GET")
    api.deploy()
    patches = change(path, value)
    where = {"restApiId": api.id, "stageName": STAGE}
    assert refused(api.client.update_stage, **where, patchOperations=patches)[0] == BAD


def test_a_patch_says_what_can_be_patched(api: Api) -> None:
    api.resource("/houses")
    where = {"restApiId": api.id, "resourceId": api.resources["/houses"]}
    assert refused(api.client.update_resource, **where, patchOperations=change("/path", "/x")) == (
        BAD,
        "Invalid patch path  '/path' specified for op 'replace'. Must be one of: [/parentId, /pathPart]",
    )


def test_logs_need_the_accounts_role(client: Callable[..., Any], connection: Connection) -> None:
    api = new_api(client("apigateway", region_name="eu-west-1"), connection)
    api.mock("/", "GET")
    api.deploy()
    where = {"restApiId": api.id, "stageName": STAGE}
    patch = change("/*/*/logging/loglevel", "INFO")
    message = "CloudWatch Logs role ARN must be set in account settings to enable logging"
    assert refused(api.client.update_stage, **where, patchOperations=patch) == (BAD, message)
    nobody = change("/cloudwatchRoleArn", f"arn:aws:iam::{ACCOUNT}:role/nobody")
    assert refused(api.client.update_account, patchOperations=nobody)[0] == BAD
    assert "cloudwatchRoleArn" not in api.client.get_account()


def test_a_models_name_is_taken_once(api: Api) -> None:
    model = {"restApiId": api.id, "name": "House", "contentType": "application/json", "schema": "{}"}
    api.client.create_model(**model)
    message = "Model name already exists for this REST API"
    assert refused(api.client.create_model, **model) == (CONFLICT, message)
    assert refused(api.client.create_model, **{**model, "name": "My House"})[0] == BAD
    api.client.delete_model(restApiId=api.id, modelName="House")
    assert refused(api.client.get_model, restApiId=api.id, modelName="House")[0] == MISSING


@pytest.mark.parametrize("kind", ["restapis", "stages", "apikeys", "usageplans"])
def test_what_has_an_arn_has_tags(api: Api, kind: str) -> None:
    client, tags = api.client, {"mllab:student": "ana"}
    if kind == "restapis":
        tagged = client.create_rest_api(name="tagged", tags=tags)["id"]
    elif kind == "stages":
        api.mock("/", "GET")
        deployment_id = client.create_deployment(restApiId=api.id)["id"]
        client.create_stage(restApiId=api.id, stageName="x", deploymentId=deployment_id, tags=tags)
        kind, tagged = "restapis", f"{api.id}/stages/x"
    elif kind == "apikeys":
        tagged = client.create_api_key(name="tagged", tags=tags)["id"]
    else:
        tagged = client.create_usage_plan(name="tagged", tags=tags)["id"]
    arn = f"arn:aws:apigateway:us-east-1::/{kind}/{tagged}"
    assert client.get_tags(resourceArn=arn)["tags"] == tags
    client.tag_resource(resourceArn=arn, tags={"more": "1"})
    assert client.get_tags(resourceArn=arn)["tags"] == {**tags, "more": "1"}
    client.untag_resource(resourceArn=arn, tagKeys=["mllab:student", "more"])
    assert client.get_tags(resourceArn=arn)["tags"] == {}


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("rubbish", BAD),
        ("arn:aws:apigateway:us-east-1::/apikeys/x/stages/y", BAD),
        ("arn:aws:apigateway:us-east-1::/restapis/nobody", MISSING),
        ("arn:aws:apigateway:eu-west-1::/restapis/nobody", MISSING),
    ],
)
def test_tags_of_nothing_are_refused(api: Api, arn: str, code: str) -> None:
    assert refused(api.client.tag_resource, resourceArn=arn, tags={"a": "b"})[0] == code


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("import_rest_api", {"body": b"{}"}),
        ("import_api_keys", {"body": b"", "format": "csv"}),
        ("create_authorizer", {"restApiId": "x", "name": "x", "type": "TOKEN"}),
        ("create_domain_name", {"domainName": "example.com"}),
        ("flush_stage_cache", {"restApiId": "x", "stageName": "y"}),
    ],
)
def test_what_is_not_there_is_refused_by_name(api: Api, operation: str, members: Any) -> None:
    code, message = refused(getattr(api.client, operation), **members)
    assert code == "NotImplemented"
    assert message.startswith(api.client.meta.method_to_api_mapping[operation])


@pytest.mark.parametrize("members", [{"policy": "{}"}, {"cloneFrom": "abc"}, {"minimumCompressionSize": 10}])
def test_members_that_would_be_ignored_are_refused_by_name(api: Api, members: Any) -> None:
    code, message = refused(api.client.create_rest_api, name="x", **members)
    assert (code, next(iter(members)) in message) == (BAD, True)


@pytest.mark.parametrize("enabled", [{}, [], 7, {"a": None}])
def test_a_boolean_that_is_none_is_refused(client: Callable[..., Any], enabled: Any) -> None:
    unchecked = client("apigateway", config=Config(parameter_validation=False))
    code, message = refused(unchecked.create_api_key, name="x", enabled=enabled)
    assert (code, "'enabled'" in message) == ("ValidationException", True)


def test_a_refused_change_leaves_nothing_behind(api: Api) -> None:
    patches = [*change("/name", "other"), *change("/nothing", "x")]
    assert refused(api.client.update_rest_api, restApiId=api.id, patchOperations=patches)[0] == BAD
    assert api.client.get_rest_api(restApiId=api.id)["name"] == "houses"
