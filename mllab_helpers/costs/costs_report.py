"""What `mllab costs` prints: what was spent, what runs and until when, and what nobody asks anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mllab_helpers import prices
from mllab_helpers.costs import costs
from mllab_helpers.costs.costs import Costs, Running
from mllab_helpers.lab.built import BILLED_BY_THE_HOUR
from mllab_helpers.lab.who_works import in_lab
from mllab_helpers.prices import in_usd
from mllab_helpers.tables import kind_in_words
from mllab_helpers.texts import say


def run_costs(backend: str, student: str | None, region: str | None, language: str | None) -> int:
    """Do what `mllab costs` does; the exit code is 0 when the costs are known."""
    return in_lab(lambda lab: print(*lines(costs.now(lab)), sep="\n"), backend, student, region, language)


def lines(found: Costs) -> Iterator[str]:
    """Return a report, line by line."""
    billed = [item for item in found.built if item.kind in BILLED_BY_THE_HOUR and item.seconds]
    for kind in dict.fromkeys(item.kind for item in billed):
        of_kind = [item for item in billed if item.kind == kind]
        usd = in_usd(sum(item.usd or 0.0 for item in of_kind))
        yield say("costs.ended", count=len(of_kind), kind=kind_in_words(kind), usd=usd)
    yield from (_of_running(item) for item in found.running)
    yield repr(found)
    used = [item.price for item in billed]
    used += [
        prices.find(BILLED_BY_THE_HOUR[item.kind], item.instance_type, found.region) for item in found.running
    ]
    if used:
        region, date = prices.origin(used)
        yield say("costs.origin", region=region, date=date)


def _of_running(item: Running) -> str:
    if item.usd_per_hour is None:
        hourly = say("prices.unknown", instance_type=item.instance_type)
    else:
        hourly = say("costs.hourly", usd=f"{item.usd_per_hour:.3f}")
    text = say("costs.runs", kind=kind_in_words(item.kind), name=item.name, hourly=hourly)
    if item.expires is not None:
        text += say("costs.expires", moment=f"{datetime.fromtimestamp(item.expires):%Y-%m-%d %H:%M}")
    if item.is_idle:
        text += say("costs.idle")
    return text
