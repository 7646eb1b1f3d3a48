"""Clean-up of iteration 5: alarms and their channel, rules, the registry, monitors, jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers import prices
from mllab_helpers.aws_errors import is_absent, is_denial
from mllab_helpers.cleanup.resources_pipeline import PIPELINES
from mllab_helpers.cleanup.stopping import MOVING, SECONDS, wait_until_stopped
from mllab_helpers.lab.clock import wait_until
from mllab_helpers.lab.resource_kinds import Kind, Resource
from mllab_helpers.lab.resource_listing import listed, pages, remover
from mllab_helpers.monitoring import schedules
from mllab_helpers.names import resource_prefix

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

_QUEUE_SECONDS = 180.0


# --- CloudWatch, SNS, SQS


def _find_alarms(lab: Lab) -> Iterator[Resource]:
    prefix = resource_prefix(lab.student)
    for alarm in pages(lab, "cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=prefix):
        yield Resource("CloudWatch", "alarm", alarm["AlarmName"], alarm["StateValue"])


def _find_dashboards(lab: Lab) -> Iterator[Resource]:
    prefix = resource_prefix(lab.student)
    found = pages(lab, "cloudwatch", "list_dashboards", "DashboardEntries", DashboardNamePrefix=prefix)
    for dashboard in found:
        yield Resource("CloudWatch", "dashboard", dashboard["DashboardName"])


def _find_topics(lab: Lab) -> Iterator[Resource]:
    for topic in pages(lab, "sns", "list_topics", "Topics"):
        name = topic["TopicArn"].rpartition(":")[2]
        if name.startswith(resource_prefix(lab.student)):
            yield Resource("SNS", "topic", name)


def _remove_topic(lab: Lab, found: Resource) -> None:
    sns = lab.client("sns")
    arn = f"arn:aws:sns:{lab.region}:{lab.account}:{found.name}"
    # A deleted topic leaves its subscriptions behind (SNS API reference, DeleteTopic).
    for subscription in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]:
        if subscription["SubscriptionArn"].startswith("arn:"):
            sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    sns.delete_topic(TopicArn=arn)


def _find_queues(lab: Lab) -> Iterator[Resource]:
    """A queue is listed for a while after its deletion, so each is looked at before it counts."""
    prefix = resource_prefix(lab.student)
    for url in pages(lab, "sqs", "list_queues", "QueueUrls", QueueNamePrefix=prefix):
        name = url.rpartition("/")[2]
        if _is_queue(lab, name):
            yield Resource("SQS", "queue", name)


def _is_queue(lab: Lab, name: str) -> bool:
    """Whether a queue is there; one that may not be looked at is."""
    try:
        lab.client("sqs").get_queue_url(QueueName=name)
    except ClientError as error:
        if is_absent(error):
            return False
        if not is_denial(error):
            raise
    return True


def _remove_queue(lab: Lab, found: Resource) -> None:
    """Deleting a queue takes up to 60 seconds (SQS API reference, DeleteQueue)."""
    sqs = lab.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=found.name)["QueueUrl"])
    wait_until(
        lab.clock,
        lambda: [queue.name for queue in _find_queues(lab)],
        lambda left: found.name not in left,
        what=found.name,
        pause=lab.pause,
        limit=_QUEUE_SECONDS,
    )


# --- EventBridge


def _find_rules(lab: Lab) -> Iterator[Resource]:
    prefix = resource_prefix(lab.student)
    for rule in pages(lab, "events", "list_rules", "Rules", NamePrefix=prefix):
        yield Resource("EventBridge", "rule", rule["Name"], rule["State"])


def _remove_rule(lab: Lab, found: Resource) -> None:
    events = lab.client("events")
    targets = [target["Id"] for target in _targets(lab, found.name)]
    if targets:
        events.remove_targets(Rule=found.name, Ids=targets)
    events.delete_rule(Name=found.name)


def _targets(lab: Lab, rule: str) -> list[dict[str, Any]]:
    return list(pages(lab, "events", "list_targets_by_rule", "Targets", Rule=rule))


def _find_expiries(lab: Lab) -> Iterator[Resource]:
    """Who may not look at schedules has made none: endpoints go without where an account has no Scheduler."""
    prefix = resource_prefix(lab.student)
    try:
        found = list(pages(lab, "scheduler", "list_schedules", "Schedules", NamePrefix=prefix))
    except ClientError as error:
        if not is_denial(error):
            raise
        return
    for schedule in found:
        yield Resource("EventBridge Scheduler", "schedule", schedule["Name"], schedule["State"])


# --- SageMaker


def _find_schedules(lab: Lab) -> Iterator[Resource]:
    found = listed(lab, "list_monitoring_schedules", "MonitoringScheduleSummaries", "MonitoringScheduleName")
    for schedule in found:
        yield Resource(
            "SageMaker",
            "monitoring-schedule",
            schedule["MonitoringScheduleName"],
            schedule["MonitoringScheduleStatus"],
        )


def _find_packages(lab: Lab) -> Iterator[Resource]:
    for group in _groups(lab):
        for package in pages(
            lab, "sagemaker", "list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=group
        ):
            name = "/".join(package["ModelPackageArn"].split("/")[-2:])
            yield Resource("SageMaker", "model-package", name, package["ModelApprovalStatus"])


def _remove_package(lab: Lab, found: Resource) -> None:
    arn = f"arn:aws:sagemaker:{lab.region}:{lab.account}:model-package/{found.name}"
    lab.client("sagemaker").delete_model_package(ModelPackageName=arn)


def _find_groups(lab: Lab) -> Iterator[Resource]:
    for group in _groups(lab):
        yield Resource("SageMaker", "model-package-group", group)


def _groups(lab: Lab) -> list[str]:
    name = "ModelPackageGroupName"
    found = listed(lab, "list_model_package_groups", "ModelPackageGroupSummaryList", name)
    return [group[name] for group in found]


def _find_tuning_jobs(lab: Lab) -> Iterator[Resource]:
    """Only those that still run, as with training jobs."""
    name, status = "HyperParameterTuningJobName", "HyperParameterTuningJobStatus"
    found = listed(lab, "list_hyper_parameter_tuning_jobs", "HyperParameterTuningJobSummaries", name)
    for job in found:
        if job[status] in MOVING:
            yield Resource("SageMaker", "tuning-job", job[name], job[status])


def _stop_tuning(lab: Lab, found: Resource) -> None:
    sagemaker, request = lab.client("sagemaker"), {"HyperParameterTuningJobName": found.name}
    sagemaker.stop_hyper_parameter_tuning_job(**request)
    look = sagemaker.describe_hyper_parameter_tuning_job
    wait_until_stopped(lab, found.name, lambda: str(look(**request)["HyperParameterTuningJobStatus"]))


def _find_processing_jobs(lab: Lab) -> Iterator[Resource]:
    """Only those that still run, as with training jobs."""
    found = listed(lab, "list_processing_jobs", "ProcessingJobSummaries", "ProcessingJobName")
    for job in found:
        if job["ProcessingJobStatus"] not in MOVING:
            continue
        described = lab.client("sagemaker").describe_processing_job(
            ProcessingJobName=job["ProcessingJobName"]
        )
        used = described["ProcessingResources"]["ClusterConfig"]["InstanceType"]
        yield Resource(
            "SageMaker",
            "processing-job",
            job["ProcessingJobName"],
            job["ProcessingJobStatus"],
            used,
            prices.per_hour(prices.PROCESSING, used, lab.region),
            job["CreationTime"].timestamp(),
        )


def _remove_schedule(lab: Lab, found: Resource) -> None:
    """Remove a schedule, which SageMaker refuses while one of its runs goes on: that is stopped first."""
    sagemaker, request = lab.client("sagemaker"), {"MonitoringScheduleName": found.name}

    def running() -> list[dict[str, str]]:
        runs = sagemaker.list_monitoring_executions(**request)["MonitoringExecutionSummaries"]
        return [run for run in runs if run["MonitoringExecutionStatus"] in MOVING]

    for run in running():
        if "ProcessingJobArn" in run:
            _stop_run(lab, run["ProcessingJobArn"].rpartition("/")[2])
    wait_until(lab.clock, running, lambda runs: not runs, what=found.name, pause=lab.pause, limit=SECONDS)
    schedules.delete_schedule(lab, found.name)


def _stop_run(lab: Lab, job: str) -> None:
    """Stop a monitor's job, whose name is of SageMaker's making: who may not waits for its end, then."""
    try:
        lab.client("sagemaker").stop_processing_job(ProcessingJobName=job)
    except ClientError as error:
        if not is_denial(error):
            raise


def _stop_processing(lab: Lab, found: Resource) -> None:
    sagemaker, request = lab.client("sagemaker"), {"ProcessingJobName": found.name}
    sagemaker.stop_processing_job(**request)
    look = sagemaker.describe_processing_job
    wait_until_stopped(lab, found.name, lambda: str(look(**request)["ProcessingJobStatus"]))


# Whatever starts other things goes first: rules before the pipeline, jobs before what they write into.
STARTERS = (
    Kind("rule", _find_rules, _remove_rule),
    Kind(
        "alarm",
        _find_alarms,
        lambda lab, found: lab.client("cloudwatch").delete_alarms(AlarmNames=[found.name]),
    ),
    PIPELINES,
    Kind("tuning-job", _find_tuning_jobs, _stop_tuning),
    Kind(
        "monitoring-schedule",
        _find_schedules,
        _remove_schedule,
    ),
    Kind("processing-job", _find_processing_jobs, _stop_processing),
)
# After the endpoint: one that cannot be deleted now keeps what deletes it later.
EXPIRIES = Kind(
    "schedule", _find_expiries, lambda lab, found: lab.client("scheduler").delete_schedule(Name=found.name)
)
STARTED = (
    Kind("model-package", _find_packages, _remove_package),
    Kind(
        "model-package-group",
        _find_groups,
        remover("delete_model_package_group", "ModelPackageGroupName"),
    ),
    Kind(
        "dashboard",
        _find_dashboards,
        lambda lab, found: lab.client("cloudwatch").delete_dashboards(DashboardNames=[found.name]),
    ),
    Kind("topic", _find_topics, _remove_topic),
    Kind("queue", _find_queues, _remove_queue),
)
