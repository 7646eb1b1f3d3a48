"""A notebook that failed: what to say about it, and the marks that lead a reader to the cell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nbformat

from mllab_helpers.errors import ExpiredCredentials, NoCredentials, WrongCredentials
from mllab_helpers.runner.editions import has_tag
from mllab_helpers.runner.progress import NotebookProgress
from mllab_helpers.texts import say

# papermill marks failures itself, in English and without the error; its next run drops cells with this tag.
MARKER_TAG = "papermill-error-cell-tag"
ANCHOR = "mllab-failed-cell"
_LONGEST_ERROR = 30  # lines
_NOT_LET_IN = {error.__name__ for error in (NoCredentials, ExpiredCredentials, WrongCredentials)}


@dataclass(frozen=True)
class Failure:
    """Where a notebook stopped and why.

    Attributes: source: the failing cell's; error: the error's class and text.
    """

    number: int
    total: int
    source: str
    error: str

    @property
    def first_line(self) -> str:
        return next(iter(self.source.splitlines()), "")

    @property
    def was_not_let_in(self) -> bool:
        """Whether AWS refused the caller when the lab was opened: then the notebook has created nothing."""
        return "Lab.open(" in self.source and self.error.partition(":")[0] in _NOT_LET_IN

    @property
    def cell(self) -> str:
        """The failing cell in words, e.g. "cell 7 of 25"."""
        return say("runner.cell_of", number=self.number, total=self.total)


def mark_failure(path: Path, progress: NotebookProgress, error: str) -> Failure:
    """Mark the failing cell of an executed notebook, at the notebook's top and above the cell.

    Args:
        path: the executed notebook, with or without papermill's own marks.
        progress: knows which cell was running.
        error: the error's class and text.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if not has_tag(cell, MARKER_TAG)]
    source = notebook.cells[progress.place].source.strip()
    shown_error = "\n".join(error.strip().splitlines()[:_LONGEST_ERROR])
    failure = Failure(progress.number, progress.total, source, shown_error)
    top = say("runner.failed_mark_top", cell=f"[{failure.cell}](#{ANCHOR})", error=_fenced(shown_error))
    here = say("runner.failed_mark_cell", anchor=f'<a id="{ANCHOR}"></a>')
    notebook.cells.insert(progress.place, _marker(here))
    notebook.cells.insert(0, _marker(top))
    nbformat.write(notebook, path)
    return failure


def _marker(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(text, metadata={"tags": [MARKER_TAG]})


def _fenced(text: str) -> str:
    return f"~~~text\n{text}\n~~~"
