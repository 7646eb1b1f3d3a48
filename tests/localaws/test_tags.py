"""Tags of SageMaker resources."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

CONFIG = "NotebookInstanceLifecycleConfigName"


@pytest.fixture
def arn(sagemaker: Any, request: pytest.FixtureRequest) -> Any:
    """A tagged resource of the test's own; the cheapest kind there is."""
    name = f"tagged-{abs(hash(request.node.name))}"
    created = sagemaker.create_notebook_instance_lifecycle_config(
        **{CONFIG: name}, Tags=[{"Key": "mllab:student", "Value": "ana"}]
    )
    yield created["NotebookInstanceLifecycleConfigArn"]
    sagemaker.delete_notebook_instance_lifecycle_config(**{CONFIG: name})


def tags(sagemaker: Any, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}


def test_tags_given_at_creation_are_listed(sagemaker: Any, arn: str) -> None:
    assert tags(sagemaker, arn) == {"mllab:student": "ana"}


def test_added_tags_join_the_others_and_replace_equal_keys(sagemaker: Any, arn: str) -> None:
    new = [{"Key": "mllab:student", "Value": "luis"}, {"Key": "año", "Value": ""}]
    answer = sagemaker.add_tags(ResourceArn=arn, Tags=new)
    assert tags(sagemaker, arn) == {"mllab:student": "luis", "año": ""}
    assert sorted(tag["Key"] for tag in answer["Tags"]) == ["año", "mllab:student"]


def test_deleted_tags_are_gone_and_unknown_keys_are_ignored(sagemaker: Any, arn: str) -> None:
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["mllab:student", "never-there"])
    assert tags(sagemaker, arn) == {}


def test_a_resource_has_at_most_fifty_tags(sagemaker: Any, arn: str) -> None:
    with pytest.raises(ClientError, match="at most 50 tags, not 51"):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])
    assert tags(sagemaker, arn) == {"mllab:student": "ana"}


@pytest.mark.parametrize(
    ("new", "text"),
    [
        ([("a", "1"), ("A", "2")], "Duplicate tag keys found"),
        ([("aws:mine", "1")], "prefix aws: is reserved"),
    ],
)
def test_tags_that_aws_refuses_are_refused(
    sagemaker: Any, arn: str, new: list[tuple[str, str]], text: str
) -> None:
    with pytest.raises(ClientError, match=text):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": key, "Value": value} for key, value in new])


def test_tags_end_with_their_resource(sagemaker: Any) -> None:
    created = sagemaker.create_notebook_instance_lifecycle_config(**{CONFIG: "short-lived"})
    arn = created["NotebookInstanceLifecycleConfigArn"]
    assert tags(sagemaker, arn) == {}
    sagemaker.delete_notebook_instance_lifecycle_config(**{CONFIG: "short-lived"})
    for operation in (
        lambda: sagemaker.list_tags(ResourceArn=arn),
        lambda: sagemaker.add_tags(ResourceArn=arn, Tags=[]),
        lambda: sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"]),
    ):
        with pytest.raises(ClientError, match="Could not find resource"):
            operation()
