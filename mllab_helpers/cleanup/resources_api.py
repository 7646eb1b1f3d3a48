"""What iteration 4 creates on AWS, for `resources.KINDS`: how to find a student's, and how to remove it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mllab_helpers.lab.resource_kinds import Kind, Resource
from mllab_helpers.lab.resource_listing import pages
from mllab_helpers.names import resource_prefix
from mllab_helpers.web import functions, web_api, web_keys

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab


def _find_apis(lab: Lab) -> Iterator[Resource]:
    yield from _ours(lab, "api", web_api.list_apis(lab))


def _find_plans(lab: Lab) -> Iterator[Resource]:
    yield from _ours(lab, "usage-plan", web_keys.list_usage_plans(lab))


def _find_keys(lab: Lab) -> Iterator[Resource]:
    for name in sorted(web_keys.find_api_keys(lab)):
        yield Resource("API Gateway", "api-key", name)


def _ours(lab: Lab, kind: str, listed: Iterable[Mapping[str, Any]]) -> Iterator[Resource]:
    for name in sorted(set(filter(None, (web_keys.name_of_ours(lab, found) for found in listed)))):
        yield Resource("API Gateway", kind, name)


def _find_functions(lab: Lab) -> Iterator[Resource]:
    prefix = resource_prefix(lab.student)
    for function in pages(lab, "lambda", "list_functions", "Functions"):
        if function["FunctionName"].startswith(prefix):
            yield Resource("Lambda", "function", function["FunctionName"])


# A plan leads to its keys, an API has stages that plans point at, and permissions on functions: from the
# outside inwards.
KINDS = (
    Kind("api-key", _find_keys, lambda lab, found: web_keys.delete_api_keys(lab, found.name)),
    Kind("usage-plan", _find_plans, lambda lab, found: web_keys.delete_usage_plans(lab, found.name)),
    Kind("api", _find_apis, lambda lab, found: web_api.delete_apis(lab, found.name)),
    Kind("function", _find_functions, lambda lab, found: functions.delete_function(lab, found.name)),
)
