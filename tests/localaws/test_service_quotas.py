"""Service Quotas, and what happens beyond a quota: refused in AWS's words, and nothing recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import processing_jobs
import pytest
import tuning_jobs
from contract_recorder import Recorder, implemented
from identities import make_job_role, refused
from served_models import delete_endpoint, prepare
from training_jobs import finished, job_request

from mllab_localaws import daemon, quotas
from mllab_localaws.files import Connection
from mllab_localaws.service_quotas import ServiceQuotas

OURS = implemented(ServiceQuotas)
# A machine that no other test uses, so that they are left in peace.
MACHINE = "ml.m5.12xlarge"
NAME = "quotas"


@pytest.fixture
def allow(connection: Connection) -> Iterator[Callable[[str, int], str]]:
    """`allow(quotas.TRAINING, 0)` sets a quota of the machine and returns its name; defaults come back."""

    def change(usage: str, value: int) -> str:
        name = quotas.name_of(usage, MACHINE)
        daemon.set_quota(connection.home, name, value)
        return name

    yield change
    for usage in (quotas.TRAINING, quotas.PROCESSING, quotas.ENDPOINT, quotas.NOTEBOOK):
        change(usage, quotas.DEFAULT)


@pytest.fixture(scope="module")
def aws(client: Callable[..., Any]) -> SimpleNamespace:
    return prepare(client, NAME)


@pytest.fixture(scope="module")
def role(client: Callable[..., Any]) -> str:
    client("s3").create_bucket(Bucket="jobs")
    return make_job_role(client, "quota-jobs")


def limit(name: str, value: int, used: int, more: int) -> tuple[str, int, str]:
    """Return what SageMaker answers, as published e.g. in aws-samples/aws-genai-llm-chatbot#244."""
    return (
        "ResourceLimitExceeded",
        400,
        f"The account-level service limit '{name}' is {value} Instances, with current utilization of {used} "
        f"Instances and a request delta of {more} Instances. Please use AWS Service Quotas to request an "
        "increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an "
        "increase for this quota.",
    )


def on(machine: str = MACHINE) -> dict[str, Any]:
    return {"InstanceType": machine, "InstanceCount": 1, "VolumeSizeInGB": 5}


@pytest.fixture(scope="module")
def recorder(client: Callable[..., Any]) -> Recorder:
    """The replies of a look at one quota, and at all of them."""
    recorder = Recorder(client)
    asked = recorder.client("service-quotas")
    pages = asked.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    first = next(iter(pages))["Quotas"][0]
    asked.get_service_quota(ServiceCode="sagemaker", QuotaCode=first["QuotaCode"])
    return recorder


@pytest.mark.parametrize(("service", "operation"), sorted(OURS))
def test_replies_have_the_shape_of_aws_s_model(recorder: Recorder, service: str, operation: str) -> None:
    assert recorder.complaints(service, operation) == []


def test_all_quotas_are_listed_once_whatever_the_size_of_a_page(client: Callable[..., Any]) -> None:
    asked = client("service-quotas").get_paginator("list_service_quotas")
    for size in (100, 77):
        pages = list(asked.paginate(ServiceCode="sagemaker", PaginationConfig={"PageSize": size}))
        values = {each["QuotaName"]: each["Value"] for page in pages for each in page["Quotas"]}
        assert values["ml.m5.large for training job usage"] == quotas.DEFAULT
        assert values["ml.m5.large for endpoint usage"] == quotas.DEFAULT
        assert values["ml.m5.large for processing job usage"] == quotas.DEFAULT
        assert values["ml.t3.medium for notebook instance usage"] == quotas.DEFAULT
        assert values["ml.p3.2xlarge for training job usage"] == 0
        codes = {each["QuotaCode"] for page in pages for each in page["Quotas"]}
        assert len(codes) == len(values)


def test_a_quota_that_was_changed_is_shown_by_its_code(
    client: Callable[..., Any], allow: Callable[[str, int], str]
) -> None:
    name, asked = allow(quotas.TRAINING, 3), client("service-quotas")
    pages = asked.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    [found] = [each for page in pages for each in page["Quotas"] if each["QuotaName"] == name]
    again = asked.get_service_quota(ServiceCode="sagemaker", QuotaCode=found["QuotaCode"])["Quota"]
    assert again == found
    assert found["Value"] == 3.0


def test_a_wrong_question_gets_aws_s_error(client: Callable[..., Any]) -> None:
    asked = client("service-quotas")
    listed, got = asked.list_service_quotas, asked.get_service_quota
    assert refused(listed, ServiceCode="ec2")[0] == "NoSuchResourceException"
    assert refused(got, ServiceCode="sagemaker", QuotaCode="L-NONE")[0] == "NoSuchResourceException"
    wrong = refused(listed, ServiceCode="sagemaker", NextToken="bm90aGluZw==")
    assert wrong[0] == "InvalidPaginationTokenException"
    code, status, message = refused(
        asked.request_service_quota_increase, ServiceCode="sagemaker", QuotaCode="L-1", DesiredValue=9.0
    )
    assert (code, status) == ("NotImplemented", 501)
    assert "RequestServiceQuotaIncrease" in message


def test_a_quota_that_sagemaker_does_not_have_cannot_be_set(connection: Connection) -> None:
    with pytest.raises(quotas.UnknownQuotaError):
        daemon.set_quota(connection.home, "ml.m5.large for fun", 0)


def test_training_beyond_the_quota_is_refused_until_a_machine_is_free(
    sagemaker: Any, role: str, name: str, allow: Callable[[str, int], str]
) -> None:
    quota = allow(quotas.TRAINING, 0)
    waiting = "import time; time.sleep(60)"
    request = job_request(name, role, waiting, ResourceConfig=on())
    assert refused(sagemaker.create_training_job, **request) == limit(quota, 0, 0, 1)
    assert sagemaker.list_training_jobs(NameContains=name)["TrainingJobSummaries"] == []
    allow(quotas.TRAINING, 1)
    sagemaker.create_training_job(**request)
    second = job_request(f"{name}-2", role, waiting, ResourceConfig=on())
    assert refused(sagemaker.create_training_job, **second) == limit(quota, 1, 1, 1)
    sagemaker.stop_training_job(TrainingJobName=name)
    finished(sagemaker, name)
    sagemaker.create_training_job(**second)
    sagemaker.stop_training_job(TrainingJobName=f"{name}-2")
    finished(sagemaker, f"{name}-2")


def test_a_search_needs_room_for_all_jobs_that_it_runs_at_once(
    client: Callable[..., Any], name: str, allow: Callable[[str, int], str]
) -> None:
    aws, quota = tuning_jobs.prepare(client, name), allow(quotas.TRAINING, 1)
    request = tuning_jobs.request(aws, name, definition={"ResourceConfig": on()})
    create = aws.sagemaker.create_hyper_parameter_tuning_job
    assert refused(create, **request) == limit(quota, 1, 0, 2)
    allow(quotas.TRAINING, 2)
    create(**request)
    assert tuning_jobs.finished(aws, name)[tuning_jobs.STATUS] == "Completed"


def test_processing_beyond_the_quota_is_refused(
    sagemaker: Any, role: str, name: str, allow: Callable[[str, int], str]
) -> None:
    quota = allow(quotas.PROCESSING, 0)
    request = processing_jobs.job_request(name, role, "", ProcessingResources={"ClusterConfig": on()})
    assert refused(sagemaker.create_processing_job, **request) == limit(quota, 0, 0, 1)
    assert sagemaker.list_processing_jobs(NameContains=name)["ProcessingJobSummaries"] == []


def test_an_update_of_an_endpoint_needs_the_new_machines_beside_the_old(
    aws: SimpleNamespace, name: str, allow: Callable[[str, int], str]
) -> None:
    quota = allow(quotas.ENDPOINT, 0)
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.model,
        "InitialInstanceCount": 1,
        "InstanceType": MACHINE,
    }
    for config in (name, f"{name}-2"):
        aws.sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=[variant])
    create, update = aws.sagemaker.create_endpoint, aws.sagemaker.update_endpoint
    both = {"EndpointName": name, "EndpointConfigName": name}
    assert refused(create, **both) == limit(quota, 0, 0, 1)
    allow(quotas.ENDPOINT, 1)
    create(**both)
    aws.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)
    moved = {"EndpointName": name, "EndpointConfigName": f"{name}-2"}
    assert refused(update, **moved) == limit(quota, 1, 1, 1)
    assert aws.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"
    allow(quotas.ENDPOINT, 2)
    update(**moved)
    aws.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)
    allow(quotas.ENDPOINT, 1)
    beside = {"EndpointName": f"{name}-3", "EndpointConfigName": name}
    assert refused(create, **beside) == limit(quota, 1, 1, 1)
    delete_endpoint(aws, name)
    create(**beside)
    aws.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=f"{name}-3")
    delete_endpoint(aws, f"{name}-3")


def test_a_stopped_notebook_instance_leaves_its_place_to_another(
    sagemaker: Any, role: str, name: str, allow: Callable[[str, int], str]
) -> None:
    quota = allow(quotas.NOTEBOOK, 1)

    def create(instance: str) -> None:
        sagemaker.create_notebook_instance(NotebookInstanceName=instance, InstanceType=MACHINE, RoleArn=role)
        sagemaker.get_waiter("notebook_instance_in_service").wait(NotebookInstanceName=instance)

    create(name)
    assert refused(create, instance=f"{name}-2") == limit(quota, 1, 1, 1)
    sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    sagemaker.get_waiter("notebook_instance_stopped").wait(NotebookInstanceName=name)
    create(f"{name}-2")
    assert refused(sagemaker.start_notebook_instance, NotebookInstanceName=name) == limit(quota, 1, 1, 1)
    sagemaker.delete_notebook_instance(NotebookInstanceName=name)


def test_quotas_outlive_a_restart_and_a_reset_forgets_them(tmp_path: Any) -> None:
    home, name = tmp_path / "home", quotas.name_of(quotas.TRAINING, MACHINE)
    daemon.set_quota(home, name, 0)
    daemon.start(home)
    assert quotas.allowed(home, name) == 0
    daemon.reset(home)
    assert quotas.allowed(home, name) == quotas.DEFAULT
    daemon.stop(home)
