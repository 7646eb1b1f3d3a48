"""Notebooks 01 to 04 in short, as a learner's process goes through them, on data of a moment."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from built_apis import ensure_api

from mllab_helpers import storage
from mllab_helpers.cleanup import cleanup
from mllab_helpers.deployment import deployment
from mllab_helpers.housing.features import FEATURES
from mllab_helpers.identity import roles
from mllab_helpers.lab.lab import Lab
from mllab_helpers.monitoring import alarms
from mllab_helpers.training import training
from mllab_helpers.web import web_api, web_calls, web_function, web_keys

HOUSE = {
    "date": "2015-03-14", "bedrooms": 3, "bathrooms": 2.25, "sqft_living": 1900, "sqft_lot": 6500,
    "sqft_basement": 0, "floors": 2, "waterfront": 0, "view": 0, "condition": 3, "grade": 8,
    "lat": 47.68, "long": -122.30, "sqft_living15": 1800, "yr_built": 1996, "yr_renovated": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Arrived:
    """What a learner has at the end of notebook 04.

    Attributes: price: that the API answered for `HOUSE`; stream: of the training job's log.
    """

    student: str
    job: str
    artefact: str
    endpoint: str
    function: str
    api: str
    plan: str
    key: str
    url: str
    value: str
    price: float
    queue_url: str


def open_lab(home: str, student: str) -> Lab:
    """Open a learner's lab on the local AWS of a directory, as a process of theirs does."""
    os.environ |= {"MLLAB_LOCAL_HOME": home, "MLLAB_PROGRESS": "plain"}
    return Lab.open(backend="local", student=student, language="es")


def go(home: str, student: str, dollars: float) -> Arrived:
    """Prepare, train, deploy and open an API.

    Args: dollars: per square foot, which tells one learner's model from another's.
    """
    lab = open_lab(home, student)
    storage.ensure_bucket(lab)
    roles.ensure_roles(lab)
    lab = lab.as_learner()
    storage.upload_bytes(lab, _rows(dollars), "data/train/rows.csv")
    job, endpoint, function = lab.name("xgb"), lab.name("houses"), lab.name("predict-house")
    training.start_training(lab, job, {"train": f"s3://{lab.bucket}/data/train/"}, {"num_round": 20})
    artefact = training.wait_for_training(lab, job).artefact
    model = deployment.ensure_model(lab, endpoint, artefact=artefact)
    config = deployment.ensure_endpoint_config(lab, endpoint, model=model)
    deployment.ensure_endpoint(lab, endpoint, config=config)
    role = roles.role_arn(lab, "lambda")
    arn = web_function.ensure_function(lab, function, role=role, endpoint=endpoint)
    api = ensure_api(lab, arn)
    plan = web_keys.ensure_usage_plan(lab, api, rate=20, burst=20)
    key = web_keys.ensure_api_key(lab, plan)
    url = lab.api_url(api, web_api.STAGE, web_api.PATH)
    web_calls.wait_until_live(lab, url, key.value)
    channel = alarms.ensure_channel(lab)
    alarms.put_latency_alarm(lab, lab.name("latency"), endpoint, seconds=1, topic_arn=channel.topic_arn)
    price = web_calls.ask_price(url, HOUSE, key=key.value)
    return Arrived(
        *(student, job, artefact, endpoint, function, api, plan, key.id, url, key.value, price),
        queue_url=channel.queue_url,
    )


def end(home: str, student: str) -> tuple[list[str], list[str]]:
    """Clean up as notebook 06 does; return the names of what is left, and of what is on the receipt."""
    lab = open_lab(home, student)
    cleanup.sweep(lab)
    left = list(cleanup.inventory(lab)["name"])
    return left, [item.name for item in cleanup.receipt(lab).built]


def _rows(dollars: float) -> bytes:
    generator = np.random.default_rng(7)
    features = generator.uniform(0, 4000, (200, len(FEATURES)))
    prices = dollars * features[:, FEATURES.index("sqft_living")]
    lines = (",".join(map(str, (price, *row))) for price, row in zip(prices, features, strict=True))
    return "\n".join(lines).encode()
