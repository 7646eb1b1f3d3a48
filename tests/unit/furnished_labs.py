"""A lab with one of every kind of things that the notebooks make."""

from __future__ import annotations

from built_apis import ensure_api

from mllab_helpers import storage
from mllab_helpers.identity import identity, roles
from mllab_helpers.lifecycle import lifecycle, retraining
from mllab_helpers.monitoring import alarms
from mllab_helpers.training import training, tuning
from mllab_helpers.web import web_function, web_keys

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
