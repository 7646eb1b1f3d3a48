"""What tests of endpoints share: a model that predicts 1, and endpoints of it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import xgboost
from identities import make_job_role

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


def prepare(client: Callable[..., Any], bucket: str) -> SimpleNamespace:
    """Return clients, a role, and a model with the bucket's name that predicts 1."""
    aws = SimpleNamespace(
        sagemaker=client("sagemaker"), runtime=client("sagemaker-runtime"), s3=client("s3"), model=bucket
    )
    aws.s3.create_bucket(Bucket=bucket)
    aws.role = make_job_role(client, bucket)
    ones = xgboost.DMatrix(np.zeros((4, 2)), np.ones(4))
    model, archive = bytes(xgboost.train({"base_score": 1.0}, ones, 1).save_raw("ubj")), io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(model)
        tar.addfile(member, io.BytesIO(model))
    aws.s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=archive.getvalue())
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/model.tar.gz"}
    aws.sagemaker.create_model(ModelName=bucket, PrimaryContainer=container, ExecutionRoleArn=aws.role)
    return aws


def create_config(aws: SimpleNamespace, name: str, **members: Any) -> None:
    """Create an endpoint configuration of one variant, `AllTraffic`."""
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.model,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    aws.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], **members)


def create_endpoint(aws: SimpleNamespace, name: str, config: str) -> None:
    """Create an endpoint, and return when it is in service."""
    aws.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    aws.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)


def delete_endpoint(aws: SimpleNamespace, name: str) -> None:
    """Delete an endpoint, and return when it is gone."""
    aws.sagemaker.delete_endpoint(EndpointName=name)
    aws.sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)
