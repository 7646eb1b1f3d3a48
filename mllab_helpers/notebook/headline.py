"""The one line by which a notebook is remembered: shown in the notebook, collected by `mllab run`.

The line is an ordinary text output whose *metadata* carries a mark. A MIME type of our own would say the
same, but then nbval could not sanitise it, and an unknown viewer would show nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

MARK = "mllab"


def show_headline(text: str) -> None:
    """Show a notebook's main result and mark it for the table of `mllab run`.

    Args: text: one line, in the learner's language, e.g. "RMSE 131,000 USD on the test months".
    """
    show_marked(text, {"headline": True})


def show_marked(text: str, mark: Mapping[str, object]) -> None:
    """Show a text in the notebook, or print it elsewhere, with a mark that only programs see.

    Args: mark: kept in the output's metadata under `mllab`.
    """
    if "IPython" in sys.modules:
        from IPython import get_ipython
        from IPython.display import display

        if get_ipython() is not None:
            display({"text/plain": text}, raw=True, metadata={MARK: dict(mark)})
            return
    print(text)


def read_headline(cells: Iterable[Mapping[str, Any]]) -> str:
    """Return the last headline among the outputs of executed cells, or an empty text.

    Args: cells: the cells of a notebook as nbformat reads them.
    """
    headlines = [
        output["data"]["text/plain"]
        for cell in cells
        for output in cell.get("outputs", ())
        if output.get("metadata", {}).get(MARK, {}).get("headline")
    ]
    return str(headlines[-1]).strip() if headlines else ""
