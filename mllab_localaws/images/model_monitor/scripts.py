"""The learner's own scripts: one looks at each captured record first, one runs after the analysis.

Interfaces: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-pre-and-post-processing.html
"""

from __future__ import annotations

import importlib.util
import inspect
import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from mllab_localaws.images.model_monitor.capture import Preprocess, Record
from mllab_localaws.images.model_monitor.dataset import flat
from mllab_localaws.images.toolkit.errors import UserError

_logger = logging.getLogger(__name__)
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def preprocessor(path: Path) -> Preprocess:
    """Return the script's `preprocess_handler` for one record: rows, none of them to leave the record out.

    Raises: UserError: there is no such function, or what it returns cannot be used.
    """
    handler = _function(path, "preprocess_handler")
    arguments = (_logger,) if len(inspect.signature(handler).parameters) > 1 else ()

    def preprocess(record: Record) -> list[Mapping[str, str]]:
        try:
            returned = handler(_as_object({**record["captureData"], **_without_data(record)}), *arguments)
        except Exception as error:
            raise UserError(f"preprocess_handler failed: {type(error).__name__}: {error}") from error
        rows = returned if isinstance(returned, list) else [returned]
        return [flat(row, "What preprocess_handler returned") for row in rows]

    return preprocess


def run_postprocessor(path: Path) -> None:
    """Call the script's `postprocess_handler`.

    Raises: UserError: there is no such function, or it fails.
    """
    handler = _function(path, "postprocess_handler")
    try:
        handler()
    except Exception as error:
        raise UserError(f"postprocess_handler failed: {type(error).__name__}: {error}") from error


def _function(path: Path, name: str) -> Callable[..., Any]:
    function = getattr(_load(path), name, None)
    if not callable(function):
        raise UserError(f"{path.name} has no function {name}.")
    return function  # type: ignore[no-any-return]  # callable, as just found


def _load(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if not path.is_file() or specification is None or specification.loader is None:
        raise UserError(f"There is no Python script at {path}.")
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        raise UserError(f"{path.name} cannot be loaded: {type(error).__name__}: {error}") from error
    return module


def _without_data(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "captureData"}


def _as_object(value: Any) -> Any:
    """Return JSON objects as objects with Python's names: `record.endpoint_input.data`."""
    if isinstance(value, Mapping):
        return SimpleNamespace(
            **{_CAPITAL.sub("_", name).lower(): _as_object(member) for name, member in value.items()}
        )
    return value
