"""Killed just before AWS is asked to create something, or just after: nothing is lost or in the way.

A forked process makes the helpers' own calls and kills itself (SIGKILL) in a hook of botocore: before the
request is sent, when the ledger knows and AWS does not, and after the answer, before anything else is noted.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from built_apis import ensure_api
from killed_processes import die, was_killed
from watched_endpoints import start_schedule, write_captured

from mllab_helpers import storage
from mllab_helpers.cleanup import cleanup, resources
from mllab_helpers.deployment import deployment
from mllab_helpers.identity import identity, roles
from mllab_helpers.instance import notebook_instance
from mllab_helpers.lifecycle import lifecycle, retraining
from mllab_helpers.monitoring import alarms
from mllab_helpers.monitoring.capture import capture_config
from mllab_helpers.training import training, tuning
from mllab_helpers.web import web_function, web_keys

ROWS = b"\n".join(b"%d,%d" % (2 * x, x) for x in range(50))
ENDLESS = {"num_round": 100_000_000, "nthread": 1}


@dataclass(frozen=True)
class Step:
    """One creation.

    Attributes:
        kind: as clean-up names it.
        operation: botocore's name of it, `<service>.<operation>`.
        make: makes it, or finds it again, with all that it needs.
        again: how many there are when it was made again after a kill: jobs keep their names for ever.
    """

    kind: str
    operation: str
    make: Any
    again: int = 1


# --- what the notebooks make, each time from the beginning


def data(lab):
    identity.ensure_execution_role(lab)
    storage.ensure_bucket(lab)
    storage.upload_bytes(lab, ROWS, "data/rows.csv")
    return f"s3://{lab.bucket}/data/"


def fresh_name(lab, thing):
    """Return a name that no other run has; `lab.unique_name` tells seconds apart."""
    return lab.name(f"{thing}-{uuid.uuid4().hex[:6]}")


def train(lab):
    return training.start_training(lab, fresh_name(lab, "xgb"), {"train": data(lab)}, ENDLESS)


def search(lab):
    where = data(lab)
    one = training.training_request(
        lab, lab.name("trial"), channels={"train": where, "validation": where}, hyperparameters=ENDLESS
    )
    request = tuning.tuning_request(
        lab, fresh_name(lab, "hpo"), training_request=one, ranges={"eta": (0.1, 0.3)}, jobs=1, at_once=1
    )
    lab.note_creating("tuning-job", request["HyperParameterTuningJobName"])
    lab.client("sagemaker").create_hyper_parameter_tuning_job(**request)


def artefact(lab):
    """Return a model that serves, trained once."""
    where, name = data(lab), lab.name("small")
    found = lab.client("sagemaker").list_training_jobs(NameContains=name)["TrainingJobSummaries"]
    if not found:
        training.start_training(lab, name, {"train": where}, {"num_round": 2, "nthread": 1})
    return training.wait_for_training(lab, name).artefact


def model(lab):
    return deployment.ensure_model(lab, lab.name("houses"), artefact=artefact(lab))


def config(lab):
    return deployment.ensure_endpoint_config(
        lab, lab.name("houses"), model=model(lab), capture=capture_config(lab)
    )


def endpoint(lab):
    return deployment.ensure_endpoint(lab, lab.name("houses"), config=config(lab))


def schedule(lab):
    watched = endpoint(lab).name
    write_captured(lab, watched)
    start_schedule(lab, fresh_name(lab, "monitor"), watched)


def function(lab):
    role = roles.ensure_role(lab, roles.role_of("lambda"))
    return web_function.ensure_function(lab, lab.name("predict-house"), role=role, endpoint="houses")


def api(lab):
    return ensure_api(lab, function(lab))


def plan(lab):
    return web_keys.ensure_usage_plan(lab, api(lab), rate=5, burst=5)


def key(lab):
    return web_keys.ensure_api_key(lab, plan(lab))


def alarm(lab):
    channel = alarms.ensure_channel(lab)
    alarms.put_latency_alarm(lab, lab.name("latency"), "houses", seconds=1, topic_arn=channel.topic_arn)


def dashboard(lab):
    alarms.put_dashboard(lab, lab.name("endpoint"), "houses")


def rule(lab):
    name = lab.name("new-data")
    lab.note_creating("rule", name)
    lab.client("events").put_rule(Name=name, EventPattern='{"source": ["lab"]}', Tags=lab.tags)
    queue = f"arn:aws:sqs:{lab.region}:{lab.account}:{lab.name('alarms')}"
    lab.client("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue}])


def group(lab):
    return lifecycle.ensure_package_group(lab, lab.name("houses"))


def pipeline(lab):
    data(lab)
    champion = storage.upload_bytes(lab, b"champion", "models/model.tar.gz").uri
    retraining.ensure_pipeline(
        lab, lab.name("retraining"), champion=champion, package_group=group(lab), hyperparameters=ENDLESS
    )


def workbench(lab):
    storage.ensure_bucket(lab)
    roles.ensure_roles(lab, wait=False)
    notebook_instance.ensure(lab, "workbench")


CHAINS = {
    "preparing and training": (
        Step("role", "iam.CreateRole", data),
        Step("bucket", "s3.CreateBucket", data),
        Step("training-job", "sagemaker.CreateTrainingJob", train, again=2),
        Step("tuning-job", "sagemaker.CreateHyperParameterTuningJob", search, again=2),
        Step("lifecycle-config", "sagemaker.CreateNotebookInstanceLifecycleConfig", workbench),
        Step("notebook-instance", "sagemaker.CreateNotebookInstance", workbench),
    ),
    "serving": (
        Step("model", "sagemaker.CreateModel", model),
        Step("endpoint-config", "sagemaker.CreateEndpointConfig", config),
        Step("endpoint", "sagemaker.CreateEndpoint", endpoint),
        Step("monitoring-schedule", "sagemaker.CreateMonitoringSchedule", schedule),
    ),
    "the door": (
        Step("function", "lambda.CreateFunction", function),
        Step("api", "api-gateway.CreateRestApi", api),
        Step("usage-plan", "api-gateway.CreateUsagePlan", plan),
        Step("api-key", "api-gateway.CreateApiKey", key),
    ),
    "watching and retraining": (
        Step("topic", "sns.CreateTopic", alarms.ensure_channel),
        Step("queue", "sqs.CreateQueue", alarms.ensure_channel),
        Step("alarm", "cloudwatch.PutMetricAlarm", alarm),
        Step(
            "dashboard", "cloudwatch.PutDashboard", lambda lab: alarms.put_dashboard(lab, lab.name("d"), "e")
        ),
        Step("rule", "eventbridge.PutRule", rule),
        Step("model-package-group", "sagemaker.CreateModelPackageGroup", group),
        Step("pipeline", "sagemaker.CreatePipeline", pipeline),
    ),
}


# --- being killed


def killed(open_lab, step, event):
    """Make something in a process that is killed at an event of botocore, and tell whether it was."""

    def make_and_die():
        lab = open_lab()
        lab.session.events.register(f"{event}.{step.operation}", die)
        step.make(lab)

    return was_killed(make_and_die)


def there(lab, kind):
    """Return the names of a kind that clean-up finds."""
    found = next(each for each in resources.KINDS if each.name == kind).find(lab)
    return {each.name for each in found}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=list(CHAINS))
def test_a_run_that_is_killed_around_every_creation_finishes_when_it_is_run_again(make_real_lab, chain):
    first = make_real_lab()
    student = first.student
    for step in chain:
        before = there(first, step.kind)
        assert killed(lambda: make_real_lab(student), step, "before-send"), step
        assert there(first, step.kind) == before, step
        noted = [entry.name for entry in first.ledger() if entry.kind == step.kind]
        assert noted, step
        assert killed(lambda: make_real_lab(student), step, "after-call"), step
        created = there(first, step.kind) - before
        noted = [entry.name for entry in first.ledger() if entry.kind == step.kind]
        assert len(created) == 1, step
        assert created <= set(noted), step
    for step in chain:
        step.make(first)
        assert len(there(first, step.kind)) >= step.again, step
    cleanup.sweep(first)
    assert cleanup.inventory(first).empty
    assert {item.kind for item in cleanup.receipt(first).built} >= {step.kind for step in chain}
