"""Every kind of thing that the lab creates on AWS: how to find a student's, and how to remove one.

`KINDS` is in the order of removal: what uses something goes before what it uses. Two nets find a student's
things: names that begin with `mllab-<student>-`, and the lab's two tags. Nothing else is ever touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from mllab_helpers import prices, storage
from mllab_helpers.aws_errors import is_absent, is_denial
from mllab_helpers.cleanup import (
    emptying,
    resources_api,
    resources_monitoring,
    resources_tagged,
    started_jobs,
)
from mllab_helpers.cleanup.stopping import wait_until_stopped
from mllab_helpers.deployment import deployment
from mllab_helpers.errors import EndpointNotFound
from mllab_helpers.identity import identity
from mllab_helpers.identity.roles import ROLES, role_exists
from mllab_helpers.instance import notebook_instance
from mllab_helpers.lab.built import BILLED_BY_THE_HOUR
from mllab_helpers.lab.instance import this_instance
from mllab_helpers.lab.resource_kinds import UNKNOWN, Kind, Resource
from mllab_helpers.lab.resource_listing import listed, remover
from mllab_helpers.names import resource_prefix
from mllab_helpers.training import training
from mllab_helpers.training.logs import ENDPOINT_GROUPS, PROCESSING_GROUP, TRAINING_GROUP, find_streams
from mllab_helpers.web.functions import LOG_GROUPS as FUNCTION_GROUPS

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

_NOTEBOOK_GROUP = "/aws/sagemaker/NotebookInstances"


def find_all(lab: Lab) -> list[Resource]:
    """Return everything of the lab's student that exists now, in the order of removal.

    What was prepared for the student is looked for by whoever opened the lab, unless they may not. What is
    none of the lab's kinds, but carries its tags, comes last.
    """
    named = [resource for kind in KINDS for resource in _find(kind, lab)]
    tagged = resources_tagged.find_tagged(whose(lab))
    order = [*(kind.name for kind in KINDS), UNKNOWN]
    return sorted([*named, *tagged], key=lambda found: order.index(found.kind))


def find_running(lab: Lab) -> list[Resource]:
    """Return what is billed by the hour now."""
    found = [resource for kind in KINDS if kind.name in BILLED_BY_THE_HOUR for resource in _find(kind, lab)]
    found += started_jobs.running(whose(lab))
    return [resource for resource in found if resource.usd_per_hour != 0.0]


def find_removable(lab: Lab) -> list[Resource]:
    """Return what clean-up removes: inside a notebook instance, all but what the instance stands on.

    That is itself, its lifecycle configuration and logs, and what was prepared: its role, and its bucket with
    the files from which it is equipped at each start.
    """
    found, own = find_all(lab), this_instance()
    if own is None:
        return found
    return [
        each
        for each in found
        if not (is_prepared(each) or each.kind == "files")
        and each.name != own.name
        and f":{own.name}/" not in each.name
    ]


def remove(lab: Lab, resource: Resource) -> None:
    """Remove one resource and wait until it is gone; silent when it already is."""
    kind = next(kind for kind in KINDS if kind.name == resource.kind)
    try:
        kind.remove(_by_whom(kind, lab), resource)
    except ClientError as error:
        if not is_absent(error):
            raise


def whose(lab: Lab) -> Lab:
    """Return the lab under an identity that exists: without a learner's role, whoever opened it."""
    return lab if lab.is_prepared else lab.as_teacher()


def is_prepared(resource: Resource) -> bool:
    """Tell whether a teacher made it for the student."""
    return any(kind.prepared for kind in KINDS if kind.name == resource.kind)


def _find(kind: Kind, lab: Lab) -> list[Resource]:
    try:
        return list(kind.find(_by_whom(kind, lab)))
    except ClientError as error:
        if kind.prepared and is_denial(error):
            return []
        raise


def _by_whom(kind: Kind, lab: Lab) -> Lab:
    return lab.as_teacher() if kind.prepared else whose(lab)


def _find_endpoints(lab: Lab) -> Iterator[Resource]:
    for found in listed(lab, "list_endpoints", "Endpoints", "EndpointName"):
        try:
            endpoint = deployment.describe_endpoint(lab, found["EndpointName"])
        except EndpointNotFound:  # gone since it was listed, by its schedule for example
            continue
        yield Resource(
            "SageMaker",
            "endpoint",
            endpoint.name,
            endpoint.status,
            endpoint.instance_type,
            endpoint.usd_per_hour,
            found["CreationTime"].timestamp(),
        )


def _find_training_jobs(lab: Lab) -> Iterator[Resource]:
    """Only jobs that still run: those that ended are history, which costs nothing."""
    jobs = listed(lab, "list_training_jobs", "TrainingJobSummaries", "TrainingJobName")
    for found in jobs:
        if found["TrainingJobStatus"] in training.FINISHED:
            continue
        instance_type = training.describe_training(lab, found["TrainingJobName"]).instance_type
        yield Resource(
            "SageMaker",
            "training-job",
            found["TrainingJobName"],
            found["TrainingJobStatus"],
            instance_type,
            prices.per_hour(prices.TRAINING, instance_type, lab.region),
            found["CreationTime"].timestamp(),
        )


def _find_notebooks(lab: Lab) -> Iterator[Resource]:
    for found in listed(lab, "list_notebook_instances", "NotebookInstances", "NotebookInstanceName"):
        price = prices.per_hour(prices.NOTEBOOK, found["InstanceType"], lab.region)
        status = found["NotebookInstanceStatus"]
        yield Resource(
            "SageMaker",
            "notebook-instance",
            found["NotebookInstanceName"],
            status,
            found["InstanceType"],
            0.0 if status == "Stopped" else price,
            found["LastModifiedTime"].timestamp(),  # when it was started last
        )


def _finder(kind: str, operation: str, member: str, name: str) -> Callable[[Lab], Iterator[Resource]]:
    """Return how to find a kind that has neither a state nor a price."""

    def find(lab: Lab) -> Iterator[Resource]:
        for found in listed(lab, operation, member, name):
            yield Resource("SageMaker", kind, found[name])

    return find


def _find_log_groups(lab: Lab) -> Iterator[Resource]:
    pages = lab.client("logs").get_paginator("describe_log_groups")
    for groups in (ENDPOINT_GROUPS, FUNCTION_GROUPS):
        for page in pages.paginate(logGroupNamePrefix=groups + resource_prefix(lab.student)):
            for group in page["logGroups"]:
                yield Resource("CloudWatch Logs", "log-group", group["logGroupName"])


def _find_log_streams(lab: Lab) -> Iterator[Resource]:
    """The groups of jobs and notebooks belong to the whole account: only the student's streams are ours."""
    for group in (TRAINING_GROUP, PROCESSING_GROUP, _NOTEBOOK_GROUP):
        for stream in find_streams(lab, group, resource_prefix(lab.student)):
            yield Resource("CloudWatch Logs", "log-stream", f"{group}:{stream}")


def _find_files(lab: Lab) -> Iterator[Resource]:
    """In a bucket that was given, or that a teacher manages, the learner's files go and the bucket stays."""
    if (lab.given("bucket") or not emptying.sees_versions(lab.as_teacher())) and emptying.has_objects(lab):
        yield Resource("S3", "files", lab.bucket)


def _find_bucket(lab: Lab) -> Iterator[Resource]:
    if not lab.given("bucket") and emptying.sees_versions(lab) and storage.bucket_exists(lab):
        yield Resource("S3", "bucket", lab.bucket)


def _find_roles(lab: Lab) -> Iterator[Resource]:
    for role in ROLES:
        if role_exists(lab, role):
            yield Resource("IAM", "role", lab.name(role.thing))


def _stop_training(lab: Lab, job: Resource) -> None:
    training.stop_training(lab, job.name)
    wait_until_stopped(lab, job.name, lambda: training.describe_training(lab, job.name).status)


def _remove_log_stream(lab: Lab, resource: Resource) -> None:
    group, _, stream = resource.name.partition(":")
    lab.client("logs").delete_log_stream(logGroupName=group, logStreamName=stream)


KINDS = (
    *resources_monitoring.STARTERS,
    *resources_api.KINDS,
    Kind("endpoint", _find_endpoints, lambda lab, found: deployment.delete_endpoint(lab, found.name)),
    resources_monitoring.EXPIRIES,
    Kind(
        "endpoint-config",
        _finder("endpoint-config", "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"),
        remover("delete_endpoint_config", "EndpointConfigName"),
    ),
    Kind(
        "model",
        _finder("model", "list_models", "Models", "ModelName"),
        remover("delete_model", "ModelName"),
    ),
    Kind("training-job", _find_training_jobs, _stop_training),
    *resources_monitoring.STARTED,
    Kind("notebook-instance", _find_notebooks, lambda lab, found: notebook_instance.delete(lab, found.name)),
    Kind(
        "lifecycle-config",
        _finder(
            "lifecycle-config",
            "list_notebook_instance_lifecycle_configs",
            "NotebookInstanceLifecycleConfigs",
            "NotebookInstanceLifecycleConfigName",
        ),
        remover("delete_notebook_instance_lifecycle_config", "NotebookInstanceLifecycleConfigName"),
    ),
    Kind(
        "log-group",
        _find_log_groups,
        lambda lab, found: lab.client("logs").delete_log_group(logGroupName=found.name),
    ),
    Kind("log-stream", _find_log_streams, _remove_log_stream),
    Kind("files", _find_files, lambda lab, _: emptying.delete_objects(lab)),
    Kind("bucket", _find_bucket, lambda lab, _: emptying.delete_bucket(lab), prepared=True),
    Kind("role", _find_roles, lambda lab, found: identity.delete_role(lab, found.name), prepared=True),
)
