"""Versions that cannot go into service, on a local AWS: the endpoint goes on, and the reason is told soon."""

from __future__ import annotations

import time

import pytest

from mllab_helpers import storage
from mllab_helpers.deployment import deployment, predictions
from mllab_helpers.errors import RollOutFailed
from mllab_helpers.identity import roles
from mllab_helpers.lifecycle import lifecycle, roll_out
from mllab_helpers.training import training

ROWS = b"\n".join(b"%d,%d" % (2 * x, x) for x in range(50))


@pytest.fixture
def serving(real_lab):
    """A lab whose endpoint serves a small model, with everything that rolls out what is approved."""
    lab = real_lab
    storage.ensure_bucket(lab)
    roles.ensure_roles(lab)
    storage.upload_bytes(lab, ROWS, "data/train/rows.csv")
    job = lab.unique_name("xgb")
    training.start_training(lab, job, {"train": f"s3://{lab.bucket}/data/train/"}, {"num_round": 3})
    artefact = training.wait_for_training(lab, job).artefact
    model = deployment.ensure_model(lab, lab.name("houses"), artefact=artefact)
    config = deployment.ensure_endpoint_config(lab, lab.name("houses"), model=model)
    endpoint = deployment.ensure_endpoint(lab, lab.name("houses"), config=config).name
    group = lifecycle.ensure_package_group(lab, lab.name("houses"))
    roll_out.ensure_roll_out(lab, endpoint, group)
    yield lab, endpoint, group, artefact
    deployment.delete_endpoint(lab, endpoint)


def register(lab, group, artefact):
    container = {"Image": training.image_uri(lab), "ModelDataUrl": artefact}
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    lab.client("sagemaker").create_model_package(
        ModelPackageGroupName=group,
        InferenceSpecification={"Containers": [container], **types},
        ModelApprovalStatus="PendingManualApproval",
    )
    return lifecycle.latest_package(lab, group)


def approve(lab, endpoint, package):
    lab.client("sagemaker").update_model_package(ModelPackageArn=package.arn, ModelApprovalStatus="Approved")
    return lifecycle.wait_for_roll_out(lab, endpoint, package, function=lab.name(roll_out.THING))


def test_versions_that_cannot_serve_leave_the_endpoint_as_it_is_and_the_next_good_one_goes_in(serving):
    lab, endpoint, group, artefact = serving
    before = predictions.predict(lab, endpoint, [[7.0]])

    gone = storage.upload_bytes(lab, storage.download(lab, artefact), "models/gone/model.tar.gz")
    package = register(lab, group, gone.uri)
    lab.client("s3").delete_object(Bucket=lab.bucket, Key="models/gone/model.tar.gz")
    began = time.monotonic()
    with pytest.raises(RollOutFailed, match=r"(?s)sigue con el modelo anterior.*models/gone/model.tar.gz"):
        approve(lab, endpoint, package)
    assert time.monotonic() - began < 300  # not the half hour after which waiting ends

    broken = storage.upload_bytes(lab, b"no archive", "models/broken/model.tar.gz")
    package = register(lab, group, broken.uri)
    began = time.monotonic()
    with pytest.raises(RollOutFailed, match="Failed to extract model data archive"):
        approve(lab, endpoint, package)
    assert time.monotonic() - began < 300  # not the half hour after which waiting ends

    assert list(predictions.predict(lab, endpoint, [[7.0]])) == list(before)
    package = register(lab, group, artefact)
    assert approve(lab, endpoint, package).status == "InService"
    assert lifecycle.champion_artefact(lab, endpoint) == artefact
