"""What requests to STS need.

Sources: the Service Authorization Reference for AWS Security Token Service; STS's API reference, which says
that GetCallerIdentity and GetSessionToken need no permission.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import Context, arn, present, tag_keys, text, texts

_FREE = ("GetCallerIdentity", "GetSessionToken")


def needed(request: Request) -> list[Access]:
    """Return what a request to STS needs."""
    if request.operation in _FREE:
        return []
    return [
        Access(action, _resource(request.params), _keys(request.params))
        for action in (f"sts:{request.operation}", *_beside(request.params))
    ]


def _resource(params: Mapping[str, Any]) -> str:
    name = text(params, "Name")
    if name:
        return arn("sts", "", f"federated-user/{name}")
    return text(params, "RoleArn") or "*"


def _beside(params: Mapping[str, Any]) -> list[str]:
    """Tags and a source identity of a session are permissions of their own."""
    members = {"Tags": "sts:TagSession", "SourceIdentity": "sts:SetSourceIdentity"}
    return [action for member, action in members.items() if params.get(member)]


def _keys(params: Mapping[str, Any]) -> Context:
    transitive = texts(params, "TransitiveTagKeys")
    keys = {
        "sts:ExternalId": text(params, "ExternalId"),
        "sts:RoleSessionName": text(params, "RoleSessionName"),
        "sts:SourceIdentity": text(params, "SourceIdentity"),
    }
    return {
        **present(keys),
        **({"sts:TransitiveTagKeys": tuple(transitive)} if transitive else {}),
        **tag_keys(params.get("Tags")),
    }
