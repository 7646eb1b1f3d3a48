"""Pictures of iteration 5, part a: what an endpoint did, and when an alarm spoke."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from mllab_helpers.plots.picture import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    Picture,
    count,
    drawing,
    percent,
    percent_axis,
)
from mllab_helpers.texts import say

_STATE_COLOURS = {"OK": GREEN, "ALARM": ORANGE, "INSUFFICIENT_DATA": GREY}
# A state that lasted for less than this part of the picture has no room for its name.
_NAMED_SHARE = 0.1
Numbers = npt.NDArray[np.float64]


def endpoint_metrics(table: pd.DataFrame, *, period: float) -> Picture:
    """Show requests, errors and latency of an endpoint, one panel each.

    Args: table: of `endpoint_metrics.endpoint_metrics`; period: seconds per row.
    """
    refused = table["errors_4xx"] + table["errors_5xx"]
    answered = table["invocations"] - refused
    numbers = {
        "requests": float(table["invocations"].sum()),
        "errors": float(refused.sum()),
        "p99": float(table["model_p99_ms"].max()),
    }
    seconds = _seconds(table["time"], table["time"].min())
    with drawing(6.2, rows=2) as (figure, (above, below)):
        bars: dict[str, Any] = {"width": period * 0.9, "align": "edge"}
        above.bar(seconds, answered, color=BLUE, label=say("plots.answered"), **bars)
        above.bar(seconds, refused, bottom=answered, color=ORANGE, label=say("plots.refused"), **bars)
        above.set(ylabel=say("plots.requests"), title=say("plots.endpoint_title"))
        above.set_ylim(0, max(1.0, float(table["invocations"].max())) * 1.3)
        for column, colour in (("model_p99_ms", INK), ("model_p50_ms", BLUE)):
            name = column.split("_")[1]
            below.plot(seconds + period / 2, table[column], marker="o", color=colour, label=name)
        below.set(ylabel=say("plots.model_latency"), xlabel=say("plots.seconds_of_traffic"))
        below.set_ylim(0, numbers["p99"] * 1.3)
        for axes in (above, below):
            axes.legend(loc="upper left", ncols=2)
            axes.grid(visible=False, axis="x")
    caption = say(
        "plots.endpoint_caption",
        requests=count(numbers["requests"]),
        errors=count(numbers["errors"]),
        p99=f"{numbers['p99']:.3g}",
    )
    return Picture(figure, caption, numbers)


def alarm_timeline(table: pd.DataFrame, history: pd.DataFrame, *, threshold: float, period: float) -> Picture:
    """Show the metric that an alarm watches, its threshold, and the state that the alarm was in.

    Args:
        table: of `endpoint_metrics.endpoint_metrics`; its `error_rate` is drawn.
        history: of `alarms.alarm_history`.
        threshold: a share of the requests; period: seconds per row.
    """
    rate = table["error_rate"].fillna(0.0)
    numbers = {"highest": float(rate.max()), "threshold": threshold, "changes": float(len(history))}
    begin = min(table["time"].min(), history["time"].min())
    bars, changes = _seconds(table["time"], begin), _seconds(history["time"], begin)
    end = max(np.max(bars) + period, np.max(changes) + period)
    with drawing(4.6) as (figure, (axes,)):
        for change, until, state in zip(changes, [*changes[1:], end], history["state"], strict=True):
            axes.axvspan(change, until, color=_STATE_COLOURS[state], alpha=0.14, linewidth=0)
            if until - change > end * _NAMED_SHARE:
                _name_state(axes, change, state)
        axes.bar(bars, rate, period * 0.9, color=BLUE, align="edge")
        axes.axhline(threshold, color=INK, linewidth=1.3, linestyle=(0, (4, 4)))
        axes.set_xlim(0, end)
        top = max(threshold, numbers["highest"]) * 1.35
        axes.set_ylim(0, top)
        axes.set_yticks([tick for tick in axes.get_yticks() if tick <= min(1.0, top)])
        axes.text(end, threshold, f"{percent(threshold)} ", va="bottom", ha="right", color=INK)
        axes.yaxis.set_major_formatter(percent_axis())
        axes.grid(visible=False, axis="x")
        axes.set(
            ylabel=say("plots.error_rate"),
            xlabel=say("plots.seconds_of_traffic"),
            title=say("plots.alarm_title"),
        )
    written = {
        "highest": percent(numbers["highest"]),
        "threshold": percent(threshold),
        "states": " → ".join([history["previous"].iloc[0], *history["state"]]),
    }
    return Picture(figure, say("plots.alarm_caption", **written), numbers)


def _name_state(axes: Axes, second: float, state: str) -> None:
    axes.text(
        second,
        0.97,
        f" {state}",
        transform=axes.get_xaxis_transform(),
        va="top",
        fontsize=9,
        color=_STATE_COLOURS[state],
        weight="bold",
        clip_on=True,
    )


def _seconds(times: pd.Series, begin: pd.Timestamp) -> Numbers:
    """Return how long after `begin` each time is."""
    seconds: Numbers = np.asarray((times - begin).dt.total_seconds(), dtype="float64")
    return seconds
