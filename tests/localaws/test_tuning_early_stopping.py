"""The median rule, and the values that it is fed with."""

from __future__ import annotations

from contextlib import closing

import pytest

from mllab_localaws.sagemaker.metric_histories import MetricHistories
from mllab_localaws.sagemaker.metrics import MetricReader
from mllab_localaws.sagemaker.tuning_early_stopping import is_hopeless

# Running averages after two epochs: 3, 5 and 7.
EARLIER = [[4.0, 2.0, 0.0], [6.0, 4.0], [8.0, 6.0, 1.0]]


@pytest.mark.parametrize(
    ("values", "maximize", "hopeless"),
    [
        ([9.0, 5.1], False, True),
        ([9.0, 5.0], False, False),
        ([0.0, 4.9], True, True),
        ([0.0, 5.0], True, False),
        ([], False, False),
    ],
)
def test_the_latest_value_is_held_against_the_median_of_running_averages(
    values: list[float], maximize: bool, hopeless: bool
) -> None:
    assert is_hopeless(values, EARLIER, maximize=maximize) is hopeless


def test_jobs_that_ended_before_this_epoch_have_no_say_and_two_are_too_few() -> None:
    assert not is_hopeless([9.0, 9.0, 9.0], EARLIER, maximize=False)
    assert is_hopeless([9.0, 9.0, 9.0], [*EARLIER, [1.0, 1.0, 1.0]], maximize=False)


def test_followed_jobs_keep_every_value_of_their_metric_and_others_nothing() -> None:
    histories = MetricHistories()
    histories.follow("us-east-1", "job", "score")
    definitions = [{"Name": name, "Regex": f"{name}=([0-9.]+)"} for name in ("score", "other")]
    for job in ("job", "stranger"):
        with closing(MetricReader(definitions, histories.listener("us-east-1", job))) as reader:
            reader.read(["score=1 other=5", "nothing", "score=2"], 0.0)
    assert histories.values("us-east-1", "job") == [1.0, 2.0]
    assert histories.values("us-east-1", "stranger") == []
    histories.forget("us-east-1", "job")
    assert histories.values("us-east-1", "job") == []
