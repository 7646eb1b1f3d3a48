"""What travels of this package: into a function's zip, beside a model, into the steps of a pipeline.

Where they arrive there is no `pip install`: each carries the modules that it imports, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_PACKAGE = Path(__file__).parent
# Here these are fronts that import what stands behind them; there they only make a folder a package.
_FRONTS = ("__init__.py", "housing/__init__.py")

# What it takes to understand a house in plain units, and to say in both languages what is wrong with it.
HOUSE_MODULES = (
    *("__init__.py", "errors.py"),
    *("housing/__init__.py", "housing/errors.py", "housing/features.py"),
    *("texts/__init__.py", "texts/es.py", "texts/en.py"),
)
# What it takes to make training data of an export, the same way as notebook 02 does.
CLEANING_MODULES = (*HOUSE_MODULES, "housing/cleaning.py", "housing/algorithm_csv.py")


def modules(names: Iterable[str]) -> dict[str, bytes]:
    """Return modules of this package, e.g. `HOUSE_MODULES`: content by path, `mllab_helpers/...`."""
    return {
        f"{_PACKAGE.name}/{name}": b"" if name in _FRONTS else (_PACKAGE / name).read_bytes()
        for name in names
    }


def program(folder: str, name: str) -> bytes:
    """Return the source of a program, e.g. `inference` of the folder `scripts`."""
    return (_PACKAGE / folder / f"{name}.py").read_bytes()
