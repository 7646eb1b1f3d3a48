"""The papermill engine of the lab: papermill has no callback per cell, `mllab run` says "cell n of m"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager
from papermill.log import logger

from mllab_helpers.runner.kernel import LabKernelManager
from mllab_helpers.texts import say

CellReporter = Callable[[int, int, int], None]
"""Told before each code cell: its index in the notebook, its number among the code cells, their count."""


class ProgressEngine(NBClientEngine):  # type: ignore[misc]  # papermill has no types
    """Executes a notebook in this interpreter and reports each code cell before it runs.

    Registered as `mllab`, so `papermill --engine mllab` works too; papermill's own bar then names the cell.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        report_cell: CellReporter | None = None,
        environment: Mapping[str, str] | None = None,
        kernel_log: Path | None = None,
        **_of_other_engines: Any,
    ) -> None:
        """Execute the managed notebook; papermill calls this with what `execute_notebook` was given.

        Args:
            report_cell: called before each code cell.
            environment: the kernel's whole environment; this process's own by default.
            kernel_log: takes what the kernel's process itself writes; this process's own streams by default.
        """
        client = PapermillNotebookClient(
            nb_man,
            kernel_name=kernel_name,
            kernel_manager_class=LabKernelManager,
            timeout=execution_timeout,
            startup_timeout=start_timeout,
            log=logger,
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
            on_cell_execute=_before_cell(nb_man, report_cell or _report_on_bar(nb_man)),
        )
        with _kernel_options(environment, kernel_log) as options:
            client.execute(**options)


def _before_cell(nb_man: NotebookExecutionManager, report: CellReporter) -> Callable[..., None]:
    """Return nbclient's hook: it knows a cell's place, `report` its number among the code cells too."""
    places = [place for place, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]

    def before_cell(*, cell_index: int, **_cell: Any) -> None:
        report(cell_index, places.index(cell_index) + 1, len(places))

    return before_cell


@contextmanager
def _kernel_options(environment: Mapping[str, str] | None, log: Path | None) -> Iterator[dict[str, Any]]:
    """Say how the kernel's process starts: with which environment, and where its own output goes."""
    options: dict[str, Any] = {} if environment is None else {"env": dict(environment)}
    with nullcontext() if log is None else log.open("a") as stream:
        yield options if stream is None else {**options, "stdout": stream, "stderr": stream}


def _report_on_bar(nb_man: NotebookExecutionManager) -> CellReporter:
    def report(_place: int, number: int, total: int) -> None:
        if nb_man.pbar is not None:
            nb_man.pbar.set_description(say("runner.cell_of", number=number, total=total))

    return report
