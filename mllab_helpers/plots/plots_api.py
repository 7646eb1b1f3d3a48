"""The picture of iteration 4: where the time of one request goes."""

from __future__ import annotations

from mllab_helpers.plots.picture import BLUE, GREEN, GREY, INK, ORANGE, Picture, drawing
from mllab_helpers.texts import say
from mllab_helpers.web.web_journey import Journey

_COLOURS = {"client": GREY, "gateway": BLUE, "integration": "#56B4E9", "function": ORANGE, "model": GREEN}


def request_journey(journey: Journey) -> Picture:
    """Show each part's own measurement as a bar inside that of the part before it.

    Bars are centred: nobody measures when a part began, only how long it took.
    """
    steps = journey.steps()
    longest = max(steps.values())
    with drawing(3.9) as (figure, (axes,)):
        for row, (part, milliseconds) in enumerate(steps.items()):
            begin = (longest - milliseconds) / 2
            axes.barh(row, milliseconds, left=begin, height=0.62, color=_COLOURS[part])
            axes.annotate(
                f"{milliseconds:.1f} ms",
                (begin + milliseconds, row),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                color=INK,
            )
        axes.set_yticks(range(len(steps)), [say(f"plots_api.{part}") for part in steps])
        axes.invert_yaxis()
        axes.set_xlim(0, longest * 1.13)
        axes.set(xlabel=say("plots_api.milliseconds"), title=say("plots_api.journey_title"))
        axes.grid(visible=False, axis="y")
    written = {part: f"{milliseconds:.1f}" for part, milliseconds in steps.items()}
    caption = say("plots_api.journey_caption", requests=journey.requests, **written)
    return Picture(figure, caption, steps)
