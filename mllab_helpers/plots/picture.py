"""What every picture of the lab shares: one look, alternative text, and the numbers that it shows.

Pictures are drawn on figures of their own, not through pyplot: no backend to choose, nothing left open, and
the same result in JupyterLab, under papermill and in a script.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from mllab_helpers.texts import say

WIDTH = 9.0  # inches
# From the palette of Okabe and Ito, which people with any kind of colour blindness can tell apart.
BLUE, ORANGE, GREEN, INK, GREY, PALE = "#0072B2", "#D55E00", "#009E73", "#222222", "#6B6B6B", "#E4E4E4"
HALO = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}

_LOOK: Any = {
    "figure.dpi": 100,
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same letters on every machine
    "font.size": 11,
    "text.color": INK,
    "text.parse_math": False,  # a dollar is money here, not the start of a formula
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 14,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 14,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Picture:
    """A figure, the sentence that says what it shows, and the numbers in that sentence.

    As the last line of a cell it shows itself, with the sentence as alternative text; `print` gives the
    sentence alone.
    """

    figure: Figure
    caption: str
    numbers: Mapping[str, float]

    def __str__(self) -> str:
        return self.caption

    def __repr__(self) -> str:
        return self.caption

    def png(self) -> bytes:
        """Return the picture as a PNG file's content."""
        buffer = io.BytesIO()
        with mpl.rc_context(_LOOK):  # ticks are made while the figure is painted
            self.figure.savefig(buffer, format="png", dpi=100)
        return buffer.getvalue()

    def save(self, path: Path | str) -> None:
        """Write the picture to a PNG file."""
        Path(path).write_bytes(self.png())

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, object], dict[str, object]]:
        picture = base64.b64encode(self.png()).decode()
        return {"text/plain": self.caption, "image/png": picture}, {"image/png": {"alt": self.caption}}


@contextmanager
def drawing(height: float, *, panels: int = 1, rows: int = 1) -> Iterator[tuple[Figure, list[Axes]]]:
    """Give a figure with its axes, in the lab's look, for as long as it is being drawn.

    Args: panels: side by side, with one vertical axis; rows: one above the other, with one horizontal axis.
    """
    with mpl.rc_context(_LOOK):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.subplots(rows, panels, squeeze=False, sharex="col", sharey="row")
        yield figure, list(axes.flat)


def money(amount: float) -> str:
    """Write an amount in USD as briefly as an axis needs it: $450k, $1.2M."""
    if abs(amount) >= 999_500:
        return say("plots.millions", amount=f"{amount / 1e6:.3g}")
    if abs(amount) >= 1000:
        return say("plots.thousands", amount=f"{amount / 1e3:.0f}")
    return say("plots.units", amount=f"{amount:.0f}")


def percent(share: float, digits: int = 0) -> str:
    """Write a fraction in per cent."""
    return say("plots.percent", number=f"{100 * share:.{digits}f}")


def count(things: float) -> str:
    """Write a whole number with its thousands set apart."""
    return f"{things:,.0f}"


def count_axis() -> FuncFormatter:
    """Return the tick labels of an axis of whole numbers."""
    return FuncFormatter(lambda things, _: count(things))


def money_axis() -> FuncFormatter:
    """Return the tick labels of an axis in USD."""
    return FuncFormatter(lambda amount, _: money(amount))


def percent_axis() -> FuncFormatter:
    """Return the tick labels of an axis of fractions, shown in per cent."""
    return FuncFormatter(lambda share, _: percent(share))
