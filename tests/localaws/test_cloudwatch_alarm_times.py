"""When an alarm changes its state, on a clock that the test turns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cloudwatch_platform import NOON, REGION, Watched, watched


@pytest.fixture
def alarms(tmp_path: Path) -> Iterator[Watched]:
    with watched(tmp_path) as made:
        yield made


def test_a_breaching_datapoint_raises_the_alarm_before_its_period_is_over(alarms: Watched) -> None:
    alarms.alarm()
    alarms.record(9.0, NOON + 12)
    assert alarms.at(12.1) == "ALARM"


def test_the_first_observations_of_a_period_raise_no_alarm_amid_normal_ones(alarms: Watched) -> None:
    alarms.alarm()
    for second in range(10):
        alarms.record(1.0, NOON + second)
    assert alarms.at(11.5) == "OK"
    alarms.record(9.0, NOON + 12)
    assert alarms.at(12.1) == "OK"


def test_an_alarm_raised_early_stands_until_its_period_is_over(alarms: Watched) -> None:
    alarms.alarm()
    alarms.record(9.0, NOON + 1)
    assert alarms.at(1.5) == "ALARM"
    for second in range(2, 10):
        alarms.record(1.0, NOON + second)
    assert [alarms.at(second) for second in (3, 8, 10.9)] == ["ALARM"] * 3
    assert alarms.at(11) == "OK"


def test_an_alarm_goes_back_to_ok_one_period_after_the_last_datapoint_when_missing_is_not_breaching(
    alarms: Watched,
) -> None:
    alarms.alarm(TreatMissingData="notBreaching")
    alarms.record(9.0, NOON + 1)
    assert [alarms.at(second) for second in (1.1, 11, 20.9, 21)] == ["ALARM", "ALARM", "ALARM", "OK"]


def test_an_ongoing_breach_does_not_flap_at_the_ends_of_periods(alarms: Watched) -> None:
    alarms.alarm(TreatMissingData="notBreaching")
    states = set()
    for tenth in range(10, 600):
        second = tenth / 10
        if second % 10 == 9:  # one observation per period, near its end
            alarms.record(9.0, NOON + second)
        states.add(alarms.at(second)) if second > 9 else alarms.at(second)
    assert states == {"ALARM"}


def test_a_sum_that_is_too_low_waits_until_its_period_is_over(alarms: Watched) -> None:
    alarms.alarm(Statistic="Sum", ComparisonOperator="LessThanThreshold")
    alarms.record(1.0, NOON + 1)
    assert alarms.at(5) == "INSUFFICIENT_DATA"
    alarms.record(9.0, NOON + 8)
    assert alarms.at(11) == "OK"
    alarms.record(1.0, NOON + 12)
    assert [alarms.at(20.9), alarms.at(21)] == ["OK", "ALARM"]


def test_two_breaching_observations_in_one_period_are_one_datapoint(alarms: Watched) -> None:
    alarms.alarm(EvaluationPeriods=2, TreatMissingData="notBreaching")
    alarms.record(9.0, NOON + 3)
    alarms.record(9.0, NOON + 8)
    assert {alarms.at(second) for second in range(3, 45)} == {"OK"}


def test_m_of_n_counts_periods(alarms: Watched) -> None:
    alarms.alarm(EvaluationPeriods=3, DatapointsToAlarm=2, TreatMissingData="notBreaching")
    alarms.record(9.0, NOON + 3)
    assert alarms.at(11) == "OK"
    alarms.record(1.0, NOON + 13)
    assert alarms.at(21) == "OK"
    alarms.record(9.0, NOON + 23)
    assert alarms.at(23.1) == "ALARM"


def test_a_period_of_a_minute_is_judged_at_full_minutes(alarms: Watched) -> None:
    alarms.alarm(Period=60)
    alarms.record(1.0, NOON + 30)
    assert [alarms.at(second) for second in (31, 60.9, 61)] == [
        "INSUFFICIENT_DATA",
        "INSUFFICIENT_DATA",
        "OK",
    ]


def test_a_longer_period_slides_by_minutes(alarms: Watched) -> None:
    alarms.alarm(Period=300, Statistic="Sum", TreatMissingData="notBreaching")
    alarms.record(3.0, NOON + 290)
    assert alarms.at(301) == "OK"
    alarms.record(3.0, NOON + 310)
    assert alarms.at(310) == "ALARM", "the two lie in one stretch of five minutes, though not from noon on"


def test_late_data_of_a_period_that_is_over_count(alarms: Watched) -> None:
    alarms.alarm(Statistic="Sum", ComparisonOperator="LessThanThreshold", TreatMissingData="breaching")
    assert alarms.at(11) == "ALARM"
    alarms.record(9.0, NOON + 5)
    assert alarms.at(12) == "OK"


def test_without_data_and_with_missing_as_missing_an_alarm_says_so(alarms: Watched) -> None:
    alarms.alarm()
    alarms.record(1.0, NOON + 1)
    assert [alarms.at(11), alarms.at(21)] == ["OK", "INSUFFICIENT_DATA"]
    assert alarms.described()["StateReason"] == "Insufficient Data: 1 datapoint was unknown."


def test_ignored_missing_data_keep_the_state(alarms: Watched) -> None:
    alarms.alarm(TreatMissingData="ignore")
    alarms.record(9.0, NOON + 1)
    assert [alarms.at(2), alarms.at(500)] == ["ALARM", "ALARM"]


def test_dimensions_that_no_metric_has_leave_the_alarm_without_data(alarms: Watched) -> None:
    alarms.alarm(Dimensions=[])
    alarms.record(9.0, NOON + 1)
    assert {alarms.at(second) for second in range(1, 40)} == {"INSUFFICIENT_DATA"}
    assert alarms.described()["StateReason"] == "Unchecked: Initial alarm creation"


def test_a_unit_that_no_datapoint_has_leaves_the_alarm_without_data(alarms: Watched) -> None:
    alarms.alarm(Unit="Seconds")
    alarms.record(9.0, NOON + 1)
    assert {alarms.at(second) for second in (2, 11, 21)} == {"INSUFFICIENT_DATA"}


def test_a_percentile_can_raise_an_alarm(alarms: Watched) -> None:
    alarms.alarm(Statistic=None, ExtendedStatistic="p90")
    for value in (1, 1, 1, 1, 9):
        alarms.record(value, NOON + 1)
    assert alarms.at(2) == "ALARM"
    assert alarms.described()["StateReasonData"].count('"statistic":"p90"') == 1


def test_a_state_that_was_set_lasts_until_the_next_evaluation(alarms: Watched) -> None:
    alarms.alarm(TreatMissingData="notBreaching")
    assert alarms.at(2) == "OK"
    alarms("SetAlarmState", AlarmName="alarm", StateValue="ALARM", StateReason="drill")
    assert [alarms.at(second) for second in (3, 10.9, 11)] == ["ALARM", "ALARM", "OK"]


def test_an_alarm_that_is_replaced_keeps_its_state_until_it_is_evaluated(alarms: Watched) -> None:
    alarms.alarm()
    alarms.record(9.0, NOON + 1)
    assert alarms.at(2) == "ALARM"
    alarms.alarm(Threshold=50.0)
    assert alarms.described()["StateValue"] == "ALARM"
    assert alarms.at(11) == "OK"


def test_a_broken_record_stops_no_other_alarm(alarms: Watched) -> None:
    alarms.alarm()
    alarms.alarm(AlarmName="a-broken-one")
    alarms.platform.store.update("alarm", REGION, "a-broken-one", Period="ten")
    alarms.record(9.0, NOON + 1)
    assert alarms.at(2) == "ALARM"
