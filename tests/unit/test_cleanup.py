"""Inventory, sweep and receipt, on a local AWS."""

from __future__ import annotations

import dataclasses
import json

import pytest
from botocore.exceptions import ClientError
from built_apis import ensure_api
from killed_processes import die, was_killed

from mllab_helpers import (
    alarms,
    cleanup,
    connection,
    costs,
    identity,
    ledger,
    lifecycle,
    resources,
    retraining,
    roles,
    storage,
    training,
    tuning,
    web_function,
    web_keys,
)
from mllab_helpers.built import Built
from mllab_helpers.cleanup import Receipt
from mllab_helpers.errors import Denied, LeftBehind, OutOfOrder
from mllab_helpers.lab import LEDGER_FILE, Lab
from mllab_helpers.logs import TRAINING_GROUP, find_streams

ROWS = b"\n".join(b"%d,%d" % (2 * x, x) for x in range(50))


def furnish(lab):
    """Create one of every kind that the lab makes, and a training job that runs for long."""
    sagemaker = lab.client("sagemaker")
    storage.ensure_bucket(lab)
    identity.ensure_execution_role(lab)
    storage.upload_bytes(lab, ROWS, "data/train/rows.csv")
    storage.upload_bytes(lab, ROWS, "data/train/rows.csv")
    name = lab.name("xgb")
    artefact = storage.upload_bytes(lab, b"no archive", "models/model.tar.gz").uri
    container = {"Image": training.image_uri(lab), "ModelDataUrl": artefact}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=lab.role_arn)
    variant = {
        "VariantName": "A",
        "ModelName": name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    lab.note_creating("endpoint", name, "ml.m5.large")
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=name)
    sagemaker.create_notebook_instance(
        NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=lab.role_arn
    )
    rounds = {"num_round": 1_000_000, "nthread": 1}
    training.start_training(lab, name, {"train": f"s3://{lab.bucket}/data/train/"}, rounds)
    open_api(lab, name)
    automate(lab, name, artefact)
    return name


def automate(lab, name, artefact):
    """Create one of every kind that iteration 5 makes, and jobs that run for long."""
    sagemaker = lab.client("sagemaker")
    channel = alarms.ensure_channel(lab)
    alarms.put_latency_alarm(lab, lab.name("latency"), name, seconds=1, topic_arn=channel.topic_arn)
    alarms.put_dashboard(lab, lab.name("endpoint"), name)
    group = lifecycle.ensure_package_group(lab, lab.name("houses"))
    retraining.ensure_pipeline(
        lab, lab.name("retraining"), champion=artefact, package_group=group, hyperparameters={"num_round": 1}
    )
    roles.ensure_role(lab, roles.role_of("events"))
    schedule_deletion(lab, name)
    rule = lab.name("new-data")
    lab.note_creating("rule", rule)
    lab.client("events").put_rule(Name=rule, EventPattern='{"source": ["lab"]}')
    lab.client("events").put_targets(Rule=rule, Targets=[{"Id": "q", "Arn": queue_arn(lab, channel)}])
    container = {"Image": training.image_uri(lab), "ModelDataUrl": artefact}
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    lab.note_creating("model-package", f"{group}/1")
    sagemaker.create_model_package(
        ModelPackageGroupName=group, InferenceSpecification={"Containers": [container], **types}
    )
    start_long_jobs(lab)


def start_long_jobs(lab):
    """Start a tuning job and a processing job that would run for minutes."""
    sagemaker = lab.client("sagemaker")
    data = f"s3://{lab.bucket}/data/train/"
    long_job = training.training_request(
        lab,
        lab.name("trial"),
        channels={"train": data, "validation": data},
        hyperparameters={"num_round": 1_000_000, "nthread": 1},
    )
    search = tuning.tuning_request(
        lab, tuning.tuning_name(lab), training_request=long_job, ranges={"eta": (0.1, 0.3)}, jobs=2, at_once=1
    )
    lab.note_creating("tuning-job", search["HyperParameterTuningJobName"])
    sagemaker.create_hyper_parameter_tuning_job(**search)
    sleeper = ["python3", "-c", "import time; time.sleep(600)"]
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
    lab.note_creating("processing-job", lab.name("sleep"), "ml.m5.large")
    sagemaker.create_processing_job(
        ProcessingJobName=lab.name("sleep"),
        ProcessingResources={"ClusterConfig": cluster},
        AppSpecification={"ImageUri": training.image_uri(lab), "ContainerEntrypoint": sleeper},
        RoleArn=lab.role_arn,
    )


def schedule_deletion(lab, name):
    """Create what deletes the endpoint hours from now."""
    role = roles.ensure_role(lab, roles.role_of("scheduler"))
    lab.note_creating("schedule", name)
    lab.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="at(2099-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint", "RoleArn": role},
    )


def queue_arn(lab, channel):
    attributes = lab.client("sqs").get_queue_attributes(
        QueueUrl=channel.queue_url, AttributeNames=["QueueArn"]
    )
    return attributes["Attributes"]["QueueArn"]


def open_api(lab, endpoint):
    """Create one of every kind that iteration 4 makes."""
    role = roles.ensure_role(lab, roles.role_of("lambda"))
    function = web_function.ensure_function(lab, lab.name("predict-house"), role=role, endpoint=endpoint)
    plan = web_keys.ensure_usage_plan(lab, ensure_api(lab, function), rate=5, burst=5)
    web_keys.ensure_api_key(lab, plan)


def kinds(table):
    return set(table["kind"]) - {"log-group", "log-stream"}


EVERYTHING = {
    "endpoint",
    "endpoint-config",
    "model",
    "training-job",
    "notebook-instance",
    "lifecycle-config",
    "bucket",
    "role",
    *("api", "usage-plan", "api-key", "function"),
    *("alarm", "dashboard", "topic", "queue", "rule", "schedule"),
    *("pipeline", "model-package", "model-package-group", "tuning-job", "processing-job"),
}


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


def test_a_sweep_that_is_killed_after_each_kind_of_things_ends_at_nothing(make_real_lab):
    lab = make_real_lab()
    furnish(lab)
    remove, kinds_before = resources.remove, kinds(cleanup.inventory(lab))

    def sweep_one_kind():
        removed = set()

        def remove_and_die(each, resource):
            if removed - {resource.kind}:
                die()
            remove(each, resource)
            removed.add(resource.kind)

        resources.remove = remove_and_die
        cleanup.sweep(make_real_lab(lab.student))

    kills = 0
    while was_killed(sweep_one_kind):
        kills += 1
    assert kills >= len(kinds_before) - 1
    assert cleanup.inventory(lab).empty
    built = {item.kind for item in cleanup.receipt(lab).built}
    assert built >= {"endpoint", "function", "pipeline", "alarm", "bucket"}


def test_a_sweep_that_is_killed_after_each_of_its_calls_takes_the_roles_apart_all_the_same(make_real_lab):
    lab = make_real_lab()
    storage.ensure_bucket(lab)
    for actor in ("execution", "learner"):
        roles.ensure_role(lab, roles.role_of(actor))
    learner = roles.in_learners_role(lab)
    storage.upload_bytes(learner, ROWS, "data/train/rows.csv")

    def die_after_a_deletion(event_name, **_):
        if event_name.rpartition(".")[2].startswith("Delete"):
            die()

    def sweep():
        again = make_real_lab(lab.student)
        again.session.events.register("after-call", die_after_a_deletion)
        cleanup.sweep(again)

    kills = 0
    while was_killed(sweep):
        kills += 1
    assert kills == 2 + 2 * 2  # the objects and the bucket; of each role its policy and itself
    assert cleanup.inventory(lab).empty
    assert {item.kind for item in cleanup.receipt(lab).built} == {"bucket", "role"}


def test_an_interrupted_sweep_says_what_is_left_and_that_it_goes_on(real_lab, monkeypatch, capsys):
    names = [lifecycle.ensure_package_group(real_lab, real_lab.name(f"g{number}")) for number in range(7)]
    remove = resources.remove

    def interrupted(lab, resource):
        if resource.name == names[1]:
            raise KeyboardInterrupt
        remove(lab, resource)

    monkeypatch.setattr(resources, "remove", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cleanup.sweep(real_lab)
    said = capsys.readouterr().out
    assert "(6 en total)" in said
    assert [name in said for name in names] == [False, *[True] * 5, False]
    assert "sigue donde se quedó" in said
    monkeypatch.undo()
    assert len(cleanup.sweep(real_lab)) == 6
    cleanup.receipt(real_lab)


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
    cleanup.receipt(real_lab)


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


@pytest.fixture
def restored_environment():
    yield
    connection.restore_environment()


@pytest.mark.usefixtures("restored_environment")
def test_a_lab_whose_learner_was_swept_elsewhere_opens_as_before_its_first_notebook(
    local_connection, make_real_lab, monkeypatch
):
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(local_connection.home))
    lab = Lab.open(backend="local", student="ivo")
    roles.ensure_roles(lab)
    make_real_lab("ivo").client("iam").delete_role_policy(
        RoleName=lab.name("learner"), PolicyName=roles.INLINE_POLICY
    )
    make_real_lab("ivo").client("iam").delete_role(RoleName=lab.name("learner"))
    reopened = Lab.open(backend="local", student="ivo")
    assert not reopened.is_prepared
    cleanup.sweep(reopened)
    cleanup.receipt(reopened)


@pytest.mark.usefixtures("restored_environment")
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
    assert "no hay nada que borrar" in capsys.readouterr().out
    assert not (tmp_path / "none").exists()


def test_with_several_students_the_command_asks_whose_things_to_delete(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MLLAB_HOME", str(tmp_path))
    for student in ("ana", "eva"):
        (tmp_path / "aws" / f"123456789012-us-east-1-{student}").mkdir(parents=True)
    assert cleanup.run_cleanup("aws", None, None, "es") == 1
    assert "ana, eva" in capsys.readouterr().err


@pytest.mark.usefixtures("restored_environment")
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
