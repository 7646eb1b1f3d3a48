"""Notebook instances and their lifecycle configurations: records with AWS's rules."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from identities import make_job_role

SCRIPT = base64.b64encode(b"#!/bin/bash\necho hola\n").decode()


@pytest.fixture(scope="module")
def role(client: Callable[..., Any]) -> str:
    return make_job_role(client, "notebooks")


def settled(sagemaker: Any, name: str, status: str) -> dict[str, Any]:
    """Return an instance's description once it has a status; Describe itself waits for changes."""
    deadline = time.monotonic() + 10
    while True:
        instance: dict[str, Any] = sagemaker.describe_notebook_instance(NotebookInstanceName=name)
        if instance["NotebookInstanceStatus"] == status:
            return instance
        assert time.monotonic() < deadline, instance
        time.sleep(0.01)


def create(sagemaker: Any, name: str, role: str, **members: Any) -> str:
    created = sagemaker.create_notebook_instance(
        NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=role, **members
    )
    return str(created["NotebookInstanceArn"])


def test_a_new_instance_comes_into_service_with_what_was_asked_for(
    sagemaker: Any, role: str, name: str
) -> None:
    arn = create(sagemaker, name, role, VolumeSizeInGB=20, Tags=[{"Key": "a", "Value": "b"}])
    instance = settled(sagemaker, name, "InService")
    assert instance["NotebookInstanceArn"] == arn
    assert arn == f"arn:aws:sagemaker:us-east-1:123456789012:notebook-instance/{name}"
    assert instance["InstanceType"] == "ml.t3.medium"
    assert instance["VolumeSizeInGB"] == 20
    assert instance["RoleArn"] == role
    assert instance["DirectInternetAccess"] == instance["RootAccess"] == "Enabled"
    assert instance["LastModifiedTime"] >= instance["CreationTime"]
    assert not {"Url", "FailureReason", "NotebookInstanceLifecycleConfigName"} & set(instance)
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_an_instance_stops_starts_changes_and_goes(sagemaker: Any, role: str, name: str) -> None:
    create(sagemaker, name, role)
    settled(sagemaker, name, "InService")
    sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    settled(sagemaker, name, "Stopped")
    sagemaker.update_notebook_instance(NotebookInstanceName=name, InstanceType="ml.m5.xlarge")
    assert settled(sagemaker, name, "Stopped")["InstanceType"] == "ml.m5.xlarge"
    sagemaker.start_notebook_instance(NotebookInstanceName=name)
    settled(sagemaker, name, "InService")
    sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    sagemaker.get_waiter("notebook_instance_stopped").wait(NotebookInstanceName=name)
    sagemaker.delete_notebook_instance(NotebookInstanceName=name)
    sagemaker.get_waiter("notebook_instance_deleted").wait(
        NotebookInstanceName=name, WaiterConfig={"Delay": 1}
    )


@pytest.mark.parametrize(
    ("operation", "status", "allowed", "target"),
    [
        ("delete_notebook_instance", "InService", "Stopped, Failed", "Deleting"),
        ("start_notebook_instance", "InService", "Stopped, Failed", "Pending"),
        ("update_notebook_instance", "InService", "Stopped, Failed", "Updating"),
        ("stop_notebook_instance", "Stopped", "InService", "Stopping"),
    ],
)
def test_an_operation_in_the_wrong_status_is_refused_with_awss_text(
    sagemaker: Any, role: str, name: str, operation: str, status: str, allowed: str, target: str
) -> None:
    arn = create(sagemaker, name, role)
    settled(sagemaker, name, "InService")
    if status == "Stopped":
        sagemaker.stop_notebook_instance(NotebookInstanceName=name)
        settled(sagemaker, name, "Stopped")
    with pytest.raises(ClientError) as caught:
        getattr(sagemaker, operation)(NotebookInstanceName=name)
    assert caught.value.response["Error"]["Message"] == (
        f"Status ({status}) not in ([{allowed}]). Unable to transition to ({target}) for "
        f"Notebook Instance ({arn})."
    )


def test_a_name_in_use_a_missing_instance_a_missing_role_and_a_missing_configuration_are_refused(
    sagemaker: Any, role: str, name: str
) -> None:
    arn = create(sagemaker, name, role)
    with pytest.raises(ClientError) as caught:
        create(sagemaker, name.upper(), role)
    assert f"Cannot create a duplicate Notebook Instance ({arn})" in str(caught.value)
    with pytest.raises(ClientError, match="RecordNotFound"):
        sagemaker.describe_notebook_instance(NotebookInstanceName="nobody")
    with pytest.raises(ClientError, match=r"role/nobody. is invalid"):
        create(sagemaker, f"{name}-2", "arn:aws:iam::123456789012:role/nobody")
    with pytest.raises(ClientError, match="does not exist"):
        create(sagemaker, f"{name}-3", role, LifecycleConfigName="nothing")


def test_instances_are_listed_by_name_and_status(sagemaker: Any, role: str, name: str) -> None:
    for letter in "ba":
        create(sagemaker, f"{name}-{letter}", role)
        settled(sagemaker, f"{name}-{letter}", "InService")
    sagemaker.stop_notebook_instance(NotebookInstanceName=f"{name}-a")
    settled(sagemaker, f"{name}-a", "Stopped")
    listed = sagemaker.list_notebook_instances(NameContains=name)["NotebookInstances"]
    assert [each["NotebookInstanceName"] for each in listed] == [f"{name}-a", f"{name}-b"]
    stopped = sagemaker.list_notebook_instances(NameContains=name, StatusEquals="Stopped")
    assert [each["NotebookInstanceName"] for each in stopped["NotebookInstances"]] == [f"{name}-a"]


def test_there_is_no_jupyter_behind_the_record(sagemaker: Any, role: str, name: str) -> None:
    create(sagemaker, name, role)
    with pytest.raises(ClientError, match="a local notebook instance is a record only"):
        sagemaker.create_presigned_notebook_instance_url(NotebookInstanceName=name)


def test_a_lifecycle_configuration_is_kept_attached_changed_and_deleted(
    sagemaker: Any, role: str, name: str
) -> None:
    key = "NotebookInstanceLifecycleConfigName"
    sagemaker.create_notebook_instance_lifecycle_config(**{key: name}, OnStart=[{"Content": SCRIPT}])
    create(sagemaker, name, role, LifecycleConfigName=name)
    assert settled(sagemaker, name, "InService")[key] == name
    sagemaker.update_notebook_instance_lifecycle_config(**{key: name}, OnCreate=[{"Content": SCRIPT}])
    config = sagemaker.describe_notebook_instance_lifecycle_config(**{key: name})
    assert config["OnStart"] == config["OnCreate"] == [{"Content": SCRIPT}]
    listed = sagemaker.list_notebook_instance_lifecycle_configs(NameContains=name)
    assert [each[key] for each in listed["NotebookInstanceLifecycleConfigs"]] == [name]
    sagemaker.delete_notebook_instance_lifecycle_config(**{key: name})
    with pytest.raises(
        ClientError, match=r"\(Details: Notebook Instance Lifecycle Config does not exist\.\)"
    ):
        sagemaker.describe_notebook_instance_lifecycle_config(**{key: name})


def test_a_configuration_can_be_taken_off_an_instance(sagemaker: Any, role: str, name: str) -> None:
    key = "NotebookInstanceLifecycleConfigName"
    sagemaker.create_notebook_instance_lifecycle_config(**{key: name})
    create(sagemaker, name, role, LifecycleConfigName=name)
    settled(sagemaker, name, "InService")
    sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    settled(sagemaker, name, "Stopped")
    sagemaker.update_notebook_instance(NotebookInstanceName=name, DisassociateLifecycleConfig=True)
    assert key not in settled(sagemaker, name, "Stopped")


@pytest.mark.parametrize(
    ("scripts", "text"),
    [
        ({"OnStart": [{"Content": "#!/bin/bash echo"}]}, "must be a base64-encoded script"),
        ({"OnStart": [{"Content": "A" * 16388}]}, "less than or equal to 16384"),
        ({"OnCreate": [{"Content": SCRIPT}] * 2}, "less than or equal to 1"),
    ],
)
def test_scripts_that_aws_refuses_are_refused(
    sagemaker: Any, name: str, scripts: dict[str, Any], text: str
) -> None:
    with pytest.raises(ClientError, match=text):
        sagemaker.create_notebook_instance_lifecycle_config(
            NotebookInstanceLifecycleConfigName=name, **scripts
        )
