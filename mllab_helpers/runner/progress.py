"""What a run says while it works: one live line in a terminal, one quiet line per notebook elsewhere."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TextIO

from mllab_helpers.texts import say


@dataclass
class NotebookProgress:
    """Follows one notebook's cells and shows them on a stream.

    Remembers the cell that is running, because that is the one to name when the run stops.
    """

    name: str
    stream: TextIO
    place: int = -1  # index among all cells
    number: int = 0  # among the code cells, from 1: the n of "In [n]"
    total: int = 0

    def report_cell(self, place: int, number: int, total: int) -> None:
        """Note that a code cell starts (see `engine.CellReporter`)."""
        self.place, self.number, self.total = place, number, total
        cell = say("runner.cell_of", number=number, total=total)
        self._show_live(f"{self.name}  {cell}")

    def end(self, line: str) -> None:
        """Replace the live line by the notebook's final one."""
        self._show_live("")
        print(line, file=self.stream, flush=True)

    def _show_live(self, line: str) -> None:
        if self.stream.isatty():
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\x1b[2K{line[:width]}", end="", file=self.stream, flush=True)
