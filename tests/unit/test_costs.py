"""What the lab has cost, what runs, and until the morning."""

from __future__ import annotations

from datetime import datetime

import pytest

from mllab_helpers import prices
from mllab_helpers.costs import costs
from mllab_helpers.costs.costs import Costs, Running
from mllab_helpers.lab import ledger
from mllab_helpers.lab.built import Built, lives

HOUR = 3600.0
EVENING = datetime(2026, 11, 28, 20, 0).timestamp()


def looked_up(*running, built=(), since=0.0):
    return Costs("ana", "us-east-1", EVENING, since, costs.next_morning(EVENING), built, running)


def endpoint(**changes):
    facts = {
        "kind": "endpoint",
        "name": "mllab-ana-houses",
        "instance_type": "ml.m5.large",
        "usd_per_hour": 0.115,
        "began": EVENING - 2 * HOUR,
    }
    return Running(**{**facts, **changes})


def entries(*events):
    return [
        ledger.Entry(at, event, "", "endpoint", "e", "ml.m5.large", seconds) for at, event, seconds in events
    ]


# --- prices


def test_each_price_says_where_it_stands_and_of_when_it_is():
    price = prices.find(prices.HOSTING, "ml.m5.large")
    assert (price.usd_per_hour, price.region, price.as_of) == (0.115, "us-east-1", "2026-07-30")
    assert price.source.endswith("USE1-Host:ml.m5.large")


def test_a_region_has_its_own_price_where_the_table_knows_it():
    assert prices.per_hour(prices.TRAINING, "ml.m5.xlarge", "ap-south-1") == 0.242
    assert prices.find(prices.TRAINING, "ml.m5.xlarge", "ap-south-1").region == "ap-south-1"


def test_a_region_that_the_table_lacks_gets_the_price_of_virginia_and_is_told_so():
    assert prices.find(prices.HOSTING, "ml.m5.large", "sa-east-1").region == "us-east-1"


@pytest.mark.parametrize(
    ("use", "instance_type"), [("hosting", "ml.p5.48xlarge"), ("notebook", "ml.m5.large")]
)
def test_a_price_that_is_not_in_the_table_is_not_guessed(use, instance_type):
    assert prices.find(use, instance_type) is None


def test_a_sum_of_prices_names_their_regions_and_the_oldest_of_their_dates():
    used = [prices.find("hosting", "ml.m5.large"), None, prices.find("notebook", "ml.t3.medium", "eu-west-1")]
    assert prices.origin(used) == ("eu-west-1, us-east-1", "2023-12")


# --- sums


def test_the_morning_is_the_next_eight_o_clock():
    assert datetime.fromtimestamp(costs.next_morning(EVENING)) == datetime(2026, 11, 29, 8, 0)
    night = datetime(2026, 11, 29, 7, 59).timestamp()
    assert datetime.fromtimestamp(costs.next_morning(night)) == datetime(2026, 11, 29, 8, 0)


def test_what_runs_is_billed_from_its_beginning_and_until_the_morning():
    found = looked_up(endpoint())
    assert found.usd == pytest.approx(0.115 * 2)
    assert found.usd_until_morning == pytest.approx(0.115 * 12)


def test_what_expires_in_the_night_costs_nothing_afterwards():
    assert looked_up(endpoint(expires=EVENING + 4 * HOUR)).usd_until_morning == pytest.approx(0.115 * 4)


def test_what_should_have_gone_and_has_not_goes_on_costing():
    overdue = looked_up(endpoint(expires=EVENING - HOUR))
    assert overdue.usd == pytest.approx(0.115 * 2)
    assert overdue.usd_until_morning == pytest.approx(0.115 * 12)
    assert "caduca" not in repr(overdue)


def test_only_what_ran_since_the_notebook_was_opened_counts():
    assert looked_up(endpoint(), since=EVENING - HOUR).usd == pytest.approx(0.115)


def test_jobs_that_have_ended_are_added():
    assert looked_up(built=(Built("training-job", "j", "ml.m5.large", HOUR),)).usd == pytest.approx(0.115)


def test_a_type_without_a_price_is_named_and_not_counted():
    found = looked_up(endpoint(instance_type="ml.p5.48xlarge", usd_per_hour=None))
    assert found.usd == 0
    assert found.unknown == ("ml.p5.48xlarge",)
    assert repr(found).endswith("Sin contar ml.p5.48xlarge, de precio no conocido.")


def test_the_line_says_what_it_cost_what_runs_and_until_the_morning():
    assert repr(looked_up(endpoint())) == (
        "En AWS, desde la última limpieza: 0.23 USD. Queda encendido mllab-ana-houses: 0.115 USD por hora y, "
        "si lo dejas así, 1.38 USD hasta las 8:00 de la mañana."
    )


def test_the_line_says_when_all_of_it_expires_before_the_morning():
    expiring = endpoint(expires=EVENING + 4 * HOUR)
    assert repr(looked_up(expiring)).endswith("0.46 USD hasta que caduque, el 2026-11-29 00:00.")
    assert "caduque" not in repr(looked_up(expiring, endpoint()))
    assert "caduque" not in repr(looked_up(endpoint(expires=EVENING + 20 * HOUR)))


def test_the_line_says_that_nothing_runs():
    assert repr(looked_up(since=EVENING)) == (
        "Este cuaderno, en AWS: < 0.01 USD hasta aquí. No queda nada encendido."
    )


# --- the ledger's memory of what is gone


def test_an_endpoint_that_deleted_itself_is_billed_until_it_expired():
    noted = entries((0, "expires", 4 * HOUR), (100, "creating", 0))
    assert [life.seconds for life in lives(noted, now=9 * HOUR)] == [4 * HOUR - 100]
    assert lives(noted, now=3 * HOUR) == []


def test_a_renewed_expiry_counts_from_its_renewal():
    noted = entries((0, "expires", 4 * HOUR), (100, "creating", 0), (3 * HOUR, "expires", 4 * HOUR))
    assert [life.ended for life in lives(noted, now=9 * HOUR)] == [7 * HOUR]


def test_an_endpoint_made_again_after_it_expired_has_two_lives():
    noted = entries(
        (0, "expires", HOUR),
        (100, "creating", 0),
        (2 * HOUR, "expires", HOUR),
        (2 * HOUR + 100, "creating", 0),
    )
    assert [life.ended for life in lives(noted, now=9 * HOUR)] == [HOUR, 3 * HOUR]


def test_an_endpoint_that_outlived_its_expiry_is_billed_once():
    noted = entries(
        (0, "expires", HOUR),
        (100, "creating", 0),
        (2 * HOUR, "expires", HOUR),
        (3 * HOUR, "deleted", 3 * HOUR - 100),
    )
    assert [life.seconds for life in lives(noted, now=9 * HOUR)] == [3 * HOUR - 100]


def test_of_an_endpoint_deleted_since_only_the_share_since_then_is_counted():
    [life] = lives(entries((0, "creating", 0), (4 * HOUR, "deleted", 4 * HOUR)), now=9 * HOUR)
    assert life.seconds_since(3 * HOUR) == HOUR
    assert life.seconds_since(5 * HOUR) == 0
    assert life.seconds_since(0) == 4 * HOUR
