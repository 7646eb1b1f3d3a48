"""What a learner sees while waiting: a bar in a notebook or terminal, one quiet line in a headless run.

`MLLAB_PROGRESS=plain` asks for the quiet line. Outputs of headless runs are compared word by word, so the
line holds nothing that differs from run to run: no times and no counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mllab_helpers.texts import say


class Progress:
    """The quiet kind: remembers nothing, prints only what is written on purpose."""

    def advance(self, amount: float) -> None:
        """Move on by an amount (bytes, rounds)."""

    def move_to(self, position: float) -> None:
        """Move to a position between 0 and the total."""

    def tell(self, state: str) -> None:
        """Show the resource's state, as AWS names it, beside the bar."""

    def write(self, line: str) -> None:
        """Print a line that stays."""
        print(line)


class Bar(Progress):
    """The lively kind, drawn by tqdm."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def advance(self, amount: float) -> None:
        self._bar.update(amount)

    def move_to(self, position: float) -> None:
        self._bar.update(position - self._bar.n)

    def tell(self, state: str) -> None:
        self._bar.set_postfix_str(state)

    def write(self, line: str) -> None:
        self._bar.write(line)


@contextmanager
def show(label: str, *, total: float | None = None, unit: str = "") -> Iterator[Progress]:
    """Show progress for the time of a `with` block.

    Args: total: how far there is to go, in `unit`; None when nobody knows.
    """
    if os.environ.get("MLLAB_PROGRESS") == "plain":
        yield Progress()
        print(say("progress.done", label=label))
        return
    from tqdm.auto import tqdm

    layout = "{desc}: {elapsed} {postfix}" if total is None else None
    with tqdm(total=total, desc=label, unit=unit, unit_scale=unit == "B", bar_format=layout) as bar:
        yield Bar(bar)
