"""Lambda function: an approved version of the model goes into service, without a gap.

EventBridge calls it with `SageMaker Model Package State Change` when somebody approves a version. It makes a
model of that version and moves the endpoint to a configuration that differs in nothing else. Its environment:
ENDPOINT, the endpoint's name; ROLE_ARN, what the model works with; TAGS, JSON of the lab's tags.
"""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

# Lambda's own limits are tighter than boto3's patience; a failed call is retried by Lambda.
sagemaker = boto3.client("sagemaker")


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Roll out the version that the event names.

    Returns: the endpoint and the configuration that it moves to.
    Raises: ClientError: SageMaker refuses, e.g. because the artefact is gone; the endpoint goes on as it is.
    """
    del context
    package, endpoint = event["detail"]["ModelPackageArn"], os.environ["ENDPOINT"]
    print(f"{package} goes to {endpoint}")
    try:
        return roll_out(package, endpoint)
    except Exception as error:
        # Retries of other versions write into the same log: who waits for this one must know it by its name.
        print(f"{package} did not go to {endpoint}: {error}")
        raise


def roll_out(package: str, endpoint: str) -> dict[str, str]:
    """Make a model of a registered version, and start to move an endpoint to it."""
    current = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    config = sagemaker.describe_endpoint_config(EndpointConfigName=current)
    name = new_name(endpoint, package)
    create_unless_there(
        sagemaker.create_model,
        ModelName=name,
        PrimaryContainer={"ModelPackageName": package},
        ExecutionRoleArn=os.environ["ROLE_ARN"],
        Tags=json.loads(os.environ["TAGS"]),
    )
    create_unless_there(
        sagemaker.create_endpoint_config, EndpointConfigName=name, **same_but_for_the_model(config, name)
    )
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=name)
    return {"endpoint": endpoint, "config": name}


def new_name(endpoint: str, package: str) -> str:
    """Return what the version's model and configuration are called, e.g. `mllab-ana-houses-v2`."""
    return f"{endpoint}-v{package.rpartition('/')[2]}"


def same_but_for_the_model(config: dict[str, Any], model: str) -> dict[str, Any]:
    """Return the request for a configuration like another one, with a new model in its variants."""
    variants = [{**variant, "ModelName": model} for variant in config["ProductionVariants"]]
    capture = {"DataCaptureConfig": config["DataCaptureConfig"]} if "DataCaptureConfig" in config else {}
    return {"ProductionVariants": variants, "Tags": json.loads(os.environ["TAGS"]), **capture}


def create_unless_there(create: Any, **request: Any) -> None:
    """Create a resource; when a retry finds it, the first attempt got that far."""
    try:
        create(**request)
    except sagemaker.exceptions.ClientError as error:
        if "already exist" not in error.response["Error"]["Message"]:
            raise
