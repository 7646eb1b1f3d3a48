"""SageMaker SDK v3 trains, deploys and predicts against the local AWS, as a notebook would use it."""

from __future__ import annotations

import io
import json
import logging
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import joblib
import numpy as np
import pytest
import xgboost
from small_houses import (
    HYPERPARAMETERS,
    LARGE_HOUSE,
    SMALL_HOUSE,
    XGBOOST_IMAGE,
    Account,
    algorithm_csv,
    as_csv,
    predict_with,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # third-party, dozens, none of ours
    pytest.mark.filterwarnings("ignore::UserWarning:pydantic"),
]

SCRIPTS = Path(__file__).parent / "scripts"
INSTANCE = "ml.m5.large"


@pytest.fixture(scope="module")
def sdk(environment_variables: dict[str, str], account: Account) -> Iterator[SimpleNamespace]:
    """The SDK's session on the local AWS, with a bucket of training data and a role."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment_variables.items():
            patched.setenv(name, value)
        patched.setattr(boto3, "DEFAULT_SESSION", None)  # one made earlier has other credentials
        from sagemaker.core.helper.session_helper import Session

        bucket = account.bucket("sdk-three", train=algorithm_csv())
        yield SimpleNamespace(
            session=Session(default_bucket=bucket), role=account.role("sdk-three"), bucket=bucket
        )


def _trainer(sdk: SimpleNamespace, image: str, **members: Any) -> Any:
    """Return the SDK's trainer of an image."""
    from sagemaker.core.training.configs import Compute, OutputDataConfig, StoppingCondition
    from sagemaker.train import ModelTrainer

    return ModelTrainer(
        training_image=image,
        role=sdk.role,
        base_job_name="houses",
        sagemaker_session=sdk.session,
        compute=Compute(instance_type=INSTANCE, instance_count=1, volume_size_in_gb=5),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{sdk.bucket}/output"),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=300),
        **members,
    )


def _train(sdk: SimpleNamespace, image: str, *, logs: bool = False, **members: Any) -> Any:
    """Train on the houses and return the SDK's training job."""
    from sagemaker.core.training.configs import InputData

    trainer = _trainer(sdk, image, **members)
    train = InputData(channel_name="train", data_source=f"s3://{sdk.bucket}/train/", content_type="text/csv")
    trainer.train(input_data_config=[train], wait=True, logs=logs)
    return trainer._latest_training_job


@pytest.fixture(scope="module")
def built_in(sdk: SimpleNamespace) -> Any:
    """A job of the built-in algorithm that is over."""
    return _train(sdk, XGBOOST_IMAGE, hyperparameters=HYPERPARAMETERS)


def test_model_trainer_trains_the_built_in_algorithm(built_in: Any, account: Account) -> None:
    assert built_in.training_job_status == "Completed"
    archive = account.read(built_in.model_artifacts.s3_model_artifacts)
    small, large = predict_with(archive, SMALL_HOUSE, LARGE_HOUSE)
    assert 100_000 < small < large < 3_000_000


def test_logs_true_logs_each_round(sdk: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="sagemaker"):
        _train(sdk, XGBOOST_IMAGE, hyperparameters=HYPERPARAMETERS, logs=True)
    rounds = [message for message in caplog.messages if "train-rmse" in message]
    assert len(rounds) == int(HYPERPARAMETERS["num_round"])


def test_a_role_without_permissions_is_refused_before_anything_is_created(
    sdk: SimpleNamespace, account: Account
) -> None:
    from sagemaker.core.helper.iam_role_resolver import RoleValidationError

    powerless = SimpleNamespace(**{**vars(sdk), "role": account.role("powerless", policies=())})
    before = account.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
    with pytest.raises(RoleValidationError, match="Missing permissions"):
        _train(powerless, XGBOOST_IMAGE, hyperparameters=HYPERPARAMETERS)
    assert account.client("sagemaker").list_training_jobs()["TrainingJobSummaries"] == before


@pytest.mark.parametrize("framework", ["xgboost", "sklearn"])
def test_source_code_trains_with_the_learners_own_script(
    sdk: SimpleNamespace, account: Account, framework: str
) -> None:
    from sagemaker.core import image_uris
    from sagemaker.core.training.configs import SourceCode

    version = {"xgboost": "3.0-5", "sklearn": "1.4-2"}[framework]
    image = image_uris.retrieve(framework, "us-east-1", version, instance_type=INSTANCE)
    source = SourceCode(source_dir=str(SCRIPTS), entry_script=f"train_{framework}.py")
    job = _train(sdk, image, source_code=source, hyperparameters={"rounds": 7})
    assert job.training_job_status == "Completed"
    files = _files(account.read(job.model_artifacts.s3_model_artifacts))
    assert json.loads(files["report.json"]) == {"rounds": 7, "rows": 500, "framework": framework}
    small, large = _prices(files, np.array([SMALL_HOUSE, LARGE_HOUSE]))
    assert 100_000 < small < large < 3_000_000


def _prices(files: dict[str, bytes], rows: np.ndarray) -> list[float]:
    """Return what the model among a script's files predicts."""
    if "model.joblib" in files:
        return list(joblib.load(io.BytesIO(files["model.joblib"])).predict(rows))
    return list(xgboost.Booster(model_file=bytearray(files["model.ubj"])).inplace_predict(rows))


def _files(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        found = {member.name.removeprefix("./"): tar.extractfile(member) for member in tar if member.isfile()}
        return {name: file.read() for name, file in found.items() if file is not None}


@pytest.mark.parametrize("own_script", [False, True])
def test_a_tuner_finds_its_best_training_job(
    sdk: SimpleNamespace, account: Account, own_script: bool
) -> None:
    from sagemaker.core.parameter import ContinuousParameter, IntegerParameter
    from sagemaker.core.training.configs import InputData, SourceCode
    from sagemaker.train.tuner import HyperparameterTuner

    uri = f"s3://{sdk.bucket}/train/"
    channels = [
        InputData(channel_name=name, data_source=uri, content_type="text/csv")
        for name in ("train", "validation")
    ]
    if own_script:
        source = SourceCode(source_dir=str(SCRIPTS), entry_script="train_xgboost.py")
        trainer = _trainer(sdk, XGBOOST_IMAGE, source_code=source)
        searched: dict[str, Any] = {
            "objective_metric_name": "rows",
            "metric_definitions": [{"Name": "rows", "Regex": "trained on ([0-9]+) rows"}],
            "hyperparameter_ranges": {"rounds": IntegerParameter(2, 9)},
        }
    else:
        trainer = _trainer(sdk, XGBOOST_IMAGE, hyperparameters=HYPERPARAMETERS)
        searched = {
            "objective_metric_name": "validation:rmse",
            "objective_type": "Minimize",
            "hyperparameter_ranges": {"eta": ContinuousParameter(0.1, 0.5)},
        }
    tuner = HyperparameterTuner(model_trainer=trainer, max_jobs=2, max_parallel_jobs=2, **searched)
    # The SDK's own names repeat within a minute.
    tuner.tune(inputs=channels, job_name=f"tuner-{uuid.uuid4().hex[:8]}", wait=True)
    description = tuner.describe()
    assert description.hyper_parameter_tuning_job_status == "Completed"
    best = account.client("sagemaker").describe_training_job(TrainingJobName=tuner.best_training_job())
    assert best["TuningJobArn"] == description.hyper_parameter_tuning_job_arn
    assert set(searched["hyperparameter_ranges"]) <= set(best["HyperParameters"])
    assert account.read(best["ModelArtifacts"]["S3ModelArtifacts"])
    assert len(tuner.analytics().dataframe()) == 2


def test_model_config_and_endpoint_resources_answer_what_the_model_file_says(
    sdk: SimpleNamespace, built_in: Any, account: Account
) -> None:
    from sagemaker.core.resources import Endpoint, EndpointConfig, Model
    from sagemaker.core.shapes import ContainerDefinition, ProductionVariant

    name = f"resources-{uuid.uuid4().hex[:8]}"
    artefact = built_in.model_artifacts.s3_model_artifacts
    container = ContainerDefinition(image=XGBOOST_IMAGE, model_data_url=artefact)
    model = Model.create(model_name=name, execution_role_arn=sdk.role, primary_container=container)
    variant = ProductionVariant(
        variant_name="AllTraffic", model_name=name, initial_instance_count=1, instance_type=INSTANCE
    )
    config = EndpointConfig.create(endpoint_config_name=name, production_variants=[variant])
    endpoint = Endpoint.create(endpoint_name=name, endpoint_config_name=name)
    endpoint.wait_for_status("InService")
    _assert_answers_like_the_model(endpoint, account.read(artefact))
    for resource in (endpoint, config, model):
        resource.delete()
    endpoint.wait_for_delete()
    assert name not in account.endpoints()


def test_model_builder_deploys_an_endpoint_that_answers(
    sdk: SimpleNamespace, built_in: Any, account: Account
) -> None:
    from sagemaker.serve import ModelBuilder

    name = f"builder-{uuid.uuid4().hex[:8]}"
    artefact = built_in.model_artifacts.s3_model_artifacts
    builder = ModelBuilder(
        image_uri=XGBOOST_IMAGE,
        s3_model_data_url=artefact,
        role_arn=sdk.role,
        sagemaker_session=sdk.session,
        instance_type=INSTANCE,
    )
    model = builder.build(model_name=name)
    endpoint = builder.deploy(endpoint_name=name, initial_instance_count=1, instance_type=INSTANCE)
    _assert_answers_like_the_model(endpoint, account.read(artefact))
    endpoint.delete()
    model.delete()


def _assert_answers_like_the_model(endpoint: Any, archive: bytes) -> None:
    rows = (SMALL_HOUSE, LARGE_HOUSE)
    answer = endpoint.invoke(body="\n".join(map(as_csv, rows)), content_type="text/csv")
    prices = [float(price) for price in answer.body.read().split()]
    assert prices == pytest.approx(predict_with(archive, *rows), rel=1e-6)
