"""Every operation of ours answers in the shape that AWS's own service models define.

One scenario calls all of them; each reply is recorded as it came over the wire and held against the model.
"""

from __future__ import annotations

import base64
import io
import tarfile
from collections.abc import Callable
from typing import Any

import boto3
import numpy as np
import pytest
import xgboost
from contract_recorder import Recorder, implemented
from identities import make_job_role
from output_shapes import complaints
from training_jobs import IMAGE, channel, finished, job_request

from mllab_localaws.iam import PolicySimulation
from mllab_localaws.sagemaker.endpoint_configs import EndpointConfigs
from mllab_localaws.sagemaker.endpoints import Endpoints
from mllab_localaws.sagemaker.lifecycle_configs import LifecycleConfigs
from mllab_localaws.sagemaker.models import Models
from mllab_localaws.sagemaker.notebooks import NotebookInstances
from mllab_localaws.sagemaker.tags import Tags
from mllab_localaws.sagemaker.training import Training

BUCKET = "contract"
NAME = "contract"
CONFIG = "NotebookInstanceLifecycleConfigName"
TAGS = [{"Key": "mllab:student", "Value": "ana"}]
SLOW = "import time; time.sleep(60)"
BROKEN = "raise SystemExit(1)"
# Known, so that it can say why: a local notebook instance is a record that nobody can open.
ALWAYS_REFUSED = {("sagemaker", "CreatePresignedNotebookInstanceUrl")}
OURS = implemented(Training, Models, EndpointConfigs, Endpoints, NotebookInstances, LifecycleConfigs, Tags)
OURS = (OURS | implemented(PolicySimulation)) - ALWAYS_REFUSED


@pytest.fixture(scope="module")
def recorder(client: Callable[..., Any]) -> Recorder:
    """The replies of the whole scenario."""
    recorder = Recorder(client)
    sagemaker, iam = recorder.client("sagemaker"), recorder.client("iam")
    role = make_job_role(client, NAME)
    iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=["s3:GetObject"], ResourceArns=["*"])
    _store_inputs(client("s3"))
    _train(sagemaker, role)
    _host(sagemaker, client("sagemaker-runtime"), role)
    _keep_notebooks(sagemaker, role)
    return recorder


def _store_inputs(s3: Any) -> None:
    """Store training rows, and a model that predicts 1."""
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="train/rows.csv", Body=b"1,2,3\n2,3,4\n3,4,5\n")
    ones = xgboost.DMatrix(np.zeros((4, 2)), np.ones(4))
    model = bytes(xgboost.train({"base_score": 1.0}, ones, 1).save_raw("ubj"))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(model)
        tar.addfile(member, io.BytesIO(model))
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=buffer.getvalue())


def _train(sagemaker: Any, role: str) -> None:
    """Train a job that completes, one that fails and one that is stopped; list and delete."""
    output = {"S3OutputPath": f"s3://{BUCKET}/output"}
    trained = job_request(
        "contract-trained",
        role,
        HyperParameters={"num_round": "3"},
        InputDataConfig=[channel("train", f"s3://{BUCKET}/train/")],
        OutputDataConfig=output,
        Tags=TAGS,
    )
    arn = sagemaker.create_training_job(**trained)["TrainingJobArn"]
    sagemaker.create_training_job(**job_request("contract-broken", role, BROKEN, OutputDataConfig=output))
    statuses = [
        finished(sagemaker, name)["TrainingJobStatus"] for name in ("contract-trained", "contract-broken")
    ]
    assert statuses == ["Completed", "Failed"]
    sagemaker.create_training_job(**job_request("contract-stopped", role, SLOW, OutputDataConfig=output))
    sagemaker.stop_training_job(TrainingJobName="contract-stopped")
    finished(sagemaker, "contract-stopped")
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "more", "Value": ""}])
    sagemaker.list_tags(ResourceArn=arn)
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["more"])
    sagemaker.list_training_jobs(NameContains=NAME, MaxResults=2)
    sagemaker.delete_training_job(TrainingJobName="contract-stopped")


def _host(sagemaker: Any, runtime: Any, role: str) -> None:
    """Put an endpoint into service, invoke, change and delete it."""
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz", "Environment": {"A": "b"}}
    sagemaker.create_model(ModelName=NAME, PrimaryContainer=container, ExecutionRoleArn=role, Tags=TAGS)
    sagemaker.describe_model(ModelName=NAME)
    sagemaker.list_models(MaxResults=1)
    variant = {
        "VariantName": "v",
        "ModelName": NAME,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    for name in (NAME, "contract-next"):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.describe_endpoint_config(EndpointConfigName=name)
    sagemaker.list_endpoint_configs(MaxResults=1)
    sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    sagemaker.describe_endpoint(EndpointName=NAME)
    _in_service(sagemaker)
    answer = runtime.invoke_endpoint(EndpointName=NAME, ContentType="text/csv", Body=b"0,0")
    assert float(answer["Body"].read()) == pytest.approx(1.0)
    sagemaker.update_endpoint(EndpointName=NAME, EndpointConfigName="contract-next")
    sagemaker.describe_endpoint(EndpointName=NAME)
    _in_service(sagemaker)
    weights = [{"VariantName": "v", "DesiredWeight": 0.5}]
    sagemaker.update_endpoint_weights_and_capacities(EndpointName=NAME, DesiredWeightsAndCapacities=weights)
    _in_service(sagemaker)
    sagemaker.list_endpoints(NameContains=NAME)
    sagemaker.delete_endpoint(EndpointName=NAME)
    for name in (NAME, "contract-next"):
        sagemaker.delete_endpoint_config(EndpointConfigName=name)
    sagemaker.delete_model(ModelName=NAME)


def _in_service(sagemaker: Any) -> None:
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=NAME)


def _keep_notebooks(sagemaker: Any, role: str) -> None:
    """Walk a notebook instance and its lifecycle configuration through all of their operations."""
    script = [{"Content": base64.b64encode(b"#!/bin/bash\n").decode()}]
    sagemaker.create_notebook_instance_lifecycle_config(**{CONFIG: NAME}, OnStart=script)
    sagemaker.update_notebook_instance_lifecycle_config(**{CONFIG: NAME}, OnCreate=script)
    sagemaker.describe_notebook_instance_lifecycle_config(**{CONFIG: NAME})
    sagemaker.list_notebook_instance_lifecycle_configs(NameContains=NAME)
    notebook = {"NotebookInstanceName": NAME}
    sagemaker.create_notebook_instance(
        **notebook, InstanceType="ml.t3.medium", RoleArn=role, LifecycleConfigName=NAME
    )
    in_service = sagemaker.get_waiter("notebook_instance_in_service")
    stopped = sagemaker.get_waiter("notebook_instance_stopped")
    in_service.wait(**notebook)
    sagemaker.list_notebook_instances(NameContains=NAME)
    sagemaker.stop_notebook_instance(**notebook)
    stopped.wait(**notebook)
    sagemaker.update_notebook_instance(**notebook, InstanceType="ml.t3.large")
    stopped.wait(**notebook)
    sagemaker.start_notebook_instance(**notebook)
    in_service.wait(**notebook)
    sagemaker.stop_notebook_instance(**notebook)
    stopped.wait(**notebook)
    sagemaker.delete_notebook_instance(**notebook)
    sagemaker.delete_notebook_instance_lifecycle_config(**{CONFIG: NAME})


def test_the_scenario_calls_every_operation_of_ours(recorder: Recorder) -> None:
    assert OURS - recorder.names() == set()


@pytest.mark.parametrize(("service", "operation"), sorted(OURS))
def test_every_reply_has_the_shape_of_awss_model(recorder: Recorder, service: str, operation: str) -> None:
    assert recorder.complaints(service, operation) == []


@pytest.mark.parametrize(
    ("spoiled", "complaint"),
    [
        (b'{"ModelName": "m", "CreationTime": 1800000000}', "DescribeModel.ModelArn: required, and missing"),
        (b'{"ModelName": "m", "ModelArn": "a", "CreationTime": "soon"}', "'soon' is not a time"),
        (b'{"ModelName": "m", "ModelArn": "a", "CreationTime": 1800000000000}', "is not a time"),
        (b'{"ModelName": "m", "ModelArn": null, "CreationTime": 1800000000}', "None is not a string"),
        (
            b'{"ModelName": "m", "ModelArn": "a", "CreationTime": 1800000000, "Size": 1}',
            "unknown to the model",
        ),
        (
            b'{"ModelName": "m", "ModelArn": "a", "CreationTime": 1800000000, "VpcConfig": {}}',
            "DescribeModel.VpcConfig: an unset optional structure must be left out",
        ),
        (
            b'{"ModelName": "m", "ModelArn": "a", "CreationTime": 1800000000,'
            b' "PrimaryContainer": {"Mode": "Both"}}',
            "DescribeModel.PrimaryContainer.Mode: 'Both' is none of SingleModel, MultiModel",
        ),
    ],
)
def test_a_spoiled_reply_is_noticed(spoiled: bytes, complaint: str) -> None:
    model = boto3.client("sagemaker", region_name="us-east-1").meta.service_model.operation_model(
        "DescribeModel"
    )
    assert any(complaint in found for found in complaints(model, spoiled))
