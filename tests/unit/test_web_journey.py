"""The journey of a request: what each part says, put together and drawn."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from mllab_helpers import plots_api, texts, web_journey
from mllab_helpers.errors import TookTooLong
from mllab_helpers.web_calls import Answer
from mllab_helpers.web_errors import TooFewCalls
from mllab_helpers.web_function import Report
from mllab_helpers.web_journey import Journey

NOW = datetime(2027, 1, 15, tzinfo=timezone.utc)


@pytest.fixture
def answers(monkeypatch):
    """What the API answers, one after the other."""
    given = [Answer(200, "{}", ms, f"r{ms}") for ms in (30.0, 50.0, 40.0)]
    monkeypatch.setattr(web_journey, "post", lambda *_, **__: given.pop(0))
    return given


def measure(lab):
    facts = {"key": "k", "function": "f", "endpoint": "e", "count": 3, "per_second": 1.0}
    return web_journey.measure_journey(lab, "http://x/predict", {}, **facts)


def points(count, *medians):
    counted = [{"Timestamp": NOW, "SampleCount": count}]
    middle = [{"Timestamp": NOW, "ExtendedStatistics": {"p50": value}} for value in medians]
    return [{"Datapoints": counted}, {"Datapoints": middle}]


def test_each_part_is_the_median_of_what_it_says_itself(lab, stub, answers, monkeypatch):
    reports = {f"r{ms}": Report(ms / 2, None) for ms in (30.0, 50.0, 40.0)}
    monkeypatch.setattr(web_journey, "read_reports", lambda *_: {**reports, "another": Report(999, None)})
    metrics = stub("cloudwatch")
    metrics.add_response("get_metric_statistics", {"Datapoints": []})
    for page in (*points(3, 35.0, 37.0), *points(3, 30.0), *points(7, 1500.0)):
        metrics.add_response("get_metric_statistics", page)
    assert measure(lab) == Journey(40.0, 36.0, 30.0, 20.0, 1.5, 3)
    assert answers == []


def test_without_a_single_price_there_is_nothing_to_measure(lab, answers):
    answers[:] = [Answer(429, "{}")] * 3
    with pytest.raises(TooFewCalls):
        measure(lab)


def test_log_lines_that_never_come_end_the_wait(lab, stub, answers, monkeypatch):
    assert answers
    monkeypatch.setattr(web_journey, "read_reports", lambda *_: {})
    metrics = stub("cloudwatch")
    for page in (*points(3, 35.0), *points(3, 30.0)):
        metrics.add_response("get_metric_statistics", page)
    with pytest.raises(TookTooLong, match="/aws/lambda/f"):
        measure(lab)


def test_the_picture_says_the_milliseconds_that_it_shows():
    texts.use("en")
    picture = plots_api.request_journey(Journey(40.0, 36.0, 30.0, 20.0, 1.5, 3))
    for number in ("median of 3", "40.0 ms", "36.0 ms", "30.0 ms", "20.0 ms", "1.5 ms"):
        assert number in str(picture)
    assert picture.png().startswith(b"\x89PNG")
