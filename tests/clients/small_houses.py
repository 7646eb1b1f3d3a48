"""A training set that takes a second, and what its model file itself predicts."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from typing import Any

import boto3
import numpy as np
import pandas as pd
import xgboost

from mllab_helpers.housing.sales import load_sales

COLUMNS = ["price", "bedrooms", "bathrooms", "sqft_living", "floors", "grade"]
HYPERPARAMETERS = {"objective": "reg:squarederror", "num_round": "10", "max_depth": "3"}
SMALL_HOUSE = [2.0, 1.0, 770.0, 1.0, 6.0]
LARGE_HOUSE = [5.0, 3.5, 5400.0, 2.0, 11.0]
COURSE_POLICIES = ("AmazonSageMakerFullAccess", "AmazonS3FullAccess")  # the two that the course names
XGBOOST_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


def houses() -> pd.DataFrame:
    """Return 500 sales: the price, then five features."""
    sales: pd.DataFrame = load_sales()[COLUMNS].head(500)
    return sales


def algorithm_csv() -> str:
    """Return the sales as the built-in XGBoost reads them: label first, no header."""
    return str(houses().to_csv(index=False, header=False))


def as_csv(row: Sequence[float]) -> str:
    """Return one row as the body of a request."""
    return ",".join(map(str, row))


def booster_in(archive: bytes) -> xgboost.Booster:
    """Return the model of a `model.tar.gz`."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        member = tar.extractfile("xgboost-model")
        assert member is not None
        return xgboost.Booster(model_file=bytearray(member.read()))


def predict_with(archive: bytes, *rows: Sequence[float]) -> list[float]:
    """Return what the model of a `model.tar.gz` predicts, computed here."""
    predictions = booster_in(archive).inplace_predict(np.array(rows, dtype=np.float32))
    return [float(price) for price in predictions]


class Account:
    """The account that a client works in, seen through boto3."""

    def __init__(self, session: boto3.Session, endpoint_url: str) -> None:
        self._session = session
        self._endpoint_url = endpoint_url

    def client(self, service: str) -> Any:
        """Return a boto3 client."""
        return self._session.client(service, endpoint_url=self._endpoint_url)

    def role(self, name: str, policies: Sequence[str] = COURSE_POLICIES) -> str:
        """Create an execution role and return its ARN.

        Args: policies: names of AWS's managed policies.
        """
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        for policy in policies:
            iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
        return str(made["Role"]["Arn"])

    def bucket(self, name: str, **objects: str) -> str:
        """Create a bucket with one CSV object for each keyword, `train="..."` at `train/data.csv`."""
        self.client("s3").create_bucket(Bucket=name)
        for key, text in objects.items():
            self.client("s3").put_object(Bucket=name, Key=f"{key}/data.csv", Body=text.encode())
        return name

    def read(self, uri: str) -> bytes:
        """Return an object's bytes.

        Args: uri: `s3://bucket/key`.
        """
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def endpoints(self) -> list[str]:
        """Return the names of all endpoints."""
        return [found["EndpointName"] for found in self.client("sagemaker").list_endpoints()["Endpoints"]]
