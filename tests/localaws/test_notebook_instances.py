"""Notebook instances and their lifecycle configurations: AWS's rules, and what a client meets behind them."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from identities import make_job_role

from mllab_localaws.files import Connection

SCRIPT = base64.b64encode(b"#!/bin/bash\necho hola\n").decode()


@pytest.fixture(scope="module")
def role(client: Callable[..., Any]) -> str:
    return make_job_role(client, "notebooks")


def settled(sagemaker: Any, name: str, status: str) -> dict[str, Any]:
    """Return an instance's description once it has a status; Describe itself waits for changes."""
    deadline = time.monotonic() + 90
    while True:
        instance: dict[str, Any] = sagemaker.describe_notebook_instance(NotebookInstanceName=name)
        if instance["NotebookInstanceStatus"] == status:
            return instance
        assert instance["NotebookInstanceStatus"] != "Failed", instance["FailureReason"]
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
    assert instance["Url"].startswith("127.0.0.1:")
    assert not {"FailureReason", "NotebookInstanceLifecycleConfigName"} & set(instance)
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_an_instance_stops_starts_changes_and_goes(sagemaker: Any, role: str, name: str) -> None:
    create(sagemaker, name, role)
    settled(sagemaker, name, "InService")
    sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    assert "Url" not in settled(sagemaker, name, "Stopped")
    with pytest.raises(
        ClientError, match=r"Status \(Stopped\) not in \(\[InService\]\). Unable to transition"
    ):
        sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    sagemaker.update_notebook_instance(NotebookInstanceName=name, InstanceType="ml.m5.xlarge")
    assert settled(sagemaker, name, "Stopped")["InstanceType"] == "ml.m5.xlarge"
    sagemaker.start_notebook_instance(NotebookInstanceName=name)
    assert settled(sagemaker, name, "InService")["Url"]
    sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    sagemaker.get_waiter("notebook_instance_stopped").wait(NotebookInstanceName=name)
    sagemaker.delete_notebook_instance(NotebookInstanceName=name)
    sagemaker.get_waiter("notebook_instance_deleted").wait(
        NotebookInstanceName=name, WaiterConfig={"Delay": 1}
    )


@pytest.fixture(scope="module")
def in_service(sagemaker: Any, role: str) -> str:
    """The name of an instance that nobody stops."""
    name = f"runs-{uuid.uuid4().hex[:8]}"
    create(sagemaker, name, role)
    settled(sagemaker, name, "InService")
    return name


@pytest.mark.parametrize(
    ("operation", "target"),
    [
        ("delete_notebook_instance", "Deleting"),
        ("start_notebook_instance", "Pending"),
        ("update_notebook_instance", "Updating"),
    ],
)
def test_an_operation_in_the_wrong_status_is_refused_with_awss_text(
    sagemaker: Any, in_service: str, operation: str, target: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(sagemaker, operation)(NotebookInstanceName=in_service)
    assert caught.value.response["Error"]["Message"] == (
        f"Status (InService) not in ([Stopped, Failed]). Unable to transition to ({target}) for "
        f"Notebook Instance (arn:aws:sagemaker:us-east-1:123456789012:notebook-instance/{in_service})."
    )


def test_a_name_in_use_a_missing_instance_a_missing_role_and_a_missing_configuration_are_refused(
    sagemaker: Any, role: str, in_service: str
) -> None:
    arn, name = f"arn:aws:sagemaker:us-east-1:123456789012:notebook-instance/{in_service}", in_service
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
    settled(sagemaker, f"{name}-a", "InService")
    sagemaker.stop_notebook_instance(NotebookInstanceName=f"{name}-a")
    settled(sagemaker, f"{name}-a", "Stopped")
    listed = sagemaker.list_notebook_instances(NameContains=name)["NotebookInstances"]
    assert [each["NotebookInstanceName"] for each in listed] == [f"{name}-a", f"{name}-b"]
    stopped = sagemaker.list_notebook_instances(NameContains=name, StatusEquals="Stopped")
    assert [each["NotebookInstanceName"] for each in stopped["NotebookInstances"]] == [f"{name}-a"]


def test_the_presigned_url_opens_jupyterlab_and_nothing_else_does(
    sagemaker: Any, role: str, name: str
) -> None:
    create(sagemaker, name, role)
    url = settled(sagemaker, name, "InService")["Url"]
    named = {"NotebookInstanceName": name}
    opened = requests.get(
        sagemaker.create_presigned_notebook_instance_url(**named)["AuthorizedUrl"], timeout=30
    )
    assert opened.status_code == 200
    assert "<title>JupyterLab</title>" in opened.text
    assert "login" in requests.get(f"http://{url}/lab", timeout=30).url
    assert requests.get(f"http://{url}/api/contents", timeout=30).status_code == 403
    with pytest.raises(ClientError, match="SessionExpirationDurationInSeconds"):
        sagemaker.create_presigned_notebook_instance_url(**named, SessionExpirationDurationInSeconds=1800)
    sagemaker.stop_notebook_instance(**named)
    settled(sagemaker, name, "Stopped")
    with pytest.raises(ClientError, match=r"Status \(Stopped\) not in \(\[InService\]\)"):
        sagemaker.create_presigned_notebook_instance_url(**named)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://{url}/lab", timeout=5)


@pytest.mark.parametrize("token", ["", "guessed", "Bearer guessed", "ñ"])
def test_credentials_of_an_instance_are_for_its_own_programs_alone(
    connection: Connection, token: str
) -> None:
    headers = {"Authorization": token.encode()} if token else {}
    door = f"{connection.endpoint_url}/_instances/credentials"
    refused = requests.get(door, headers=headers, timeout=30)
    assert refused.status_code == 403
    assert "AccessKeyId" not in refused.text


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
