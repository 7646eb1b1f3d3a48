"""One permission is missing in each notebook: it is named, and with it the same call goes through."""

from __future__ import annotations

import itertools
import json

import pytest

from mllab_helpers import storage
from mllab_helpers.cleanup import cleanup
from mllab_helpers.deployment import deployment
from mllab_helpers.errors import Denied, LeftBehind, QuotaExceeded
from mllab_helpers.identity import roles
from mllab_helpers.lifecycle import lifecycle, retraining
from mllab_helpers.monitoring import alarms
from mllab_helpers.policies import LAMBDA, LEARNER
from mllab_helpers.training import training
from mllab_helpers.web import web_api, web_function

ROWS = b"\n".join(b"%d,%d" % (2 * x, x) for x in range(50))
FEW_ROUNDS = {"num_round": 2, "nthread": 1}
_numbers = itertools.count()


@pytest.fixture
def teacher(make_real_lab):
    """A lab whose roles and bucket are prepared, as whoever prepared it."""
    lab = make_real_lab()
    storage.ensure_bucket(lab)
    roles.ensure_roles(lab)
    storage.upload_bytes(lab.as_learner(), ROWS, "data/rows.csv")
    return lab


def take_away(lab, action):
    """Let the learner's policy no longer allow an action."""
    document = roles.policy(lab, LEARNER)
    for statement in document["Statement"]:
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        statement["Action"] = [each for each in actions if each != action]
    document["Statement"] = [each for each in document["Statement"] if each["Action"]]
    lab.client("iam").put_role_policy(
        RoleName=lab.name("learner"), PolicyName=roles.policy_name(lab), PolicyDocument=json.dumps(document)
    )


def give_back(lab):
    roles.ensure_role(lab, roles.role_of(LEARNER))


# --- what the notebooks do, by the helpers that they call


def train(lab):
    name = lab.unique_name(f"xgb-{next(_numbers)}")
    training.start_training(lab, name, {"train": f"s3://{lab.bucket}/data/"}, FEW_ROUNDS)
    return training.wait_for_training(lab, name)


def model(lab):
    return deployment.ensure_model(lab, lab.name("houses"), artefact=f"s3://{lab.bucket}/data/rows.csv")


def function(lab):
    role = roles.role_arn(lab, LAMBDA)
    return web_function.ensure_function(lab, lab.name("predict-house"), role=role, endpoint="houses")


def alarm(lab):
    topic = alarms.ensure_channel(lab).topic_arn
    return alarms.put_latency_alarm(lab, lab.name("latency"), "houses", seconds=1, topic_arn=topic)


def pipeline(lab):
    group = lifecycle.ensure_package_group(lab, lab.name("houses"))
    champion = f"s3://{lab.bucket}/data/rows.csv"
    return retraining.ensure_pipeline(
        lab, lab.name("retraining"), champion=champion, package_group=group, hyperparameters=FEW_ROUNDS
    )


CALLS = {
    "01 upload": ("s3:PutObject", "raw/x.csv", lambda lab: storage.upload_bytes(lab, ROWS, "raw/x.csv")),
    "01 read": ("s3:GetObject", "rows.csv", lambda lab: storage.download(lab, "data/rows.csv")),
    "02 train": ("sagemaker:CreateTrainingJob", "training-job/mllab-", train),
    "02 follow": ("sagemaker:DescribeTrainingJob", "training-job/mllab-", train),
    "03 register": ("sagemaker:CreateModel", "model/mllab-", model),
    "04 function": ("lambda:CreateFunction", "function:mllab-", function),
    "04 door": ("apigateway:GET", "::/restapis", web_api.find_api),
    "05 alarm": ("cloudwatch:PutMetricAlarm", "alarm:mllab-", alarm),
    "05 topic": ("sns:CreateTopic", "mllab-.*-alarms", alarm),
    "05 pipeline": ("sagemaker:CreatePipeline", "pipeline/mllab-", pipeline),
    "06 look": ("sagemaker:ListEndpoints", "", cleanup.inventory),
}


@pytest.mark.parametrize(("action", "resource", "call"), CALLS.values(), ids=list(CALLS))
def test_a_missing_permission_is_named_and_once_given_the_same_call_works(teacher, action, resource, call):
    take_away(teacher, action)
    learner = teacher.as_learner()
    with pytest.raises(Denied, match=f"{action}.*{resource}.*\\. Pide ese permiso") as denied:
        call(learner)
    assert f"mllab-{teacher.student}-learner" in str(denied.value)
    give_back(teacher)
    call(learner)
    cleanup.sweep(learner)
    cleanup.receipt(learner)


def test_a_clean_up_that_may_not_delete_something_names_it_with_the_permission_and_goes_on_later(teacher):
    learner = teacher.as_learner()
    group = lifecycle.ensure_package_group(learner, teacher.name("houses"))
    alarms.ensure_channel(learner)
    take_away(teacher, "sagemaker:DeleteModelPackageGroup")
    with pytest.raises(LeftBehind, match=f"{group} .*sagemaker:DeleteModelPackageGroup") as left:
        cleanup.sweep(teacher.as_learner())
    assert "alarms" not in str(left.value)
    give_back(teacher)
    assert "model-package-group" in set(cleanup.sweep(teacher.as_learner())["kind"])
    cleanup.receipt(teacher)


def test_without_leave_to_ask_for_tags_clean_up_has_the_names(teacher):
    take_away(teacher, "tag:GetResources")
    learner = teacher.as_learner()
    lifecycle.ensure_package_group(learner, teacher.name("houses"))
    assert "model-package-group" in set(cleanup.sweep(learner)["kind"])
    cleanup.receipt(teacher)


PASSED = {
    "03": ("execution-role", "model", model),
    "04": ("lambda-role", "function", function),
    "05": ("execution-role", "pipeline", pipeline),
}


@pytest.mark.parametrize(("role", "kind", "call"), PASSED.values(), ids=list(PASSED))
def test_without_leave_to_pass_the_role_it_is_named_and_nothing_half_made_is_in_the_way(
    teacher, role, kind, call
):
    take_away(teacher, "iam:PassRole")
    learner = teacher.as_learner()
    with pytest.raises(Denied, match=f"iam:PassRole on resource: arn:aws:iam::.*:role/{teacher.name(role)}"):
        call(learner)
    assert kind not in set(cleanup.inventory(learner)["kind"])
    give_back(teacher)
    call(learner)
    assert kind in set(cleanup.inventory(learner)["kind"])
    cleanup.sweep(learner)
    cleanup.receipt(teacher)


LIMIT = (
    "The account-level service limit 'ml.m5.large for training job usage' is 0 Instances, with current "
    "utilization of 0 Instances and a request delta of 1 Instances."
)


def test_a_quota_of_zero_is_explained_with_what_to_do(lab, stub):
    lab.remember("role", {"arn": "arn:aws:iam::123456789012:role/r"})
    stub("s3").add_response("list_objects_v2", {"KeyCount": 1})
    stub("sagemaker").add_client_error("create_training_job", "ResourceLimitExceeded", LIMIT)
    with pytest.raises(QuotaExceeded, match=r"ml.m5.large.*is 0 Instances.*Service Quotas"):
        training.start_training(lab, lab.name("xgb"), {"train": "s3://b/data/"}, FEW_ROUNDS)
