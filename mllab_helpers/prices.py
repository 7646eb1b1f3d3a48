"""What AWS asks: list prices of the instance types that the lab uses, and of a request to its API.

The table is `data/prices.csv`, on demand, without the free tier: each line says of when its price is and
where it stands, on AWS's page or under which usage type in AWS's own price list
(https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonSageMaker/current/index.csv). Prices change
and differ by region; whoever shows one says of which region and of when it is.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REGION = "us-east-1"
# What is billed by the request, first tier, without the free tier: https://aws.amazon.com/lambda/pricing/,
# and AWS's white paper on private APIs of API Gateway, section "Cost optimization".
API_USD_PER_MILLION = 3.50
LAMBDA_USD_PER_MILLION = 0.20
LAMBDA_USD_PER_GB_SECOND = 0.0000166667

TRAINING = "training"
PROCESSING = "processing"
HOSTING = "hosting"
NOTEBOOK = "notebook"
_CENT = 0.01

# What Service Quotas calls a use of machines, and the list that holds their prices for it.
LIST_OF_USAGE = {
    "training job usage": TRAINING,
    "processing job usage": PROCESSING,
    "endpoint usage": HOSTING,
    "notebook instance usage": NOTEBOOK,
}


@dataclass(frozen=True)
class Price:
    """The list price of one instance.

    Attributes:
        region: whose price it is.
        as_of: when it was read at the source: a year, a month or a day in ISO 8601.
        source: where it stands.
    """

    usd_per_hour: float
    region: str
    as_of: str
    source: str


def find(use: str, instance_type: str, region: str = REGION) -> Price | None:
    """Return what one instance costs in a region; where the table lacks it, in us-east-1.

    Returns: None when the table holds neither: a price is never guessed.
    """
    table = _table()
    return table.get((region, use, instance_type)) or table.get((REGION, use, instance_type))


def per_hour(use: str, instance_type: str, region: str = REGION) -> float | None:
    """Return the list price of one instance in USD per hour, or None when the table does not hold it."""
    price = find(use, instance_type, region)
    return None if price is None else price.usd_per_hour


def origin(used: Iterable[Price | None]) -> tuple[str, str]:
    """Return of which regions, and of when at the earliest, prices that were added up are.

    Args: used: None where the table has none.
    """
    known = [price for price in used if price is not None]
    regions = sorted({price.region for price in known}) or [REGION]
    oldest = min((price.as_of for price in known), default="")
    return ", ".join(regions), oldest or min(price.as_of for price in _table().values())


def types(use: str) -> list[str]:
    """Return the instance types that the table knows for a use, the cheapest first."""
    known = {
        each: price.usd_per_hour
        for (region, its_use, each), price in _table().items()
        if (region, its_use) == (REGION, use)
    }
    return sorted(known, key=lambda each: known[each])


def million_requests(milliseconds: float, memory_mb: int) -> float:
    """Return what a million requests to the API cost in USD: API Gateway, Lambda's calls and Lambda's time.

    Args: milliseconds: that the function runs for each; memory_mb: that it was given.
    """
    gb_seconds = 1e6 * milliseconds / 1000 * memory_mb / 1024
    return API_USD_PER_MILLION + LAMBDA_USD_PER_MILLION + gb_seconds * LAMBDA_USD_PER_GB_SECOND


def in_usd(usd: float) -> str:
    """Return an amount as it is shown: two decimals, or that it is less than a cent."""
    return f"{usd:.2f}" if usd >= _CENT else f"< {_CENT}"


@cache
def _table() -> dict[tuple[str, str, str], Price]:
    path = Path(__file__).parent / "data" / "prices.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["region"], row["use"], row["instance_type"]): Price(
                float(row["usd_per_hour"]), row["region"], row["as_of"], row["source"]
            )
            for row in csv.DictReader(file)
        }
