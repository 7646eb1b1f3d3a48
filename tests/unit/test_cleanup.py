"""Inventory, sweep and receipt, on a local AWS."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError
from furnished_labs import EVERYTHING, ROWS, furnish, kinds, open_api

from mllab_helpers import storage
from mllab_helpers.cleanup import cleanup, resources
from mllab_helpers.cleanup.cleanup import Receipt
from mllab_helpers.costs import costs
from mllab_helpers.errors import Denied, LeftBehind, OutOfOrder
from mllab_helpers.identity import identity, roles
from mllab_helpers.lab import connection, ledger
from mllab_helpers.lab.built import Built
from mllab_helpers.lab.lab import LEDGER_FILE, Lab
from mllab_helpers.lab.resource_kinds import Resource
from mllab_helpers.lifecycle import lifecycle
from mllab_helpers.training import training
from mllab_helpers.training.logs import TRAINING_GROUP, find_streams

WHEN = datetime(2026, 11, 28, tzinfo=timezone.utc)


def test_a_sweep_removes_everything_of_one_student_and_nothing_of_a_similar_name(make_real_lab):
    ana, anabel = make_real_lab("ana"), make_real_lab("anabel")
    storage.ensure_bucket(anabel)
    open_api(anabel, "xgb")
    anabel.client("logs").create_log_group(logGroupName="/aws/sagemaker/Endpoints/mllab-anabel-xgb")
    anabel.client("logs").create_log_group(logGroupName="/aws/lambda/mllab-anabel-predict-house")
    name = furnish(ana)
    found = cleanup.inventory(ana)
    assert kinds(found) == EVERYTHING
    assert found.set_index("kind").loc["endpoint", "usd_per_hour"] == 0.115

    assert kinds(cleanup.sweep(ana, dry_run=True)) == EVERYTHING
    assert kinds(cleanup.inventory(ana)) == EVERYTHING
    with pytest.raises(LeftBehind, match=name):
        cleanup.receipt(ana)

    assert kinds(cleanup.sweep(ana)) == EVERYTHING
    assert cleanup.inventory(ana).empty
    assert list(cleanup.inventory(anabel)["kind"]) == [
        *("api-key", "usage-plan", "api", "function"),
        *("log-group", "log-group", "bucket", "role"),
    ]
    with pytest.raises(OutOfOrder):
        _ = ana.role_arn

    receipt = cleanup.receipt(ana)
    assert {item.kind for item in receipt.built} >= EVERYTHING
    assert receipt.usd > 0
    assert repr(cleanup.receipt(ana)) == repr(receipt)
    cleanup.sweep(ana)


def test_a_learner_sweeps_what_they_made_and_the_teacher_what_was_prepared(make_real_lab):
    lab = make_real_lab()
    storage.ensure_bucket(lab)
    roles.ensure_roles(lab)
    learner = lab.as_learner()
    storage.upload_bytes(learner, ROWS, "data/train/rows.csv")
    lifecycle.ensure_package_group(learner, lab.name("houses"))
    assert sorted(cleanup.sweep(learner)["kind"]) == ["bucket", "model-package-group", *["role"] * 6]
    assert cleanup.inventory(learner).empty
    assert {item.kind for item in cleanup.receipt(learner).built} == {"bucket", "model-package-group", "role"}
    assert not learner.is_prepared


def test_a_lost_state_does_not_keep_anything_from_being_swept(make_real_lab):
    lab = make_real_lab()
    roles.ensure_roles(lab)
    lifecycle.ensure_package_group(lab.as_learner(), lab.name("houses"))
    for path in lab.folder.iterdir():
        path.unlink()
    assert sorted(cleanup.sweep(lab)["kind"]) == ["model-package-group", *["role"] * 6]
    assert cleanup.inventory(lab).empty


def test_a_clean_up_from_another_machine_is_noticed_and_the_lab_can_be_opened_again(make_real_lab, tmp_path):
    here = make_real_lab()
    roles.ensure_roles(here)
    here.remember("training", {"job": "j"})
    elsewhere = dataclasses.replace(make_real_lab(here.student), folder=tmp_path / "elsewhere")
    cleanup.sweep(elsewhere)
    assert here.is_prepared  # as far as this machine knows
    assert cleanup.sweep(here).empty
    assert not here.is_prepared
    with pytest.raises(OutOfOrder):
        here.recall("training")
    roles.ensure_roles(here)


def test_a_role_that_is_there_and_may_not_be_assumed_is_an_error_and_nothing_is_forgotten(make_real_lab):
    lab = make_real_lab()
    roles.ensure_roles(lab)
    services = {"Effect": "Allow", "Principal": {"Service": roles.SAGEMAKER}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [services]})
    lab.client("iam").update_assume_role_policy(RoleName=lab.name("learner"), PolicyDocument=trust)
    with pytest.raises(Denied, match="sts:AssumeRole"):
        cleanup.sweep(lab)
    assert lab.is_prepared


def test_roles_that_only_a_teacher_may_see_stay_and_go_on_working(make_real_lab, monkeypatch):
    lab = make_real_lab()
    roles.ensure_roles(lab)
    learner = lab.as_learner()
    lifecycle.ensure_package_group(learner, lab.name("houses"))

    def refuse(*_):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")

    monkeypatch.setattr(resources, "role_exists", refuse)
    assert list(cleanup.sweep(learner)["kind"]) == ["model-package-group"]
    assert learner.role_arn == roles.role_arn(learner, "execution")


def test_what_refuses_to_go_is_named_with_the_reason_and_goes_the_next_time(real_lab):
    identity.ensure_execution_role(real_lab)
    iam, profile, role = real_lab.client("iam"), real_lab.name("profile"), identity.role_name(real_lab)
    iam.create_instance_profile(InstanceProfileName=profile)
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)
    with pytest.raises(LeftBehind, match=f"{role}.*DeleteConflict"):
        cleanup.sweep(real_lab)
    iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=role)
    cleanup.sweep(real_lab)
    assert cleanup.receipt(real_lab).built[0].name == role


def test_the_jobs_of_a_pipeline_are_on_the_receipt_and_leave_no_logs(real_lab):
    storage.ensure_bucket(real_lab)
    identity.ensure_execution_role(real_lab)
    storage.upload_bytes(real_lab, ROWS, "data/train/rows.csv")
    arguments = training.training_request(
        real_lab,
        real_lab.name("trial"),
        channels={"train": f"s3://{real_lab.bucket}/data/train/"},
        hyperparameters={"num_round": 2},
    )
    del arguments["TrainingJobName"]
    steps = [{"Name": "train", "Type": "Training", "Arguments": arguments}]
    sagemaker, pipeline = real_lab.client("sagemaker"), real_lab.name("retraining")
    real_lab.note_creating("pipeline", pipeline)
    sagemaker.create_pipeline(
        PipelineName=pipeline,
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": steps}),
        ClientRequestToken="t" * 32,
        RoleArn=real_lab.role_arn,
    )
    execution = sagemaker.start_pipeline_execution(PipelineName=pipeline, ClientRequestToken="e" * 32)
    lifecycle.wait_for_execution(real_lab, execution["PipelineExecutionArn"])
    assert list(find_streams(real_lab, TRAINING_GROUP, "pipelines-"))
    [job] = [item for item in costs.now(real_lab).built if item.kind == "training-job"]
    assert job.seconds > 0

    cleanup.sweep(real_lab)
    assert not list(find_streams(real_lab, TRAINING_GROUP, "pipelines-"))
    jobs = [item for item in cleanup.receipt(real_lab).built if item.kind == "training-job"]
    assert [job.name.partition("-")[0] for job in jobs] == ["pipelines"]
    assert jobs[0].seconds > 0


def test_a_job_noted_twice_by_an_interrupted_sweep_is_billed_once(real_lab):
    real_lab.note_creating("pipeline", real_lab.name("retraining"))
    for _ in range(2):
        real_lab.note_deleted("training-job", "pipelines-x-train-y", "ml.m5.large", 40)
        real_lab.note_deleted("endpoint", real_lab.name("houses"), "ml.m5.large", 40)
    seconds = {item.kind: item.seconds for item in cleanup.receipt(real_lab).built}
    assert seconds == {"pipeline": 0, "training-job": 40, "endpoint": 80}


def test_an_endpoint_whose_configuration_is_gone_is_found_and_swept(real_lab):
    sagemaker, name = real_lab.client("sagemaker"), furnish(real_lab)
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    found = cleanup.inventory(real_lab).set_index("kind")
    assert found.loc["endpoint", "name"] == name
    cleanup.sweep(real_lab)
    [endpoint] = [item for item in cleanup.receipt(real_lab).built if item.kind == "endpoint"]
    assert endpoint.usd > 0


def test_an_endpoint_that_goes_while_the_inventory_is_made_is_left_out(lab, stub):
    begins = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/"
    listed = [
        {
            "EndpointName": lab.name(thing),
            "EndpointArn": begins + lab.name(thing),
            "CreationTime": WHEN,
            "LastModifiedTime": WHEN,
            "EndpointStatus": "InService",
        }
        for thing in ("gone", "there")
    ]
    sagemaker = stub("sagemaker")
    sagemaker.add_response("list_endpoints", {"Endpoints": listed})
    sagemaker.add_client_error("describe_endpoint", "ValidationException", "Could not find endpoint.")
    sagemaker.add_response("describe_endpoint", {**listed[1], "EndpointConfigName": "c"})
    sagemaker.add_client_error("describe_endpoint_config", "ValidationException", "Could not find it.")
    [endpoints] = [kind for kind in resources.KINDS if kind.name == "endpoint"]
    assert [each.name for each in endpoints.find(lab)] == [lab.name("there")]


def test_a_queue_is_gone_when_it_is_listed_no_longer_or_nobody_finds_it_any_more(lab, stub, hand_clock):
    [queues], name = [kind for kind in resources.KINDS if kind.name == "queue"], lab.name("alarms")
    url = {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/123456789012/{name}"}
    sqs, listed = stub("sqs"), {"QueueUrls": [url["QueueUrl"]]}
    sqs.add_response("get_queue_url", url)
    sqs.add_response("delete_queue", {})
    sqs.add_response("list_queues", listed)
    sqs.add_response("get_queue_url", url)
    sqs.add_response("list_queues", listed)
    sqs.add_client_error("get_queue_url", "AccessDenied", "who may not look is no proof that it is gone")
    sqs.add_response("list_queues", listed)
    sqs.add_client_error("get_queue_url", "QueueDoesNotExist", "gone")
    queues.remove(lab, Resource("SQS", "queue", name))
    assert hand_clock.slept == [5.0, 5.0]


def test_an_empty_account_is_swept_without_complaint(real_lab):
    assert cleanup.sweep(real_lab).empty
    assert cleanup.receipt(real_lab).built == ()


def test_the_receipt_counts_hours_at_list_prices():
    endpoint = Built("endpoint", "e", "ml.m5.large", 7200)
    unknown = Built("endpoint", "f", "ml.p5.48xlarge", 3600)
    receipt = Receipt("ana", (endpoint, unknown, Built("bucket", "b")))
    assert endpoint.usd == pytest.approx(0.23)
    assert unknown.usd is None
    assert receipt.usd == pytest.approx(0.23)
    assert receipt.usd_in_30_days == pytest.approx(0.115 * 720)
    assert "0.23 USD" in repr(receipt)
    assert len(receipt.table()) == 3


def test_a_lab_whose_learner_was_swept_elsewhere_opens_as_before_its_first_notebook(
    local_connection, make_real_lab, monkeypatch
):
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(local_connection.home))
    lab = Lab.open(backend="local", student="ivo")
    roles.ensure_roles(lab)
    make_real_lab("ivo").client("iam").delete_role_policy(
        RoleName=lab.name("learner"), PolicyName=roles.policy_name(lab)
    )
    make_real_lab("ivo").client("iam").delete_role(RoleName=lab.name("learner"))
    reopened = Lab.open(backend="local", student="ivo")
    assert not reopened.is_prepared
    cleanup.sweep(reopened)
    cleanup.receipt(reopened)


def test_the_command_cleans_up_and_says_what_it_found(local_connection, make_real_lab, monkeypatch, capsys):
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(local_connection.home))
    lab = make_real_lab("noa")
    storage.ensure_bucket(lab)
    assert cleanup.run_cleanup("local", "noa", None, "en") == 0
    said = capsys.readouterr().out
    assert f"bucket: {lab.bucket}" in said
    assert "none is left" in said
    assert not storage.bucket_exists(lab)


def test_a_local_aws_that_does_not_run_is_not_started_to_be_cleaned(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(tmp_path / "none"))
    assert cleanup.run_cleanup("local", None, None, "es") == 0
    assert "nada que borrar" in capsys.readouterr().out
    assert not (tmp_path / "none").exists()


def test_with_several_students_the_command_asks_whose_things_to_delete(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MLLAB_HOME", str(tmp_path))
    for student in ("ana", "eva"):
        (tmp_path / "aws" / f"123456789012-us-east-1-{student}").mkdir(parents=True)
    assert cleanup.run_cleanup("aws", None, None, "es") == 1
    assert "ana, eva" in capsys.readouterr().err


def test_students_with_nothing_left_on_the_local_aws_are_not_asked_about(
    local_connection, monkeypatch, tmp_path, capsys
):
    home = tmp_path / "home"
    monkeypatch.setattr(connection, "notes_on_local", lambda _home: home)
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(local_connection.home))

    def note(student, *events, incarnation=local_connection.incarnation):
        for event in events:
            path = home / f"123456789012-us-east-1-{student}" / LEDGER_FILE
            ledger.append(path, ledger.Entry(0.0, event, incarnation, "bucket", f"mllab-{student}"))

    note("swept", ledger.CREATING, ledger.SWEPT)
    note("earlier", ledger.CREATING, incarnation="another life")
    note("open", ledger.CREATING, ledger.SWEPT, ledger.CREATING)
    assert cleanup.run_cleanup("local", None, None, "es") == 0
    assert "Laboratorio de open" in capsys.readouterr().out

    note("swept", ledger.CREATING)
    note("open", ledger.CREATING)
    assert cleanup.run_cleanup("local", None, None, "es") == 1
    assert "(open, swept)" in capsys.readouterr().err
