"""The journey of a request: what each part says, put together and drawn."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from mllab_helpers import texts
from mllab_helpers.errors import TooFewRequests, TookTooLong
from mllab_helpers.plots import plots_api
from mllab_helpers.web import web_journey
from mllab_helpers.web.errors import TooManyCalls
from mllab_helpers.web.web_calls import Answer
from mllab_helpers.web.web_function import Report
from mllab_helpers.web.web_journey import Journey

NOW = datetime(2027, 1, 15, tzinfo=timezone.utc)


@pytest.fixture
def answers(monkeypatch):
    """What the API answers, one after the other."""
    given = [Answer(200, "{}", ms, f"r{ms}") for ms in (30.0, 50.0, 40.0)]
    monkeypatch.setattr(web_journey, "post", lambda *_, **__: given.pop(0))
    return given


def measure(lab, count=3):
    facts = {"key": "k", "function": "f", "endpoint": "e", "count": count, "per_second": 1.0}
    return web_journey.measure_journey(lab, "http://x/predict", {}, **facts)


def points(*counted):
    """What CloudWatch answers: of each period how many requests, and the sum of their times."""
    return {"Datapoints": [{"Timestamp": NOW, "SampleCount": n, "Sum": total} for n, total in counted]}


def test_each_part_is_the_mean_of_what_it_says_itself_since_a_period_began(
    lab, stub, answers, monkeypatch, hand_clock
):
    hand_clock.time += 12.5
    reports = {f"r{ms}": Report(ms / 2, None) for ms in (30.0, 50.0, 40.0)}
    monkeypatch.setattr(web_journey, "read_reports", lambda *_: {**reports, "another": Report(999, None)})
    metrics = stub("cloudwatch")
    pages = (
        points(),
        points((1, 35.0)),
        points((1, 35.0), (2, 76.0)),
        points((3, 90.0)),
        points((3, 4500.0)),
    )
    for page in pages:
        metrics.add_response("get_metric_statistics", page)
    assert measure(lab) == Journey(40.0, 37.0, 30.0, 20.0, 1.5, 3)
    assert hand_clock.slept[:4] == [47.5, 1.0, 1.0, 1.0]
    assert answers == []


def test_a_refused_request_spoils_the_measurement_and_says_why(lab, answers):
    answers[:] = [Answer(429, '{"message": "Too Many Requests"}')]
    with pytest.raises(TooManyCalls):
        measure(lab)


def test_nothing_cannot_be_measured(lab):
    with pytest.raises(TooFewRequests):
        measure(lab, count=0)


def test_log_lines_that_never_come_end_the_wait(lab, stub, answers, monkeypatch):
    assert answers
    monkeypatch.setattr(web_journey, "read_reports", lambda *_: {})
    metrics = stub("cloudwatch")
    for page in (points((3, 35.0)), points((3, 30.0))):
        metrics.add_response("get_metric_statistics", page)
    with pytest.raises(TookTooLong, match="/aws/lambda/f"):
        measure(lab)


def test_the_picture_says_the_milliseconds_that_it_shows():
    texts.use("en")
    picture = plots_api.request_journey(Journey(40.0, 36.0, 30.0, 20.0, 1.5, 3))
    for number in ("mean of 3", "40.0 ms", "36.0 ms", "30.0 ms", "20.0 ms", "1.5 ms"):
        assert number in str(picture)
    assert picture.png().startswith(b"\x89PNG")
