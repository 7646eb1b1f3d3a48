"""Requests for tests of what they need, and members for any operation out of its model."""

from __future__ import annotations

from typing import Any

from botocore.model import Shape

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs import needed

REGION = "eu-west-1"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"


def needs(service: str, operation: str, **params: Any) -> list[Access]:
    """Return what a request needs."""
    return needed(Request(service, operation, params, REGION))


def pairs(service: str, operation: str, **params: Any) -> list[tuple[str, str]]:
    """Return the actions and resources that a request needs."""
    return [(each.action, each.resource) for each in needs(service, operation, **params)]


def passing(service: str, role: str = ROLE) -> Access:
    """Return the permission to hand a role to a service."""
    return Access("iam:PassRole", role, {"iam:PassedToService": (f"{service}.amazonaws.com",)})


def full(shape: Shape | None, depth: int = 5) -> Any:
    """Return a value with every member of a shape, so that no rule can do without looking at one."""
    if shape is None or (depth == 0 and shape.type_name == "structure"):
        return {}
    if shape.type_name == "structure":
        return {name: full(member, depth - 1) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [full(shape.member, depth - 1)]
    if shape.type_name == "map":
        return {"key": full(shape.value, depth - 1)}
    return {"boolean": True, "integer": 1, "long": 1}.get(shape.type_name, "word")
