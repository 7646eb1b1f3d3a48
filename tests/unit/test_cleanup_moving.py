"""Clean-up of what is in use, or still changing: it waits, stops and takes apart, in the right order."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import xgboost
from watched_endpoints import start_schedule, write_captured

from mllab_helpers import archives, prices, storage
from mllab_helpers.cleanup import cleanup, resources
from mllab_helpers.costs import costs
from mllab_helpers.deployment import deployment, expiry
from mllab_helpers.errors import LeftBehind
from mllab_helpers.identity import identity, roles
from mllab_helpers.lab.clock import Clock, wait_until
from mllab_helpers.lifecycle import lifecycle, retraining
from mllab_helpers.monitoring import alarms
from mllab_helpers.monitoring.capture import capture_config
from mllab_helpers.training import training

HOURLY = prices.per_hour(prices.PROCESSING, "ml.m5.large")
ROWS = b"\n".join(b"%d,%d" % (2 * x, x) for x in range(50))


@pytest.fixture
def lab(real_lab):
    storage.ensure_bucket(real_lab)
    identity.ensure_execution_role(real_lab)
    return real_lab


@pytest.fixture
def artefact(lab):
    """The address of a model that serves."""
    ones = xgboost.DMatrix(np.zeros((4, 2)), np.ones(4))
    model = bytes(xgboost.train({"nthread": 1}, ones, 1).save_raw("ubj"))
    return storage.upload_bytes(lab, archives.tar_gz({training.MODEL_FILE: model}), "models/model.tar.gz").uri


def job_that_costs(lab):
    """Return the job that costs money by the hour now: its kind, its name and its price."""

    def look():
        running = costs.now(lab).running
        return next((each for each in running if each.kind != "endpoint"), None)

    found = wait_until(lab.clock, look, bool, what="a job", pause=0.1, limit=60)
    return found.kind, found.name, found.usd_per_hour


def order(lab):
    """Sweep, and return the kinds in the order in which they went."""
    gone = []
    remove = resources.remove

    def noted(each, resource):
        remove(each, resource)
        gone.append(resource.kind)

    resources.remove = noted
    try:
        cleanup.sweep(lab)
    finally:
        resources.remove = remove
    assert cleanup.inventory(lab).empty
    cleanup.receipt(lab)
    return gone


def test_an_endpoint_that_is_still_being_created_or_changed_is_waited_for(lab, artefact):
    sagemaker = lab.client("sagemaker")
    model = deployment.ensure_model(lab, lab.name("houses"), artefact=artefact)
    first = deployment.ensure_endpoint_config(lab, lab.name("houses"), model=model)
    second = deployment.ensure_endpoint_config(
        lab, lab.name("houses"), model=model, instance_type="ml.t2.medium"
    )
    deployment.ensure_endpoint(lab, lab.name("changing"), config=first)
    sagemaker.create_endpoint(EndpointName=lab.name("new"), EndpointConfigName=first)
    sagemaker.update_endpoint(EndpointName=lab.name("changing"), EndpointConfigName=second)
    found = cleanup.inventory(lab).set_index("name")
    assert found.loc[lab.name("new"), "state"] == "Creating"
    assert found.loc[lab.name("changing"), "state"] == "Updating"
    gone = order(lab)
    assert gone.index("endpoint") < gone.index("endpoint-config") < gone.index("model")


def test_an_endpoint_that_may_not_be_deleted_keeps_its_end_its_price_and_what_it_runs_on(lab, artefact):
    roles.ensure_roles(lab)
    learner, name = lab.as_learner(), lab.name("houses")
    model = deployment.ensure_model(learner, name, artefact=artefact)
    config = deployment.ensure_endpoint_config(learner, name, model=model)
    expiry.ensure_expiry(learner, name)
    learner.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=config)
    iam, where = lab.client("iam"), {"RoleName": lab.name("learner"), "PolicyName": "stay"}
    denied = {"Effect": "Deny", "Action": "sagemaker:DeleteEndpoint", "Resource": "*"}
    iam.put_role_policy(**where, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))
    with pytest.raises(LeftBehind, match=rf"endpoint {name} .*DeleteEndpoint") as left:
        cleanup.sweep(learner)
    # What has the endpoint's name, or stays for its sake, has not its reason.
    assert str(left.value).count("No tienes permiso") == 1
    found = cleanup.inventory(learner).set_index("kind")
    assert list(found.index)[:4] == ["endpoint", "schedule", "endpoint-config", "model"]
    assert found.loc["endpoint", "usd_per_hour"] == 0.115
    iam.delete_role_policy(**where)
    gone = order(learner)
    assert gone.index("endpoint") < gone.index("endpoint-config") < gone.index("model")


def test_a_schedule_whose_run_goes_on_is_stopped_and_goes_before_its_endpoint(lab, artefact):
    start_watching(lab, artefact)
    gone = order(lab)
    assert gone.index("monitoring-schedule") < gone.index("endpoint")


def test_whoever_may_not_stop_the_run_of_a_schedule_waits_for_its_end(lab, artefact):
    roles.ensure_roles(lab)
    job = {"ProcessingJobName": start_watching(lab, artefact)}
    assert job_that_costs(lab) == ("processing-job", job["ProcessingJobName"], HOURLY)
    sagemaker, seen = lab.client("sagemaker"), []

    def wait(seconds):
        """End the run as a teacher would, when a learner waits for it."""
        seen.append(sagemaker.describe_processing_job(**job)["ProcessingJobStatus"])
        if seen == ["InProgress"]:
            sagemaker.stop_processing_job(**job)
        lab.clock.sleep(seconds)

    gone = order(dataclasses.replace(lab, clock=Clock(lab.clock.now, wait)))
    assert gone.index("monitoring-schedule") < gone.index("endpoint")
    assert seen[0] == "InProgress"


def start_watching(lab, artefact):
    """Start a schedule whose run goes on for long; return the run's processing job."""
    endpoint = lab.name("watched")
    model = deployment.ensure_model(lab, lab.name("houses"), artefact=artefact)
    config = deployment.ensure_endpoint_config(
        lab, lab.name("houses"), model=model, capture=capture_config(lab)
    )
    deployment.ensure_endpoint(lab, endpoint, config=config)
    write_captured(lab, endpoint)
    name = lab.name("drift")
    start_schedule(lab, name, endpoint)
    executions = lab.client("sagemaker").list_monitoring_executions(MonitoringScheduleName=name)
    [run] = executions["MonitoringExecutionSummaries"]
    assert run["MonitoringExecutionStatus"] == "InProgress"
    return run["ProcessingJobArn"].rpartition("/")[2]


def test_a_bucket_goes_with_versions_delete_markers_and_unfinished_uploads(lab):
    s3 = lab.client("s3")
    for body in (b"first", b"second"):
        storage.upload_bytes(lab, body, "data/rows.csv")
    s3.delete_object(Bucket=lab.bucket, Key="data/rows.csv")
    unfinished = s3.create_multipart_upload(Bucket=lab.bucket, Key="models/large.tar.gz")["UploadId"]
    s3.upload_part(
        Bucket=lab.bucket, Key="models/large.tar.gz", UploadId=unfinished, PartNumber=1, Body=b"part"
    )
    assert "bucket" in order(lab)
    assert not storage.bucket_exists(lab)


def test_a_pipeline_that_runs_is_stopped_and_its_rule_and_its_group_go_with_it(lab, artefact):
    sagemaker, group = lab.client("sagemaker"), lifecycle.ensure_package_group(lab, lab.name("houses"))
    pipeline = lab.name("retraining")
    retraining.ensure_pipeline(
        lab, pipeline, champion=artefact, package_group=group, hyperparameters={"num_round": 1}
    )
    for key in (f"{retraining.INCOMING}2015-04.csv", f"{retraining.KNOWN}rows.csv"):
        storage.upload_bytes(lab, ROWS, key)
    storage.upload_bytes(lab, b"import time; time.sleep(600)", "code/retraining/prepare.py")
    execution = sagemaker.start_pipeline_execution(PipelineName=pipeline)["PipelineExecutionArn"]
    kind, name, hourly = job_that_costs(lab)
    assert (kind, hourly) == ("processing-job", HOURLY)
    assert name.startswith(f"pipelines-{execution.rpartition('/')[2]}-")
    container = {"Image": training.image_uri(lab), "ModelDataUrl": artefact}
    for approval in ("PendingManualApproval", "Approved"):
        sagemaker.create_model_package(
            ModelPackageGroupName=group,
            ModelApprovalStatus=approval,
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )
    alarms.ensure_channel(lab)
    queue = f"arn:aws:sqs:{lab.region}:{lab.account}:{lab.name('alarms')}"
    lab.client("events").put_rule(Name=lab.name("new-data"), EventPattern='{"source": ["lab"]}')
    targets = [{"Id": str(number), "Arn": queue} for number in range(5)]
    lab.client("events").put_targets(Rule=lab.name("new-data"), Targets=targets)
    gone = order(lab)
    assert gone.index("rule") < gone.index("pipeline") < gone.index("queue")
    assert gone.count("model-package") == 2
    assert gone.index("model-package") < gone.index("model-package-group")
