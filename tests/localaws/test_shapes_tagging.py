"""Every operation of the Resource Groups Tagging API that is ours answers in the shape of AWS's model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_recorder import Recorder, implemented

from mllab_localaws.tagging import TaggedResources

OURS = implemented(TaggedResources)


@pytest.fixture(scope="module")
def recorder(client: Callable[..., Any]) -> Recorder:
    """The replies of a page and of the rest, and of nothing found."""
    recorder = Recorder(client)
    for name in ("shapes-a", "shapes-b"):
        client("sqs").create_queue(QueueName=name, tags={"shapes": "tagging"})
    tagging = recorder.client("resourcegroupstaggingapi")
    pages = tagging.get_paginator("get_resources")
    list(pages.paginate(TagFilters=[{"Key": "shapes"}], PaginationConfig={"PageSize": 1}))
    tagging.get_resources(TagFilters=[{"Key": "shapes", "Values": ["nothing"]}])
    return recorder


def test_the_scenario_calls_every_operation_of_ours(recorder: Recorder) -> None:
    assert OURS - recorder.names() == set()


@pytest.mark.parametrize(("service", "operation"), sorted(OURS))
def test_every_reply_has_the_shape_of_awss_model(recorder: Recorder, service: str, operation: str) -> None:
    assert recorder.complaints(service, operation) == []
