"""What the lab has cost, what costs money now, and what it will have cost in the morning.

AWS itself says what runs, and for how long it was billed; the ledger knows what was deleted since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mllab_helpers.aws_errors import translate
from mllab_helpers.cleanup import resources, started_jobs
from mllab_helpers.deployment import expiry, idle
from mllab_helpers.identity.roles import in_learners_role
from mllab_helpers.lab.built import ENDPOINT, JOBS, Built, built_in_this_chapter, describe_job
from mllab_helpers.prices import in_usd
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

MORNING = 8  # o'clock where the learner is: when a forgotten endpoint is noticed at the earliest


@dataclass(frozen=True)
class Running:
    """Something that is billed by the hour.

    Attributes:
        usd_per_hour: list price; None when it is not known.
        began: since when, seconds since the epoch.
        expires: when a schedule deletes it; None when none does.
        is_idle: whether nobody has asked it for an hour.
    """

    kind: str
    name: str
    instance_type: str
    usd_per_hour: float | None
    began: float
    expires: float | None = None
    is_idle: bool = False

    def usd_between(self, start: float, end: float) -> float:
        """Return what it costs between two moments; nothing when its price is not known."""
        return (self.usd_per_hour or 0.0) * max(0.0, end - max(start, self.began)) / 3600


@dataclass(frozen=True, repr=False)
class Costs:
    """What a student's lab costs.

    Attributes:
        at: when this was looked up; since: from when on it is counted; both seconds since the epoch.
        morning: the next one.
        built: what ended since then, or costs nothing by the hour; running: what runs.
    """

    student: str
    region: str
    at: float
    since: float
    morning: float
    built: tuple[Built, ...]
    running: tuple[Running, ...]

    @property
    def usd(self) -> float:
        """What it has cost, in USD at list prices."""
        ended = sum(item.usd or 0.0 for item in self.built)
        return ended + sum(item.usd_between(self.since, self.at) for item in self.running)

    @property
    def usd_per_hour(self) -> float:
        """What runs costs each hour."""
        return sum(item.usd_per_hour or 0.0 for item in self.running)

    @property
    def usd_until_morning(self) -> float:
        """What runs will cost until then; what expires before, until it expires."""
        return sum(item.usd_between(self.at, self._end(item)) for item in self.running)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Instance types whose price is not known, so that they are in no sum."""
        ended = {item.instance_type for item in self.built if item.usd is None}
        return tuple(
            sorted(ended | {item.instance_type for item in self.running if item.usd_per_hour is None})
        )

    def __repr__(self) -> str:
        """One line, for the end of a notebook."""
        opened = "costs.since_opened" if self.since else "costs.since_cleanup"
        sentences = [say(opened, usd=in_usd(self.usd)), self._what_runs()]
        if self.unknown:
            sentences.append(say("costs.unknown", types=", ".join(self.unknown)))
        return " ".join(sentences)

    def _what_runs(self) -> str:
        if not self.running:
            return say("costs.nothing_runs")
        last = max(self._end(item) for item in self.running)
        return say(
            "costs.runs_until_morning" if last == self.morning else "costs.runs_until_expiry",
            names=", ".join(item.name for item in self.running),
            hourly=f"{self.usd_per_hour:.3f}",
            usd=in_usd(self.usd_until_morning),
            hour=MORNING,
            moment=f"{datetime.fromtimestamp(last):%Y-%m-%d %H:%M}",
        )

    def _end(self, item: Running) -> float:
        """Return until when something will run: what should have gone and has not will not go by itself."""
        if item.expires is not None and self.at < item.expires < self.morning:
            return item.expires
        return self.morning


@translate()
def now(lab: Lab, *, since: float = 0.0) -> Costs:
    """Look up what a lab has cost and what runs.

    Args: since: seconds since the epoch, e.g. `lab.opened`; 0 for everything since the last clean-up.
    """
    lab = in_learners_role(lab)
    running = _running(lab)
    # Jobs run once, and are known by their names; of endpoints and instances earlier lives count, too.
    going_on = {(item.kind, item.name) for item in running if item.kind in JOBS}
    ended = {(each.kind, each.name): each for each in _ended(lab, since)}
    spent = tuple(each for key, each in ended.items() if key not in going_on)
    at = lab.clock.now()
    return Costs(lab.student, lab.region, at, since, next_morning(at), spent, running)


def so_far(lab: Lab) -> Costs:
    """Return what has been spent since the lab was opened: shown, a notebook's last line."""
    return now(lab, since=lab.opened)


def next_morning(at: float) -> float:
    """Return when it will next be morning, where this machine is; seconds since the epoch."""
    local = datetime.fromtimestamp(at)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return (morning if local < morning else morning + timedelta(days=1)).timestamp()


def _ended(lab: Lab, since: float) -> Iterator[Built]:
    yield from built_in_this_chapter(lab, since=since)
    for arn in started_jobs.since(lab, since):
        kind, _, name = arn.rpartition(":")[2].partition("/")
        yield describe_job(lab, kind, name)


def _running(lab: Lab) -> tuple[Running, ...]:
    found = resources.find_running(lab)
    # The alarm of an endpoint that is not an hour old says nothing yet.
    old = lab.clock.now() - idle.SECONDS
    of_age = [each.name for each in found if each.kind == ENDPOINT and each.began <= old]
    without_requests = idle.find_idle(lab, of_age)
    return tuple(
        Running(
            *(each.kind, each.name, each.instance_type, each.usd_per_hour, each.began),
            expires=expiry.scheduled_at(lab, each.name) if each.kind == ENDPOINT else None,
            is_idle=each.kind == ENDPOINT and each.name in without_requests,
        )
        for each in found
    )
