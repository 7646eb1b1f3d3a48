"""Paths into JSON documents, such as `Outputs['train'].S3Output.S3Uri` or `regression_metrics.mse.value`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Path = tuple["str | int", ...]

_TOKEN = re.compile(
    r"""\.?(?P<name>[^.\[\]'"\s]+)|\[(?P<index>\d+)\]|\[(?P<quote>['"])(?P<key>.*?)(?P=quote)\]"""
)
# Lists in Describe replies that a path may index by the name of an item, as SDKs do.
_NAMES_OF_ITEMS = ("OutputName", "InputName", "ChannelName", "MetricName")


def parse_path(text: str) -> Path:
    """Return the keys and positions of a path; a leading `$` means the document, as in JSONPath.

    Raises: ValueError: it is none.
    """
    rest, found = text.removeprefix("$"), []
    while rest:
        match = _TOKEN.match(rest)
        if match is None:
            raise ValueError(f"\"{text}\" is not a path such as a.b[0]['c']")
        index = match["index"]
        found.append(int(index) if index is not None else match["name"] or match["key"])
        rest = rest[match.end() :]
    if not found:
        raise ValueError("the path is empty")
    return tuple(found)


def follow(document: Any, path: Path) -> Any:
    """Return what a path leads to.

    Raises: LookupError: it leads nowhere; the text names what is missing, and what is there.
    """
    here = document
    for position, key in enumerate(path):
        found = _step(here, key)
        if found is None:
            walked = write_path(path[:position]) or "the document"
            raise LookupError(f"{walked} has no {key!r}; it has {_contents(here)}")
        here = found
    return here


def write_path(path: Path) -> str:
    """Return a path as text."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def _step(here: Any, key: str | int) -> Any:
    if isinstance(here, Mapping):
        return here.get(str(key))
    if not isinstance(here, list):
        return None
    if isinstance(key, int):
        return here[key] if key < len(here) else None
    named = (item for item in here if isinstance(item, Mapping) and key in map(item.get, _NAMES_OF_ITEMS))
    return next(named, None)


def _contents(here: Any) -> str:
    if isinstance(here, Mapping):
        return ", ".join(map(repr, here)) or "nothing"
    if isinstance(here, list):
        return f"{len(here)} items"
    return f"no members, being {here!r}"[:200]
