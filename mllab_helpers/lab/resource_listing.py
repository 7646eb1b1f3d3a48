"""Resources of one student: found by the beginning of their names, removed by a plain call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from mllab_helpers.lab.resource_kinds import Resource
from mllab_helpers.names import resource_prefix

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab


def listed(lab: Lab, operation: str, member: str, name: str) -> Iterator[dict[str, Any]]:
    """List what carries the student's prefix; AWS filters by "contains", so the beginning is checked here.

    Args: operation: of boto3, e.g. `list_models`; member: of its answer; name: the member with the name.
    """
    prefix = resource_prefix(lab.student)
    for page in lab.client("sagemaker").get_paginator(operation).paginate(NameContains=prefix):
        yield from (found for found in page[member] if found[name].startswith(prefix))


def pages(lab: Lab, service: str, operation: str, member: str, **request: Any) -> Iterator[Any]:
    """List what an operation returns page by page.

    Args: operation: of boto3, e.g. `describe_alarms`; member: of its answer; request: as boto3 takes it.
    """
    for page in lab.client(service).get_paginator(operation).paginate(**request):
        yield from page.get(member, ())


def remover(operation: str, argument: str) -> Callable[[Lab, Resource], None]:
    """Return how to remove a kind that goes at once.

    Args: operation: of boto3, e.g. `delete_model`; argument: that takes the name.
    """

    def remove_at_once(lab: Lab, resource: Resource) -> None:
        getattr(lab.client("sagemaker"), operation)(**{argument: resource.name})

    return remove_at_once
