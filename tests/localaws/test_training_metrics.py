"""Metrics read from log lines."""

from __future__ import annotations

from contextlib import closing

import pytest

from mllab_localaws.sagemaker.metrics import LONGEST_LINE, MetricReader, check, xgboost_definitions
from mllab_localaws.wire.errors import AwsError

LINE = "[{round}]#011train-rmse:{train}#011validation-rmse:{validation}"


def values(reader: MetricReader) -> dict[str, float]:
    return {each["MetricName"]: each["Value"] for each in reader.final}


def test_the_last_value_of_each_metric_that_matched_is_final() -> None:
    with closing(MetricReader(xgboost_definitions({}))) as reader:
        reader.read([LINE.format(round=0, train="1.5e+06", validation="2.25")], time=10.0)
        reader.read(
            [LINE.format(round=1, train="-0.5", validation="1.75"), "Train matrix has 3 rows"], time=20.0
        )
        assert values(reader) == {"train:rmse": -0.5, "validation:rmse": 1.75}
        assert {each["Timestamp"] for each in reader.final} == {20.0}


def test_a_metric_whose_name_ends_like_another_one_is_not_mistaken_for_it() -> None:
    with closing(MetricReader(xgboost_definitions({}))) as reader:
        reader.read(["[0]#011train-mlogloss:0.5#011train-merror:0.25"], time=1.0)
        assert values(reader) == {"train:mlogloss": 0.5, "train:merror": 0.25}


def test_the_jobs_own_metrics_are_among_the_forty_definitions_whatever_their_form() -> None:
    for asked in ("f1_macro,accuracy", '["f1_macro", "accuracy"]', "f1_macro , accuracy"):
        names = [each["Name"] for each in xgboost_definitions({"eval_metric": asked})]
        assert names[:4] == ["train:f1_macro", "validation:f1_macro", "train:accuracy", "validation:accuracy"]
        assert len(names) == len(set(names)) == 40


def test_very_long_lines_are_searched_up_to_a_limit() -> None:
    with closing(MetricReader([{"Name": "a", "Regex": "a=([0-9]+)"}])) as reader:
        reader.read(["a=1" + " " * LONGEST_LINE + "a=2", " " * LONGEST_LINE + "a=3"], time=1.0)
        assert values(reader) == {"a": 1.0}


def test_what_is_no_number_is_ignored() -> None:
    with closing(
        MetricReader([{"Name": "a", "Regex": "a=(.*)"}, {"Name": "b", "Regex": "b(=[0-9]+)?"}])
    ) as reader:
        reader.read(["a=many", "b"], time=1.0)
        assert reader.final == []


def test_an_expression_that_takes_too_long_is_given_up_and_the_log_says_so() -> None:
    hostile = "(?:a+)+$(.)"
    definitions = [{"Name": "slow", "Regex": hostile}, {"Name": "loss", "Regex": "loss=([0-9.]+)"}]
    with closing(MetricReader(definitions)) as reader:
        notes = reader.read(["loss=2", "a" * 60 + "b"], time=1.0)
        assert values(reader) == {"loss": 2.0}
        assert notes == [
            f'Metric "slow" is looked for no longer. Its Regex {hostile}: '
            "first_groups took more than 1 s of CPU time"
        ]
        assert reader.read(["loss=1", "a" * 60 + "b"], time=2.0) == []
        assert values(reader) == {"loss": 1.0}


def test_sagemakers_own_expressions_take_no_time_over_long_lines_without_metrics() -> None:
    with closing(MetricReader(xgboost_definitions({}))) as reader:
        assert reader.read(["x" * LONGEST_LINE, "[7]" * LONGEST_LINE] * 100, time=1.0) == []


def test_an_expression_begins_wherever_it_fits() -> None:
    definitions = [
        {"Name": "last", "Regex": ".*a=([0-9])"},
        {"Name": "either", "Regex": ".*z(1)|b=([0-9])"},
        {"Name": "second", "Regex": "(?:.*z|b=)([0-9])"},
    ]
    with closing(MetricReader(definitions)) as reader:
        reader.read(["x a=1 a=2 b=3"], time=1.0)
        assert values(reader) == {"last": 2.0, "second": 3.0}


@pytest.mark.parametrize("expression", ["(a", "(a){99999999999999}"])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(AwsError, match="no regular expression") as refused:
        check([{"Name": "a", "Regex": expression}])
    assert refused.value.code == "ValidationException"
