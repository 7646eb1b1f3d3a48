"""Every operation that the local AWS answers has a rule that says what it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from access_requests import full, needs

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs import needed
from mllab_localaws.access.record import AccessRecord
from mllab_localaws.files import ACCESS_FILE
from mllab_localaws.hold import Changes
from mllab_localaws.moto_backend import SERVICES as MOTO_SERVICES
from mllab_localaws.server import make_platform
from mllab_localaws.services import Services
from mllab_localaws.wire import models

_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
_RESOURCE = re.compile(r"\*|arn:aws:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|word)?:.+|word")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[str, str]]]:
    """The service and the name of every operation of ours."""
    home = tmp_path_factory.mktemp("home")
    platform = make_platform(home, "http://127.0.0.1:0", Changes(), AccessRecord(home / ACCESS_FILE))
    services = Services(platform)
    yield [
        (dispatcher.service_name, operation)
        for dispatcher in services.dispatchers.values()
        for operation in models.service_model(dispatcher.service_name).operation_names
        if operation in dispatcher
    ]
    services.close()
    platform.leash.close()
    platform.store.close()


@pytest.fixture(scope="module")
def answered(ours: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The service and the name of every operation that the local AWS answers."""
    motos = [(name, each) for name in MOTO_SERVICES for each in models.service_model(name).operation_names]
    return sorted({*ours, *motos, ("sagemaker-runtime", "InvokeEndpoint")})


def test_every_operation_has_a_rule(answered: list[tuple[str, str]]) -> None:
    assert len(answered) > 600
    without_rule = []
    for service, operation in answered:
        try:
            needs(service, operation)
        except LookupError:
            without_rule.append(f"{service}:{operation}")
    assert without_rule == []


def test_every_rule_names_actions_and_resources(answered: list[tuple[str, str]]) -> None:
    for service, operation in answered:
        params = full(models.service_model(service).operation_model(operation).input_shape)
        for access in needed(Request(service, operation, params, "us-east-1")):
            assert _ACTION.fullmatch(access.action), (service, operation, access)
            assert _RESOURCE.fullmatch(access.resource), (service, operation, access)
            assert all(access.context.values()), (service, operation, access)


def test_only_what_aws_gives_to_everybody_needs_nothing(answered: list[tuple[str, str]]) -> None:
    free = [(service, operation) for service, operation in answered if not needs(service, operation)]
    assert free == [("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")]


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("sagemaker", "CreateDomain"),
        ("lambda", "PublishLayerVersion"),
        ("cloudwatch", "PutAnomalyDetector"),
        ("ecr", "DeleteRepository"),
        ("events", "CreateArchive"),
        ("s3", "DoWonders"),
        ("iam", "DoWonders"),
        ("ec2", "RunInstances"),
    ],
)
def test_an_operation_without_a_rule_is_named(service: str, operation: str) -> None:
    with pytest.raises(LookupError, match=f"{service}:{operation}"):
        needs(service, operation)


@pytest.mark.parametrize("value", [None, 7, "word", [], [3], {"Key": 3}])
def test_members_of_the_wrong_kind_end_no_rule(answered: list[tuple[str, str]], value: object) -> None:
    # moto's services get members that nobody has checked.
    for service, operation in answered:
        shape = models.service_model(service).operation_model(operation).input_shape
        params = dict.fromkeys(shape.members if shape else (), value)
        assert isinstance(needed(Request(service, operation, params, "us-east-1")), list)


def test_an_access_without_keys_has_an_empty_context() -> None:
    assert needs("sns", "ListTopics") == [Access("sns:ListTopics", "*", {})]


def test_a_pull_is_asked_of_the_repository_in_its_registrys_account_and_region() -> None:
    repository = {"registryId": "683313688378", "repositoryName": "sagemaker-xgboost"}
    where = "arn:aws:ecr:us-west-2:683313688378:repository/sagemaker-xgboost"
    asked = needed(Request("ecr", "BatchGetImage", repository, "us-west-2"))
    assert asked == [Access("ecr:BatchGetImage", where)]
    token = needed(Request("ecr", "GetAuthorizationToken", {}, "us-west-2"))
    assert token == [Access("ecr:GetAuthorizationToken", "*")]
