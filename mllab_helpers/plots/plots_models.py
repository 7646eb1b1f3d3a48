"""Pictures of iteration 5, parts b and c: the search for a better model, and its life afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mllab_helpers.plots.picture import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    Picture,
    count,
    count_axis,
    drawing,
    money,
    money_axis,
    percent,
)
from mllab_helpers.texts import say

_STEP_COLOURS = {"Succeeded": GREEN, "Failed": ORANGE}


def tuning(leaderboard: pd.DataFrame, champion: float) -> Picture:
    """Show how each trial of a tuning job did, and the best so far.

    Args: leaderboard: of `tuning.leaderboard`; champion: RMSE in USD that has to be beaten.
    """
    trials = leaderboard.dropna(subset=["rmse"]).sort_values("trial")
    best = trials["rmse"].min()
    numbers = {"best": float(best), "champion": champion, "trials": float(len(trials))}
    best_label = say("plots.best_so_far", amount=money(float(best)))
    with drawing(4.6) as (figure, (axes,)):
        axes.plot(trials["trial"], trials["rmse"], "o", color=BLUE, markersize=9, markeredgecolor="white")
        axes.step(
            trials["trial"],
            trials["rmse"].cummin(),
            where="post",
            color=ORANGE,
            linewidth=2,
            label=best_label,
        )
        axes.axhline(
            champion,
            color=INK,
            linewidth=1.3,
            linestyle=(0, (4, 4)),
            label=say("plots.champion", amount=money(champion)),
        )
        low = min(numbers["best"], champion)
        high = max(float(trials["rmse"].max()), champion)
        room = max(high - low, 1.0)
        axes.set_ylim(low - 0.1 * room, high + 0.3 * room)  # the legend stands above the highest dot
        axes.legend(loc="upper left", ncols=2)
        axes.set_xticks(trials["trial"])
        axes.yaxis.set_major_formatter(money_axis())
        axes.set(xlabel=say("plots.trial"), ylabel=say("plots.rmse"), title=say("plots.tuning_title"))
    written = {"best": money(best), "champion": money(champion), "trials": count(numbers["trials"])}
    return Picture(figure, say("plots.tuning_caption", **written), numbers)


def data_curve(table: pd.DataFrame) -> Picture:
    """Show the error against the number of rows to learn from: would more data help?

    Args: table: of `tuning.train_on_shares`.
    """
    first, last = table.iloc[0], table.iloc[-1]
    numbers = {
        "first_rows": float(first["rows"]),
        "last_rows": float(last["rows"]),
        "first": float(first["validation_rmse"]),
        "last": float(last["validation_rmse"]),
    }
    with drawing(4.4) as (figure, (axes,)):
        for column, colour in (("validation_rmse", ORANGE), ("train_rmse", BLUE)):
            axes.plot(table["rows"], table[column], "o-", color=colour, linewidth=2, markersize=7)
            axes.annotate(
                say(f"plots.{'validation' if column == 'validation_rmse' else 'training'}"),
                (last["rows"], last[column]),
                xytext=(10, 0),
                textcoords="offset points",
                va="center",
                color=colour,
                weight="bold",
                annotation_clip=False,
            )
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_formatter(count_axis())
        axes.yaxis.set_major_formatter(money_axis())
        axes.set(xlabel=say("plots.rows"), ylabel=say("plots.rmse"), title=say("plots.data_title"))
    written = {key: (count if "rows" in key else money)(value) for key, value in numbers.items()}
    return Picture(figure, say("plots.data_caption", **written), numbers)


def pipeline_steps(steps: pd.DataFrame) -> Picture:
    """Show when each step of a pipeline ran, and how it ended.

    Args: steps: of `lifecycle.steps_table`; steps that still run are left out.
    """
    ended = steps.dropna(subset=["start", "end"])
    begin = ended["start"].min()
    starts = (ended["start"] - begin).dt.total_seconds()
    numbers = {
        "steps": float(len(ended)),
        "seconds": float((ended["end"].max() - begin).total_seconds()),
        "longest": float(ended["seconds"].max()),
    }
    with drawing(1.5 + 0.5 * len(ended)) as (figure, (axes,)):
        colours = [_STEP_COLOURS.get(status, GREY) for status in ended["status"]]
        lengths = np.maximum(ended["seconds"], numbers["seconds"] / 150)
        bars = axes.barh(ended["step"], lengths, left=starts, color=colours, height=0.6)
        axes.bar_label(bars, [f" {seconds:.1f} s" for seconds in ended["seconds"]], padding=4)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.margins(x=0.15)
        axes.set(xlabel=say("plots.seconds"), title=say("plots.pipeline_title"))
    longest = str(ended.loc[ended["seconds"].idxmax(), "step"])
    return Picture(figure, say("plots.pipeline_caption", steps=count(len(ended)), longest=longest), numbers)


def violations(table: pd.DataFrame, *, top: int = 10) -> Picture:
    """Show which features are distributed otherwise than in the baseline, and by how much.

    Args: table: of `drift.Finding.violations`.
    """
    drifted = table.dropna(subset=["distance"]).head(top)
    threshold = float(drifted["threshold"].iloc[0])
    with drawing(1.6 + 0.42 * max(len(drifted), 2)) as (figure, (axes,)):
        axes.barh(drifted["feature"], drifted["distance"], color=ORANGE, height=0.62)
        for position, distance in enumerate(drifted["distance"]):
            axes.text(distance, position, f" {distance:.2f}", va="center")
        axes.axvline(threshold, color=INK, linewidth=1.3, linestyle=(0, (4, 4)))
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set_xlim(0, float(drifted["distance"].max()) * 1.15)
        axes.set(xlabel=say("plots.distance", threshold=threshold), title=say("plots.violations_title"))
    numbers = {"count": float(len(table)), "largest": float(drifted["distance"].max())}
    caption = say(
        "plots.violations_caption",
        count=count(len(table)),
        feature=drifted["feature"].iloc[0],
        largest=f"{numbers['largest']:.2f}",
    )
    return Picture(figure, caption, numbers)


def bias_over_time(windows: Sequence[str], biases: Sequence[float]) -> Picture:
    """Show by how much the model is off in each window: what no look at the inputs can show.

    Args: windows: names; biases: median relative errors, negative where the model says too little.
    """
    with drawing(3.4) as (figure, (axes,)):
        bars = axes.bar(windows, [100 * bias for bias in biases], color=BLUE, width=0.55)
        axes.bar_label(bars, [percent(bias, 1) for bias in biases], padding=4)
        axes.axhline(0, color=INK, linewidth=1.2)
        axes.margins(y=0.25)
        axes.grid(visible=False, axis="x")
        axes.set(ylabel=say("plots.bias"), title=say("plots.bias_title"))
    numbers = {"first": float(biases[0]), "last": float(biases[-1])}
    written = {name: percent(value, 1) for name, value in numbers.items()}
    return Picture(figure, say("plots.bias_caption", **written), numbers)
