"""The analyzer's baseline job: statistics and suggested constraints, good and bad data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from monitor_jobs import CSV, Monitor, csv


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    return Monitor(tmp_path / "ml")


def test_statistics_describe_numbers_texts_and_empty_columns(monitor: Monitor) -> None:
    done = monitor.run("a,b,c,d\n1,0.5,x,\n2,1.5,y,\n3,,x,\n4,2.5,x,\n")
    assert (done.code, done.message) == (0, "Completed: Job completed successfully with no violations.")
    assert done.report("statistics")["dataset"] == {"item_count": 4}
    whole = done.feature("a")
    assert whole["inferred_type"] == "Integral"
    numerical = whole["numerical_statistics"]
    assert numerical["common"] == {"num_present": 4, "num_missing": 0}
    assert [numerical[name] for name in ("mean", "sum", "min", "max")] == [2.5, 10, 1, 4]
    assert numerical["std_dev"] == pytest.approx(np.std([1, 2, 3, 4]))
    broken = done.feature("b")
    assert broken["inferred_type"] == "Fractional"
    assert broken["numerical_statistics"]["common"] == {"num_present": 3, "num_missing": 1}
    text = done.feature("c")
    assert text["inferred_type"] == "String"
    assert text["string_statistics"]["distinct_count"] == 2
    assert done.feature("d") == {"name": "d", "inferred_type": "Unknown"}


def test_a_numeric_column_has_ten_buckets_of_equal_width_that_hold_all_values(monitor: Monitor) -> None:
    numbers = np.random.default_rng(0).normal(size=5000).round(3)
    done = monitor.run(csv(["a"], numbers))
    buckets = done.feature("a")["numerical_statistics"]["distribution"]["kll"]["buckets"]
    counts, bounds = np.histogram(numbers, bins=10)
    assert [bucket["count"] for bucket in buckets] == counts.tolist()
    assert [bucket["lower_bound"] for bucket in buckets] == pytest.approx(bounds[:-1])
    assert buckets[-1]["upper_bound"] == numbers.max()


def test_constraints_are_what_the_data_meet(monitor: Monitor) -> None:
    done = monitor.run(csv(["a", "b", "c", "d"], [1, 2, 3, 4], [-1, 0, "", 1], ["x", "y"] * 2, list("pqrs")))
    assert done.report("constraints")["features"] == [
        {
            "name": "a",
            "inferred_type": "Integral",
            "completeness": 1.0,
            "num_constraints": {"is_non_negative": True},
        },
        {
            "name": "b",
            "inferred_type": "Integral",
            "completeness": 0.75,
            "num_constraints": {"is_non_negative": False},
        },
        {
            "name": "c",
            "inferred_type": "String",
            "completeness": 1.0,
            "string_constraints": {"domains": ["x", "y"]},
        },
        {"name": "d", "inferred_type": "String", "completeness": 1.0},
    ]
    assert done.report("constraints")["monitoring_config"] == {
        "evaluate_constraints": "Enabled",
        "emit_metrics": "Enabled",
        "datatype_check_threshold": 1.0,
        "domain_content_threshold": 1.0,
        "distribution_constraints": {
            "perform_comparison": "Enabled",
            "comparison_threshold": 0.1,
            "comparison_method": "Robust",
            "categorical_comparison_threshold": 0.1,
            "categorical_drift_method": "LInfinity",
        },
    }


def test_a_constant_column_is_described(monitor: Monitor) -> None:
    numerical = monitor.run("a\n7\n7\n7\n").feature("a")["numerical_statistics"]
    assert (numerical["std_dev"], numerical["min"], numerical["max"]) == (0, 7, 7)
    assert sum(bucket["count"] for bucket in numerical["distribution"]["kll"]["buckets"]) == 3


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2"], "Integral"),
        (["-1", "+2"], "Integral"),
        (["1.0", "2.0"], "Fractional"),
        (["1", "2.5"], "Fractional"),
        (["1e3", "2"], "Fractional"),
        (["1", "two"], "String"),
        (["true", "false"], "String"),
        (["inf", "1"], "String"),
        (["nan", "1"], "Integral"),
        (["2014-05-02", "2014-05-03"], "String"),
    ],
)
def test_a_columns_type_is_the_one_that_all_its_values_have(
    monitor: Monitor, values: list[str], kind: str
) -> None:
    assert monitor.run(csv(["a"], values)).feature("a")["inferred_type"] == kind


def test_text_with_many_values_gets_no_domain(monitor: Monitor) -> None:
    done = monitor.run(csv(["id"], [f"house-{i // 2}" for i in range(400)]))
    assert "string_constraints" not in done.feature("id", "constraints")
    assert "distribution" not in done.feature("id")["string_statistics"]


def test_columns_without_a_header_are_numbered(monitor: Monitor) -> None:
    done = monitor.run("1,x\n2,y\n", {"csv": {"header": False}})
    assert [each["name"] for each in done.report("statistics")["features"]] == ["_c0", "_c1"]


def test_json_lines_name_their_columns_and_may_lack_values(monitor: Monitor) -> None:
    lines = '{"a": 1, "b": "x", "c": true}\n{"a": 2.5, "b": null}\n'
    done = monitor.run(lines, {"json": {"lines": True}})
    assert [each["inferred_type"] for each in done.report("statistics")["features"]] == [
        "Fractional",
        "String",
        "String",
    ]
    assert done.feature("b", "constraints")["completeness"] == 0.5


def test_several_files_are_one_data_set(monitor: Monitor) -> None:
    monitor.put("data/more/part-2.csv", "a\n3\n")
    assert monitor.run("a\n1\n2\n").report("statistics")["dataset"] == {"item_count": 3}


def test_the_drift_method_can_be_chosen_for_the_suggestion(monitor: Monitor) -> None:
    done = monitor.run("a\n1\n", categorical_drift_method="ChiSquared")
    config = done.report("constraints")["monitoring_config"]
    assert config["distribution_constraints"]["categorical_drift_method"] == "ChiSquared"


def test_the_same_data_give_the_same_reports(monitor: Monitor) -> None:
    data = csv(["a"], np.random.default_rng(1).normal(size=20_000))
    first = monitor.run(data).report("statistics")
    assert monitor.run(data).report("statistics") == first


def test_tens_of_thousands_of_rows_are_no_trouble(monitor: Monitor) -> None:
    random = np.random.default_rng(2)
    columns = [random.normal(size=30_000).round(4) for _ in range(13)]
    data = csv([f"c{i}" for i in range(13)], *columns)
    assert monitor.run(data).code == 0


# bad input


@pytest.mark.parametrize(
    ("data", "dataset_format", "text"),
    [
        (None, CSV, "has no files"),
        ("", CSV, "has no header"),
        ("\n\n", CSV, "has no header"),
        ("a,b\n", CSV, "is empty: it has no rows"),
        ("a,b\n1,2\n3\n", CSV, "data, line 3: 1 values where the header has 2"),
        ("1,2\n3,4,5\n", {"csv": {"header": False}}, "line 2: 3 values where row 1 has 2"),
        ("1,2\n3,4\n", CSV, "the first line is 1,2, which is data"),
        ("a,a\n1,2\n", CSV, "each column needs a name of its own"),
        ("a,\n1,2\n", CSV, "each column needs a name of its own"),
        (b"\xff\xfe\x00", CSV, "is not text in UTF-8"),
        ('a\n"1\n', CSV, "this is not CSV"),
        ("{\n", {"json": {"lines": True}}, "line 1: this is not JSON"),
        ("[1]\n", {"json": {"lines": True}}, "expected a JSON object, found list"),
        ('{"a": {"b": 1}}\n', {"json": {"lines": True}}, 'member "a" is not a single value'),
        ("", {"json": {"lines": True}}, "is empty: it has no rows"),
        ("a\n1\n", {"parquet": {}}, 'The dataset format "parquet"'),
        ("a\n1\n", {"json": {"lines": False}}, "one object per line"),
        ("a\n1\n", [], "dataset_format is []"),
    ],
)
def test_data_that_cannot_be_used_end_the_job_with_a_sentence(
    monitor: Monitor, data: str | bytes | None, dataset_format: object, text: str
) -> None:
    done = monitor.run(data, dataset_format)
    assert done.code == 255
    assert done.message.startswith("Error: ")
    assert text in done.message
    assert done.message in done.log
    assert "Traceback" not in done.log
    assert not (done.output / "statistics.json").exists()


@pytest.mark.parametrize(
    ("environment", "text"),
    [
        ({"dataset_source": ""}, "dataset_source is not set"),
        ({"output_path": ""}, "output_path is not set"),
        ({"dataset_format": ""}, "dataset_format is not set"),
        ({"dataset_format": "csv"}, "dataset_format is csv"),
        ({"categorical_drift_method": "Best"}, "must be one of LInfinity, ChiSquared"),
        ({"analysis_type": "MODEL_QUALITY"}, "The analysis MODEL_QUALITY"),
        ({"baseline_constraints": "/opt/ml/processing/input/no.json"}, "no.json cannot be read"),
        ({"baseline_constraints": "/opt/ml/processing/input/data/data"}, "data is no baseline"),
        ({"record_preprocessor_script": "/opt/ml/x.py"}, "A record preprocessor for csv data"),
    ],
)
def test_a_job_that_is_told_nonsense_ends_with_a_sentence(
    monitor: Monitor, environment: dict[str, str], text: str
) -> None:
    done = monitor.run("a\n1\n", **environment)
    assert done.code == 255
    assert text in done.message


def test_json_output_has_no_values_that_json_does_not_know(monitor: Monitor) -> None:
    done = monitor.run("a\n1e308\n1e308\n")
    text = (done.output / "statistics.json").read_text()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
