"""Executes one notebook headless and says how it went."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from mllab_helpers.lab.parameters import Value
from mllab_helpers.notebook.headline import read_headline
from mllab_helpers.runner.editions import Edition
from mllab_helpers.runner.failure import Failure, mark_failure
from mllab_helpers.runner.kernel import KERNEL
from mllab_helpers.runner.pictures import embed_pictures
from mllab_helpers.runner.progress import NotebookProgress
from mllab_helpers.texts import say


@dataclass(frozen=True)
class NotebookResult:
    """How one notebook of a run went; `seconds` is None when it was not reached."""

    name: str
    path: Path
    seconds: float | None = None
    headline: str = ""
    failure: Failure | None = None


def execute(
    edition: Edition,
    output_folder: Path,
    *,
    parameters: Mapping[str, Value],
    environment: Mapping[str, str],
    progress: NotebookProgress,
) -> NotebookResult:
    """Execute a notebook with papermill, keep it executed, and mark the cell at which it failed.

    The notebook works in the output folder, so that files it writes stay with the run.
    """
    path = output_folder / edition.path.name
    started = time.monotonic()
    error = _run(edition.path, path, parameters, environment, progress)
    failure = None if error is None else mark_failure(path, progress, error)
    seconds = time.monotonic() - started
    notebook = nbformat.read(path, as_version=4)
    embed_pictures(notebook, edition.path.parent)
    nbformat.write(notebook, path)
    return NotebookResult(edition.name, path, seconds, read_headline(notebook.cells), failure)


def _run(
    source: Path,
    path: Path,
    parameters: Mapping[str, Value],
    environment: Mapping[str, str],
    progress: NotebookProgress,
) -> str | None:
    """Execute a notebook into `path`, and return why it did not come to its end; None when it did."""
    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # a failure is told once, by us
    with _kernel_log(path.with_suffix(".log")) as kernel_log:
        try:
            papermill.execute_notebook(
                source,
                path,
                parameters=dict(parameters),
                engine_name="mllab",
                kernel_name=KERNEL,
                cwd=path.parent,
                progress_bar=False,
                report_cell=progress.report_cell,
                environment=environment,
                kernel_log=kernel_log,
            )
        except PapermillExecutionError as error:
            return f"{error.ename}: {error.evalue}"
        except DeadKernelError:
            return say("runner.kernel_died")
        except CellTimeoutError as error:
            return str(error)
    return None


@contextmanager
def _kernel_log(path: Path) -> Iterator[Path]:
    """Keep what the kernel's process writes, when it writes anything."""
    try:
        yield path
    finally:
        if path.exists() and not path.stat().st_size:
            path.unlink()
