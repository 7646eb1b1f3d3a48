"""From a path to the resource that answers it: the most specific one.

At each step a fixed name goes before `{name}`, and `{name}` before `{name+}`, which takes all that is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Resource = TypeVar("Resource")


@dataclass
class _Node(Generic[Resource]):
    fixed: dict[str, _Node[Resource]] = field(default_factory=dict)
    variable: tuple[str, _Node[Resource]] | None = None
    greedy: tuple[str, Resource] | None = None
    resource: Resource | None = None


class Router(Generic[Resource]):
    """Resources by path.

    Args: resources: path as the control plane shows it (`/houses/{id}`), and what stands there.
    """

    def __init__(self, resources: Iterable[tuple[str, Resource]]) -> None:
        self._root: _Node[Resource] = _Node()
        for path, resource in resources:
            self._add([part for part in path.split("/") if part], resource)

    def find(self, path: str) -> tuple[Resource, Mapping[str, str]] | None:
        """Return the resource for a path, and the path's parameters as they were sent.

        A slash at the end means nothing.
        """
        parts = path.removesuffix("/").split("/")[1:]
        return _find(self._root, parts, {})

    def _add(self, parts: list[str], resource: Resource) -> None:
        node = self._root
        for part in parts:
            if part.endswith("+}"):
                node.greedy = (part[1:-2], resource)
                return
            if part.startswith("{"):
                if node.variable is None:
                    node.variable = (part[1:-1], _Node())
                node = node.variable[1]
            else:
                node = node.fixed.setdefault(part, _Node())
        node.resource = resource


def _find(
    node: _Node[Resource], parts: list[str], params: Mapping[str, str]
) -> tuple[Resource, Mapping[str, str]] | None:
    if not parts:
        return None if node.resource is None else (node.resource, params)
    part, rest = parts[0], parts[1:]
    found = _find(node.fixed[part], rest, params) if part in node.fixed else None
    if found is None and part and node.variable is not None:
        name, below = node.variable
        found = _find(below, rest, {**params, name: part})
    if found is None and part and node.greedy is not None:
        name, resource = node.greedy
        found = (resource, {**params, name: "/".join(parts)})
    return found
