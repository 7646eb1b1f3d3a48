"""How an alarm judges its datapoints: both tables of CloudWatch's documentation, and what they leave open."""

from __future__ import annotations

import pytest

from mllab_localaws.cloudwatch.evaluation import (
    ALARM,
    INSUFFICIENT_DATA,
    OK,
    TREATMENTS,
    Datapoint,
    Rules,
    evaluate,
    evaluation_range,
)

KEEP = None
VALUES = {"0": 0.0, "X": 10.0, "-": None}
# Datapoints, newest right, and the states by treatment: missing, ignore, breaching, notBreaching.
TREATMENTS_IN_TABLE = ("missing", "ignore", "breaching", "notBreaching")
THREE_OF_THREE = {
    "0 - X - X": (OK, OK, OK, OK),
    "0 - - - -": (OK, OK, OK, OK),
    "- - - - -": (INSUFFICIENT_DATA, KEEP, ALARM, OK),
    "0 X X - X": (ALARM, ALARM, ALARM, ALARM),
    "- - X - -": (ALARM, KEEP, ALARM, OK),
}
TWO_OF_THREE = {
    "0 - X - X": (ALARM, ALARM, ALARM, ALARM),
    "0 0 X 0 X": (ALARM, ALARM, ALARM, ALARM),
    "0 - X - -": (OK, OK, ALARM, OK),
    "- - - - 0": (OK, OK, ALARM, OK),
    "- - - X -": (ALARM, KEEP, ALARM, OK),
}
TABLES = [
    (to_alarm, data, treatment, state)
    for to_alarm, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for data, states in table.items()
    for treatment, state in zip(TREATMENTS_IN_TABLE, states, strict=True)
]


def _datapoints(data: str) -> list[Datapoint]:
    return [Datapoint(60 * index, VALUES[sign], 1.0) for index, sign in enumerate(data.split())]


def _rules(periods: int, to_alarm: int, treatment: str, least_count: float = 0.0) -> Rules:
    return Rules("GreaterThanThreshold", 5.0, periods, to_alarm, treatment, least_count)


@pytest.mark.parametrize(("to_alarm", "data", "treatment", "state"), TABLES)
def test_the_documented_tables(to_alarm: int, data: str, treatment: str, state: str | None) -> None:
    assert evaluate(_datapoints(data), _rules(3, to_alarm, treatment)).state == state


def test_three_periods_are_looked_for_among_five() -> None:
    assert evaluation_range(3) == 5


@pytest.mark.parametrize(
    ("data", "state"),
    [("- - - - X", KEEP), ("- - - X -", KEEP), ("- - X - -", ALARM), ("- - X - X", ALARM), ("- - X - 0", OK)],
)
def test_an_early_breaching_datapoint_waits_until_it_is_m_periods_old(data: str, state: str | None) -> None:
    assert evaluate(_datapoints(data), _rules(3, 3, "missing")).state == state


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_enough_breaching_datapoints_raise_the_alarm_whatever_is_missing(treatment: str) -> None:
    assert evaluate(_datapoints("- - X X -"), _rules(3, 2, treatment)).state == ALARM


@pytest.mark.parametrize(
    ("comparison", "breaching", "within"),
    [
        ("GreaterThanThreshold", 5.1, 5.0),
        ("GreaterThanOrEqualToThreshold", 5.0, 4.9),
        ("LessThanThreshold", 4.9, 5.0),
        ("LessThanOrEqualToThreshold", 5.0, 5.1),
    ],
)
def test_each_comparison_knows_its_side_of_the_threshold(
    comparison: str, breaching: float, within: float
) -> None:
    rules = Rules(comparison, 5.0, 1, 1, "missing")
    assert evaluate([Datapoint(0, breaching, 1)], rules).state == ALARM
    assert evaluate([Datapoint(0, within, 1)], rules).state == OK


def test_a_percentile_of_too_few_observations_keeps_the_state_when_asked_to() -> None:
    few, enough = Datapoint(0, 10.0, 999), Datapoint(0, 10.0, 1000)
    assert evaluate([few], _rules(1, 1, "missing", least_count=1000)).state is KEEP
    assert evaluate([enough], _rules(1, 1, "missing", least_count=1000)).state == ALARM
