"""The lab's pictures. Each takes data and returns a `Picture`: the figure, its sentence and its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from mllab_helpers.plots.picture import (
    BLUE,
    GREEN,
    GREY,
    HALO,
    INK,
    ORANGE,
    PALE,
    Picture,
    count,
    count_axis,
    drawing,
    money,
    money_axis,
    percent,
    percent_axis,
)
from mllab_helpers.texts import say

PLACES = {
    "Seattle": (47.6062, -122.3321),
    "Bellevue": (47.6101, -122.2015),
    "Kent": (47.3809, -122.2348),
    "Vashon": (47.4187, -122.4601),
    "Enumclaw": (47.2043, -121.9915),
    "North Bend": (47.4957, -121.7868),
    "Duvall": (47.7423, -121.9857),
}
COUNTY_LATITUDES = (47.14, 47.80)
COUNTY_LONGITUDES = (-122.54, -121.60)  # a handful of cabins lie further east, in the mountains
_DENSITY = LinearSegmentedColormap.from_list("density", ["#BFD9EA", BLUE, "#001B2E"])
_PRICE_TICKS = [100e3, 200e3, 500e3, 1e6, 2e6, 5e6]


def price_distribution(prices: npt.ArrayLike) -> Picture:
    """Show how prices are spread, with their median and their mean.

    Args: prices: USD; gaps are left out.
    """
    paid = _known(prices)
    numbers = {
        "median": float(np.median(paid)),
        "mean": float(paid.mean()),
        "p99": float(np.quantile(paid, 0.99)),
    }
    with drawing(4.4) as (figure, (axes,)):
        # The dearest 1% would squeeze everything else into a corner.
        axes.hist(paid[paid <= numbers["p99"]], bins=60, color=BLUE, edgecolor="white", linewidth=0.4)
        axes.grid(visible=False, axis="x")
        top = axes.get_ylim()[1]
        axes.set_ylim(0, top * 1.12)
        _mark(axes, numbers["median"], say("plots.median", amount=money(numbers["median"])), left=True)
        _mark(axes, numbers["mean"], say("plots.mean", amount=money(numbers["mean"])))
        axes.xaxis.set_major_formatter(money_axis())
        axes.yaxis.set_major_formatter(count_axis())
        axes.set(xlabel=say("plots.price"), ylabel=say("plots.houses"), title=say("plots.distribution_title"))
    caption = say("plots.distribution_caption", **{name: money(amount) for name, amount in numbers.items()})
    return Picture(figure, caption, numbers)


def prices_on_map(frame: pd.DataFrame) -> Picture:
    """Show where the dear houses are.

    Args: frame: `lat` and `long` in degrees, `price` in USD; rows with a gap in any are left out.
    """
    known = frame[["lat", "long", "price"]].dropna()
    inside = known["lat"].between(*COUNTY_LATITUDES) & known["long"].between(*COUNTY_LONGITUDES)
    shown = known[inside].sort_values("price")  # the dearest are drawn last, on top
    with drawing(6.4) as (figure, (axes,)):
        low, high = shown["price"].quantile([0.01, 0.995])
        points = axes.scatter(
            shown["long"],
            shown["lat"],
            c=shown["price"],
            norm=LogNorm(low, high),
            cmap="viridis",
            s=5,
            linewidths=0,
        )
        bar = figure.colorbar(points, ax=axes, shrink=0.75, extend="both", label=say("plots.price"))
        _price_ticks(bar.ax.yaxis)
        _dress_map(axes)
        axes.set_title(say("plots.map_title"))
    numbers = {"shown": float(len(shown)), "outside": float((~inside).sum())}
    caption = say("plots.map_caption", **{name: count(value) for name, value in numbers.items()})
    return Picture(figure, caption, numbers)


def missing_cells(frame: pd.DataFrame) -> Picture:
    """Show which columns have empty cells, and how many."""
    empty = frame.isna().sum()
    empty = empty[empty > 0].sort_values()
    numbers = {"cells": float(empty.sum()), "rows": float(frame.isna().any(axis=1).sum())}
    with drawing(1.6 + 0.36 * max(len(empty), 2)) as (figure, (axes,)):
        labels = [f"{count(cells)}  ({percent(cells / len(frame), 1)})" for cells in empty]
        _bars(axes, [str(name) for name in empty.index], empty.tolist(), labels, BLUE)
        axes.set_title(say("plots.missing_title"))
    share = percent(numbers["rows"] / max(len(frame), 1), 1)
    written = {name: count(value) for name, value in numbers.items()}
    caption = say("plots.missing_none")
    if len(empty):
        worst = {"column": empty.index[-1], "most": count(empty.iloc[-1])}
        caption = say("plots.missing_caption", share=share, **written, **worst)
    return Picture(figure, caption, numbers)


def learning_curve(training: Sequence[float], validation: Sequence[float]) -> Picture:
    """Show the error round by round, on rows that the model learns from and on rows that it does not.

    Args: training, validation: RMSE in USD after each round.
    """
    training, validation = list(training), list(validation)
    best = int(np.argmin(validation))
    rounds = np.arange(len(validation))
    numbers = {"best_round": float(best), "best": float(validation[best]), "training": float(training[best])}
    with drawing(4.4) as (figure, (axes,)):
        for values, colour, name in ((validation, ORANGE, "validation"), (training, BLUE, "training")):
            axes.plot(rounds[: len(values)], values, color=colour, linewidth=2)
            _name_line(axes, say(f"plots.{name}"), rounds[len(values) - 1], values[-1], colour)
        axes.plot(best, validation[best], "o", color=ORANGE, markersize=9, markeredgecolor="white")
        axes.annotate(
            say("plots.best_round", round=best, amount=money(validation[best])),
            (best, validation[best]),
            xytext=(0, 34),
            textcoords="offset points",
            ha="right" if best > len(rounds) / 2 else "left",
            bbox=HALO,
            arrowprops={"arrowstyle": "-", "color": GREY},
        )
        axes.set_ylim(bottom=0)
        axes.set_xlim(0, len(rounds))
        axes.yaxis.set_major_formatter(money_axis())
        axes.set(xlabel=say("plots.round"), ylabel=say("plots.rmse"), title=say("plots.curve_title"))
    amounts = {"best": money(numbers["best"]), "training": money(numbers["training"])}
    return Picture(figure, say("plots.curve_caption", round=best, **amounts), numbers)


def predicted_against_true(true: npt.ArrayLike, predicted: npt.ArrayLike) -> Picture:
    """Show what the model said against what was paid; on the diagonal both agree.

    Args: true, predicted: USD, one per house.
    """
    paid, said = np.asarray(true, dtype="float64"), np.asarray(predicted, dtype="float64")
    off = np.abs(said / paid - 1)
    numbers = {"within_10": float((off <= 0.1).mean()), "within_20": float((off <= 0.2).mean())}
    low, high = (float(edge) for edge in np.quantile(np.concatenate([paid, said]), [0.001, 0.999]))
    with drawing(6.6) as (figure, (axes,)):
        span = (math.log10(low), math.log10(high))
        cells = axes.hexbin(
            paid,
            said,
            xscale="log",
            yscale="log",
            gridsize=48,
            mincnt=1,
            extent=(*span, *span),
            cmap=_DENSITY,
            bins="log",
        )
        diagonal = np.array([low, high * 1.05])
        axes.plot(diagonal, diagonal, color=INK, linewidth=1.3)
        for factor in (0.8, 1.2):
            axes.plot(diagonal, diagonal * factor, color=INK, linewidth=1, linestyle=(0, (4, 4)))
        edge = high * 1.05
        axes.text(edge / 1.2, edge * 1.02, f"+{percent(0.2)}", ha="center", va="bottom", color=GREY)
        axes.text(edge * 1.02, edge * 0.8, f"−{percent(0.2)}", ha="left", va="center", color=GREY)
        for axis in (axes.xaxis, axes.yaxis):
            _price_ticks(axis)
        axes.set(xlim=(low, edge), ylim=(low, edge), aspect="equal")
        figure.colorbar(
            cells, ax=axes, shrink=0.6, label=say("plots.houses"), format=StrMethodFormatter("{x:.0f}")
        )
        axes.set(xlabel=say("plots.paid"), ylabel=say("plots.said"), title=say("plots.against_title"))
    caption = say("plots.against_caption", **{name: percent(share) for name, share in numbers.items()})
    return Picture(figure, caption, numbers)


def errors_by_band(bands: pd.DataFrame) -> Picture:
    """Show the mean error in each price band, in dollars and as a share of the price.

    Args: bands: the table of `housing.errors_by_price_band`.
    """
    edges = zip(bands["low"], bands["high"], strict=True)
    names = [f"{money(low)} – {money(high)}" for low, high in edges]
    dollars, shares = bands["mae"].tolist(), bands["mape"].tolist()
    with drawing(1.7 + 0.5 * len(bands), panels=2) as (figure, (left, right)):
        _bars(left, names, dollars, [money(amount) for amount in dollars], BLUE)
        _bars(right, names, shares, [percent(share) for share in shares], ORANGE)
        left.set_title(say("plots.error_usd"), fontsize=11, fontweight="normal")
        right.set_title(say("plots.error_share"), fontsize=11, fontweight="normal")
        figure.suptitle(say("plots.bands_title"), x=0.01, ha="left", fontsize=14, fontweight="bold")
    numbers = {
        "cheapest_mae": dollars[0],
        "cheapest_mape": shares[0],
        "dearest_mae": dollars[-1],
        "dearest_mape": shares[-1],
    }
    written = {key: percent(value) if "mape" in key else money(value) for key, value in numbers.items()}
    return Picture(figure, say("plots.bands_caption", **written), numbers)


def errors_on_map(frame: pd.DataFrame, predicted: npt.ArrayLike, *, target: str = "price") -> Picture:
    """Show where the model says too much and where too little: the median relative error of each small area.

    Args: frame: the houses, with `lat`, `long` and the target; predicted: USD, one per house.
    """
    error = np.asarray(predicted, dtype="float64") / frame[target].to_numpy(dtype="float64") - 1
    with drawing(6.4) as (figure, (axes,)):
        cells = axes.hexbin(
            frame["long"],
            frame["lat"],
            C=error,
            reduce_C_function=np.median,
            gridsize=(30, 18),
            extent=(*COUNTY_LONGITUDES, *COUNTY_LATITUDES),
            mincnt=3,  # the error of one or two houses says nothing about its area
            cmap="PuOr_r",
            norm=Normalize(-0.25, 0.25),
            edgecolors=GREY,
            linewidths=0.2,
        )
        figure.colorbar(
            cells, ax=axes, shrink=0.75, extend="both", label=say("plots.error_colour"), format=percent_axis()
        )
        _dress_map(axes)
        axes.set_title(say("plots.error_map_title"))
    numbers = {"median": float(np.median(error)), "too_low": float((error < 0).mean())}
    caption = say(
        "plots.error_map_caption", median=percent(numbers["median"], 1), too_low=percent(numbers["too_low"])
    )
    return Picture(figure, caption, numbers)


def latency_histogram(milliseconds: npt.ArrayLike) -> Picture:
    """Show how long requests took, with the 50th, 95th and 99th percentiles.

    Args: milliseconds: one duration per request.
    """
    taken = _known(milliseconds)
    p50, p95, p99 = (float(value) for value in np.quantile(taken, [0.5, 0.95, 0.99]))
    with drawing(4.4) as (figure, (axes,)):
        fastest, slowest = min(taken.tolist()), max(taken.tolist())
        edges = np.geomspace(fastest, max(slowest, fastest * 1.1), 50)
        axes.hist(taken, bins=edges.tolist(), color=BLUE, edgecolor="white", linewidth=0.4)
        axes.set_xscale("log")
        top = axes.get_ylim()[1] * 1.3
        axes.set_ylim(0, top)
        for height, (name, value) in zip(
            (1.0, 0.91, 0.82), (("p50", p50), ("p95", p95), ("p99", p99)), strict=True
        ):
            axes.axvline(value, ymax=height - 0.02, color=INK, linewidth=1.2)
            axes.text(value, top * height, f" {name} = {value:.3g} ms", va="top", bbox=HALO)
        axes.grid(visible=False, axis="x")
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(StrMethodFormatter("{x:g}"))
        axes.set(
            xlabel=say("plots.milliseconds"), ylabel=say("plots.requests"), title=say("plots.latency_title")
        )
    caption = say("plots.latency_caption", p50=f"{p50:.3g}", p95=f"{p95:.3g}", p99=f"{p99:.3g}")
    return Picture(figure, caption, {"p50": p50, "p95": p95, "p99": p99})


def feature_importance(gains: Mapping[str, float], *, top: int = 12) -> Picture:
    """Show which features the trees gained most from.

    Args: gains: total gain by feature name, as `Booster.get_score(importance_type="total_gain")` counts it.
    """
    total = sum(gains.values())
    shares = sorted(((gain / total, name) for name, gain in gains.items()), reverse=True)[:top]
    with drawing(1.4 + 0.34 * len(shares)) as (figure, (axes,)):
        values = [share for share, _ in shares]
        _bars(axes, [name for _, name in shares], values, [percent(share) for share in values], GREEN)
        axes.invert_yaxis()
        axes.set_title(say("plots.importance_title"))
    (first_share, first), (second_share, second) = shares[0], shares[1]
    numbers = {first: first_share, second: second_share}
    written = {"first_share": percent(first_share), "second_share": percent(second_share)}
    caption = say("plots.importance_caption", first=first, second=second, **written)
    return Picture(figure, caption, numbers)


def _known(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    numbers: npt.NDArray[np.float64] = np.asarray(values, dtype="float64")
    known: npt.NDArray[np.float64] = numbers[~np.isnan(numbers)]
    return known


def _bars(
    axes: Axes, names: Sequence[str], values: Sequence[float], labels: Sequence[str], colour: str
) -> None:
    axes.bar_label(axes.barh(names, values, color=colour, height=0.68), labels=labels, padding=5)
    axes.grid(visible=False)
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.xaxis.set_visible(False)  # every bar says its own number
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.17)


def _price_ticks(axis: Axis) -> None:
    axis.set_major_locator(FixedLocator(_PRICE_TICKS))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(money_axis())


def _name_line(axes: Axes, name: str, x: float, y: float, colour: str) -> None:
    axes.annotate(
        name,
        (x, y),
        xytext=(8, 0),
        textcoords="offset points",
        color=colour,
        va="center",
        weight="bold",
        annotation_clip=False,
    )


def _mark(axes: Axes, position: float, text: str, *, left: bool = False) -> None:
    axes.axvline(position, color=INK, linewidth=1.3)
    axes.annotate(
        text,
        (position, axes.get_ylim()[1]),
        xytext=(-6 if left else 6, -4),
        textcoords="offset points",
        ha="right" if left else "left",
        va="top",
        bbox=HALO,
    )


def _dress_map(axes: Axes) -> None:
    axes.set(xlim=COUNTY_LONGITUDES, ylim=COUNTY_LATITUDES)
    axes.set_aspect(1 / math.cos(math.radians(47.5)))  # a degree of longitude is that much shorter here
    axes.set(xticks=[], yticks=[], facecolor="#F5F5F5")
    axes.grid(visible=False)
    axes.spines[:].set_color(PALE)
    for name, (latitude, longitude) in PLACES.items():
        axes.plot(longitude, latitude, "o", color="white", markeredgecolor=INK, markersize=5)
        axes.annotate(
            name, (longitude, latitude), xytext=(7, 0), textcoords="offset points", va="center", bbox=HALO
        )
