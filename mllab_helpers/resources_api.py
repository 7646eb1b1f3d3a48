"""What iteration 4 creates on AWS, for `resources.KINDS`: how to find a student's, and how to remove it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mllab_helpers import functions, web_api, web_keys
from mllab_helpers.names import resource_prefix
from mllab_helpers.resource_kinds import Kind, Resource

if TYPE_CHECKING:
    from mllab_helpers.lab import Lab


def _find_apis(lab: Lab) -> Iterator[Resource]:
    yield from _named(lab, "API Gateway", "api", {str(api["name"]) for api in web_api.list_apis(lab)})


def _find_plans(lab: Lab) -> Iterator[Resource]:
    yield from _named(
        lab, "API Gateway", "usage-plan", {str(plan["name"]) for plan in web_keys.list_usage_plans(lab)}
    )


def _find_keys(lab: Lab) -> Iterator[Resource]:
    yield from _named(lab, "API Gateway", "api-key", set(web_keys.find_api_keys(lab)))


def _find_functions(lab: Lab) -> Iterator[Resource]:
    pages = lab.client("lambda").get_paginator("list_functions").paginate()
    names = {function["FunctionName"] for page in pages for function in page["Functions"]}
    yield from _named(lab, "Lambda", "function", names)


def _named(lab: Lab, service: str, kind: str, names: set[str]) -> Iterator[Resource]:
    for name in sorted(names):
        if name.startswith(resource_prefix(lab.student)):
            yield Resource(service, kind, name)


# A plan leads to its keys, an API has stages that plans point at, and permissions on functions: from the
# outside inwards.
KINDS = (
    Kind("api-key", _find_keys, lambda lab, found: web_keys.delete_api_keys(lab, found.name)),
    Kind("usage-plan", _find_plans, lambda lab, found: web_keys.delete_usage_plans(lab, found.name)),
    Kind("api", _find_apis, lambda lab, found: web_api.delete_apis(lab, found.name)),
    Kind("function", _find_functions, lambda lab, found: functions.delete_function(lab, found.name)),
)
