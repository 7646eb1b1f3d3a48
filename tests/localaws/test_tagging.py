"""The Resource Groups Tagging API finds what carries a tag, in whichever service."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from identities import allow, make_role, make_user, trust

Client = Callable[..., Any]
ACCOUNT = "123456789012"
CONFIG = "NotebookInstanceLifecycleConfigName"


@pytest.fixture
def tagging(client: Client) -> Any:
    return client("resourcegroupstaggingapi")


@pytest.fixture
def owner() -> str:
    """A value that no other test tags anything with."""
    return uuid.uuid4().hex[:12]


def arns(tagging: Any, *filters: dict[str, Any], **request: Any) -> list[str]:
    pages = tagging.get_paginator("get_resources").paginate(TagFilters=list(filters), **request)
    return [found["ResourceARN"] for page in pages for found in page["ResourceTagMappingList"]]


def owned(owner: str) -> dict[str, Any]:
    return {"Key": "owner", "Values": [owner]}


@pytest.fixture
def furnished(client: Client, owner: str) -> dict[str, str]:
    """One tagged resource of each service, by service; and one of another owner."""
    tags, pairs = {"owner": owner}, [{"Key": "owner", "Value": owner}]
    name = f"tagged-{owner}"
    _, role = make_role(client, trusting=trust({"Service": "lambda.amazonaws.com"}))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.py", "def handler(event, context): return 1")
    client("s3").create_bucket(Bucket=name)
    client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs})
    client("sqs").create_queue(QueueName=name, tags=tags)
    client("logs").create_log_group(logGroupName=f"/lab/{name}", tags=tags)
    client("sqs").create_queue(QueueName=f"{name}-other", tags={"owner": "other"})
    client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Tags=pairs,
    )
    gateway = client("apigateway")
    plan = gateway.create_usage_plan(name="free", tags=tags)["id"]
    key = gateway.create_api_key(name="free", tags=tags)["id"]
    return {
        "s3": f"arn:aws:s3:::{name}",
        "sqs": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}",
        "logs": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/lab/{name}",
        "cloudwatch": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{name}",
        "sns": client("sns").create_topic(Name=name, Tags=pairs)["TopicArn"],
        "events": client("events").put_rule(
            Name=name, EventPattern=json.dumps({"source": ["a"]}), Tags=pairs
        )["RuleArn"],
        "sagemaker": client("sagemaker").create_notebook_instance_lifecycle_config(
            **{CONFIG: name}, Tags=pairs
        )["NotebookInstanceLifecycleConfigArn"],
        "lambda": client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="index.handler",
            Role=role,
            Code={"ZipFile": archive.getvalue()},
            Tags=tags,
        )["FunctionArn"],
        "apigateway": "arn:aws:apigateway:us-east-1::/restapis/"
        + gateway.create_rest_api(name="free", tags=tags)["id"],
        "plan": f"arn:aws:apigateway:us-east-1::/usageplans/{plan}",
        "key": f"arn:aws:apigateway:us-east-1::/apikeys/{key}",
    }


def test_every_service_is_asked(tagging: Any, owner: str, furnished: dict[str, str]) -> None:
    assert arns(tagging, owned(owner)) == sorted(furnished.values())
    assert arns(tagging, owned(owner), PaginationConfig={"PageSize": 3}) == sorted(furnished.values())


def test_a_filter_of_types_takes_services_and_their_resources(
    tagging: Any, owner: str, furnished: dict[str, str]
) -> None:
    of_types = arns(
        *(tagging, owned(owner)),
        ResourceTypeFilters=["sqs", "s3:bucket", "cloudwatch:alarm", "lambda:layer", "logs:log-group"],
    )
    assert of_types == sorted(furnished[name] for name in ("sqs", "s3", "cloudwatch", "logs"))


def test_what_was_deleted_or_lives_elsewhere_is_not_found(
    client: Client, tagging: Any, owner: str, furnished: dict[str, str]
) -> None:
    client("events").delete_rule(Name=f"tagged-{owner}")
    assert furnished["events"] not in arns(tagging, owned(owner))
    assert arns(client("resourcegroupstaggingapi", region_name="eu-west-1"), owned(owner)) == []


def test_a_log_group_does_not_inherit_the_tags_of_the_last_one_of_its_name(
    client: Client, tagging: Any, owner: str
) -> None:
    logs, name = client("logs"), f"/lab/{owner}"
    logs.create_log_group(logGroupName=name, tags={"owner": owner})
    assert len(arns(tagging, owned(owner))) == 1
    logs.delete_log_group(logGroupName=name)
    logs.create_log_group(logGroupName=name)
    assert arns(tagging, owned(owner)) == []


def test_all_filters_must_hold_and_one_of_the_values(client: Client, tagging: Any, owner: str) -> None:
    sns = client("sns")
    for name, lab in (("a", "one"), ("b", "two"), ("c", "three")):
        pairs = [{"Key": "owner", "Value": owner}, {"Key": "lab", "Value": lab}]
        sns.create_topic(Name=f"{owner}-{name}", Tags=pairs)
    found = arns(tagging, owned(owner), {"Key": "lab", "Values": ["one", "two"]})
    assert [arn[-1] for arn in found] == ["a", "b"]
    assert len(arns(tagging, owned(owner), {"Key": "lab"})) == 3
    assert arns(tagging, owned(owner), {"Key": "absent"}) == []
    listed = tagging.get_resources(ResourceARNList=found[:1])["ResourceTagMappingList"]
    assert listed[0]["Tags"] == [{"Key": "lab", "Value": "one"}, {"Key": "owner", "Value": owner}]


@pytest.mark.parametrize(
    ("request_members", "text"),
    [
        ({"TagsPerPage": 100}, "TagsPerPage of GetResources is not part of the local AWS"),
        ({"IncludeComplianceDetails": True}, "IncludeComplianceDetails"),
        ({"ResourcesPerPage": 0}, "between 1 and 100"),
        ({"ResourcesPerPage": 101}, "between 1 and 100"),
        ({"ResourceARNList": ["arn:aws:s3:::b"], "TagFilters": [{"Key": "k"}]}, "combined with TagFilters"),
        ({"PaginationToken": "no token"}, "PaginationToken"),
        ({"PaginationToken": "señal"}, "PaginationToken"),
        ({"TagFilters": [{"Values": ["v"]}]}, "needs a Key"),
    ],
)
def test_what_cannot_be_answered_is_refused(tagging: Any, request_members: Any, text: str) -> None:
    with pytest.raises(ClientError, match=text) as refused:
        tagging.get_resources(**request_members)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"


def test_other_operations_are_refused_by_name(tagging: Any) -> None:
    with pytest.raises(ClientError, match="GetTagKeys"):
        tagging.get_tag_keys()


def test_only_who_may_get_resources_gets_them(client: Client) -> None:
    nobody = make_user(client).client("resourcegroupstaggingapi")
    with pytest.raises(ClientError, match="tag:GetResources on resource: \\*") as refused:
        nobody.get_resources()
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    somebody = make_user(client, allow("tag:GetResources")).client("resourcegroupstaggingapi")
    assert "ResourceTagMappingList" in somebody.get_resources()
