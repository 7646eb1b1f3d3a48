"""What the notebooks call: thin functions over boto3, one folder per topic; CONTRIBUTING.md has the map.

`Lab` is found on first use, so that `import mllab_helpers` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

__all__ = ["Lab"]


def __getattr__(name: str) -> object:
    if name == "Lab":
        from mllab_helpers.lab.lab import Lab

        return Lab
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
