"""What iteration 4 creates on AWS, for `resources.KINDS`: how to find a student's, and how to remove it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mllab_helpers import functions, web_api, web_keys
from mllab_helpers.names import resource_prefix
from mllab_helpers.resource_kinds import Kind, Resource
from mllab_helpers.resource_listing import pages

if TYPE_CHECKING:
    from mllab_helpers.lab import Lab


def _find_apis(lab: Lab) -> Iterator[Resource]:
    yield from _ours(lab, "api", web_api.list_apis(lab))


def _find_plans(lab: Lab) -> Iterator[Resource]:
    yield from _ours(lab, "usage-plan", web_keys.list_usage_plans(lab))


def _find_keys(lab: Lab) -> Iterator[Resource]:
    yield from _ours(lab, "api-key", web_keys.list_api_keys(lab))


def _ours(lab: Lab, kind: str, listed: Iterable[Mapping[str, Any]]) -> Iterator[Resource]:
    """Pick what is the student's by its name, or by its tags: that goes by its id, as names are free here."""
    prefix, tags = resource_prefix(lab.student), {tag["Key"]: tag["Value"] for tag in lab.tags}
    names = set[str]()
    for found in listed:
        name = str(found.get("name", ""))
        if name.startswith(prefix):
            names.add(name)
        elif tags.items() <= found.get("tags", {}).items():
            names.add(found["id"])
    for name in sorted(names):
        yield Resource("API Gateway", kind, name)


def _find_functions(lab: Lab) -> Iterator[Resource]:
    prefix = resource_prefix(lab.student)
    for function in pages(lab, "lambda", "list_functions", "Functions"):
        if function["FunctionName"].startswith(prefix):
            yield Resource("Lambda", "function", function["FunctionName"])


# An API has stages that plans point at, and permissions on functions: from the outside inwards.
KINDS = (
    Kind("usage-plan", _find_plans, lambda lab, found: web_keys.delete_usage_plans(lab, found.name)),
    Kind("api-key", _find_keys, lambda lab, found: web_keys.delete_api_keys(lab, found.name)),
    Kind("api", _find_apis, lambda lab, found: web_api.delete_apis(lab, found.name)),
    Kind("function", _find_functions, lambda lab, found: functions.delete_function(lab, found.name)),
)
