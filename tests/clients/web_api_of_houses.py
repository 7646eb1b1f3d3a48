"""An API as notebook 04 builds it, in front of a model of the right width that is trained in a moment."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import numpy as np
import xgboost
from built_apis import ensure_api

from mllab_helpers import storage
from mllab_helpers.cleanup import cleanup
from mllab_helpers.deployment import deployment
from mllab_helpers.housing.features import FEATURES
from mllab_helpers.identity import identity, roles
from mllab_helpers.lab.lab import Lab
from mllab_helpers.web import web_api, web_calls, web_function, web_keys
from mllab_localaws.files import Connection

HOUSE = {
    "date": "2015-03-14", "bedrooms": 3, "bathrooms": 2.25, "sqft_living": 1900, "sqft_lot": 6500,
    "sqft_basement": 0, "floors": 2, "waterfront": 0, "view": 0, "condition": 3, "grade": 8,
    "lat": 47.68, "long": -122.30, "sqft_living15": 1800, "yr_built": 1996, "yr_renovated": 0,
}  # fmt: skip
RATE, BURST = 20.0, 20


@dataclass(frozen=True)
class Deployed:
    """An API that answers.

    Attributes: url: of `POST /predict`; function: the Lambda's name.
    """

    lab: Lab
    api: str
    url: str
    key: str
    function: str
    endpoint: str


@contextmanager
def deployed_api(connection: Connection, folder: Path) -> Iterator[Deployed]:
    """Build everything from the bucket to the key, and sweep it at the end."""
    session = boto3.Session(connection.access_key, connection.secret_key, region_name=connection.region)
    lab = Lab(
        backend="local",
        student="web",
        account="123456789012",
        region=connection.region,
        session=session,
        endpoint_url=connection.endpoint_url,
        incarnation=connection.incarnation,
        folder=folder,
        pause=0.02,
        metric_period=1,
    )
    endpoint, function = lab.name("houses"), lab.name("predict-house")
    storage.ensure_bucket(lab)
    identity.ensure_execution_role(lab)
    artefact = storage.upload_bytes(lab, _archive(), "models/model.tar.gz").uri
    model = deployment.ensure_model(lab, endpoint, artefact=artefact)
    config = deployment.ensure_endpoint_config(lab, endpoint, model=model)
    deployment.ensure_endpoint(lab, endpoint, config=config)
    role = roles.ensure_role(lab, roles.role_of("lambda"))
    arn = web_function.ensure_function(lab, function, role=role, endpoint=endpoint)
    api = ensure_api(lab, arn)
    key = web_keys.ensure_api_key(lab, web_keys.ensure_usage_plan(lab, api, rate=RATE, burst=BURST))
    url = lab.api_url(api, web_api.STAGE, web_api.PATH)
    web_calls.wait_until_live(lab, url, key.value)
    yield Deployed(lab, api, url, key.value, function, endpoint)
    cleanup.sweep(lab)


def _archive() -> bytes:
    """Return a `model.tar.gz` whose price grows with the living area."""
    generator = np.random.default_rng(7)
    rows = generator.uniform(0, 4000, (300, len(FEATURES)))
    prices = 300 * rows[:, FEATURES.index("sqft_living")]
    model = bytes(xgboost.train({"max_depth": 3}, xgboost.DMatrix(rows, prices), 20).save_raw("ubj"))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(model)
        tar.addfile(member, io.BytesIO(model))
    return buffer.getvalue()
