"""What the rules of all services share: ARNs, members of a request, and the keys that tags and roles give.

Source of the rules: AWS's Service Authorization Reference, "Actions, resources, and condition keys". Where
AWS's denials name another resource than the reference, a rule follows them and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mllab_localaws.access.model import Access, Request
from mllab_localaws.platform import ACCOUNT

Context = dict[str, tuple[str, ...]]


def arn(service: str, region: str, resource: str) -> str:
    """Return an ARN in the account of the local AWS; global services have no region.

    Args: resource: what follows the account, e.g. `rule/nightly`.
    """
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def text(params: Mapping[str, Any], *names: str) -> str:
    """Return the first of these members that is set; empty when none is.

    A request that lacks what it must have is for its service to refuse; here it names nothing.
    """
    return next((str(params[name]) for name in names if params.get(name)), "")


def texts(params: Mapping[str, Any], name: str) -> list[str]:
    """Return the values of a member that is a list."""
    values = params.get(name)
    return [str(value) for value in values] if isinstance(values, list) else []


def structures(params: Mapping[str, Any], *path: str) -> list[Mapping[str, Any]]:
    """Return the structures in the list at the end of a path of members."""
    *parents, last = path
    for parent in parents:
        inner = params.get(parent)
        params = inner if isinstance(inner, Mapping) else {}
    values = params.get(last)
    return [each for each in values if isinstance(each, Mapping)] if isinstance(values, list) else []


def present(keys: Mapping[str, str]) -> Context:
    """Return condition keys with one value each, without those that are empty."""
    return {key: (value,) for key, value in keys.items() if value}


def tag_keys(tags: Any) -> Context:
    """Return the condition keys of tags in a request.

    Args: tags: a map, or a list of structures with `Key` and `Value` in either case.
    """
    pairs = dict(_pairs(tags))
    if not pairs:
        return {}
    named = {f"aws:RequestTag/{key}": (value,) for key, value in pairs.items()}
    return {"aws:TagKeys": tuple(pairs), **named}


def _pairs(tags: Any) -> Iterable[tuple[str, str]]:
    if isinstance(tags, Mapping):
        return [(str(key), str(value)) for key, value in tags.items()]
    listed = [each for each in tags if isinstance(each, Mapping)] if isinstance(tags, list) else []
    return [(text(each, "Key", "key"), text(each, "Value", "value")) for each in listed]


def untag_keys(params: Mapping[str, Any], name: str) -> Context:
    """Return the condition key of tags that a request takes away.

    Args: name: the member that lists their keys.
    """
    keys = texts(params, name)
    return {"aws:TagKeys": tuple(keys)} if keys else {}


def pass_roles(roles: Iterable[str], service: str) -> list[Access]:
    """Return what it takes to hand roles to a service, each once.

    Args: roles: their ARNs; empty ones are left out.
        service: e.g. `lambda.amazonaws.com`.
    """
    passed = {"iam:PassedToService": (service,)}
    return [Access("iam:PassRole", role, passed) for role in dict.fromkeys(roles) if role]


def unknown(request: Request) -> LookupError:
    """Return the error for an operation without a rule."""
    return LookupError(f"No rule says which permissions {request.service}:{request.operation} needs.")
