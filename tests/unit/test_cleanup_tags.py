"""What carries the lab's tags is found whatever its name; what does not is left alone whatever its name."""

from __future__ import annotations

import pytest
from built_apis import ensure_api

from mllab_helpers import storage
from mllab_helpers.aws_errors import translate
from mllab_helpers.cleanup import cleanup, resources_tagged
from mllab_helpers.errors import AwsRefused, LeftBehind
from mllab_helpers.identity import identity, roles
from mllab_helpers.training import training
from mllab_helpers.web import web_function, web_keys

SLEEPER = ["python3", "-c", "import time; time.sleep(600)"]
PATTERN = '{"source": ["lab"]}'


def as_map(lab):
    return {tag["Key"]: tag["Value"] for tag in lab.tags}


def rows(table):
    return sorted((row.kind, row.name) for row in table.itertuples())


def make_free(lab, name, tags):
    """Create one thing of each service under a free name; return what clean-up should list."""
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    gateway, sagemaker = lab.client("apigateway"), lab.client("sagemaker")
    api = gateway.create_rest_api(name=name, tags=tags)["id"]
    plan = gateway.create_usage_plan(name=name, tags=tags)["id"]
    key = gateway.create_api_key(name=name, tags=tags)["id"]
    lab.client("sns").create_topic(Name=name, Tags=pairs)
    lab.client("sqs").create_queue(QueueName=name, tags=tags)
    lab.client("events").put_rule(Name=name, EventPattern=PATTERN, Tags=pairs)
    lab.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Tags=pairs,
    )
    sagemaker.create_model_package_group(ModelPackageGroupName=name, Tags=pairs)
    sagemaker.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=name, Tags=pairs)
    plain = ("topic", "queue", "rule", "alarm", "model-package-group", "lifecycle-config")
    return sorted([("api", api), ("usage-plan", plan), ("api-key", key), *((kind, name) for kind in plain)])


def test_what_carries_both_tags_is_swept_whatever_its_name(real_lab):
    free = make_free(real_lab, f"free-{real_lab.student}", as_map(real_lab))
    assert rows(cleanup.inventory(real_lab)) == free
    assert rows(cleanup.sweep(real_lab)) == free
    assert cleanup.inventory(real_lab).empty
    cleanup.receipt(real_lab)


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"mllab:lab": "house-prices"},
        {"mllab:student": "another", "mllab:lab": "house-prices"},
        {"mllab:student": "SAME"},
        {"mllab:student": "SAME", "mllab:lab": "another"},
    ],
)
def test_what_lacks_one_of_the_tags_is_not_touched(real_lab, tags):
    tags = {key: real_lab.student if value == "SAME" else value for key, value in tags.items()}
    names = [
        f"mllab-{real_lab.student}",
        f"mllab-{real_lab.student}x-topic",
        f"my-mllab-{real_lab.student}-topic",
    ]
    for name in names:
        real_lab.client("sns").create_topic(Name=name, Tags=[{"Key": k, "Value": v} for k, v in tags.items()])
    assert cleanup.sweep(real_lab).empty
    topics = [each["TopicArn"] for each in real_lab.client("sns").list_topics()["Topics"]]
    assert [name for name in names if not any(topic.endswith(f":{name}") for topic in topics)] == []


def test_apis_of_the_same_free_name_are_told_apart_by_their_tags(real_lab):
    gateway, name = real_lab.client("apigateway"), f"houses-{real_lab.student}"
    foreign = gateway.create_rest_api(name=name)["id"]
    ours = gateway.create_rest_api(name=name, tags=as_map(real_lab))["id"]
    assert rows(cleanup.sweep(real_lab)) == [("api", ours)]
    assert gateway.get_rest_api(restApiId=foreign)["name"] == name
    gateway.delete_rest_api(restApiId=foreign)


def test_a_freely_named_usage_plan_goes_with_the_stages_in_it(real_lab):
    role = roles.ensure_role(real_lab, roles.role_of("lambda"))
    function = web_function.ensure_function(
        real_lab, real_lab.name("predict-house"), role=role, endpoint="none"
    )
    api = ensure_api(real_lab, function)
    stages = [{"apiId": api, "stage": web_keys.STAGE}]
    real_lab.client("apigateway").create_usage_plan(name="gold", apiStages=stages, tags=as_map(real_lab))
    assert "usage-plan" in set(cleanup.sweep(real_lab)["kind"])
    cleanup.receipt(real_lab)


def processing_job(lab, name, command):
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
    lab.client("sagemaker").create_processing_job(
        ProcessingJobName=name,
        ProcessingResources={"ClusterConfig": cluster},
        AppSpecification={"ImageUri": training.image_uri(lab), "ContainerEntrypoint": command},
        RoleArn=lab.role_arn,
        Tags=lab.tags,
    )


def test_a_freely_named_job_that_runs_is_stopped_and_one_that_ended_is_history(real_lab):
    identity.ensure_execution_role(real_lab)
    running, ended = f"free-{real_lab.student}-runs", f"free-{real_lab.student}-ended"
    processing_job(real_lab, running, SLEEPER)
    processing_job(real_lab, ended, ["python3", "-c", ""])
    sagemaker = real_lab.client("sagemaker")
    sagemaker.get_waiter("processing_job_completed_or_stopped").wait(ProcessingJobName=ended)
    found = cleanup.inventory(real_lab).set_index("name")
    assert found.loc[running, "kind"] == "processing-job"
    assert found.loc[running, ["usd_per_hour"]].isna().all()
    assert ended not in found.index
    cleanup.sweep(real_lab)
    described = sagemaker.describe_processing_job(ProcessingJobName=running)
    assert described["ProcessingJobStatus"] == "Stopped"
    cleanup.receipt(real_lab)


def test_what_the_lab_does_not_make_is_reported_with_its_arn_and_left_alone(real_lab, capsys):
    storage.ensure_bucket(real_lab)
    s3, other = real_lab.client("s3"), f"other-{real_lab.student}"
    s3.create_bucket(Bucket=other)
    s3.put_bucket_tagging(Bucket=other, Tagging={"TagSet": real_lab.tags})
    definition = make_definition(real_lab, real_lab.name("definition"))
    arns = (f"arn:aws:s3:::{other}", definition)
    assert {("unknown", arn) for arn in arns} <= set(rows(cleanup.inventory(real_lab)))
    assert rows(cleanup.sweep(real_lab)) == [
        ("bucket", real_lab.bucket),
        ("role", real_lab.name("execution-role")),
    ]
    said = capsys.readouterr().out
    assert "no es de ningún tipo que el laboratorio cree" in said
    receipt = cleanup.receipt(real_lab)
    assert receipt.unknown == arns
    assert [arn for arn in arns if arn not in said or arn not in repr(receipt)] == []
    s3.delete_bucket(Bucket=other)
    name = definition.rpartition("/")[2]
    real_lab.client("sagemaker").delete_data_quality_job_definition(JobDefinitionName=name)
    assert cleanup.receipt(real_lab).unknown == ()


def make_definition(lab, name):
    """Create something that the lab never makes."""
    identity.ensure_execution_role(lab)
    where = {"S3Uri": f"s3://{lab.bucket}/m", "LocalPath": "/opt/ml/processing/output"}
    account = "156813124566.dkr.ecr.us-east-1.amazonaws.com"
    created = lab.client("sagemaker").create_data_quality_job_definition(
        JobDefinitionName=name,
        DataQualityAppSpecification={"ImageUri": f"{account}/sagemaker-model-monitor-analyzer"},
        DataQualityJobInput={
            "EndpointInput": {"EndpointName": "none", "LocalPath": "/opt/ml/processing/input/endpoint"}
        },
        DataQualityJobOutputConfig={"MonitoringOutputs": [{"S3Output": where}]},
        JobResources={
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
        },
        RoleArn=lab.role_arn,
        Tags=lab.tags,
    )
    return created["JobDefinitionArn"]


def test_a_lost_ledger_and_a_lost_state_hide_nothing(real_lab):
    storage.ensure_bucket(real_lab)
    roles.ensure_roles(real_lab)
    learner = real_lab.as_learner()
    learner.client("sns").create_topic(Name=real_lab.name("alarms"), Tags=real_lab.tags)
    free = f"free-{real_lab.student}"
    real_lab.client("sqs").create_queue(QueueName=free, tags=as_map(real_lab))
    for path in real_lab.folder.iterdir():
        path.unlink()
    kinds = list(cleanup.inventory(real_lab)["kind"])
    assert kinds == ["topic", "queue", "bucket", *["role"] * len(roles.ROLES)]
    # What the learner's role may not remove is named; whoever may, does.
    with pytest.raises(LeftBehind, match=f"(?s){free}.*sqs:"):
        cleanup.sweep(real_lab)
    real_lab.client("sqs").delete_queue(
        QueueUrl=real_lab.client("sqs").get_queue_url(QueueName=free)["QueueUrl"]
    )
    cleanup.sweep(real_lab)
    cleanup.receipt(real_lab)


# --- the tagging API as AWS has it: late, and not for everybody

FILTERS = [
    {"Key": "mllab:student", "Values": ["ana"]},
    {"Key": "mllab:lab", "Values": ["house-prices"]},
]


@pytest.fixture
def listed(stub):
    """Return a function that lets the tagging API list ARNs."""

    def script(*arns):
        answer = {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in arns], "PaginationToken": ""}
        stub("resourcegroupstaggingapi").add_response("get_resources", answer, {"TagFilters": FILTERS})

    return script


def test_what_the_tagging_api_still_lists_after_its_removal_does_not_count(lab, stub, listed):
    prefix = "arn:aws:sagemaker:us-east-1:123456789012:"
    listed(f"{prefix}endpoint/gone", f"{prefix}endpoint/mllab-ana-gone", f"{prefix}model/may-not-look")
    sagemaker = stub("sagemaker")
    sagemaker.add_client_error("describe_endpoint", "ValidationException", 'Could not find endpoint "gone".')
    sagemaker.add_client_error("describe_model", "AccessDeniedException", "not authorized")
    found = list(resources_tagged.find_tagged(lab))
    assert [(each.kind, each.name) for each in found] == [("model", "may-not-look")]


def test_what_belongs_to_something_else_or_is_history_is_passed_over(lab, listed):
    begins = "arn:aws:sagemaker:us-east-1:123456789012"
    listed(
        "arn:aws:apigateway:us-east-1::/restapis/abc/stages/prod",
        f"arn:aws:s3:::{lab.bucket}",
        f"{begins}:pipeline/mllab-ana-retraining/execution/x1",
        f"{begins}:model-package/mllab-ana-houses/1",
        f"{begins}:experiment-trial-component/mllab-ana-xgb-aws-training-job",
    )
    assert list(resources_tagged.find_tagged(lab)) == []


def test_whoever_may_not_ask_for_tags_has_the_names(lab, stub):
    stub("resourcegroupstaggingapi").add_client_error("get_resources", "AccessDeniedException", "no")
    assert list(resources_tagged.find_tagged(lab)) == []


def test_any_other_refusal_is_an_error(lab, stub):
    stub("resourcegroupstaggingapi").add_client_error("get_resources", "InternalServiceException", "no")
    with pytest.raises(AwsRefused), translate():
        list(resources_tagged.find_tagged(lab))
