"""Metrics read from log lines."""

from __future__ import annotations

from mllab_localaws.sagemaker.metrics import LONGEST_LINE, MetricReader, xgboost_definitions

LINE = "[{round}]#011train-rmse:{train}#011validation-rmse:{validation}"


def values(reader: MetricReader) -> dict[str, float]:
    return {each["MetricName"]: each["Value"] for each in reader.final}


def test_the_last_value_of_each_metric_that_matched_is_final() -> None:
    reader = MetricReader(xgboost_definitions({}))
    reader.read([LINE.format(round=0, train="1.5e+06", validation="2.25")], time=10.0)
    reader.read([LINE.format(round=1, train="-0.5", validation="1.75"), "Train matrix has 3 rows"], time=20.0)
    assert values(reader) == {"train:rmse": -0.5, "validation:rmse": 1.75}
    assert {each["Timestamp"] for each in reader.final} == {20.0}


def test_a_metric_whose_name_ends_like_another_one_is_not_mistaken_for_it() -> None:
    reader = MetricReader(xgboost_definitions({}))
    reader.read(["[0]#011train-mlogloss:0.5#011train-merror:0.25"], time=1.0)
    assert values(reader) == {"train:mlogloss": 0.5, "train:merror": 0.25}


def test_the_jobs_own_metrics_are_among_the_forty_definitions_whatever_their_form() -> None:
    for asked in ("f1_macro,accuracy", '["f1_macro", "accuracy"]', "f1_macro , accuracy"):
        names = [each["Name"] for each in xgboost_definitions({"eval_metric": asked})]
        assert names[:4] == ["train:f1_macro", "validation:f1_macro", "train:accuracy", "validation:accuracy"]
        assert len(names) == len(set(names)) == 40


def test_very_long_lines_are_searched_up_to_a_limit() -> None:
    reader = MetricReader([{"Name": "a", "Regex": "a=([0-9]+)"}])
    reader.read(["a=1" + " " * LONGEST_LINE + "a=2", " " * LONGEST_LINE + "a=3"], time=1.0)
    assert values(reader) == {"a": 1.0}


def test_what_is_no_number_is_ignored() -> None:
    reader = MetricReader([{"Name": "a", "Regex": "a=(.*)"}, {"Name": "b", "Regex": "b(=[0-9]+)?"}])
    reader.read(["a=many", "b"], time=1.0)
    assert reader.final == []
