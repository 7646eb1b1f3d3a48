"""Every operation of Lambda answers in the shape that AWS's own model defines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_recorder import Recorder, implemented
from functions import Workshop, create_role, zipped

from mllab_localaws.lambda_.concurrency import FunctionConcurrency
from mllab_localaws.lambda_.control import FunctionControl
from mllab_localaws.lambda_.invocations import Invocations
from mllab_localaws.lambda_.policy import FunctionPolicies
from mllab_localaws.lambda_.tags import FunctionTags

NAME = "shapes"
OURS = implemented(FunctionControl, Invocations, FunctionPolicies, FunctionConcurrency, FunctionTags)


@pytest.fixture(scope="module")
def recorder(client: Callable[..., Any]) -> Recorder:
    """The replies of one function's whole life."""
    recorder = Recorder(client)
    lambda_ = recorder.client("lambda")
    workshop = Workshop(lambda_, create_role(client("iam"), NAME))
    arn = workshop.create(NAME, "def handler(e, c): return e", Tags={"a": "b"})["FunctionArn"]
    lambda_.update_function_configuration(FunctionName=NAME, Environment={"Variables": {"COLOUR": "b"}})
    lambda_.update_function_code(FunctionName=NAME, ZipFile=zipped("def handler(e, c): return e"))
    permit = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    lambda_.add_permission(FunctionName=NAME, **permit)
    lambda_.get_policy(FunctionName=NAME)
    lambda_.remove_permission(FunctionName=NAME, StatementId="s")
    lambda_.put_function_concurrency(FunctionName=NAME, ReservedConcurrentExecutions=2)
    lambda_.get_function_concurrency(FunctionName=NAME)
    lambda_.get_function(FunctionName=NAME)
    lambda_.get_function_configuration(FunctionName=NAME)
    lambda_.list_functions(MaxItems=1)
    lambda_.delete_function_concurrency(FunctionName=NAME)
    for kind in ("RequestResponse", "Event", "DryRun"):
        lambda_.invoke(FunctionName=NAME, InvocationType=kind, LogType="Tail")
    lambda_.tag_resource(Resource=arn, Tags={"c": "d"})
    lambda_.list_tags(Resource=arn)
    lambda_.untag_resource(Resource=arn, TagKeys=["c"])
    lambda_.delete_function(FunctionName=NAME)
    return recorder


def test_every_operation_is_part_of_the_scenario(recorder: Recorder) -> None:
    assert OURS - recorder.names() == set()


@pytest.mark.parametrize(("service", "operation"), sorted(OURS))
def test_replies_have_the_shape_of_awss_model(recorder: Recorder, service: str, operation: str) -> None:
    assert recorder.complaints(service, operation) == []
