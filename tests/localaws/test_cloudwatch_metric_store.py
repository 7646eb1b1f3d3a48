"""The store of metrics: cheap to write, exact where few, bounded where many."""

from __future__ import annotations

import random
import sys
import threading
import time

import pytest

from mllab_localaws.cloudwatch.bucket import EXACT_VALUES, Bucket
from mllab_localaws.cloudwatch.metric_store import Metric, MetricStore, Span
from mllab_localaws.cloudwatch.statistics import parse
from mllab_localaws.cloudwatch.timeline import COARSE_SECONDS, FINE_SECONDS

NOON = 1_700_000_040
HOST = {"Host": "h", "Disk": "d"}
METRIC = Metric("us-east-1", "lab", "Load", (("Disk", "d"), ("Host", "h")))
STATISTICS = [parse(name) for name in ("SampleCount", "Sum", "Minimum", "Maximum", "p50", "p99")]


def _record(store: MetricStore, value: float, second: float) -> None:
    store.record("us-east-1", "lab", HOST, {"Load": (value, "None")}, second)


def _values(store: MetricStore, start: int, end: int) -> dict[str, float]:
    statistics = [statistic for statistic in STATISTICS if statistic]
    (point,) = store.points(METRIC, Span(start, end, end - start), statistics)
    return dict(point.values)


def test_many_values_keep_their_percentiles_about_right_and_everything_else_exactly() -> None:
    store, chance = MetricStore(), random.Random(1)
    values = sorted(chance.lognormvariate(0, 1) for _ in range(60_000))
    for index, value in enumerate(chance.sample(values, len(values))):
        _record(store, value, NOON + index % 60)
    told = _values(store, NOON, NOON + 60)
    assert (told["SampleCount"], told["Minimum"], told["Maximum"]) == (60_000, values[0], values[-1])
    assert told["Sum"] == pytest.approx(sum(values))
    for name, fraction in (("p50", 0.5), ("p99", 0.99)):
        low, high = (values[int((fraction + error) * len(values))] for error in (-0.005, 0.005))
        assert low < told[name] < high, name


def test_the_same_value_over_and_over_takes_no_room() -> None:
    once, often = Bucket(), Bucket()
    once.add(1.0)
    for _ in range(10 * EXACT_VALUES):
        often.add(1.0)
    assert list(often.distribution()) == [(1.0, 10 * EXACT_VALUES)]
    assert sys.getsizeof(once) == sys.getsizeof(often)


def test_a_merged_bucket_counts_both() -> None:
    one, other, empty = Bucket(), Bucket(), Bucket()
    for value in range(300):
        one.add(float(value))
    other.add(1000.0, 2)
    one.merge(other)
    one.merge(empty)
    assert (one.count, one.total, one.low, one.high) == (302, 44_850 + 2000, 0, 1000)
    assert sum(weight for _, weight in one.distribution()) == pytest.approx(302)


def test_old_seconds_become_minutes_and_old_minutes_are_forgotten() -> None:
    store = MetricStore()
    for second, value in ((NOON, 1.0), (NOON + 59, 3.0)):
        _record(store, value, second)
    store.tidy(NOON + 60 + FINE_SECONDS)
    told = _values(store, NOON, NOON + 60)
    assert (told["SampleCount"], told["Sum"], told["p50"]) == (2, 4, 2)
    assert list(store.latest("us-east-1")) == [METRIC]
    store.tidy(NOON + 60 + COARSE_SECONDS)
    assert store.latest("us-east-1") == {}


def test_the_order_of_dimensions_makes_no_difference() -> None:
    store = MetricStore()
    _record(store, 1.0, NOON)
    backwards = dict(reversed(HOST.items()))
    store.record("us-east-1", "lab", backwards, {"Load": (2.0, "None")}, NOON)
    assert _values(store, NOON, NOON + 1)["Sum"] == 3


def test_what_is_recorded_while_others_read_is_not_lost() -> None:
    store, each, writers = MetricStore(), 15_000, 3

    def write() -> None:
        for _ in range(each):
            _record(store, 1.0, NOON)

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        store.latest("us-east-1")
    assert _values(store, NOON, NOON + 1)["SampleCount"] == each * writers


def test_waiting_ends_when_something_arrives() -> None:
    store = MetricStore()
    store.wait(0)
    threading.Timer(0.05, _record, (store, 1.0, NOON)).start()
    began = time.monotonic()
    store.wait(20)
    assert time.monotonic() - began < 10
