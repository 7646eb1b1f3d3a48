"""Metrics of an endpoint: asked with both dimensions, waited for, and read in units for people."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from mllab_helpers.errors import TookTooLong
from mllab_helpers.monitoring.endpoint_metrics import begin_quietly, dimensions, endpoint_metrics

MINUTE = datetime(2027, 1, 1, 12, 0, tzinfo=timezone.utc)


def answer(**series):
    results = [
        {"Id": name, "Label": name, "Timestamps": [MINUTE] * len(values), "Values": values}
        for name, values in series.items()
    ]
    empty = {"invocations", "errors_4xx", "errors_5xx", "error_rate"} | {
        "model_p50_ms",
        "model_p99_ms",
        "overhead_p50_ms",
    }
    missing = [{"Id": name, "Label": name, "Timestamps": [], "Values": []} for name in empty - set(series)]
    return {"MetricDataResults": [*results, *missing]}


def test_both_dimensions_are_named_or_nothing_would_be_found():
    assert [each["Name"] for each in dimensions("houses")] == ["EndpointName", "VariantName"]


def test_latency_comes_in_milliseconds_and_absent_errors_are_none(lab, stub):
    found = answer(invocations=[120.0], model_p50_ms=[1500.0], model_p99_ms=[9000.0])
    stub("cloudwatch").add_response("get_metric_data", found)
    table = endpoint_metrics(lab, "houses", since=MINUTE.timestamp(), requests=120)
    [row] = table.to_dict("records")
    assert (row["invocations"], row["errors_4xx"]) == (120, 0)
    assert (row["model_p50_ms"], row["model_p99_ms"]) == (1.5, 9.0)


def test_metrics_that_arrive_late_are_waited_for(lab, stub, hand_clock):
    scripted = stub("cloudwatch")
    for count in (0.0, 50.0, 120.0):
        scripted.add_response("get_metric_data", answer(invocations=[count]))
    table = endpoint_metrics(lab, "houses", since=MINUTE.timestamp(), requests=120)
    assert table["invocations"].sum() == 120
    assert len(hand_clock.slept) == 2


def test_metrics_that_never_arrive_are_said_to_be_missing(lab, monkeypatch):
    client = lab.client("cloudwatch")
    monkeypatch.setattr(client, "get_metric_data", lambda **_: answer())
    with pytest.raises(TookTooLong, match="houses"):
        endpoint_metrics(lab, "houses", since=MINUTE.timestamp(), requests=1)


def test_a_period_that_has_requests_already_is_waited_out(lab, stub, hand_clock):
    stub("cloudwatch").add_response("get_metric_data", answer(invocations=[20.0]))
    begin_quietly(lab, "houses", period=10)
    [slept] = hand_clock.slept
    assert 0 < slept <= 10
    assert hand_clock.now() % 10 == pytest.approx(0, abs=1e-6) or hand_clock.now() % 10 > 10 - 1e-6


def test_a_period_without_requests_is_begun_at_once(lab, stub, hand_clock):
    stub("cloudwatch").add_response("get_metric_data", answer())
    begin_quietly(lab, "houses", period=10)
    assert hand_clock.slept == []
