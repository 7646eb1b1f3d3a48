"""Executes one notebook headless and says how it went."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from mllab_helpers.headline import read_headline
from mllab_helpers.parameters import Value
from mllab_helpers.runner.editions import Edition
from mllab_helpers.runner.failure import Failure, mark_failure
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
    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # a failure is told once, by us
    path = output_folder / edition.path.name
    kernel_log = path.with_suffix(".log")
    started = time.monotonic()
    failure = None
    try:
        papermill.execute_notebook(
            edition.path,
            path,
            parameters=dict(parameters),
            engine_name="mllab",
            kernel_name="python3",
            cwd=output_folder,
            progress_bar=False,
            report_cell=progress.report_cell,
            environment=environment,
            kernel_log=kernel_log,
        )
    except PapermillExecutionError as error:
        failure = mark_failure(path, progress, f"{error.ename}: {error.evalue}")
    except DeadKernelError:
        failure = mark_failure(path, progress, say("runner.kernel_died"))
    except CellTimeoutError as error:
        failure = mark_failure(path, progress, str(error))
    finally:
        if kernel_log.exists() and not kernel_log.stat().st_size:
            kernel_log.unlink()
    seconds = time.monotonic() - started
    notebook = nbformat.read(path, as_version=4)
    embed_pictures(notebook, edition.path.parent)
    nbformat.write(notebook, path)
    return NotebookResult(edition.name, path, seconds, read_headline(notebook.cells), failure)
