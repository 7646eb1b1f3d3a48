"""The pictures of iteration 5: right numbers, sentences in both languages, labels where nothing is cut."""

from __future__ import annotations

from io import BytesIO

import pandas as pd
import pytest
from matplotlib.image import imread

from mllab_helpers import texts
from mllab_helpers.plots import plots_models, plots_monitoring

START = pd.Timestamp("2027-01-01", tz="UTC")


def seconds(*values):
    return [START + pd.Timedelta(seconds=value) for value in values]


METRICS = pd.DataFrame(
    {
        "time": seconds(0, 10, 30),
        "invocations": [100, 50, 10],
        "errors_4xx": [0, 40, 1],
        "errors_5xx": [0, 1, 0],
        "error_rate": [0.0, 0.8, None],
        "model_p50_ms": [1.0, 1.5, 1.2],
        "model_p99_ms": [2.0, 8.0, 3.0],
    }
)
HISTORY = pd.DataFrame(
    {
        "time": seconds(1, 12, 31),
        "previous": ["INSUFFICIENT_DATA", "OK", "ALARM"],
        "state": ["OK", "ALARM", "OK"],
        "reason": ["", "", ""],
    }
)
LEADERBOARD = pd.DataFrame({"trial": [2, 1, 3], "rmse": [90e3, 120e3, None]})
SHARES = pd.DataFrame({"rows": [10, 100], "train_rmse": [1e3, 50e3], "validation_rmse": [200e3, 110e3]})
STEPS = pd.DataFrame(
    {
        "step": ["Prepare", "Train", "Evaluate"],
        "status": ["Succeeded", "Failed", "Executing"],
        "start": seconds(0, 2, 5),
        "end": [*seconds(2, 5), pd.NaT],
        "seconds": [2.0, 3.0, None],
    }
)
VIOLATIONS = pd.DataFrame(
    {"feature": ["age", "floors", "grade"], "distance": [0.6, 0.3, None], "threshold": [0.1, 0.1, None]}
)


def every_picture():
    return {
        "endpoint": plots_monitoring.endpoint_metrics(METRICS, period=10),
        "alarm": plots_monitoring.alarm_timeline(METRICS, HISTORY, threshold=0.25, period=10),
        "tuning": plots_models.tuning(LEADERBOARD, 108e3),
        "data": plots_models.data_curve(SHARES),
        "pipeline": plots_models.pipeline_steps(STEPS),
        "violations": plots_models.violations(VIOLATIONS),
        "bias": plots_models.bias_over_time(["a", "b"], [-0.04, -0.08]),
    }


@pytest.mark.parametrize("name", sorted(every_picture()))
def test_every_picture_is_a_png_with_a_sentence_in_each_language(name):
    spanish = every_picture()[name]
    assert imread(BytesIO(spanish.png())).shape[1] == 900
    texts.use("en")
    english = every_picture()[name]
    assert english.caption != spanish.caption
    assert english.numbers == spanish.numbers


def test_requests_and_errors_are_counted_and_the_worst_interval_is_named():
    assert every_picture()["endpoint"].numbers == {"requests": 160, "errors": 42, "p99": 8}


def test_the_timeline_tells_the_worst_share_and_every_change():
    numbers = every_picture()["alarm"].numbers
    assert numbers == {"highest": 0.8, "threshold": 0.25, "changes": 3}


def test_trials_without_a_result_are_left_out():
    assert every_picture()["tuning"].numbers == {"best": 90e3, "champion": 108e3, "trials": 2}


def test_steps_that_still_run_are_left_out():
    assert every_picture()["pipeline"].numbers == {"steps": 2, "seconds": 5, "longest": 3}


def test_violations_without_a_distance_are_counted_and_not_drawn():
    assert every_picture()["violations"].numbers == {"count": 3, "largest": 0.6}
