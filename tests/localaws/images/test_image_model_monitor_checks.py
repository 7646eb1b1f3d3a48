"""The analyzer's checks: violations, distances against exact ones, captured data, scripts, metrics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datasketches
import numpy as np
import pytest
from monitor_jobs import CAPTURE, Monitor, captured, csv
from scipy import stats

from mllab_localaws.images.model_monitor import drift, sketch

SCRIPTS = "/opt/ml/processing/input/scripts"


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    return Monitor(tmp_path / "ml")


# distances


def exact(first: Any, second: Any) -> float:
    return float(stats.ks_2samp(first, second).statistic)


@pytest.mark.parametrize(("n", "m", "shift"), [(500, 700, 0.3), (20_000, 300, 0.1), (50_000, 40_000, 0.02)])
def test_the_distance_of_two_sketches_is_close_to_the_exact_one(n: int, m: int, shift: float) -> None:
    random = np.random.default_rng(n)
    first, second = random.normal(size=n), random.normal(shift, size=m)
    distance = drift.numerical(sketch.of(first), sketch.of(second), robust=False)
    assert distance == pytest.approx(exact(first, second), abs=0.001)
    corrected = distance - 1.8 * np.sqrt((n + m) / (n * m))
    assert drift.numerical(sketch.of(first), sketch.of(second), robust=True) == pytest.approx(
        max(0.0, corrected)
    )


def test_a_sketch_is_as_good_as_apache_datasketches_own() -> None:
    numbers = np.random.default_rng(3).lognormal(size=40_000)
    own, library = sketch.of(numbers), datasketches.kll_doubles_sketch(sketch.K)
    library.update(numbers)
    points = np.quantile(numbers, np.linspace(0, 1, 101))
    true = np.searchsorted(np.sort(numbers), points, side="right") / len(numbers)
    bound = library.normalized_rank_error(False)
    assert np.abs(own.cdf(points) - true).max() < bound
    theirs = np.array([library.get_rank(point, True) for point in points])
    assert np.abs(own.cdf(points) - theirs).max() < 2 * bound
    assert own.count == len(numbers)
    assert len(own.values) < 2 * sketch.K


def test_a_sketch_of_few_values_is_exact() -> None:
    numbers = np.array([3.0, 1.0, 2.0, 2.0])
    assert sketch.of(numbers).cdf(np.array([0.0, 1.0, 2.0, 9.0])).tolist() == [0, 0.25, 0.75, 1]


def test_the_distance_of_categories_is_the_largest_difference_of_a_share() -> None:
    assert drift.categorical({"a": 5, "c": 5}, {"a": 90, "b": 10}, robust=False) == pytest.approx(0.5)


def test_chi_squared_is_scipys_when_no_category_is_rare() -> None:
    now, before = {"a": 30.0, "b": 50.0, "c": 20.0}, {"a": 400.0, "b": 350.0, "c": 250.0}
    expected = stats.chisquare([30, 50, 20], [40, 35, 25])
    assert drift.chi_squared(now, before) == pytest.approx((expected.statistic, expected.pvalue))


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ({"new": 50.0}, {"a": 99.0, "b": 1.0}),
        ({"a": 3.0}, {"a": 1.0, "b": 1.0}),
        ({"a": 50.0, "x": 1.0}, {"a": 50.0}),
    ],
)
def test_chi_squared_survives_rare_and_unknown_categories(
    now: dict[str, float], before: dict[str, float]
) -> None:
    statistic, p_value = drift.chi_squared(now, before)
    assert np.isfinite(statistic)
    assert 0 <= p_value <= 1


# checks


def normal(seed: int, shift: float = 0.0, size: int = 3000) -> Any:
    return np.random.default_rng(seed).normal(shift, size=size).round(4)


def test_data_like_the_baseline_have_no_violations(monitor: Monitor) -> None:
    monitor.baseline(csv(["a", "b"], normal(1), ["x", "y", "z"] * 1000))
    done = monitor.check(csv(["a", "b"], normal(2, size=600), ["x", "y", "z"] * 200))
    assert done.violations == []
    assert done.message == "Completed: Job completed successfully with no violations."
    assert done.report("constraint_violations") == {"violations": []}


def test_a_shifted_column_drifts_by_the_exact_distance(monitor: Monitor) -> None:
    before, now = normal(1), normal(2, 1.0, 600)
    monitor.baseline(csv(["a", "b"], before, normal(3)))
    done = monitor.check(csv(["a", "b"], now, normal(4, size=600)))
    assert done.violations == [("a", "baseline_drift_check")]
    assert done.message == "CompletedWithViolations: Job completed successfully with 1 violations."
    said = done.description("baseline_drift_check")
    assert said.startswith("Baseline drift distance: ")
    assert said.endswith(" exceeds threshold: 0.1")
    distance = float(said.split(" distance: ")[1].split()[0])
    assert distance == pytest.approx(exact(before, now) - 1.8 * np.sqrt(3600 / (3000 * 600)), abs=0.001)


def test_the_simple_method_does_not_forgive_small_samples(monitor: Monitor) -> None:
    monitor.baseline(csv(["a"], normal(1)))
    few = csv(["a"], normal(2, 0.3, 20))
    assert monitor.check(few).violations == []
    monitor.configure(distribution_constraints={"comparison_method": "Simple"})
    assert monitor.check(few).violations == [("a", "baseline_drift_check")]


def test_the_threshold_is_the_baselines(monitor: Monitor) -> None:
    monitor.baseline(csv(["a"], normal(1)))
    monitor.configure(distribution_constraints={"comparison_threshold": 0.9})
    assert monitor.check(csv(["a"], normal(2, 1.0))).violations == []
    monitor.configure(
        distribution_constraints={"comparison_threshold": 0.1, "perform_comparison": "Disabled"}
    )
    assert monitor.check(csv(["a"], normal(2, 1.0))).violations == []


def test_text_in_a_column_of_numbers_is_a_wrong_data_type(monitor: Monitor) -> None:
    monitor.baseline(csv(["a"], range(100)))
    done = monitor.check(csv(["a"], [*range(99), "many"]))
    assert ("a", "data_type_check") in done.violations
    assert done.description("data_type_check") == (
        "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
        "Observed: Only 99.0% of data is Integral."
    )
    monitor.configure(datatype_check_threshold=0.9)
    assert monitor.check(csv(["a"], [*range(99), "many"])).violations == []


def test_whole_numbers_among_fractions_are_no_wrong_data_type(monitor: Monitor) -> None:
    monitor.baseline(csv(["a"], [0.5, 1.5, 2.5]))
    assert monitor.check(csv(["a"], [1, 2, 2.5])).violations == []


def test_missing_values_are_a_lack_of_completeness(monitor: Monitor) -> None:
    monitor.baseline(csv(["a", "b"], [1, 2, 3, 4], [1, "", "", 1]))
    done = monitor.check(csv(["a", "b"], [1, "", 3, 4], [1, "", 1, 1]))
    assert done.violations == [("a", "completeness_check")]
    assert done.description("completeness_check") == "Value: 0.75 does not meet the constraint requirement!"


def test_an_unknown_category_is_a_violation(monitor: Monitor) -> None:
    monitor.baseline(csv(["a"], ["x", "y"] * 50))
    done = monitor.check(csv(["a"], ["x", "y"] * 48 + ["z"] * 4))
    assert done.violations == [("a", "categorical_values_check")]
    assert (
        done.description("categorical_values_check")
        == "Value: 0.96 does not meet the constraint requirement!"
    )


@pytest.mark.parametrize("method", ["LInfinity", "ChiSquared"])
def test_other_shares_of_the_same_categories_are_drift(monitor: Monitor, method: str) -> None:
    monitor.baseline(csv(["a"], ["x", "y"] * 500), categorical_drift_method=method)
    assert monitor.check(csv(["a"], ["x", "y"] * 200)).violations == []
    assert monitor.check(csv(["a"], ["x"] * 350 + ["y"] * 50)).violations == [("a", "baseline_drift_check")]


def test_columns_that_are_missing_or_added_are_counted(monitor: Monitor) -> None:
    monitor.baseline(csv(["a", "b"], [1, 2], [3, 4]))
    done = monitor.check(csv(["a"], [1, 2]))
    assert done.violations == [("Missing columns", "missing_column_check")]
    assert done.description("missing_column_check").endswith(
        "Number of columns in current dataset: 1, Number of columns in baseline constraints: 2"
    )
    done = monitor.check(csv(["a", "b", "c"], [1, 2], [3, 4], [5, 6]))
    assert done.violations == [("Extra columns", "extra_column_check")]


def test_a_baseline_of_constant_empty_and_text_columns_accepts_its_own_data(monitor: Monitor) -> None:
    data = csv(["a", "b", "c"], [7] * 40, [""] * 40, [f"text {i}" for i in range(40)])
    monitor.baseline(data)
    assert monitor.check(data).violations == []
    assert monitor.check(csv(["a", "b", "c"], [8] * 40, [1] * 40, ["other"] * 40)).violations == [
        ("a", "baseline_drift_check")
    ]


def test_a_column_that_is_now_empty_lacks_completeness_and_nothing_else(monitor: Monitor) -> None:
    monitor.baseline(csv(["a", "b"], [1, 2], [1, 2]))
    assert monitor.check(csv(["a", "b"], [1, 2], ["", ""])).violations == [("b", "completeness_check")]


def test_a_feature_may_override_the_configuration(monitor: Monitor) -> None:
    monitor.baseline(csv(["a", "b"], normal(1), normal(2)))
    path = monitor.root / "processing" / "input" / "baseline" / "constraints.json"
    document = json.loads(path.read_text())
    loose = {"distribution_constraints": {"comparison_threshold": 0.99}}
    document["features"][0]["monitoring_config_overrides"] = loose
    path.write_text(json.dumps(document))
    done = monitor.check(csv(["a", "b"], normal(3, 1.0), normal(4, 1.0)))
    assert done.violations == [("b", "baseline_drift_check")]


def test_constraints_that_are_not_evaluated_find_nothing(monitor: Monitor) -> None:
    monitor.baseline(csv(["a"], normal(1)))
    monitor.configure(evaluate_constraints="Disabled")
    assert monitor.check(csv(["a"], normal(2, 3.0))).violations == []


def test_without_statistics_no_distribution_is_compared(monitor: Monitor) -> None:
    monitor.baseline(csv(["a"], normal(1)))
    assert monitor.check(csv(["a"], normal(2, 3.0)), baseline_statistics="").violations == []


# captured data


def test_captured_rows_have_the_prediction_first_and_the_baselines_names(monitor: Monitor) -> None:
    monitor.baseline(csv(["price", "rooms"], normal(1, 5), [1, 2, 3] * 1000))
    lines = [
        captured(f"{rooms}\n", f"{price}")
        for price, rooms in zip(normal(2, 5, 600), [1, 2, 3] * 200, strict=True)
    ]
    done = monitor.check("".join(lines), CAPTURE)
    assert done.violations == []
    assert [each["name"] for each in done.report("statistics")["features"]] == ["price", "rooms"]


@pytest.mark.parametrize("answer", ["10\n20\n", "10,20"])
def test_a_request_of_several_rows_is_several_rows(monitor: Monitor, answer: str) -> None:
    done = monitor.run(captured("1,2\n3,4\n", answer), CAPTURE)
    means = [each["numerical_statistics"]["mean"] for each in done.report("statistics")["features"]]
    assert means == [15, 2, 3]
    assert done.report("statistics")["dataset"] == {"item_count": 2}


def test_requests_without_answers_are_read_alone(monitor: Monitor) -> None:
    done = monitor.run(captured("1,2", None) + captured("3,4", None), CAPTURE)
    assert [each["name"] for each in done.report("statistics")["features"]] == ["_c0", "_c1"]


def test_captured_json_keeps_its_names(monitor: Monitor) -> None:
    done = monitor.run(captured('{"rooms": 3}', '{"price": 10.5}', "JSON"), CAPTURE)
    assert [each["name"] for each in done.report("statistics")["features"]] == ["price", "rooms"]


def test_a_request_with_too_few_values_lacks_them_and_does_not_blind_the_monitor(monitor: Monitor) -> None:
    monitor.baseline(csv(["p", "a", "b"], [1, 2], [3, 4], [5, 6]))
    lines = captured("3,5", "1") + captured("4", "2")
    assert ("b", "completeness_check") in monitor.check(lines, CAPTURE).violations


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("\n", "is empty: it has no rows"),
        ("{}\n", "line 1: this is no captured record"),
        (captured("AAA=", "BBB=", "BASE64"), "CaptureContentTypeHeader"),
        (captured("1", "2", "JSON", input_encoding="CSV"), "Encoding mismatch: Encoding is CSV"),
        (captured("1\n2\n3", "1\n2"), "answer and request have 2 and 3 rows"),
        (captured("{", "{}", "JSON"), "the captured data are not JSON"),
        (captured("1", "2") + captured('{"a": 1}', '{"b": 1}', "JSON"), "keep to one"),
    ],
)
def test_captured_data_that_cannot_be_rows_end_the_job_with_a_sentence(
    monitor: Monitor, lines: str, text: str
) -> None:
    done = monitor.run(lines, CAPTURE)
    assert done.code == 255
    assert text in done.message
    assert "Traceback" not in done.log


# scripts


def with_script(monitor: Monitor, code: str, lines: str, kind: str = "record_preprocessor_script") -> Any:
    monitor.put("scripts/own.py", code)
    return monitor.run(lines, CAPTURE, **{kind: f"{SCRIPTS}/own.py"})


def test_a_preprocessor_sees_the_record_and_returns_named_columns(monitor: Monitor) -> None:
    code = (
        "import json\n"
        "def preprocess_handler(inference_record, logger):\n"
        "    logger.info('saw one')\n"
        "    inputs = json.loads(inference_record.endpoint_input.data)\n"
        "    return {**inputs, 'price': inference_record.endpoint_output.data.strip(),\n"
        "            'custom': inference_record.event_metadata.custom_attributes[0]}\n"
    )
    done = with_script(monitor, code, captured('{"rooms": 3}', "10\n", "JSON"))
    assert [each["name"] for each in done.report("statistics")["features"]] == ["rooms", "price", "custom"]
    assert "saw one" in done.log


def test_a_preprocessor_may_return_several_rows_or_none(monitor: Monitor) -> None:
    code = (
        "def preprocess_handler(record):\n"
        "    data = record.endpoint_input.data\n"
        "    return [] if data == '0' else [{'a': data}, {'a': data}]\n"
    )
    done = with_script(monitor, code, captured("0", "0") + captured("1", "1"))
    assert done.report("statistics")["dataset"] == {"item_count": 2}


def test_numbered_columns_of_a_preprocessor_get_the_baselines_names_in_order(monitor: Monitor) -> None:
    monitor.baseline(csv(["p", *"abcdefghij"], *([i, i] for i in range(11))))
    monitor.put(
        "scripts/own.py",
        "def preprocess_handler(record):\n"
        "    values = (record.endpoint_output.data + ',' + record.endpoint_input.data).split(',')\n"
        "    return {str(i).zfill(20): value for i, value in enumerate(values)}\n",
    )
    line = captured(",".join(map(str, range(1, 11))), "0")
    done = monitor.check(line, CAPTURE, record_preprocessor_script=f"{SCRIPTS}/own.py")
    assert done.feature("j")["numerical_statistics"]["mean"] == 10


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("def other(): pass", "own.py has no function preprocess_handler"),
        ("def preprocess_handler(record): return 1 / 0", "preprocess_handler failed: ZeroDivisionError"),
        (
            "def preprocess_handler(record): return record.nothing",
            "preprocess_handler failed: AttributeError",
        ),
        ("def preprocess_handler(record): return 'text'", "expected a JSON object, found str"),
        ("import nothing_like_this", "own.py cannot be loaded: ModuleNotFoundError"),
        ("def preprocess_handler(", "own.py cannot be loaded: SyntaxError"),
        ("def preprocess_handler(record): return []", "is empty: it has no rows"),
    ],
)
def test_a_preprocessor_that_fails_ends_the_job_with_a_sentence(
    monitor: Monitor, code: str, text: str
) -> None:
    done = with_script(monitor, code, captured("1", "2"))
    assert done.code == 255
    assert text in done.message


def test_a_postprocessor_runs_after_the_reports_are_written(monitor: Monitor) -> None:
    code = (
        "import os\n"
        "def postprocess_handler():\n"
        f"    print('reports', sorted(os.listdir({str(monitor.root / 'processing' / 'output')!r})))\n"
    )
    done = with_script(monitor, code, captured("1", "2"), "post_analytics_processor_script")
    assert "reports ['constraints.json', 'statistics.json']" in done.log


# metrics


def test_a_scheduled_job_writes_its_metrics_for_cloudwatch(monitor: Monitor) -> None:
    monitor.baseline(csv(["p", "a"], [1, 2, 3], ["x", "x", "y"]))
    environment = {
        "publish_cloudwatch_metrics": "Enabled",
        "sagemaker_endpoint_name": "houses",
        "sagemaker_monitoring_schedule_name": "hourly",
        "end_time": "2026-11-24T10:00:00Z",
    }
    lines = captured("x", "1") + captured("x", "5")
    done = monitor.check(lines, CAPTURE, **environment)
    assert [metric["MetricName"] for metric in done.metrics] == [
        "feature_data_p",
        "feature_non_null_p",
        "feature_baseline_drift_p",
        "feature_non_null_a",
    ]
    first, second = done.metrics[:2]
    assert first["StatisticValues"] == {"Maximum": 5, "Minimum": 1, "Sum": 6, "SampleCount": 2}
    assert second["Value"] == 2
    assert first["Timestamp"] == "2026-11-24T10:00:00Z"
    assert first["Dimensions"] == [
        {"Name": "Endpoint", "Value": "houses"},
        {"Name": "MonitoringSchedule", "Value": "hourly"},
    ]


def test_metrics_can_be_switched_off_by_the_baseline(monitor: Monitor) -> None:
    monitor.baseline("p\n1\n")
    monitor.configure(emit_metrics="Disabled")
    assert monitor.check("p\n1\n", publish_cloudwatch_metrics="Enabled").metrics == []
